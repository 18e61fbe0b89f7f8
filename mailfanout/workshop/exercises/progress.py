"""How far the exercises are, and how many predictions were made: now, and in the whole course."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from mailfanout.errors import MailfanoutError, SandboxEnded
from mailfanout.sandbox import control
from mailfanout.show import html_grid, text_grid
from mailfanout.stack import Stack
from mailfanout.target import Target, connect
from mailfanout.workshop.beginnings import lesson_that_stands
from mailfanout.workshop.course import COURSE, require_lesson
from mailfanout.workshop.exercises.checks import CHECKS, exercises_of, known_exercise
from mailfanout.workshop.exercises.solutions import FEWEST_ATTEMPTS
from mailfanout.workshop.exercises.verdicts import NOTHING_CAME, Verdict, not_yet, task_of
from mailfanout.workshop.guesses import count_guesses
from mailfanout.workshop.kernel import is_filled, one_line, running_cell
from mailfanout.workshop.lessons import stack_of
from mailfanout.workshop.record import Attempts, Record, changed_record, read_record

if TYPE_CHECKING:
    import pandas

# How long AWS's lists may lag behind writes.
LAG_SECONDS = 3
# How long a check waits for what its cell has set off.
QUIET_SECONDS = 10

# Each sign with a colour that is seen on white and on black.
_SIGNS = {
    "correct": ("✓", "#2e9e5b"),
    "not attempted": ("○", "#888888"),
    "not yet": ("…", "#b8681c"),
}
_LINE = "border-left:4px solid {};padding-left:10px"


@dataclass(frozen=True)
class CheckResult:
    """An exercise and how far it is: *correct*, *not attempted* or *not yet, because …*.

    `note` says what there is for who is stuck.
    """

    exercise: str
    task: str
    verdict: Verdict
    note: str = ""

    def __repr__(self) -> str:
        return f"Exercise {self.exercise}: {self.verdict}" + (f"\n{self.note}" if self.note else "")

    def _repr_html_(self) -> str:
        sign, colour = _SIGNS[self.verdict.outcome]
        said = escape(f"Exercise {self.exercise}: {self.verdict}")
        note = f"<br><small>{escape(self.note)}</small>" if self.note else ""
        mark = f'<b style="padding-right:4px">{sign}</b>'
        return f'<p style="{_LINE.format(colour)}">{mark}{said}{note}</p>'


def check(exercise: str) -> CheckResult:
    """How far an exercise is, by what AWS holds now: `workshop.check("01-1")`.

    It reads *correct*, *not attempted*, or *not yet, because …*, and is kept in the learner's
    record. Raises InputError if there is no such exercise, or if the record cannot be written, and
    SandboxEnded if the sandbox of the lesson has ended since.
    """
    known_exercise(exercise)
    target = _target_of_lesson()
    stack, is_attempted = stack_of(exercise[:2], target), is_filled(running_cell())
    if is_attempted and target.sandbox:
        # What the cell has set off may be on its way; of an error, the check tells.
        with suppress(MailfanoutError):
            target.sandbox.wait_until_quiet(timeout_seconds=QUIET_SECONDS)
    found = _result(exercise, target, stack)
    if is_attempted and found.verdict.outcome != "correct" and _lags(target):
        target.sleep(LAG_SECONDS)
        found = _result(exercise, target, stack)
    return _noted(_attempted(found) if is_attempted else found)


def _target_of_lesson() -> Target:
    """The target. A sandbox that has ended is not followed by one that holds nothing to check."""
    is_sandbox = os.environ.get("MAILFANOUT_TARGET", "sandbox") == "sandbox"
    before = control.latest() if is_sandbox else None
    if before and control.find() is None:
        raise SandboxEnded(before.endpoint_url)
    return connect()


def _lags(target: Target) -> bool:
    """Whether lists may not have yet what the cell above wrote."""
    if target.sandbox:
        return bool(target.sandbox.settings()["pace"] == "aws")
    return target.kind == "aws"


def _attempted(found: CheckResult) -> CheckResult:
    """The same of an exercise that was attempted, even if AWS holds nothing of it."""
    if found.verdict.outcome != "not attempted":
        return found
    return replace(found, verdict=not_yet(found.verdict.hint or NOTHING_CAME))


def _noted(found: CheckResult) -> CheckResult:
    """Keeps what a check answered; says where the solution is once there were enough attempts."""
    with changed_record() as record:
        attempts = record.attempts_at(found.exercise)
        attempts.note(found.verdict.outcome)
    if found.verdict.outcome == "not yet" and attempts.failed >= FEWEST_ATTEMPTS:
        note = f'If you are stuck: workshop.solution("{found.exercise}")'
        return replace(found, note=note)
    return found


@dataclass(frozen=True)
class Progress:
    """How far a lesson is, or the course: a row for each exercise, or for each lesson.

    `rows` begin with a sign; `guesses` says how many predictions were made.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    guesses: str = ""

    def __repr__(self) -> str:
        return f"{text_grid(self.columns, self.rows)}\n{self.guesses}".rstrip()

    def _repr_html_(self) -> str:
        return f"{html_grid(self.columns, self.rows)}<p>{escape(self.guesses)}</p>"

    def frame(self) -> pandas.DataFrame:
        """The same as a DataFrame, without the signs."""
        import pandas

        return pandas.DataFrame([row[1:] for row in self.rows], columns=self.columns[1:])


