"""How far the exercises are."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from mailfanout.errors import InputError, MailfanoutError
from mailfanout.stack import Stack
from mailfanout.target import Target, connect, stack_for
from mailfanout.workshop.exercises import CHECKS
from mailfanout.workshop.guesses import count_guesses
from mailfanout.workshop.record import read_record
from mailfanout.workshop.verdicts import Verdict, not_yet

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True)
class CheckResult:
    """An exercise and how far it is: *correct*, *not attempted* or *not yet, because …*."""

    exercise: str
    task: str
    verdict: Verdict

    def __repr__(self) -> str:
        return f"Exercise {self.exercise}: {self.verdict}"

    def _repr_html_(self) -> str:
        sign, colour = _SIGNS[self.verdict.outcome]
        return f'<p><b style="color:{colour}">{sign}</b> {escape(repr(self))}</p>'


def check(exercise: str) -> CheckResult:
    """How far an exercise is, by what AWS holds now: `workshop.check("01-1")`.

    It reads *correct*, *not attempted*, or *not yet, because …*. Raises InputError if there is no
    such exercise, and no other error.
    """
    if exercise not in CHECKS:
        raise InputError(f"There is no exercise {exercise!r}. Choose one of: {', '.join(CHECKS)}.")
    target = connect()
    return _result(exercise, target, stack_for(target))


@dataclass(frozen=True)
class Progress:
    """How far a lesson's exercises are: a row for each, with the whole of what is missing.

    `guesses` counts the lesson's predictions.
    """

    results: tuple[CheckResult, ...]
    guesses: str

    def __repr__(self) -> str:
        return f"{self.frame().to_string()}\n{self._predictions()}".rstrip()

    def _repr_html_(self) -> str:
        import pandas

        with pandas.option_context("display.max_colwidth", None):
            return f"{self.frame()._repr_html_()}<p>{self._predictions()}</p>"

    def _predictions(self) -> str:
        return f"Predictions: {self.guesses}." if self.guesses else ""

    def frame(self) -> pandas.DataFrame:
        """Columns exercise, task and result."""
        import pandas

        rows = [(found.exercise, found.task, str(found.verdict)) for found in self.results]
        return pandas.DataFrame(rows, columns=["exercise", "task", "result"])


def progress(number: str) -> Progress:
    """How far a lesson's exercises are: `workshop.progress("01")`."""
    target = connect()
    stack = stack_for(target)
    exercises = [exercise for exercise in CHECKS if exercise.startswith(f"{number}-")]
    results = tuple(_result(exercise, target, stack) for exercise in exercises)
    return Progress(results, count_guesses(read_record(), number))


# Each sign with a colour that is legible on white and on black.
_SIGNS = {
    "correct": ("✓", "#2e9e5b"),
    "not attempted": ("○", "#888888"),
    "not yet": ("…", "#d9822b"),
}


def _result(exercise: str, target: Target, stack: Stack) -> CheckResult:
    """What the check says; *not yet*, with AWS's reason, if AWS refuses one of its calls."""
    check_state = CHECKS[exercise]
    try:
        verdict = check_state(target, stack)
    except (BotoCoreError, ClientError, MailfanoutError) as error:
        verdict = not_yet(f"of this: {error}")
    return CheckResult(exercise, (check_state.__doc__ or "").partition("\n")[0], verdict)
