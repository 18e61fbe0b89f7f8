"""Calls as boto3 would send them: signed in earnest, and caught before they leave."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.credentials import Credentials as SdkCredentials

from mailfanout.sandbox.access.keys import Caller, Credentials, Keys
from mailfanout.sandbox.access.signatures import authenticate, signed_scope
from mailfanout.sandbox.calls import ApiCall, read_call, speech_of
from mailfanout.sandbox.http.refusals import ApiError, Refused, worded
from mailfanout.sandbox.http.request import Request

ACCOUNT_ID = "123456789012"
REGION = "us-east-1"
HOST = "127.0.0.1:4566"
ROLE = f"arn:aws:iam::{ACCOUNT_ID}:role/service-role/lambda-s3-role"
# A sandbox's keys, its owner's and a function's, who signs now.
KEYS = Keys(ACCOUNT_ID)
SESSION = KEYS.issue(ROLE, "sendQueue", lifetime_seconds=12 * 3600)


def accepted(request: Request) -> Credentials:
    """Whose request it is, if it is let in now."""
    return authenticate(request, KEYS, datetime.now(UTC))


def key_pair(access_key_id: str, secret: str, session_token: str | None = None) -> Credentials:
    """Credentials as a client has them: it is for the sandbox to know whose they are."""
    return Credentials(access_key_id, secret, Caller.user(ACCOUNT_ID, "learner"), session_token)


@lru_cache
def session_of(credentials: Credentials) -> boto3.Session:
    return boto3.Session(
        credentials.access_key_id,
        credentials.secret_access_key,
        credentials.session_token,
        region_name=REGION,
    )


def call(credentials: Credentials, service: str, method: str, **parameters: Any) -> Request:
    """The request that `boto3.client(service).method(**parameters)` would send."""
    try:
        getattr(_client(credentials, service), method)(**parameters)
    except _Caught as caught:
        return received(caught.request)
    raise AssertionError(f"{service} {method} sent nothing")


@lru_cache
def _client(credentials: Credentials, service: str) -> Any:
    client = session_of(credentials).client(service, endpoint_url=f"http://{HOST}")
    client.meta.events.register("before-send", _catch)
    return client


def _catch(request: Any, **_: Any) -> None:
    raise _Caught(request)


def received(prepared: Any) -> Request:
    """A prepared request, as the server takes it off the wire."""
    url = urlsplit(prepared.url)
    headers = {
        name.lower(): value.decode() if isinstance(value, bytes) else value
        for name, value in prepared.headers.items()
    }
    return Request(
        prepared.method, url.path, url.query, {"host": url.netloc, **headers}, _bytes(prepared.body)
    )


def read(request: Request) -> ApiCall:
    """The call that the gateway reads in it, whoever signed it."""
    service, region = signed_scope(request)
    return read_call(request, service=service, region=region, account_id=ACCOUNT_ID)


def called(credentials: Credentials, service: str, method: str, **parameters: Any) -> ApiCall:
    """The call that `boto3.client(service).method(**parameters)` makes."""
    return read(call(credentials, service, method, **parameters))


def changed(request: Request, **fields: Any) -> Request:
    """The same request with some fields changed on its way; header names in lower case."""
    headers = {**request.headers, **fields.pop("headers", {})}
    return replace(request, headers=headers, **fields)


def refused(request: Request, *, keys: Keys = KEYS, now: datetime | None = None) -> tuple[str, int]:
    """With which code and status a request is not let in."""
    error = refusal_of(request, keys=keys, now=now)
    return error.code, error.status


def refusal_of(request: Request, *, keys: Keys = KEYS, now: datetime | None = None) -> ApiError:
    """What a request is told that is not let in."""
    with pytest.raises(Refused) as caught:
        authenticate(request, keys, now or datetime.now(UTC))
    return worded(caught.value, speech_of(request))


def sdk(credentials: Credentials) -> SdkCredentials:
    """Credentials as botocore has them, to sign by hand."""
    return SdkCredentials(
        credentials.access_key_id, credentials.secret_access_key, credentials.session_token
    )


def _bytes(body: Any) -> bytes:
    if hasattr(body, "read"):
        return bytes(body.read())
    return body.encode() if isinstance(body, str) else body or b""


class _Caught(Exception):
    """A request on its way out; there is no response."""

    def __init__(self, request: Any) -> None:
        super().__init__(request.url)
        self.request = request
