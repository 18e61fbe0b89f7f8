"""The front door: every call to the sandbox is checked and counted here, then handed to moto."""

from __future__ import annotations

import io
import json
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from mailfanout.sandbox.access import authorize
from mailfanout.sandbox.keys import Caller, Keys
from mailfanout.sandbox.refusals import AccessError, error_response, refuse_stranger
from mailfanout.sandbox.request import Request
from mailfanout.sandbox.signatures import authenticate

OWN_PATH = "/_sandbox"

log = logging.getLogger(__name__)


class Gateway:
    """A WSGI application in front of moto's.

    `own_api` answers the calls under `/_sandbox`, which only the sandbox's owner may make: it
    gets the method, the path, the parameters and the JSON body, and returns what is sent as
    JSON; KeyError stands for an unknown path, ValueError for a body that makes no sense.
    """

    def __init__(
        self,
        application: WSGIApplication,
        *,
        keys: Keys,
        own_api: Callable[[str, str, Mapping[str, str], Any], Any],
    ) -> None:
        self._application = application
        self._keys = keys
        self._own_api = own_api
        self._calls: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.last_call_at = time.monotonic()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.last_call_at = time.monotonic()
        body = _read_body(environ)
        request = Request.from_wsgi(environ, body)
        try:
            return self._pass_on(request, environ, start_response)
        except AccessError as error:
            status, headers, answer = error_response(request, error)
            start_response(status, headers)
            return [answer]
        except Exception:
            log.exception("%s %s failed", request.method, request.raw_path)
            return _answer_json(start_response, 500, {"message": "The sandbox failed; see its log"})

    def calls(self) -> dict[str, int]:
        """How often each operation was called since the last reset, as `service:Operation`."""
        with self._lock:
            return dict(sorted(self._calls.items()))

    def reset_calls(self) -> None:
        with self._lock:
            self._calls.clear()

    def _pass_on(
        self, request: Request, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        if stranger := refuse_stranger(environ):
            raise stranger
        caller = authenticate(request, self._keys, datetime.now(UTC))
        if request.raw_path.startswith(OWN_PATH):
            return self._answer_own(caller, request, start_response)
        with self._lock:
            self._calls[":".join(request.operation)] += 1
        authorize(caller, request)
        environ["wsgi.input"] = io.BytesIO(request.body)
        environ["CONTENT_LENGTH"] = str(len(request.body))
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        return self._application(environ, start_response)

    def _answer_own(
        self, caller: Caller, request: Request, start_response: StartResponse
    ) -> Iterable[bytes]:
        if caller.kind != "root":
            raise AccessError("AccessDenied", "Only the sandbox's own keys may call this")
        path = request.raw_path.removeprefix(OWN_PATH)
        try:
            body = json.loads(request.body or b"null")
            return _answer_json(
                start_response, 200, self._own_api(request.method, path, request.args, body)
            )
        except KeyError:
            return _answer_json(start_response, 404, f"There is no {request.method} {path}")
        except ValueError as error:
            return _answer_json(start_response, 400, str(error))


def _read_body(environ: WSGIEnvironment) -> bytes:
    length = environ.get("CONTENT_LENGTH")
    body: bytes = environ["wsgi.input"].read(int(length)) if length else b""
    if not length and environ.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked":
        body = environ["wsgi.input"].read()
    return body


def _answer_json(start_response: StartResponse, status: int, value: Any) -> Iterable[bytes]:
    body = json.dumps(value, ensure_ascii=False).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    start_response(f"{status} {HTTPStatus(status).phrase}", headers)
    return [body]
