"""nbval's kernels, which outlive nbval's own work: tests run the same lesson there once more."""

from __future__ import annotations

from typing import Any, ClassVar

from mailfanout.cells import Kernel
from mailfanout.workshop import LESSONS
from support import notebooks


class LastingKernel(Kernel):
    """nbval's own. One that has run a whole lesson ends as nbval needs the next one."""

    last: ClassVar[LastingKernel | None] = None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        end_last()
        self._sources: list[str] = []
        super().__init__(*arguments, **options)
        LastingKernel.last = self

    def execute_cell_input(self, cell_input: str, allow_stdin: bool | None = None) -> Any:
        self._sources.append(cell_input)
        return super().execute_cell_input(cell_input, allow_stdin)

    def has_run(self, lesson: str) -> bool:
        """Each of its cells once, and nothing else."""
        return self._sources == notebooks.code_of(notebooks.read(lesson))

    def stop(self) -> None:
        if not any(map(self.has_run, LESSONS)):
            self.end()

    def end(self) -> None:
        LastingKernel.last = None
        if self.is_alive():
            super().stop()


def end_last() -> None:
    if LastingKernel.last:
        LastingKernel.last.end()


def client_of_last(lesson: str) -> notebooks.Kernel | None:
    """A client of nbval's last kernel, if it has run this lesson."""
    last = LastingKernel.last
    return last.kc if last and last.has_run(lesson) else None
