"""How long functions take to start, one by one and side by side: `python -m pytest -m benchmark`.

Nothing here fails because a machine is slow. What is asserted is that the work was done.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import mailfanout
from mailfanout.sandbox.runtime.function import Function
from mailfanout.sandbox.runtime.pool import Functions
from mailfanout.sandbox.runtime.runtimes import own_runtime
from support.figures import show_figures
from support.parts.function_sources import ECHO
from support.sandboxes.local_functions import FakeHost, make_function

pytestmark = pytest.mark.benchmark

SIDE_BY_SIDE = 5
PATH = Path("lambdas", "simple", "readMessageAndSendMail", "lambda_function.py")


@pytest.fixture(params=["template", "command"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def functions(kind: str) -> Iterator[Functions]:
    functions = Functions(FakeHost(), runtime=own_runtime(from_template=kind == "template"))
    functions.prepare()
    yield functions
    functions.close()


def mailer(number: int = 0) -> Function:
    """The pipeline's own function, which makes three clients; another one for each number."""
    source = (Path(mailfanout.__file__).parent / PATH).read_text(encoding="utf-8")
    variables = {
        "TABLE_NAME": "mailaddress",
        "SENDER": "sender@example.com",
        "AWS_DEFAULT_REGION": "us-east-1",
        "NUMBER": str(number),
    }
    return make_function(source, variables=variables)


def start(functions: Functions, function: Function) -> float:
    """The milliseconds that a first event takes."""
    began = time.perf_counter()
    outcome = functions.invoke(function, b'{"Records": []}')
    assert outcome.result.status is None
    assert "Init Duration" in outcome.log
    return (time.perf_counter() - began) * 1000


def one_by_one(functions: Functions, function: Function) -> float:
    durations_ms = []
    for _ in range(11):
        durations_ms.append(start(functions, function))
        functions.retire("echo")
    return statistics.median(durations_ms)


def side_by_side(functions: Functions) -> float:
    """Until the last one has answered."""
    began = time.perf_counter()
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        list(pool.map(lambda number: start(functions, mailer(number)), range(SIDE_BY_SIDE)))
    return (time.perf_counter() - began) * 1000


def test_cold_starts(functions: Functions, kind: str) -> None:
    one_by_one(functions, mailer())  # meanwhile the template has become ready
    figures = {
        "a function that imports nothing": one_by_one(functions, make_function(ECHO)),
        "one that makes three clients": one_by_one(functions, mailer()),
        f"{SIDE_BY_SIDE} of these side by side": side_by_side(functions),
    }
    title = f"Cold starts from a {kind}"
    show_figures(title, {name: f"{ms:8.0f} ms" for name, ms in figures.items()})
