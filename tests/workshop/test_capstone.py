"""The capstone: a copy of a function to change."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailfanout import provision, workshop
from mailfanout.errors import InputError
from mailfanout.stack import Stack
from mailfanout.target import Target

NAME = Stack().read_message_name


def test_an_own_copy_makes_the_same_package(home: Path) -> None:
    mine = workshop.own_copy(Stack(), NAME)

    assert mine.is_relative_to(home)
    ours = provision.handler_path(Stack(), NAME, design="reliable")
    copied, original = (
        provision.zip_handler(path, *path.parents[1].glob("*.py"))
        for path in (mine / ours.name, ours)
    )
    assert copied == original


def test_edits_stay_and_what_was_deleted_comes_back(home: Path) -> None:
    mine = workshop.own_copy(Stack(), NAME)
    (mine / "bulk_mail.py").write_text("# mine", encoding="utf-8")
    (mine / "lambda_function.py").unlink()

    assert workshop.own_copy(Stack(), NAME) == mine
    assert (mine / "bulk_mail.py").read_text(encoding="utf-8") == "# mine"
    assert (mine / "lambda_function.py").is_file()


def test_a_function_that_there_is_not_is_named(home: Path) -> None:
    with pytest.raises(InputError, match="no function 'sendQueues'"):
        workshop.own_copy(Stack(), "sendQueues")


@pytest.mark.slow
def test_a_function_that_fails_though_nothing_goes_wrong_is_not_waited_for(
    learners_copy: Path, mailfanout_target: Target
) -> None:
    lesson = workshop.start("10")
    mine = workshop.own_copy(lesson.stack, NAME)
    with (mine / "bulk_mail.py").open("a", encoding="utf-8") as source:
        source.write("\nnobody_has_defined_this\n")
    package = provision.zip_handler(mine / "lambda_function.py", *mine.parent.glob("*.py"))
    lesson.client("lambda").update_function_code(FunctionName=NAME, ZipFile=package)

    with pytest.raises(InputError, match=f"{NAME} fails though nothing goes wrong: .*NameError"):
        workshop.put_to_trial(mailfanout_target, lesson.stack)
