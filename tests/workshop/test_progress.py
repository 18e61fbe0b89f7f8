"""Checks judge what AWS holds; what they answered is kept, and a solution comes after attempts."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from mailfanout import campaign, show, workshop
from mailfanout.errors import InputError
from mailfanout.stack import Stack
from mailfanout.target import Target
from mailfanout.workshop.exercises import CHECKS
from mailfanout.workshop.exercises.verdicts import (
    CORRECT,
    NOT_ATTEMPTED,
    Verdict,
    not_attempted,
    not_yet,
)

pytestmark = pytest.mark.usefixtures("learners_copy")

EXERCISE = "03-1"


@pytest.fixture
def answer(mailfanout_target: Target, monkeypatch: pytest.MonkeyPatch) -> list[Verdict | Exception]:
    """What the exercise's check answers: the last of the list, which tests may extend."""
    answers: list[Verdict | Exception] = [NOT_ATTEMPTED]

    def check(target: Target, stack: Stack) -> Verdict:
        """Solve it."""
        if isinstance(answers[-1], Exception):
            raise answers[-1]
        return answers[-1]

    monkeypatch.setitem(CHECKS, EXERCISE, check)
    return answers


@pytest.mark.parametrize(
    ("verdict", "text", "sign"),
    [
        (CORRECT, "Exercise 03-1: correct", "✓"),
        (NOT_ATTEMPTED, "Exercise 03-1: not attempted", "○"),
        (not_yet("<b> is missing."), "Exercise 03-1: not yet, because <b> is missing.", "…"),
    ],
    ids=["correct", "not_attempted", "not_yet"],
)
def test_a_check_answers_in_text_and_in_html(
    answer: list[Verdict], verdict: Verdict, text: str, sign: str
) -> None:
    answer.append(verdict)

    result = workshop.check(EXERCISE)

    assert str(result) == text
    assert f">{sign}</b>" in result._repr_html_()
    assert "<b>" not in result._repr_html_()


