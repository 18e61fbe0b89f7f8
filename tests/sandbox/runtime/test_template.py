"""An environment begins as a copy of a template, or as a command: functions cannot tell."""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from mailfanout.sandbox.runtime.pool import Functions
from mailfanout.sandbox.runtime.runtimes import own_runtime
from support.sandboxes.local_functions import FakeHost, answer_of, make_function, run

pytestmark = pytest.mark.slow

RETURNS = "def lambda_handler(event, context):\n    return "


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(
            True,
            id="template",
            marks=pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a template"),
        ),
        pytest.param(False, id="command"),
    ],
)
def functions(request: pytest.FixtureRequest) -> Iterator[Functions]:
    functions = Functions(FakeHost(), runtime=own_runtime(from_template=request.param))
    functions.prepare()
    yield functions
    functions.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a template")
def test_template_that_is_about_to_be_needed_is_whole_before_its_first_copy() -> None:
    source = f"import gc\n{RETURNS}gc.get_freeze_count()\n"  # its last preparation is gc.freeze

    with closing(Functions(FakeHost())) as own:
        assert answer_of(run(own, source)) == 0
        own.prepare()
        own.retire("echo")
        assert answer_of(run(own, source)) > 0


def test_boto3_makes_clients_in_the_functions_region(functions: Functions) -> None:
    source = f"import boto3\n{RETURNS}boto3.client('sqs').meta.region_name\n"

    outcome = run(functions, source, region="eu-west-1")

    assert answer_of(outcome) == "eu-west-1"


@pytest.mark.parametrize(
    ("variables", "statement"),
    [
        ({"AWS_DATA_PATH": "/opt/models"}, ""),
        ({}, "os.environ['AWS_DATA_PATH'] = '/opt/models'"),
    ],
    ids=["by-configuration", "by-code"],
)
def test_boto3_looks_for_models_where_the_function_says(
    functions: Functions, variables: dict[str, str], statement: str
) -> None:
    source = f"""
import os
import boto3
{statement}
sqs = boto3.client("sqs")
{RETURNS}boto3.DEFAULT_SESSION._session.get_component("data_loader").search_paths
"""

    outcome = run(functions, source, variables=variables)

    assert "/opt/models" in answer_of(outcome)


def test_clients_have_tls_contexts_of_their_own(functions: Functions) -> None:
    source = f"""
import boto3
contexts = [
    boto3.client("sqs")._endpoint.http_session._manager.connection_pool_kw["ssl_context"]
    for _ in range(9)
]
{RETURNS}len(set(map(id, contexts)))
"""

    assert answer_of(run(functions, source)) == 9


def test_clients_have_handlers_of_their_own(functions: Functions) -> None:
    source = f"""
import boto3
events = [boto3.client("sqs").meta.events for _ in range(2)]
for number, one in enumerate(events):
    one.register_first("before-call.apigateway", lambda number=number, **_: number)
{RETURNS}[one.emit_until_response("before-call.apigateway")[1] for one in events]
"""

    assert answer_of(run(functions, source)) == [0, 1]


@pytest.mark.parametrize("name", ["boto3", "botocore", "dateutil", "jmespath", "s3transfer"])
def test_what_is_in_awss_runtime_can_be_imported(functions: Functions, name: str) -> None:
    assert answer_of(run(functions, f"import {name}\n{RETURNS}{name}.__name__\n")) == name


@pytest.mark.parametrize("name", ["click", "mailfanout", "moto", "psutil", "pytest", "requests"])
def test_what_else_is_installed_here_cannot_be_imported(functions: Functions, name: str) -> None:
    outcome = run(functions, f"import {name}\n{RETURNS}None\n")

    assert answer_of(outcome)["errorType"] == "Runtime.ImportModuleError"
    assert answer_of(outcome)["errorMessage"] == (
        f"Unable to import module 'lambda_function': No module named '{name}'"
    )


@pytest.mark.parametrize("name", ["six", "urllib3", "queue"])
def test_a_module_that_the_function_brings_comes_first(functions: Functions, name: str) -> None:
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr(f"{name}.py", "ORIGIN = 'brought'\n")
        archive.writestr("lambda_function.py", f"import {name}\n{RETURNS}{name}.ORIGIN\n")
    function = make_function(f"# {name}")

    outcome = functions.invoke(replace(function, code=zipped.getvalue()), b"{}")

    assert answer_of(outcome) == "brought"


def test_two_functions_share_nothing_that_one_of_them_changes(functions: Functions) -> None:
    run(functions, f"import boto3\nboto3.changed = True\n{RETURNS}None\n")

    assert answer_of(run(functions, f"import boto3\n{RETURNS}hasattr(boto3, 'changed')\n")) is False


def test_random_numbers_differ_from_environment_to_environment(functions: Functions) -> None:
    source = f"import random, uuid\n{RETURNS}[random.random(), str(uuid.uuid4())]\n"

    answers = [answer_of(run(functions, source, variables={"N": str(n)})) for n in range(3)]

    assert len({number for number, _ in answers}) == len({text for _, text in answers}) == 3


def test_directory_for_temporary_files_is_the_environments_own(functions: Functions) -> None:
    source = f"import os, tempfile\n{RETURNS}[tempfile.gettempdir(), os.environ['TMPDIR']]\n"

    found, expected = answer_of(run(functions, source))

    assert found == expected


def test_a_program_that_the_function_starts_has_the_functions_variables(
    functions: Functions,
) -> None:
    source = f"""
import json, subprocess, sys
PRINT = "import json, os; print(json.dumps(dict(os.environ)))"
{RETURNS}json.loads(subprocess.check_output([sys.executable, "-c", PRINT]))
"""

    variables = answer_of(run(functions, source, variables={"TABLE_NAME": "mailaddress"}))

    assert variables["TABLE_NAME"] == "mailaddress"
    assert variables["AWS_LAMBDA_FUNCTION_NAME"] == "echo"


def test_signals_and_stdin_are_as_in_a_new_process(functions: Functions) -> None:
    source = f"""
import signal, sys
{RETURNS}[sys.stdin.read(), signal.getsignal(signal.SIGTERM) == signal.SIG_DFL]
"""

    assert answer_of(run(functions, source)) == ["", True]


def test_a_thread_that_the_function_leaves_running_keeps_no_event_waiting(
    functions: Functions,
) -> None:
    source = f"""
import threading
threading.Thread(target=threading.Event().wait, daemon=True).start()
{RETURNS}threading.active_count()
"""

    assert answer_of(run(functions, source)) == 3


def test_exit_ends_the_process_with_its_code(functions: Functions) -> None:
    outcome = run(functions, "def lambda_handler(event, context):\n    exit(4)\n")

    assert "Runtime exited with error: exit status 4" in answer_of(outcome)["errorMessage"]


def test_a_variable_that_no_process_can_have_is_the_functions_error(functions: Functions) -> None:
    outcome = run(functions, f"{RETURNS}None\n", variables={"NAME": "before\0after"})

    assert outcome.result.status == "error"
    assert "null byte" in outcome.log


@pytest.mark.parametrize(
    ("handler", "is_taken"), [("lambda **options: None", True), ("lambda request: None", False)]
)
def test_botocore_takes_handlers_of_any_keywords(
    functions: Functions, handler: str, is_taken: bool
) -> None:
    source = f"""
import boto3
def lambda_handler(event, context):
    try:
        boto3.client("sqs").meta.events.register("before-send.cloudwatch", {handler})
    except ValueError as error:
        return "must accept keyword arguments" not in str(error)
    return True
"""

    assert answer_of(run(functions, source)) is is_taken
