"""A progress bar that reads the same in every run."""

from __future__ import annotations

import sys
from collections.abc import Callable

from mailfanout.show.shell import running_shell


def bar(total: int, unit: str) -> Callable[[int], None]:
    """A progress bar, to be given as `progress` to `campaign.send`, `recipients.seed`, `outcomes`.

    `unit` is what is counted, such as "mails". It has no time and no rate, so that in the end it
    reads the same in every run. In a notebook, it takes the place of what its cell has shown
    before: so a page that nbconvert makes has its end alone, and not a line for each step.
    """
    from tqdm import tqdm

    line = tqdm(
        total=total,
        unit=unit,
        file=_Line(),
        ncols=60,
        bar_format="{bar} {n_fmt} of {total_fmt} {unit}",
    )

    def advance(number: int) -> None:
        line.update(number - line.n)
        if line.n == total:
            line.close()

    return advance


class _Line:
    """Standard output, in which each writing of the bar is the only one."""

    encoding = "utf-8"

    def write(self, text: str) -> None:
        # What is written over by a carriage return stays in a notebook's file.
        if text.startswith("\r") and (shell := running_shell()):
            shell.display_pub.clear_output(wait=True)
        sys.stdout.write(text)

    def flush(self) -> None:
        sys.stdout.flush()
