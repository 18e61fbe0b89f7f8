"""The tokens by which callers ask for a list's next page.

To moto, and to what stands in its place, a token says where a page begins. A caller gets it sealed:
it opens the next page of the list that gave it, asked for in the same words, and no other.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from html import unescape
from typing import NamedTuple

from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.http import Answer, ApiError


class _Tokens(NamedTuple):
    """The parameter that has a token, the answer's member, and what refuses all others."""

    parameter: str
    member: str
    code: str
    message: str
    members: Mapping[str, str] = {}


# By the service, or by the operation if only some of its lists come in such pages.
_TOKENS: Mapping[str, _Tokens | None] = {
    "cloudformation": _Tokens("NextToken", "NextToken", "ValidationError", "Invalid next token."),
    "events": _Tokens(
        *("NextToken", "NextToken"),
        *("ValidationException", "The specified NextToken is invalid."),
    ),
    "iam": _Tokens("Marker", "Marker", "ValidationError", "Invalid Marker."),
    "lambda": _Tokens("Marker", "NextMarker", "InvalidParameterValueException", "Invalid Marker."),
    "logs": _Tokens(
        *("nextToken", "nextToken"),
        *("InvalidParameterException", "The specified nextToken is invalid."),
    ),
    "logs:GetLogEvents": None,  # gives two, and both are for good
    "s3:ListBuckets": _Tokens(
        *("ContinuationToken", "ContinuationToken"),
        *("InvalidArgument", "The continuation token provided is incorrect"),
        {"ArgumentName": "continuation-token"},
    ),
    "ses": _Tokens("NextToken", "NextToken", "InvalidParameterValue", "Invalid next token."),
    "sesv2": _Tokens("NextToken", "NextToken", "BadRequestException", "Invalid next token."),
    "sns": _Tokens("NextToken", "NextToken", "InvalidParameter", "Invalid parameter: NextToken"),
    "sqs": _Tokens(
        *("NextToken", "NextToken"), *("InvalidParameterValue", "Invalid or expired next token.")
    ),
}
# Where an empty token asks for the first page.
_TAKE_NONE = ("s3", "ses", "sns")
# A page may be of another size than the one before it.
_SIZES = {"Limit", "MaxBuckets", "MaxItems", "MaxResults", "PageSize", "limit"}
_SEAL_BYTES = 12


def with_sealed_tokens(do: Callable[[ApiCall], Answer], call: ApiCall) -> Answer:
    """Do a call with the token that its list gave, and seal that of the next page.

    Raises ApiError for any other token.
    """
    tokens = _tokens(call)
    if tokens is None:
        return do(call)
    list_asked = _list_asked(call, tokens)  # now: rules spell parameters otherwise
    return _with_sealed(do(_with_opened(call, tokens, list_asked)), tokens, list_asked)


def _tokens(call: ApiCall) -> _Tokens | None:
    """None of a call that is for no list, whatever its answer has in it."""
    tokens, asked = _TOKENS.get(call.name, _TOKENS.get(call.service)), call.model.input_shape
    return tokens if tokens and asked and tokens.parameter in asked.members else None


def _list_asked(call: ApiCall, tokens: _Tokens) -> str:
    """Which list is asked for, and in which words; not which page of it."""
    besides = {*_SIZES, tokens.parameter}
    asked = {name: one for name, one in call.parameters.items() if name not in besides}
    return json.dumps([call.region, call.name, asked], sort_keys=True, default=str)


def _with_opened(call: ApiCall, tokens: _Tokens, list_asked: str) -> ApiCall:
    token = call.parameters.get(tokens.parameter)
    if token is None or (not token and call.service in _TAKE_NONE):
        return call
    opened = _opened(token, list_asked)
    if opened is None:
        raise ApiError(tokens.code, tokens.message, members=tokens.members)
    return replace(call, parameters={**call.parameters, tokens.parameter: opened})


def _with_sealed(answer: Answer, tokens: _Tokens, list_asked: str) -> Answer:
    name = tokens.member
    if answer.status >= 300 or name.encode() not in answer.body:
        return answer
    if answer.body.startswith(b"{"):
        told = json.loads(answer.body)
        if token := told.get(name):
            told[name] = _sealed(token, list_asked)
        return answer._replace(body=json.dumps(told).encode())
    body = re.sub(
        f"(?<=<{name}>)[^<]+(?=</{name}>)",
        lambda found: _sealed(unescape(found[0]), list_asked),
        answer.body.decode(),
    )
    return answer._replace(body=body.encode())


def _sealed(token: str, list_asked: str) -> str:
    return base64.urlsafe_b64encode(_seal(token, list_asked) + token.encode()).decode()


def _opened(sealed: str, list_asked: str) -> str | None:
    try:
        content = base64.b64decode(sealed, b"-_", validate=True)
        token = content[_SEAL_BYTES:].decode()
    except (binascii.Error, ValueError):
        return None
    return token if hmac.compare_digest(content[:_SEAL_BYTES], _seal(token, list_asked)) else None


def _seal(token: str, list_asked: str) -> bytes:
    return hmac.digest(_key(), f"{list_asked}{token}".encode(), "sha256")[:_SEAL_BYTES]


@cache
def _key() -> bytes:
    return secrets.token_bytes(32)
