"""The Lambda Runtime API, which execution environments ask for events and report results to.

See https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import logging
import re
import socket
import sys
import threading
import time
from contextlib import suppress
from hmac import compare_digest

from mailfanout.sandbox.http import Admission, Answer, Connection, Request
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
                    _Connection(connection, peer, _Served(environment))  # type: ignore[arg-type]

    def _find(self, peer: Address, here: Address) -> Environment | None:
        """Whose connection it is; a process may connect before its environment is added."""
        is_held_by = peers.holds(peer, here)

        def holder() -> Environment | None:
            """It is most likely the environment that was added last that connects."""
            newest_first = reversed(self._environments)
            return next((one for one in newest_first if one.pid and is_held_by(one.pid)), None)

        with self._changed:
            return self._changed.wait_for(holder, ADD_LIMIT_SECONDS)


class _Connection(Connection):
    timeout = None  # between two requests a handler runs, for up to fifteen minutes


class _Served:
    """What one environment gets: the Runtime API for it alone."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    def admit(self, head: Request) -> Admission:
        return sys.maxsize

    def application(self, request: Request) -> Answer:
        path = self._asked_for(request.raw_path)
        if request.method == "GET" and path == "/invocation/next":
            return self._next()
        if request.method == "POST" and path == "/init/error":
            self._environment.report_init_error(request.body)
            return Answer(202, {}, b"")
        match = RESULT_PATH.fullmatch(path)
        if match is None or request.method != "POST":
            return Answer(404, {}, b"")
        request_id, kind = match.groups()
        result = Result(request.body, "error" if kind == "error" else None)
        return Answer(202 if self._environment.report(request_id, result) else 400, {}, b"")

    def _next(self) -> Answer:
        invocation = self._environment.next_invocation()
        if invocation is None:
            raise ConnectionAbortedError("The environment has ended")
        return Answer(200, _headers(invocation), invocation.payload)

    def _asked_for(self, path: str) -> str:
        """The path behind the environment's key and the API's name, or nothing."""
        key = self._environment.key
        prefix = f"/{key}{RUNTIME_PATH}" if key else RUNTIME_PATH
        known = path[: len(prefix)].encode()
        return path[len(prefix) :] if compare_digest(known, prefix.encode()) else ""


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
