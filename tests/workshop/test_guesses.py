"""A learner's guess is asked for, kept until the run has shown what is right, and counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailfanout import workshop
from mailfanout.errors import InputError
from mailfanout.workshop import PREDICTIONS, RECORD_FILE
from support.lessons.copies import write

NUMBER = "06-2"  # whose choices are three and six; six is right


pytestmark = pytest.mark.usefixtures("learners_copy")


@pytest.mark.parametrize("prediction", PREDICTIONS, ids=lambda one: one.number)
def test_a_prediction_has_choices_that_can_be_told_apart(
    prediction: workshop.Prediction,
) -> None:
    assert prediction.right in prediction.choices
    assert len({choice.casefold() for choice in prediction.choices}) > 1
    assert all(len(choice) <= 40 and '"' not in choice for choice in prediction.choices)
    assert prediction.number[:2] in workshop.LESSONS
    assert prediction.question.endswith("?") and prediction.why.endswith(".")


def test_predictions_come_in_the_order_of_the_lessons() -> None:
    numbers = [one.number for one in PREDICTIONS]
    assert numbers == sorted(set(numbers))


def test_without_an_answer_the_question_says_how_to_type_one() -> None:
    asked = str(workshop.predict(NUMBER))

    assert "( ) three" in asked and "( ) six" in asked
    assert asked.endswith('Type your guess: workshop.predict("06-2", "…")')
    workshop.predict("05-2")  # one of whose choices is none
    assert workshop.read_record().guesses == {}


@pytest.mark.parametrize("answer", ["three", "THREE ", "thr", 3, "3"])
def test_a_guess_is_kept_however_it_is_typed(answer: object) -> None:
    assert "(x) three" in str(workshop.predict(NUMBER, answer))
    assert "(x) three" in str(workshop.predict(NUMBER))


@pytest.mark.parametrize("answer", [6, "six", "LINE 6"])
def test_the_number_in_a_choice_is_enough(answer: object) -> None:
    assert "(x) line 6" in str(workshop.predict("02-1", answer))


@pytest.mark.parametrize("answer", ["thre3", 4, "", None])
def test_what_is_none_of_the_choices_is_answered_in_a_sentence(answer: object) -> None:
    workshop.predict(NUMBER, "six")

    said = str(workshop.predict(NUMBER, answer))

    is_open = answer is None
    assert ('is none of the choices: type "three" or "six".' in said) != is_open
    assert ('Did you mean "three"?' in said) == (answer == "thre3")
    assert workshop.read_record().guesses[NUMBER].choice == "six"


def test_a_guess_may_change_until_it_is_revealed() -> None:
    workshop.predict(NUMBER, "six")
    workshop.predict(NUMBER, "three")
    workshop.reveal(NUMBER)

    assert "What you guessed before the run is kept: three." in str(workshop.predict(NUMBER, "six"))
    assert "you expected “three”, and it is “six”" in str(workshop.reveal(NUMBER))


def test_the_answer_says_whether_the_guess_was_right_and_why() -> None:
    assert "You made no guess. It is “six”. sendQueue takes" in str(workshop.reveal(NUMBER))
    workshop.predict(NUMBER, "six")
    assert "Your guess was right: “six”. sendQueue takes" in str(workshop.reveal(NUMBER))


def test_text_and_html_say_the_same() -> None:
    for shown in (workshop.predict("05-2", "both"), workshop.reveal("05-2")):
        for word in ("Prediction 05-2.", "both"):
            assert word in str(shown) and word in shown._repr_html_()


def test_a_prediction_that_there_is_not_is_named() -> None:
    for call in (workshop.predict, workshop.reveal):
        with pytest.raises(InputError, match="no prediction '6'. Choose one of: 01-1, "):
            call("6")


def test_the_record_is_in_the_copy_and_a_broken_one_is_begun_anew(learners_copy: Path) -> None:
    write(learners_copy / RECORD_FILE, '{"guesses": [')

    workshop.predict(NUMBER, "six")

    assert workshop.read_record(learners_copy).guesses[NUMBER].choice == "six"


def test_without_a_copy_the_record_is_in_the_sandboxs_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workshop.source_notebooks())
    monkeypatch.setenv("MAILFANOUT_HOME", str(tmp_path / "home"))

    workshop.predict(NUMBER, "six")

    assert (tmp_path / "home" / RECORD_FILE).is_file()
    assert not (workshop.source_notebooks() / RECORD_FILE).exists()


def test_a_record_that_cannot_be_written_is_named(learners_copy: Path) -> None:
    (learners_copy / RECORD_FILE).mkdir()

    with pytest.raises(InputError, match=r"cannot be kept in .*progress\.json: .*mailfanout lab"):
        workshop.predict(NUMBER, "six")
    assert [path.name for path in learners_copy.glob(".*")] == []
