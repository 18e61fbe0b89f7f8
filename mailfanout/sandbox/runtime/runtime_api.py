"""The Lambda Runtime API, which execution environments ask for events and report results to.

See https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import logging
import re
import socket
import threading
import time
from contextlib import suppress
from hmac import compare_digest
from http.server import BaseHTTPRequestHandler
from typing import Any

from mailfanout.sandbox.http import read_body
from mailfanout.sandbox.runtime import peers
from mailfanout.sandbox.runtime.environment import Environment
from mailfanout.sandbox.runtime.invocation import Invocation, Result
from mailfanout.sandbox.runtime.peers import Address

ADD_LIMIT_SECONDS = 5
LOOK_SECONDS = 0.1
RUNTIME_PATH = "/2018-06-01/runtime"
RESULT_PATH = re.compile(r"/invocation/([\w-]+)/(response|error)")

log = logging.getLogger(__name__)


class RuntimeApi:
    """Listens on loopback and answers the processes of its environments, and nobody else.

    A caller is known by the process that holds the other end of its connection, and by the
    environment's key before the path. AWS's own client cannot send a key, and needs none.
    """

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._environments: dict[Environment, None] = {}
        self._changed = threading.Condition()
        self._is_closed = False
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def address(self) -> str:
        """What AWS_LAMBDA_RUNTIME_API says: host and port."""
        host, port = self._listener.getsockname()
        return f"{host}:{port}"

    def add(self, environment: Environment) -> None:
        with self._changed:
            self._environments[environment] = None
            self._changed.notify_all()

    def remove(self, environment: Environment) -> None:
        with self._changed:
            self._environments.pop(environment, None)

    def close(self) -> None:
        """Accept no more connections."""
        self._is_closed = True
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while not self._is_closed:
            try:
                connection, peer = self._listener.accept()
            except OSError:  # closed, or there are too many open files, of which some will close
                time.sleep(LOOK_SECONDS)
                continue
            try:
                threading.Thread(target=self._serve, args=(connection, peer), daemon=True).start()
            except RuntimeError:
                log.exception("There are too many threads to serve an environment")
                connection.close()

    def _serve(self, connection: socket.socket, peer: Address) -> None:
        with connection:
            environment = self._find(peer, connection.getsockname())
            if environment is not None:
                # A process that is killed may close the connection in the middle of a request.
                with suppress(ConnectionError):
                    _Handler(connection, peer, environment)

    def _find(self, peer: Address, here: Address) -> Environment | None:
        """Whose connection it is; a process may connect before its environment is added."""
        is_held_by = peers.holds(peer, here)

        def holder() -> Environment | None:
            """It is most likely the environment that was added last that connects."""
            newest_first = reversed(self._environments)
            return next((one for one in newest_first if one.pid and is_held_by(one.pid)), None)

        with self._changed:
            return self._changed.wait_for(holder, ADD_LIMIT_SECONDS)


class _Handler(BaseHTTPRequestHandler):
    """Headers and body leave in one write: two would wait 40 ms for a delayed acknowledgement."""

    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16
    disable_nagle_algorithm = True

    def __init__(self, connection: socket.socket, peer: Any, environment: Environment) -> None:
        self.environment = environment
        super().__init__(connection, peer, server=None)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        if self._asked_for() != "/invocation/next":
            return self._answer(404)
        invocation = self.environment.next_invocation()
        if invocation is None:
            self.close_connection = True
        else:
            self._answer(200, invocation.payload, _headers(invocation))

    def do_POST(self) -> None:
        payload, path = read_body(self), self._asked_for()
        if path == "/init/error":
            self.environment.report_init_error(payload)
            return self._answer(202)
        match = RESULT_PATH.fullmatch(path)
        if match is None:
            return self._answer(404)
        request_id, kind = match.groups()
        result = Result(payload, "error" if kind == "error" else None)
        self._answer(202 if self.environment.report(request_id, result) else 400)

    def _asked_for(self) -> str:
        """The path behind the environment's key and the API's name, or nothing."""
        key = self.environment.key
        prefix = f"/{key}{RUNTIME_PATH}" if key else RUNTIME_PATH
        known = self.path[: len(prefix)].encode()
        return self.path[len(prefix) :] if compare_digest(known, prefix.encode()) else ""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the function's log is for the function."""

    def _answer(
        self, status: int, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> None:
        self.send_response_only(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _headers(invocation: Invocation) -> dict[str, str]:
    headers = {
        "Content-Type": "application/json",
        "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
        "Lambda-Runtime-Deadline-Ms": str(invocation.deadline_ms),
        "Lambda-Runtime-Invoked-Function-Arn": invocation.function_arn,
        "Lambda-Runtime-Trace-Id": invocation.trace_header,
    }
    if invocation.client_context is not None:
        headers["Lambda-Runtime-Client-Context"] = invocation.client_context
    return headers
