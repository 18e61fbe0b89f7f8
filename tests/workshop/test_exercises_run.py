"""Every notebook again, as a learner meets it: exercises untouched, answered wrongly, solved.

It has run before in the same kernel: as nbval compared it, if that was in the same session.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from itertools import chain
from typing import Any

import pytest

from mailfanout.workshop import LESSONS
from mailfanout.workshop.exercises import CHECKS
from support import notebooks
from support.lessons.lesson_runs import LessonRunner
from support.lessons.wrong_answers import WRONG

pytestmark = pytest.mark.slow

# They take half a minute and more. That each runs once, nbval shows.
LONG = {"08", "10", "12"}
SHUFFLED = random.Random(20221119).sample(LESSONS, len(LESSONS))


def marked(names: Iterable[str]) -> list[Any]:
    """Lessons or exercises as parameters; those of the lessons that take long are thorough."""
    return [
        pytest.param(name, marks=pytest.mark.thorough) if name[:2] in LONG else name
        for name in names
    ]


@pytest.mark.parametrize("lesson", marked(SHUFFLED))
def test_a_second_run_in_the_same_kernel_shows_what_is_stored(
    lesson_run: LessonRunner, lesson: str
) -> None:
    stored = [text_of(cell["outputs"]) for cell in cells(lesson)]

    run = lesson_run(lesson)

    assert run.solved == stored
    assert run.changed_settings == "{}"


@pytest.mark.parametrize("exercise", marked(CHECKS))
def test_an_untouched_stub_is_not_attempted(lesson_run: LessonRunner, exercise: str) -> None:
    assert verdicts(lesson_run, exercise)[0] == "not attempted"


@pytest.mark.parametrize("exercise", marked(WRONG))
def test_a_wrong_answer_is_not_yet_correct(lesson_run: LessonRunner, exercise: str) -> None:
    assert re.match("not yet, because .{10,}", verdicts(lesson_run, exercise)[1])


@pytest.mark.parametrize("exercise", marked(CHECKS))
def test_the_solution_is_correct(lesson_run: LessonRunner, exercise: str) -> None:
    assert verdicts(lesson_run, exercise)[-1] == "correct"


def test_every_exercise_has_a_wrong_answer_but_the_one_that_is_done_or_not() -> None:
    assert CHECKS.keys() - WRONG.keys() == {"00-2"}


def verdicts(lesson_run: LessonRunner, exercise: str) -> list[str]:
    """What its check says in turn: of the stub, the wrong answer, the solution."""
    text = "\n".join(lesson_run(exercise[:2]).shown)
    return re.findall(rf"^Exercise {exercise}: (.+)", text, re.MULTILINE)


def cells(lesson: str) -> list[dict[str, Any]]:
    return [cell for cell in notebooks.read(lesson)["cells"] if cell["cell_type"] == "code"]


def text_of(outputs: list[dict[str, Any]]) -> str:
    """The text that a cell's outputs have in common with a terminal."""
    texts = (output.get("text") or output["data"].get("text/plain", "") for output in outputs)
    return "".join(chain.from_iterable(texts))
