"""A class: how far each learner is, from the records in their folders."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mailfanout.errors import InputError
from mailfanout.workshop.copies import FIRST_NOTEBOOK
from mailfanout.workshop.course import COURSE
from mailfanout.workshop.exercises import CHECKS, exercises_of
from mailfanout.workshop.predictions import PREDICTIONS
from mailfanout.workshop.record import Attempts, Record, read_record


@dataclass(frozen=True)
class Learner:
    """A learner's folder by its name, and their record."""

    name: str
    record: Record

    @property
    def solved(self) -> list[str]:
        """The exercises that were correct at some time."""
        return [one for one in CHECKS if self._attempts(one).outcome == "correct"]

    @property
    def stuck(self) -> list[str]:
        """The exercises that were tried, and never correct."""
        return [one for one in CHECKS if self._attempts(one).outcome == "not yet"]

    @property
    def begun(self) -> list[str]:
        """The lessons of which a prediction was guessed, or an exercise's check was run."""
        touched = {number[:2] for number in (*self.record.guesses, *self.record.exercises)}
        return [lesson for lesson in COURSE if lesson in touched]

    def marks(self, lesson: str) -> str:
        """The exercises of a lesson, such as `1/2`; nothing if it is not begun, `?` if unknown."""
        if self.record.is_broken:
            return "?"
        exercises = exercises_of(lesson)
        solved = sum(one in self.solved for one in exercises)
        return f"{solved}/{len(exercises)}" if lesson in self.begun else ""

    @property
    def guesses(self) -> str:
        """How many predictions were right, of those that were revealed, such as `3/5`.

        Nothing if none was, `?` if that is unknown.
        """
        if self.record.is_broken:
            return "?"
        revealed = [
            (one, guess.choice)
            for one in PREDICTIONS
            if (guess := self.record.guesses.get(one.number)) and guess.revealed
        ]
        right = sum(one.right == choice for one, choice in revealed)
        return f"{right}/{len(revealed)}" if revealed else ""

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "learner": self.name,
            "begun": self.begun,
            "solved": self.solved,
            "stuck": self.stuck,
            "solutions_shown": [one for one in CHECKS if self._attempts(one).solution_shown],
            "guesses": {number: guess.choice for number, guess in self.record.guesses.items()},
            "broken": self.record.is_broken,
        }

    def _attempts(self, exercise: str) -> Attempts:
        return self.record.exercises.get(exercise, Attempts())


LESSONS_WITH_EXERCISES = tuple(filter(exercises_of, COURSE))


def read_class(directories: Iterable[Path]) -> list[Learner]:
    """The learners whose folders these are, in order of their names.

    Raises InputError, which names the folder, if one is no copy of the notebooks.
    """
    learners = []
    for directory in directories:
        if not (directory / FIRST_NOTEBOOK).is_file():
            place = directory if directory.name else directory.resolve()
            raise InputError(
                f"{directory} is no copy of the notebooks: `mailfanout lab {place}` makes one. "
                "Name the folders of your learners."
            )
        learners.append(Learner(directory.resolve().name, read_record(directory)))
    return sorted(learners, key=lambda learner: learner.name)
