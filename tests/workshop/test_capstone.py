"""The capstone: a copy of a function to change."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailfanout import provision, workshop
from mailfanout.errors import InputError
from mailfanout.stack import Stack

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
