"""A handler in a real child process, with its event and its surroundings."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from mailfanout.sandbox.runtime.pool import Functions
from support.parts.zips import zip_of
from support.sandboxes.local_functions import answer_of, make_function, run


def test_handler_gets_the_event_and_its_result_comes_back(functions: Functions) -> None:
    execution = functions.invoke(make_function(), '{"to": "山田太郎"}'.encode())

    assert execution.result.status is None
    assert answer_of(execution) == {"to": "山田太郎"}


def test_second_event_finds_the_environment_warm(functions: Functions) -> None:
    count = "n = 0\ndef lambda_handler(event, context):\n    global n\n    n += 1\n    return n\n"

    assert [answer_of(run(functions, count)) for _ in range(3)] == [1, 2, 3]


def test_changed_code_runs_in_a_fresh_environment(functions: Functions) -> None:
    old = run(functions, "def lambda_handler(event, context):\n    return 'old'\n")
    new = run(functions, "def lambda_handler(event, context):\n    return 'new'\n")

    assert (answer_of(old), answer_of(new)) == ("old", "new")


def test_changed_variable_runs_in_a_fresh_environment(functions: Functions) -> None:
    source = "import os\nX = os.environ['X']\ndef lambda_handler(event, context):\n    return X\n"

    answers = [answer_of(run(functions, source, variables={"X": x})) for x in ("1", "2")]

    assert answers == ["1", "2"]


def test_context_says_by_which_arn_the_function_was_invoked(functions: Functions) -> None:
    source = "def lambda_handler(event, context):\n    return context.invoked_function_arn\n"
    function = make_function(source)
    alias = replace(function, arn=f"{function.arn}:live")

    answers = [answer_of(functions.invoke(one, b"{}")) for one in (function, alias)]

    assert answers == [function.arn, f"{function.arn}:live"]


def test_host_environment_stays_outside(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_SECRET", "hunter2")
    source = "import os\ndef lambda_handler(event, context):\n    return dict(os.environ)\n"

    variables = answer_of(run(functions, source, variables={"TABLE_NAME": "mailaddress"}))

    assert "MY_SECRET" not in variables
    assert variables["TABLE_NAME"] == "mailaddress"
    assert variables["AWS_SESSION_TOKEN"] == "of arn:aws:iam::123456789012:role/echo"
    assert variables["HOME"] != os.environ.get("HOME")


def test_function_runs_in_the_region_of_its_arn(functions: Functions) -> None:
    source = "import boto3\ndef lambda_handler(*_):\n    return boto3.Session().region_name\n"
    function = make_function(source)
    arn = function.arn.replace("us-east-1", "ap-northeast-1")
    elsewhere = replace(
        function, arn=arn, configuration=replace(function.configuration, function_arn=arn)
    )

    assert answer_of(functions.invoke(elsewhere, b"{}")) == "ap-northeast-1"


def test_boto3_can_be_imported(functions: Functions) -> None:
    source = "import boto3\ndef lambda_handler(event, context):\n    return boto3.__name__\n"

    assert answer_of(run(functions, source)) == "boto3"


def test_zip_entry_cannot_leave_the_task_directory(functions: Functions, tmp_path: Path) -> None:
    source = "import os\ndef lambda_handler(event, context):\n    return os.listdir()\n"
    code = zip_of(source, {"../escaped.py": ""})

    execution = functions.invoke(replace(make_function(source), code=code), b"{}")

    assert "escaped.py" in answer_of(execution)
