"""The Lambda Runtime API, which execution environments ask for events and report results to.

See https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import re
import socket
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from typing import Any

import psutil

from mailfanout.sandbox.http import read_body
from mailfanout.sandbox.runtime.environment import Environment
from mailfanout.sandbox.runtime.invocation import Invocation, Result

ADD_LIMIT_SECONDS = 5
RESULT_PATH = re.compile(r"/2018-06-01/runtime/invocation/([\w-]+)/(response|error)")


class RuntimeApi:
    """Listens on loopback and answers the processes of its environments, and nobody else.

    The API has no credentials of its own: a caller is known by the process that holds the other
    end of its connection.
    """

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._environments: set[Environment] = set()
        self._changed = threading.Condition()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def address(self) -> str:
        """What AWS_LAMBDA_RUNTIME_API says: host and port."""
        host, port = self._listener.getsockname()
        return f"{host}:{port}"

    def add(self, environment: Environment) -> None:
        with self._changed:
            self._environments.add(environment)
            self._changed.notify_all()

    def remove(self, environment: Environment) -> None:
        with self._changed:
            self._environments.discard(environment)

    def close(self) -> None:
        """Accept no more connections."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, peer = self._listener.accept()
            except OSError:  # closed
                return
            threading.Thread(target=self._serve, args=(connection, peer), daemon=True).start()

    def _serve(self, connection: socket.socket, peer: tuple[str, int]) -> None:
        with connection:
            environment = self._find(peer[1])
            if environment is not None:
                # A process that is killed may close the connection in the middle of a request.
                with suppress(ConnectionError):
                    _Handler(connection, peer, environment)

    def _find(self, port: int) -> Environment | None:
        """The environment that holds the port; a process may connect before it is added."""
        with self._changed:
            self._changed.wait_for(lambda: self._holder(port) is not None, ADD_LIMIT_SECONDS)
            return self._holder(port)

    def _holder(self, port: int) -> Environment | None:
        return next((found for found in self._environments if _holds_port(found, port)), None)


def _holds_port(environment: Environment, port: int) -> bool:
    try:
        connections = psutil.Process(environment.pid).net_connections("tcp4")
    except psutil.Error:
        return False
    return any(connection.laddr.port == port for connection in connections)


class _Handler(BaseHTTPRequestHandler):
    """Headers and body leave in one write: two would wait 40 ms for a delayed acknowledgement."""

    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16
    disable_nagle_algorithm = True

    def __init__(self, connection: socket.socket, peer: Any, environment: Environment) -> None:
        self.environment = environment
        super().__init__(connection, peer, server=None)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        if not self.path.endswith("/runtime/invocation/next"):
            return self._answer(404)
        invocation = self.environment.next_invocation()
        if invocation is None:
            self.close_connection = True
        else:
            self._answer(200, invocation.payload, _headers(invocation))

    def do_POST(self) -> None:
        payload = read_body(self)
        if self.path.endswith("/runtime/init/error"):
            self.environment.report_init_error(payload)
            return self._answer(202)
        match = RESULT_PATH.fullmatch(self.path)
        if match is None:
            return self._answer(404)
        request_id, kind = match.groups()
        result = Result(payload, "error" if kind == "error" else None)
        self._answer(202 if self.environment.report(request_id, result) else 400)

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
    request_id = invocation.request_id
    trace_id = request_id.replace("-", "")
    headers = {
        "Content-Type": "application/json",
        "Lambda-Runtime-Aws-Request-Id": request_id,
        "Lambda-Runtime-Deadline-Ms": str(invocation.deadline_ms),
        "Lambda-Runtime-Invoked-Function-Arn": invocation.function_arn,
        "Lambda-Runtime-Trace-Id": f"Root=1-{trace_id[:8]}-{trace_id[8:]};Sampled=0",
    }
    if invocation.client_context is not None:
        headers["Lambda-Runtime-Client-Context"] = invocation.client_context
    return headers