def progress(number: str | None = None) -> Progress:
    """How far a lesson's exercises are now, `workshop.progress("01")`; or the whole course.

    What AWS holds decides, and the record whether an exercise of which it holds nothing was tried.
    Without a number, what the checks answered at best in each lesson, from the learner's record.
    Raises InputError if there is no such lesson, and SandboxEnded as `check` does.
    """
    if number is None:
        return course_progress(read_record())
    require_lesson(number)
    target = _target_of_lesson()
    stack, record = stack_of(number, target), read_record()
    results = [_result(exercise, target, stack) for exercise in exercises_of(number)]
    results = [
        _attempted(found) if record.attempts_at(found.exercise).outcome == "not yet" else found
        for found in results
    ]
    rows = [
        (
            _SIGNS[found.verdict.outcome][0],
            found.exercise,
            found.task,
            _in_words(found.verdict, record.attempts_at(found.exercise)),
        )
        for found in results
    ]
    guesses = count_guesses(record, number)
    return Progress(
        ("", "exercise", "task", "result"), rows, f"Predictions: {guesses}." if guesses else ""
    )


def course_progress(record: Record) -> Progress:
    """The whole course, as a learner's record has it: a row for each lesson."""
    rows = []
    for number, plan in COURSE.items():
        exercises = {one: record.attempts_at(one) for one in exercises_of(number)}
        guesses = count_guesses(record, number)
        rows.append(
            (_sign(exercises), f"{number} {plan.title}", _marks(exercises) or "–", guesses or "–")
        )
    return Progress(("", "lesson", "exercises", "predictions"), rows)


def _in_words(verdict: Verdict, attempts: Attempts) -> str:
    """What a check says now, and what the record adds to it."""
    was_correct = attempts.outcome == "correct" != verdict.outcome
    notes = ["it was correct before"] * was_correct + ["solution shown"] * attempts.solution_shown
    return f"{str(verdict).removesuffix('.')} ({', '.join(notes)})" if notes else str(verdict)


def _sign(exercises: Mapping[str, Attempts]) -> str:
    """A lesson's, by how far its exercises are; none if it has no exercise."""
    outcomes = {attempts.outcome for attempts in exercises.values()}
    if not outcomes:
        return ""
    is_begun = outcomes - {"not attempted"}
    outcome = "correct" if outcomes == {"correct"} else "not yet" if is_begun else "not attempted"
    return _SIGNS[outcome][0]


def _marks(exercises: Mapping[str, Attempts]) -> str:
    """Each exercise with its sign, such as `✓ 01-1  … 01-2 (solution shown)`."""
    return "  ".join(
        f"{_SIGNS[attempts.outcome][0]} {exercise}"
        + (" (solution shown)" if attempts.solution_shown else "")
        for exercise, attempts in exercises.items()
    )


def _result(exercise: str, target: Target, stack: Stack) -> CheckResult:
    """What the check says; *not yet*, with AWS's reason, if AWS refuses one of its calls."""
    check_state, own = CHECKS[exercise], exercise[:2]
    try:
        standing = lesson_that_stands(target.sandbox) or own
        verdict = check_state(target, stack) if standing == own else _elsewhere(standing, own)
    except (BotoCoreError, ClientError) as error:
        verdict = not_yet(f"of this: {one_line(error)}")
    except MailfanoutError as error:
        verdict = not_yet(f"of this: {error.in_a_notebook()}")
    return CheckResult(exercise, task_of(check_state), verdict)


def _elsewhere(standing: str, own: str) -> Verdict:
    return not_yet(
        f"lesson {standing} stands in the sandbox: run notebook {own} from its first cell."
    )
