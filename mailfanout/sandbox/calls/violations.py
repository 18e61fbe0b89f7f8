"""Parameters that are not as AWS's models say, refused in each service's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from mailfanout.sandbox.calls.api_call import ApiCall
from mailfanout.sandbox.http import ApiError, Refused, worded


class Violation(NamedTuple):
    """A parameter that is not as the model says: where it stands, and what it has to be.

    `member` is the first of a list's or map's that is not.
    """

    path: tuple[str, ...]
    value: Any
    constraint: str
    is_missing: bool = False
    is_choice: bool = False
    is_attribute: bool = False
    member: Any = None


def refusal(call: ApiCall, violations: list[Violation]) -> ApiError:
    """What a call is answered whose parameters break these limits: one, or more."""
    return _WORDS.get(call.service, _in_general)(call, violations)


def _in_general(call: ApiCall, violations: list[Violation]) -> ApiError:
    """As AWS's own framework words it, all at once."""
    repeats = call.service != "iam"
    found = [(_dotted(one.path), one.value, _constraint(call, one)) for one in violations]
    code = "ValidationError" if call.protocol == "query" else "ValidationException"
    return ApiError(_CODES.get(call.service, code), violated(*found, repeats=repeats))


def violated(*found: tuple[str, Any, str], repeats: bool = True) -> str:
    """The words for parameters, by name and value, that are not as their constraints say."""
    told = "; ".join(
        f"Value{f' {_shown(value)}' if repeats else ''} at '{name}' failed to satisfy constraint: "
        f"{constraint}"
        for name, value, constraint in found
    )
    errors = "error" if len(found) == 1 else "errors"
    return f"{len(found)} validation {errors} detected: {told}"


def _constraint(call: ApiCall, violation: Violation) -> str:
    if call.service not in ("iam", "lambda") or violation.member is None:
        return violation.constraint
    return f"{violation.constraint[:-1]}, Member must not be null]"


def _in_sqs(call: ApiCall, violations: list[Violation]) -> ApiError:
    one = violations[0]
    name = one.path[-1] if one.is_missing else one.path[0]
    if one.is_missing:
        return ApiError("MissingParameter", f"The request must contain the parameter {name}.")
    if one.is_choice:
        return ApiError("InvalidAttributeName", f"Unknown Attribute {one.member or one.value}.")
    if one.is_attribute:
        return ApiError("InvalidAttributeValue", f"Invalid value for the parameter {one.path[-1]}.")
    words = f"Value {one.value} for parameter {name} is invalid. Reason: {one.constraint}."
    return ApiError("InvalidParameterValue", words)


def _in_s3(call: ApiCall, violations: list[Violation]) -> ApiError:
    one = violations[0]
    shape: Any = call.model.input_shape
    in_body = "location" not in shape.members[one.path[0]].serialization
    if in_body and one.path == (shape.serialization.get("payload"),):
        return ApiError("MissingRequestBodyError", "Request Body is empty")
    code, words, member = _CHOICES_OF_S3.get(one.path[-1], ("InvalidArgument", None, None))
    if in_body and member != "LocationConstraint":
        return worded(Refused("malformed"), call.speech)
    if member or code == "InvalidRequest":
        return ApiError(code, words or "", members={member: one.value} if member else {})
    name = shape.members[one.path[0]].serialization.get("name", one.path[0])
    members = {"ArgumentName": name, "ArgumentValue": one.value}
    said = f"The value of {name} is not valid" if words is None else words.format(one.value)
    return ApiError(code, said, members=members)


# What S3 says of a choice that is none, and the member of the error that holds it.
_CHOICES_OF_S3: Mapping[str, tuple[str, str | None, str | None]] = {
    "ACL": ("InvalidArgument", "", None),
    "ChecksumAlgorithm": (
        "InvalidRequest",
        "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
        "[CRC32, CRC32C, CRC64NVME, SHA1, SHA256]",
        None,
    ),
    "EncodingType": ("InvalidArgument", "Invalid Encoding Method specified in Request", None),
    "LocationConstraint": (
        "InvalidLocationConstraint",
        "The specified location-constraint is not valid",
        "LocationConstraint",
    ),
    "MetadataDirective": ("InvalidArgument", "Unknown metadata directive.", None),
    "ObjectOwnership": ("InvalidArgument", "Invalid x-amz-object-ownership header: {}", None),
    "StorageClass": (
        "InvalidStorageClass",
        "The storage class you specified is not valid",
        "StorageClassRequested",
    ),
    "TaggingDirective": ("InvalidArgument", "Unknown tagging directive.", None),
}


def _shown(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "'{" + ", ".join(f"{key}={one}" for key, one in value.items()) + "}'"
    return f"'[{', '.join(map(str, value))}]'" if isinstance(value, list) else f"'{value}'"


def _dotted(path: tuple[str, ...]) -> str:
    return ".".join(name[:1].lower() + name[1:] for name in path)


def _in_logs(call: ApiCall, violations: list[Violation]) -> ApiError:
    violation = violations[0]
    if violation.path[-1] in ("logGroupName", "logStreamName") and "length" in violation.constraint:
        words = "Invalid LogGroup or LogStream, both must have length less than or equal to 512."
        return ApiError(_CODES["logs"], words)
    return _in_general(call, violations)


_CODES = {"logs": "InvalidParameterException", "sesv2": "BadRequestException"}
_WORDS = {"logs": _in_logs, "s3": _in_s3, "sqs": _in_sqs}
