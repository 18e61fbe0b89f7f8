"""moto behind the sandbox's own reading of calls, without HTTP, signatures and policies."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSResponse

from mailfanout.sandbox.access import Caller, Credentials
from mailfanout.sandbox.calls import check_limits, read_call
from mailfanout.sandbox.front import do_by_moto
from mailfanout.sandbox.http import Answer, ApiError, Refused, Request, error_answer, worded

REGION, ACCOUNT_ID = "us-east-1", "123456789012"
OWNER = Credentials("AKIAEXAMPLE", "secret", Caller.user(ACCOUNT_ID, "learner"))


def answer_here(client: Any) -> Any:
    """The client, whose calls are from now on answered in this process."""
    service = client.meta.service_model.signing_name

    def answer(request: Any, **_: Any) -> AWSResponse:
        answered = _answer(_received(request), service)
        raw = _Raw(answered.body)
        return AWSResponse(request.url, answered.status, dict(answered.headers), raw)

    client.meta.events.register("before-send", answer)
    return client


class _Raw(io.BytesIO):
    """A body as urllib3 hands it over."""

    def stream(self) -> Any:
        yield self.read()


def _answer(request: Request, service: str) -> Answer:
    call = read_call(request, service=service, region=REGION, account_id=ACCOUNT_ID)
    try:
        check_limits(call)
        return do_by_moto(call, OWNER)
    except Refused as refused:
        return error_answer(worded(refused, call.speech), call.speech)
    except ApiError as error:
        return error_answer(error, call.speech)


def _received(prepared: Any) -> Request:
    url = urlsplit(prepared.url)
    headers = {
        name.lower(): value.decode() if isinstance(value, bytes) else value
        for name, value in prepared.headers.items()
    }
    body = prepared.body or b""
    body = body.encode() if isinstance(body, str) else body
    path = url.path or "/"
    return Request(prepared.method, path, url.query, {"host": "127.0.0.1", **headers}, body)
