"""What policies' conditions may ask of a call: its condition keys, in lower case.

See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cached_property
from itertools import chain
from typing import Any

from mailfanout.sandbox.access.account import mapped_function, user_id
from mailfanout.sandbox.access.conditions import Context
from mailfanout.sandbox.access.keys import Caller
from mailfanout.sandbox.access.leading_keys import leading_keys
from mailfanout.sandbox.access.mail_requests import CONDITION_KEYS, condition_key
from mailfanout.sandbox.calls import ApiCall


def caller_context(caller: Caller, region: str) -> dict[str, str | list[str]]:
    """What is true of whatever the caller asks for just now."""
    now = datetime.now(UTC)
    context: dict[str, str | list[str]] = {
        "aws:currenttime": now.isoformat(),
        "aws:epochtime": str(int(now.timestamp())),
        "aws:principalaccount": caller.account_id,
        "aws:principalarn": caller.role_arn or caller.arn,
        "aws:principalisawsservice": "false",
        "aws:principaltype": _PRINCIPAL_TYPES[caller.kind],
        "aws:requestedregion": region,
        "aws:resourceaccount": caller.account_id,
        # On AWS the same SDK call goes through TLS, which policies often ask for.
        "aws:securetransport": "true",
        "aws:sourceip": "127.0.0.1",
        "aws:userid": user_id(caller),
        "aws:viaawsservice": "false",
    }
    if caller.kind == "user":
        context["aws:username"] = caller.arn.rpartition("/")[2]
    return context


class CallContext(Mapping[str, str | list[str]]):
    """What is true of the caller and of this call; worked out when a policy asks for it."""

    def __init__(self, caller: Caller, call: ApiCall, **more: str) -> None:
        self._caller = caller
        self._call = call
        self._more = more

    @cached_property
    def _keys(self) -> Context:
        return {**_call_context(self._caller, self._call), **self._more}

    def __getitem__(self, key: str) -> str | list[str]:
        if key not in CONDITION_KEYS:
            return self._keys[key]
        if not (found := condition_key(self._call, key)):
            raise KeyError(key)
        return found

    def __iter__(self) -> Iterator[str]:
        return chain(self._keys, (key for key in CONDITION_KEYS if key in self))

    def __len__(self) -> int:
        return len([*self])


def _call_context(caller: Caller, call: ApiCall) -> Context:
    context = caller_context(caller, call.region) | _tags(call.tags)
    if call.service == "s3":
        context |= dict(_s3(call))
    given = [name for name in _KEYS.get(call.service, ()) if name in call.parameters]
    context |= {f"{call.service}:{name.lower()}": str(call.parameters[name]) for name in given}
    if call.service == "dynamodb" and (keys := leading_keys(call, caller.account_id)):
        context["dynamodb:leadingkeys"] = keys
    if call.service == "lambda" and (arn := mapped_function(call, caller.account_id)):
        context["lambda:functionarn"] = arn
    return context


# Parameters that are condition keys by their own names.
_KEYS = {
    "dynamodb": ("ReturnValues", "Select"),
    "iam": ("PolicyArn",),
    "sns": ("Endpoint", "Protocol"),
    "sts": ("ExternalId", "RoleSessionName"),
}
_PRINCIPAL_TYPES = {"user": "User", "role": "AssumedRole"}


def _s3(call: ApiCall) -> Iterator[tuple[str, str]]:
    """S3's keys are its headers and the fields of its query strings, as they are written."""
    shape: Any = call.model.input_shape
    for name, value in call.parameters.items():
        serialization = shape.members[name].serialization
        written = serialization.get("name", name).lower()
        if serialization.get("location") == "querystring" or written.startswith("x-amz-"):
            yield f"s3:{written}", str(value)


def _tags(tags: list[tuple[str, str]]) -> dict[str, str | list[str]]:
    found: dict[str, str | list[str]] = {f"aws:requesttag/{key.lower()}": v for key, v in tags}
    return {**found, "aws:tagkeys": [key for key, _ in tags]} if tags else found
