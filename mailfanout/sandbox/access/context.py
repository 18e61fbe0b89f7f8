"""What policies' conditions may ask of a call: its condition keys, in lower case.

See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import chain
from typing import Any
from urllib.parse import parse_qsl

from mailfanout.sandbox.access.account import mapped_function, user_id
from mailfanout.sandbox.access.attributes import asked_attributes, selection
from mailfanout.sandbox.access.conditions import Context
from mailfanout.sandbox.access.keys import STACKS_SESSION, Caller
from mailfanout.sandbox.access.leading_keys import leading_keys
from mailfanout.sandbox.access.mail_requests import CONDITION_KEYS, condition_key
from mailfanout.sandbox.calls import ApiCall, is_by_form


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
    if caller.token_issued_at:
        context["aws:tokenissuetime"] = caller.token_issued_at.isoformat()
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
    context = caller_context(caller, call.region) | _tags(call)
    headers = {"aws:useragent": call.user_agent, "aws:referer": call.referer}
    context |= {key: said for key, said in headers.items() if said}
    if call.is_of_service and caller.function_name != STACKS_SESSION:
        context |= _VIA_CLOUDFORMATION
    if call.service == "s3":
        context |= dict(_s3(call))
    given = [name for name in _KEYS.get(call.service, ()) if name in call.parameters]
    context |= {f"{call.service}:{name.lower()}": str(call.parameters[name]) for name in given}
    if call.service == "dynamodb":
        context |= dict(_dynamodb(call, caller.account_id))
    if call.service == "lambda" and (arn := mapped_function(call, caller.account_id)):
        context["lambda:functionarn"] = arn
    return context


# Parameters that are condition keys by their own names.
_KEYS = {
    "dynamodb": ("ReturnConsumedCapacity", "ReturnValues"),
    "iam": ("PermissionsBoundary", "PolicyArn"),
    "lambda": ("Principal",),
    "sns": ("Endpoint", "Protocol"),
    "sts": ("ExternalId", "RoleSessionName", "SourceIdentity"),
}
# Of the calls that a stack makes in the name of its caller; not in a role that it has for them.
_VIA_CLOUDFORMATION: Context = {
    "aws:viaawsservice": "true",
    "aws:calledvia": ["cloudformation.amazonaws.com"],
    "aws:calledviafirst": "cloudformation.amazonaws.com",
    "aws:calledvialast": "cloudformation.amazonaws.com",
}
_PRINCIPAL_TYPES = {"user": "User", "role": "AssumedRole"}


def _dynamodb(call: ApiCall, account_id: str) -> Iterator[tuple[str, str | list[str]]]:
    if keys := leading_keys(call, account_id):
        yield "dynamodb:leadingkeys", keys
    if named := asked_attributes(call.parameters):
        yield "dynamodb:attributes", named
    if call.operation.startswith("Transact"):
        yield "dynamodb:enclosingoperation", call.operation
    if selected := selection(call):
        yield "dynamodb:select", selected


def _s3(call: ApiCall) -> Iterator[tuple[str, str | list[str]]]:
    """S3's keys are its headers and the fields of its query strings, as they are written.

    Besides, the tags that a call gives an object, and how it is signed.
    """
    shape: Any = call.model.input_shape
    for name, value in call.parameters.items():
        serialization = shape.members[name].serialization
        written = serialization.get("name", name).lower()
        if serialization.get("location") == "querystring" or written.startswith("x-amz-"):
            yield f"s3:{written}", str(value)
    tags = _tags_of_object(call)
    yield from ((f"s3:requestobjecttag/{key.lower()}", value) for key, value in tags)
    if tags:
        yield "s3:requestobjecttagkeys", [key for key, _ in tags]
    location = call.parameters.get("CreateBucketConfiguration", {}).get("LocationConstraint")
    if location:
        yield "s3:locationconstraint", location
    yield from _signing(call)


def _signing(call: ApiCall) -> Iterator[tuple[str, str]]:
    """See https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html"""
    if is_by_form():
        yield "s3:authtype", "POST"
        return
    signature = call.signature
    is_in_header = call.is_of_service or (signature and signature.expires_seconds is None)
    yield "s3:authtype", "REST-HEADER" if is_in_header else "REST-QUERY-STRING"
    # Presigned URLs alone are taken in the older version.
    is_new = call.is_of_service or signature
    yield "s3:signatureversion", "AWS4-HMAC-SHA256" if is_new else "AWS"
    if signature:
        age = datetime.now(UTC) - datetime.fromisoformat(signature.timestamp)
        yield "s3:signatureage", str(max(0, age // timedelta(milliseconds=1)))


def _tags_of_object(call: ApiCall) -> list[tuple[str, str]]:
    tagging = call.parameters.get("Tagging") or ""
    if isinstance(tagging, str):
        return parse_qsl(tagging, keep_blank_values=True)
    is_of_object = "Key" in call.parameters
    return [(one["Key"], one["Value"]) for one in tagging["TagSet"]] if is_of_object else []


def _tags(call: ApiCall) -> dict[str, str | list[str]]:
    """Those that a call gives; the keys are also of those that it takes away."""
    given = call.tags
    found: dict[str, str | list[str]] = {f"aws:requesttag/{key.lower()}": v for key, v in given}
    taken = call.parameters.get("TagKeys") or call.parameters.get("tagKeys") or []
    keys = [key for key, _ in given] or taken
    return {**found, "aws:tagkeys": keys} if keys else found