def test_a_call_that_aws_refuses_is_not_yet_in_one_line(
    mailfanout_target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    def describe_the_table(target: Target, stack: Stack) -> Verdict:
        target.client("dynamodb").describe_table(TableName=stack.table_name)
        return CORRECT

    monkeypatch.setitem(CHECKS, EXERCISE, describe_the_table)

    [line] = str(workshop.check(EXERCISE)).splitlines()
    assert "not yet, because of this: DescribeTable was refused: ResourceNotFoundException" in line


def test_what_is_missing_is_made_by_the_lesson_and_by_no_command(
    mailfanout_target: Target,
) -> None:
    said = str(workshop.check("08-1"))

    assert "Table maildelivery does not exist. Run the notebook again from its first cell." in said


def test_an_exercise_that_there_is_not_is_named() -> None:
    for call in (workshop.check, workshop.solution):
        with pytest.raises(InputError, match="no exercise '01-99'. Choose one of: .*01-1"):
            call("01-99")


def test_a_filled_cell_from_which_nothing_came_is_not_yet(
    answer: list[Verdict], monkeypatch: pytest.MonkeyPatch
) -> None:
    module = import_module("mailfanout.workshop.exercises.progress")
    answer.append(not_attempted("the queue is as it was."))
    cells = {
        "# Your code here\nworkshop.check('03-1')": "not attempted",
        "workshop.check('03-1')": "not attempted",
        "pass\nworkshop.check('03-1')": "not yet, because the queue is as it was.",
    }
    for cell, verdict in cells.items():
        monkeypatch.setattr(module, "running_cell", lambda cell=cell: cell)
        assert str(workshop.check(EXERCISE)) == f"Exercise 03-1: {verdict}"


def test_what_a_cell_has_set_off_is_done_before_its_check_looks(
    mailfanout_target: Target, learners_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lesson = workshop.start("06")

    def check(target: Target, stack: Stack) -> Verdict:
        return CORRECT if target.sandbox and target.sandbox.is_quiet() else NOT_ATTEMPTED

    monkeypatch.setitem(CHECKS, "06-1", check)
    module = import_module("mailfanout.workshop.exercises.progress")
    monkeypatch.setattr(module, "running_cell", lambda: "pass\nworkshop.check('06-1')")
    campaign.upload(mailfanout_target, lesson.stack, campaign.example_mail())

    assert workshop.check("06-1").verdict == CORRECT


class TestSolution:
    def test_it_comes_after_two_attempts_and_progress_says_so(self, answer: list[Verdict]) -> None:
        workshop.check(EXERCISE)
        answer.append(not_yet("it is too short."))
        workshop.check(EXERCISE)
        assert "after 2 attempts, and you have made 1 attempt so far" in str(
            workshop.solution(EXERCISE)
        )

        note = str(workshop.check(EXERCISE)).splitlines()[-1]
        assert note == 'If you are stuck: workshop.solution("03-1")'
        assert "ReceiveMessageWaitTimeSeconds" in str(workshop.solution(EXERCISE))
        answer.append(CORRECT)
        workshop.check(EXERCISE)
        assert result_of(EXERCISE) == "correct (solution shown)"
        assert "✓ 03-1 (solution shown)  ○ 03-2" in str(workshop.progress())

    def test_whoever_has_solved_it_may_compare(self, answer: list[Verdict]) -> None:
        answer.append(CORRECT)
        workshop.check(EXERCISE)

        assert isinstance(workshop.solution(EXERCISE), show.Code)
        assert result_of(EXERCISE) == "correct"

    @pytest.mark.parametrize("exercise", CHECKS)
    def test_every_exercise_has_one(self, exercise: str, learners_copy: Path) -> None:
        with workshop.record.changed_record() as record:
            record.attempts_at(exercise).failed = 2

        shown = str(workshop.solution(exercise))

        compile(shown, exercise, "exec")
        assert "SOLUTION" not in shown and "workshop.check" not in shown


class TestProgress:
    def test_a_lesson_has_a_row_for_each_exercise(self, answer: list[Verdict]) -> None:
        workshop.predict("03-1", "no")

        frame = workshop.progress("03").frame()

        assert list(frame["exercise"]) == ["03-1", "03-2"]
        assert result_of(EXERCISE) == "not attempted"
        assert str(workshop.progress("03")).endswith("Predictions: 1 of 3 guessed, 1 right.")

    def test_what_was_correct_once_is_kept_for_the_course(self, answer: list[Verdict]) -> None:
        answer.append(CORRECT)
        workshop.check(EXERCISE)
        answer.append(NOT_ATTEMPTED)
        workshop.check(EXERCISE)

        assert result_of(EXERCISE) == "not attempted (it was correct before)"
        assert "✓ 03-1  ○ 03-2" in str(workshop.progress())

    def test_what_was_tried_is_not_yet_even_if_nothing_came_of_it(
        self, answer: list[Verdict], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        module = import_module("mailfanout.workshop.exercises.progress")
        with monkeypatch.context() as filled:
            filled.setattr(module, "running_cell", lambda: "pass\nworkshop.check('03-1')")
            workshop.check(EXERCISE)
        workshop.check(EXERCISE)

        assert result_of(EXERCISE).startswith("not yet, because nothing that it looks at")
        assert "… 03-1  ○ 03-2" in str(workshop.progress())

    def test_what_the_record_adds_comes_after_no_stop(self, answer: list[Verdict]) -> None:
        with workshop.record.changed_record() as record:
            record.exercises[EXERCISE] = workshop.record.Attempts("correct", 2, solution_shown=True)
        answer.append(not_yet("it is too short."))

        assert result_of(EXERCISE) == (
            "not yet, because it is too short (it was correct before, solution shown)"
        )

    def test_the_course_has_a_row_for_each_lesson_without_asking_aws(self) -> None:
        assert len(workshop.progress().frame()) == len(workshop.LESSONS)
        assert "✓" not in str(workshop.progress())

    def test_a_lesson_that_there_is_not_is_named(self) -> None:
        with pytest.raises(InputError, match="no lesson '3'. Choose one of: 00, 01"):
            workshop.progress("3")


def result_of(exercise: str) -> str:
    frame = workshop.progress(exercise[:2]).frame()
    return str(frame.set_index("exercise")["result"][exercise])
