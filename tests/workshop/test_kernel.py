"""A learner's mistake with boto3 is answered in one line that says what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    UnknownServiceError,
)

from mailfanout import workshop
from mailfanout.target import Target
from mailfanout.workshop.kernel import one_line
from support import notebooks


@pytest.mark.parametrize(
    ("code", "mend"),
    [
        ("ResourceNotFoundException", "is not there"),
        ("AWS.SimpleQueueService.NonExistentQueue", "is not there"),
        ("ResourceInUseException", "is there already"),
        ("EntityAlreadyExists", "is there already"),
        ("AccessDenied", "who lacks which permission"),
        ("InvalidClientTokenId", "keys of another sandbox"),
        ("ValidationException", "An argument is not as AWS has it"),
        ("SomethingNew", "Mend the cell"),
    ],
)
def test_what_aws_refuses_is_told_with_its_mend(code: str, mend: str) -> None:
    error = ClientError({"Error": {"Code": code, "Message": "As\nit is"}}, "GetItem")

    assert one_line(error).startswith(f"GetItem was refused: {code}. As it is. ")
    assert mend in one_line(error)


@pytest.mark.parametrize(
    ("error", "mend"),
    [
        (ParamValidationError(report="Unknown\nparameter"), "not as AWS names them"),
        (EndpointConnectionError(endpoint_url="http://127.0.0.1:9"), "from its first cell"),
        (NoCredentialsError(), 'lesson.client("…")'),
        (UnknownServiceError(service_name="lambd", known_service_names=["lambda"]), "lambda?"),
        (UnknownServiceError(service_name="post", known_service_names=["a"] * 999), "Mend"),
    ],
)
def test_what_never_reaches_aws_is_told_with_its_mend(error: BotoCoreError, mend: str) -> None:
    assert mend in one_line(error)
    assert len(one_line(error)) < 600 and "\n" not in one_line(error)


@pytest.mark.slow
def test_in_a_lesson_there_is_one_line_and_no_traceback(
    mailfanout_session_target: Target, learners_copy: Path
) -> None:
    table = 'dynamodb.get_item(TableName="nope", Key={"email": {"S": "a"}})'
    cells = {
        f"{table}\nworkshop.check('01-1')": "GetItem was refused: ResourceNotFoundException",
        "dynamodb.get_item(TableNam='a')": "ParamValidationError.",
        "dynamodb.get_itm()": "Did you mean get_item?",
        "{}['Item']": "There is no 'Item': AWS's answers leave out what is empty.",
        "workshop.start('3')": "InputError: There is no lesson",
    }
    with notebooks.kernel(learners_copy) as client:

        def lines_of(cell: str) -> list[str]:
            reply = client.execute_interactive(cell, output_hook=lambda message: None)
            lines: list[str] = reply["content"].get("traceback", [])
            return lines

        begin = "from mailfanout import workshop\nlesson = workshop.start('01')\n"
        assert lines_of(f"{begin}dynamodb = lesson.client('dynamodb')") == []
        for cell, line in cells.items():
            [shown] = lines_of(cell)
            assert line in shown
        for cell in ("lesson.clien", "raise KeyError"):  # Python's own errors stay as they are
            assert len(lines_of(cell)) > 1

    record = json.loads((learners_copy / workshop.RECORD_FILE).read_text(encoding="utf-8"))
    kept = record["exercises"]["01-1"]
    assert (kept["outcome"], kept["failed"]) == ("not yet", 1)
