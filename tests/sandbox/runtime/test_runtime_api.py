"""The Runtime API: AWS's own client of it behaves as ours does, and strangers get nothing."""

from __future__ import annotations

import importlib.util
import json
import re
import socket
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from mailfanout.sandbox.runtime import runtime_api
from mailfanout.sandbox.runtime.function import Execution
from mailfanout.sandbox.runtime.pool import Functions
from mailfanout.sandbox.runtime.runtimes import Runtime
from support.parts.function_sources import ECHO
from support.sandboxes.local_functions import FakeHost, make_function

pytestmark = pytest.mark.slow

AWS_RUNTIME = Runtime((sys.executable, "-m", "awslambdaric"))
NAME = "lambda_function.lambda_handler"

HANDLERS = {
    "returns its event": (ECHO, NAME),
    "returns nothing": ("def lambda_handler(event, context):\n    pass\n", NAME),
    "returns bytes": ("def lambda_handler(event, context):\n    return b'[1]'\n", NAME),
    "returns decimals": (
        "from decimal import Decimal\n"
        "def lambda_handler(event, context):\n"
        "    return [Decimal('1'), Decimal('2.50'), Decimal('-1E+3')]\n",
        NAME,
    ),
    "returns what JSON cannot hold": (
        "def lambda_handler(event, context):\n    return {1, 2}\n",
        NAME,
    ),
    "describes its context": (
        """
def lambda_handler(event, context):
    kept = {key: value for key, value in vars(context).items() if not key.startswith("_")}
    kept["client_context"] = context.client_context.custom
    kept["identity"] = context.identity.cognito_identity_id
    return {**kept, "has time left": 0 < context.get_remaining_time_in_millis() <= 10_000}
""",
        NAME,
    ),
    "describes its environment": (
        "import os\ndef lambda_handler(event, context):\n    return sorted(os.environ)\n",
        NAME,
    ),
    "writes to its log": (
        """
import logging, sys
def lambda_handler(event, context):
    print("two\\nlines")
    print("to stderr", file=sys.stderr)
    logging.getLogger().setLevel("INFO")
    logging.info("information")
    logging.warning("of %s", "山田太郎")
    context.log("by the context\\n")
""",
        NAME,
    ),
    "raises an exception": (
        """
def fail(text):
    raise ValueError(text)
def lambda_handler(event, context):
    fail("no such mail")
""",
        NAME,
    ),
    "raises an exception of its own, without a text": (
        """
class NoSuchMail(Exception):
    pass
def lambda_handler(event, context):
    try:
        1 / 0
    except ZeroDivisionError as error:
        raise NoSuchMail() from error
""",
        NAME,
    ),
    "imports what is not there": ("import nowhere\n", NAME),
    "is missing in its module": (ECHO, "lambda_function.other"),
    "is in a module that is missing": (ECHO, "missing.lambda_handler"),
    "has no module": (ECHO, "nonsense"),
    "has a syntax error": ("def (\n", NAME),
    "fails while it is imported": ("1 / 0\n", NAME),
    "calls sys.exit": (
        "import sys\ndef lambda_handler(event, context):\n    sys.exit(4)\n",
        NAME,
    ),
    "ends its process": (
        "import os\ndef lambda_handler(event, context):\n    os._exit(3)\n",
        NAME,
    ),
}


@pytest.fixture(scope="module")
def ours() -> Iterator[Functions]:
    functions = Functions(FakeHost())
    yield functions
    functions.close()


@pytest.fixture(scope="module")
def theirs() -> Iterator[Functions]:
    if importlib.util.find_spec("awslambdaric") is None:
        pytest.skip("awslambdaric is not installed: it has no wheel for every platform")
    functions = Functions(FakeHost(), runtime=AWS_RUNTIME)
    yield functions
    functions.close()


@pytest.mark.parametrize("case", HANDLERS)
def test_both_runtimes_agree_on_a_handler_that(
    case: str, ours: Functions, theirs: Functions
) -> None:
    source, handler = HANDLERS[case]
    function = make_function(source, handler=handler)
    event = {"text": "山田太郎 \N{GRINNING FACE}", "number": 1.5, "nothing": None}
    outcomes = [
        functions.invoke(
            function,
            json.dumps(event).encode(),
            request_id="8b7d1f4c-0000-4000-8000-000000000001",
            client_context='{"custom": {"lesson": 4}}',
            trace_header="Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0",
        )
        for functions in (ours, theirs)
    ]

    our_outcome, their_outcome = outcomes
    assert our_outcome.result.status == their_outcome.result.status
    assert answer(our_outcome) == answer(their_outcome)
    assert log_shape(our_outcome) == log_shape(their_outcome)


def test_a_connection_of_another_process_is_closed_without_an_answer(
    ours: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime_api, "ADD_LIMIT_SECONDS", 0.01)
    host, port = ours._api.address.split(":")
    with socket.create_connection((host, int(port)), timeout=30) as stranger:
        stranger.sendall(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n")
        received = receive_all(stranger)

    assert received == b""


def receive_all(connection: socket.socket) -> bytes:
    try:
        return connection.recv(1)
    except ConnectionResetError:
        return b""


def answer(execution: Execution) -> Any:
    """The result, without what is new in every environment."""
    result = json.loads(execution.result.payload)
    if isinstance(result, dict):
        result.pop("log_stream_name", None)
    return result


def log_shape(execution: Execution) -> list[str]:
    """The log without its numbers, and without AWS's advice on updates of its runtime.

    AWS's client ends an error with a line end where it cannot mark its events.
    """
    lines = execution.log.replace("END RequestId", "\nEND RequestId").splitlines()
    known = [one for one in lines if not re.search("^$|LAMBDA_WARNING|runtimes-update", one)]
    return [re.sub(r"[\d.:-]+", "0", line) for line in known]
