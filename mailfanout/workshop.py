"""The tutorial's lessons: begin one anywhere, check its exercises, start over.

A notebook begins with

    from mailfanout import show, workshop

    lesson = workshop.start("03")
    lesson

and uses `lesson.target`, `lesson.stack` and `lesson.client("sqs")`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mailfanout.exercises import Progress, Result
from mailfanout.stack import Stack
from mailfanout.target import Target


@dataclass(frozen=True)
class Lesson:
    """A lesson that has begun: where it works, and what stands there.

    Its text, in a terminal and in Jupyter, is one line that is the same in every run.
    """

    number: str
    target: Target
    stack: Stack
    standing: tuple[str, ...]

    def client(self, service: str) -> Any:
        """The boto3 client of a service: `lesson.client("dynamodb")`."""
        return self.target.client(service)


def start(number: str) -> Lesson:
    """Begin the lesson of this number, "00" to "99", with exactly what the earlier ones built.

    In the sandbox, which is started where none runs, everything else is removed first: other
    resources, mails, logs, faults. So a lesson begins the same the first time and the tenth,
    alone or after any other, and starting it again begins it anew. Takes about half a second.

    Elsewhere nothing is ever removed: what earlier lessons built is created where it is missing,
    and InputError is raised where what this lesson creates is there already.
    """
    raise NotImplementedError


def reset() -> None:
    """The sandbox as new: no resource, no mail, no log, no fault. Raises InputError elsewhere."""
    raise NotImplementedError


def check(exercise: str) -> Result:
    """How far an exercise is, by what AWS holds now: `workshop.check("01-1")`.

    *correct*, *not attempted*, or *not yet, because …*. Raises InputError for an unknown
    exercise, and nothing else, whatever the learner did.
    """
    raise NotImplementedError


def progress(number: str) -> Progress:
    """The exercises of a lesson, with a check of each: `workshop.progress("01")`."""
    raise NotImplementedError
