"""Another user of the machine gets nothing from the Runtime API: no event, and no answer."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading

import psutil
import pytest

from mailfanout.sandbox.runtime import peers, runtime_api
from mailfanout.sandbox.runtime.pool import Functions
from support.parts.function_sources import ECHO
from support.sandboxes.local_functions import answer_of, run

pytestmark = pytest.mark.slow

NOBODY = 65534
# Connects from another loopback address, by the port that an environment uses, and asks on.
ATTACK = """
import socket, sys
port, api_port, path = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
attacker = socket.create_connection(
    ("127.0.0.1", api_port), timeout=30, source_address=("127.0.0.2", port)
)
attacker.sendall(f"GET {path}/invocation/next HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n".encode())
try:
    print(repr(attacker.recv(100)))
except ConnectionResetError:
    print(repr(b""))
"""


@pytest.fixture
def functions(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> Functions:
    run(functions, ECHO)
    monkeypatch.setattr(runtime_api, "ADD_LIMIT_SECONDS", 0.01)
    return functions


def connection_of(functions: Functions) -> tuple[int, int]:
    """The port of the one environment, and that of the Runtime API."""
    (environment,) = functions._environments
    (found,) = psutil.Process(environment.pid).net_connections("tcp4")
    return found.laddr.port, found.raddr.port


@pytest.mark.skipif(
    sys.platform != "linux" or os.getuid() != 0, reason="only root may be another user"
)
@pytest.mark.parametrize("with_key", [False, True])
def test_another_user_who_connects_from_an_environments_port_gets_nothing(
    functions: Functions, with_key: bool
) -> None:
    (environment,) = functions._environments
    port, api_port = connection_of(functions)
    key = f"/{environment.key}" if with_key else ""

    attack = subprocess.run(
        [
            "/usr/bin/env",
            "python3",
            "-I",
            "-c",
            ATTACK,
            str(port),
            str(api_port),
            key + "/2018-06-01/runtime",
        ],
        capture_output=True,
        check=True,
        text=True,
        user=NOBODY,
        group=NOBODY,
        extra_groups=[],
        cwd="/",
    )

    assert attack.stdout == "b''\n"
    assert answer_of(run(functions, ECHO, "still served")) == "still served"


def test_the_same_port_of_another_address_is_not_the_environments(functions: Functions) -> None:
    (environment,) = functions._environments
    port, api_port = connection_of(functions)

    def holds(peer: peers.Address, here: peers.Address) -> bool:
        return environment.pid is not None and peers.holds(peer, here)(environment.pid)

    assert holds(("127.0.0.1", port), ("127.0.0.1", api_port))
    assert not holds(("127.0.0.2", port), ("127.0.0.1", api_port))
    assert not holds(("127.0.0.1", port), ("127.0.0.2", api_port))
    assert not holds(("127.0.0.1", port), ("127.0.0.1", api_port + 1))


@pytest.mark.parametrize("prefix", ["", "/guessed", "/None"])
def test_an_environment_without_its_key_gets_no_event(functions: Functions, prefix: str) -> None:
    source = f"""
import http.client, os
def lambda_handler(event, context):
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    connection.request("GET", "{prefix}/2018-06-01/runtime/invocation/next")
    return connection.getresponse().status
"""

    assert answer_of(run(functions, source)) == 404


def test_the_key_is_no_variable_of_the_function(functions: Functions) -> None:
    source = "import os\ndef lambda_handler(event, context):\n    return dict(os.environ)\n"

    variables = answer_of(run(functions, source))

    keys = {environment.key for environment in functions._environments}
    assert keys.isdisjoint(variables.values())
    assert re.fullmatch(r"127\.0\.0\.1:\d+", variables["AWS_LAMBDA_RUNTIME_API"])


def test_a_machine_without_room_for_a_thread_is_not_the_end_of_the_api(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    functions.retire("echo")
    start, failures = threading.Thread.start, [RuntimeError("can't start new thread")]

    def start_or_fail(thread: threading.Thread) -> None:
        if failures and vars(thread)["_target"] == functions._api._serve:
            raise failures.pop()
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_or_fail)
    with socket.create_connection(functions._api._listener.getsockname(), timeout=30) as lost:
        assert lost.recv(1) == b""

    assert not failures
    assert answer_of(run(functions, ECHO, "served")) == "served"
