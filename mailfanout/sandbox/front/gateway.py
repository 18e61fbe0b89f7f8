"""The front door: every call to the sandbox is checked and counted here, then handed to moto."""

from __future__ import annotations

import io
import json
import logging
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from mailfanout.sandbox.access import Caller, Keys, authenticate, authorize
from mailfanout.sandbox.front.call_counts import CallCounts
from mailfanout.sandbox.front.faulty_calls import ReplyLost
from mailfanout.sandbox.front.own_api import OWN_PATH, Answer
from mailfanout.sandbox.http import AccessError, Request, error_response, refuse_stranger

MOTO_PATH = "/moto-api"

log = logging.getLogger(__name__)


class Gateway:
    """A WSGI application in front of moto's.

    `application` finds the Request and its Caller in the environ, as `mailfanout.request` and
    `mailfanout.caller`; `counts` learns of every call. `own_api` answers the calls under
    `/_sandbox`, which only the sandbox's owner may make. `last_call_at` is of the last call but
    those of callers that work `in_background`.
    """

    def __init__(
        self,
        application: WSGIApplication,
        *,
        keys: Keys,
        counts: CallCounts,
        own_api: Callable[[Request], Answer],
        in_background: Callable[[Caller], bool] = lambda caller: False,
    ) -> None:
        self._application = application
        self._keys = keys
        self._counts = counts
        self._own_api = own_api
        self._in_background = in_background
        self.last_call_at = time.monotonic()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = _read_body(environ)
        request = Request.from_wsgi(environ, body)
        try:
            return self._pass_on(request, environ, start_response)
        except AccessError as error:
            status, headers, answer = error_response(request, error)
            start_response(status, headers)
            return [answer]
        except ReplyLost:
            raise
        except Exception:
            log.exception("%s %s failed", request.method, request.raw_path)
            message = json.dumps({"message": "The sandbox failed; see its log"})
            return _send(start_response, Answer(500, "application/json", message.encode()))

    def _pass_on(
        self, request: Request, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        if stranger := refuse_stranger(environ):
            raise stranger
        caller = authenticate(request, self._keys, datetime.now(UTC))
        if not self._in_background(caller):
            self.last_call_at = time.monotonic()
        if request.raw_path.startswith((OWN_PATH, MOTO_PATH)) and caller.kind != "root":
            raise AccessError("AccessDenied", "Only the sandbox's own keys may call this")
        if request.raw_path.startswith(OWN_PATH):
            return _send(start_response, self._own_api(request))
        self._counts.add(caller.name, ":".join(request.operation))
        authorize(caller, request)
        environ["mailfanout.request"], environ["mailfanout.caller"] = request, caller
        # moto takes a path as it was sent from here: PATH_INFO is decoded.
        environ["RAW_URI"] = environ["REQUEST_URI"]
        environ["wsgi.input"] = io.BytesIO(request.body)
        environ["CONTENT_LENGTH"] = str(len(request.body))
        return self._application(environ, start_response)


def _read_body(environ: WSGIEnvironment) -> bytes:
    body: bytes = environ["wsgi.input"].read()
    return body


def _send(start_response: StartResponse, answer: Answer) -> Iterable[bytes]:
    length = str(len(answer.body))
    headers = [("Content-Type", answer.content_type), ("Content-Length", length)]
    start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", headers)
    return [answer.body]
