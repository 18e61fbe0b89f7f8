"""Which notebooks and whose handlers `mailfanout verify` takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mailfanout import provision, workshop
from mailfanout.errors import InputError
from mailfanout.stack import Stack
from mailfanout.verify import notebook_files, place
from mailfanout.verify.places import names_for_ours


def put(path: Path, text: str = "x = 1\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_the_course_is_run_in_its_order_and_copied() -> None:
    with notebook_files(workshop.lessons_on("sandbox")) as paths:
        assert tuple(path.name[:2] for path in paths) == workshop.LESSONS
        assert all(path.is_file() for path in paths)
        # Cells may write files: not among the installed notebooks.
        assert workshop.source_notebooks() not in {path.parent for path in paths}


def test_lessons_names_and_files_are_taken_as_they_are_ordered(tmp_path: Path) -> None:
    own = put(tmp_path / "my.ipynb", '{"cells": [{"cell_type": "code"}]}')

    with notebook_files(["4", str(own), "01_create_the_table.ipynb", "00_start_here"]) as paths:
        assert [path.name[:2] for path in paths] == ["04", "my", "01", "00"]
        assert paths[1] == own


@pytest.mark.parametrize("name", ["98", "../README", "missing.ipynb", ""])
def test_a_notebook_that_is_not_there_is_told(name: str) -> None:
    with pytest.raises(InputError, match="Name a file, or a lesson: 00, 01,"):
        with notebook_files([name]):
            pass


def test_a_file_that_is_no_notebook_is_told_before_any_is_run(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no notebook of Jupyter's format 4"):
        with notebook_files(["00", str(put(tmp_path / "my.ipynb"))]):
            pass


def test_own_handlers_take_the_place_of_ours_with_what_lies_beside_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = put(tmp_path / "sendQueue" / "lambda_function.py")
    put(tmp_path / "sendQueue" / "parts" / "query.py")
    reliable = put(tmp_path / "reliable" / "sendQueue" / "lambda_function.py")
    stack = Stack()
    ours = provision.handler_path(stack, "readMessageAndSendMail")

    monkeypatch.setenv("MAILFANOUT_HANDLERS", str(tmp_path))

    assert provision.handler_path(stack, "sendQueue") == own
    assert provision.handler_path(stack, "sendQueue", design="reliable") == reliable
    assert provision.handler_path(stack, "readMessageAndSendMail") == ours
    package = provision.zip_handler(own)
    assert b"lambda_function.py" in package and b"parts/query.py" in package


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("", "There is no directory"),
        ("notes.txt", "holds no handler. Put yours into"),
        ("sendqueue/lambda_function.py", "holds no handler"),
        ("other/lambda_function.py", "The pipeline has no function for .*other"),
    ],
)
def test_handlers_that_would_not_be_deployed_are_told(tmp_path: Path, file: str, said: str) -> None:
    directory = tmp_path / "handlers"
    if file:
        put(directory / file)
    if "other" in file:
        put(directory / "sendQueue" / "lambda_function.py")

    with pytest.raises(InputError, match=said):
        with place("sandbox", handlers=directory):
            pass


def test_names_of_another_stack_are_no_difference() -> None:
    stack = Stack("210987654321", "cn-north-1", "aws-cn").with_names_for_aws().with_prefix("ada-")
    shown = (
        f"AWS account 210987654321, cn-north-1, holds: table {stack.table_name}, {stack.queue_arn}"
    )

    assert as_ours(shown, stack) == (
        f"The sandbox holds: table {Stack().table_name}, {Stack().queue_arn}"
    )


def test_columns_and_lines_that_names_of_another_length_move_are_no_difference() -> None:
    stack = Stack().with_prefix("ada-")
    table = "bucketname         count\n{0}  1\n{{'a': '{0}',{1}'b': 1}}\n[x] SES identity a@b.jp{2}"

    here = table.format("mailbody-20221119", " ", ": 3 mails")
    there = table.format("ada-mailbody-20221119", "\n   ", "").replace("count", "    count")

    assert as_ours(here, stack) == as_ours(there, stack)
    rehearsed = "Lesson 12 begins. This is a rehearsal: the sandbox plays AWS, and nothing costs"
    assert as_ours(f"{rehearsed} anything. learner-mailaddress", stack) == as_ours(
        "Lesson 12 begins. ada-mailaddress", stack
    )


def as_ours(shown: str, stack: Stack) -> str:
    for pattern, name in names_for_ours(stack).items():
        shown = re.sub(pattern, name, shown)
    return shown
