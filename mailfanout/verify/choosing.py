"""Which notebooks are run, where their files are, and with whose handlers."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from mailfanout import provision, workshop
from mailfanout.errors import InputError
from mailfanout.verify.running import read_notebook


@contextmanager
def notebook_files(names: Sequence[str]) -> Iterator[list[Path]]:
    """The chosen notebooks, in this order: for the block.

    Each is named by its lesson ("04" or "4"), by its name, or by the path of any other notebook.
    The course's are copies, since cells may write files. Raises InputError for one that is not
    there, or that is no notebook.
    """
    source = workshop.source_notebooks()
    paths = [_find(name) for name in names]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        copy = Path(directory, "notebooks")
        shutil.copytree(source, copy, ignore=shutil.ignore_patterns(".*", "__*"))
        yield [copy / path.name if path.parent == source else path for path in paths]


def _find(name: str) -> Path:
    if name and (number := name.zfill(2)) in workshop.LESSONS:
        return workshop.notebook_of(number)
    own = Path(name)
    if own.suffix == ".ipynb" and own.is_file():
        return read_notebook(own.resolve()).path
    path = workshop.source_notebooks() / f"{name.removesuffix('.ipynb')}.ipynb"
    if path.is_file() and path.name.partition(".")[0] == path.stem:
        return path
    raise InputError(
        f"There is no notebook {name}. Name a file, or a lesson: {', '.join(workshop.LESSONS)}."
    )


def check_handlers(directory: Path) -> None:
    """Raises InputError if the directory's handlers are not exactly what would be deployed."""
    if not directory.is_dir():
        raise InputError(f"There is no directory {directory}. Correct its name.")
    taken = set(provision.own_handlers().values())
    found = {*directory.glob("*/lambda_function.py"), *directory.glob("*/*/lambda_function.py")}
    if not taken:
        raise InputError(
            f"{directory} holds no handler. Put yours into {directory / 'sendQueue'} or "
            f"{directory / 'readMessageAndSendMail'}, as lambda_function.py; and one of the "
            f"reliable design into a directory of the function's name in {directory / 'reliable'}."
        )
    if strangers := sorted(found - taken):
        raise InputError(
            f"The pipeline has no function for {strangers[0]}. The directory has to be called "
            "sendQueue or readMessageAndSendMail, as the function is."
        )
