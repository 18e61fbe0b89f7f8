"""A learner's record: their guesses, and how far their exercises are, kept across lessons.

It is one file, `progress.json`, in the learner's copy of the notebooks. Where the notebooks are
opened without a copy, it is in the sandbox's home.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from itertools import chain, count
from pathlib import Path

from mailfanout.errors import InputError
from mailfanout.sandbox import control
from mailfanout.workshop.copies import FIRST_NOTEBOOK, source_notebooks

RECORD_FILE = "progress.json"

_WORST_FIRST = ("not attempted", "not yet", "correct")


@dataclass
class Guess:
    """What a learner expected before a run; `revealed` once they have seen whether it was right."""

    choice: str
    revealed: bool = False


@dataclass
class Attempts:
    """How far an exercise was at best, how many attempts failed, and whether it was given away.

    At best: *correct* before *not yet*, and that before *not attempted*. `was_open` if what the
    exercise is to remove was seen since its lesson began.
    """

    outcome: str = "not attempted"
    failed: int = 0
    solution_shown: bool = False
    was_open: bool = False

    def __post_init__(self) -> None:
        if self.outcome not in _WORST_FIRST:
            raise ValueError(f"{self.outcome!r} is no outcome of a check.")

    def note(self, outcome: str) -> None:
        """Keeps what a check answered, if it is better than what was; *not yet* is a failure."""
        self.failed += outcome == "not yet"
        self.outcome = max(self.outcome, outcome, key=_WORST_FIRST.index)


@dataclass
class Record:
    """Guesses by the number of their prediction, attempts by the number of their exercise.

    `is_broken` if the file is there and cannot be read as a record, so that these are unknown.
    """

    guesses: dict[str, Guess] = field(default_factory=dict)
    exercises: dict[str, Attempts] = field(default_factory=dict)
    is_broken: bool = False

    def attempts_at(self, exercise: str) -> Attempts:
        """Those of an exercise, to be read or changed."""
        return self.exercises.setdefault(exercise, Attempts())


def read_record(directory: Path | None = None) -> Record:
    """The record in a learner's folder, by default the one of who calls.

    Empty if there is none yet, or if its file is no record; then it says that it `is_broken`.
    """
    path = (directory or learners_folder()) / RECORD_FILE
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return Record(
            {number: Guess(**one) for number, one in found["guesses"].items()},
            {number: Attempts(**one) for number, one in found["exercises"].items()},
        )
    except FileNotFoundError:
        return Record()
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return Record(is_broken=True)


@contextmanager
def changed_record() -> Iterator[Record]:
    """The record, which is written when the block ends. Raises InputError if it cannot be.

    A file that could not be read is kept beside it, as `progress-broken.json`, or with a number.
    """
    record = read_record()
    yield record
    path = learners_folder() / RECORD_FILE
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = {name: value for name, value in asdict(record).items() if name != "is_broken"}
        text = json.dumps(kept, indent=1, ensure_ascii=False, sort_keys=True)
        unfinished.write_text(f"{text}\n", encoding="utf-8")
        if record.is_broken and path.is_file():
            path.replace(_free_name(path))
        unfinished.replace(path)
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise InputError(
            f"Your progress cannot be kept in {path}: {error.strerror}. Open the notebooks from a "
            "directory that is yours: type mailfanout lab"
        ) from error


def begin_anew(lesson: str) -> None:
    """A lesson begins: nothing that its exercises are to remove was seen yet. May be repeated."""
    open_ones = [name for name, one in read_record().exercises.items() if one.was_open]
    if any(name.startswith(f"{lesson}-") for name in open_ones):
        with changed_record() as record:
            for name in open_ones:
                record.attempts_at(name).was_open &= not name.startswith(f"{lesson}-")


def _free_name(path: Path) -> Path:
    """Where a broken record is kept: one from before keeps its name."""
    numbers = chain([""], map("-{}".format, count(2)))
    names = (path.with_name(f"progress-broken{number}.json") for number in numbers)
    return next(one for one in names if not one.exists())


def learners_folder() -> Path:
    """The learner's copy of the notebooks; the sandbox's home, if they are opened without one."""
    here = Path.cwd()
    is_copy = (here / FIRST_NOTEBOOK).is_file() and here.resolve() != source_notebooks().resolve()
    return here if is_copy else control.home()
