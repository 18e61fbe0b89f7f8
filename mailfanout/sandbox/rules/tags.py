"""What services refuse of tags: too many of them, one twice, AWS's own names.

See https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html#tag-conventions
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from mailfanout.sandbox.calls import WORDS, ApiCall
from mailfanout.sandbox.http import ApiError

MOST_TAGS = 50
LONGEST_KEY, LONGEST_VALUE = 128, 256
# What keys and values consist of, in S3, too.
TEXT = re.compile(f"[{WORDS}.:/=+\\-@]*")

# By service, for those that moto lets give a resource any tags; S3 has rules of its own.
_CODES: Mapping[str, str] = {
    "cloudformation": "ValidationError",
    "dynamodb": "ValidationException",
    "events": "ValidationException",
    "iam": "InvalidInput",
    "lambda": "InvalidParameterValueException",
    "logs": "InvalidParameterException",
    "ses": "InvalidParameterValue",
    "sesv2": "BadRequestException",
    "sns": "InvalidParameter",
    "sqs": "InvalidParameterValue",
}


def check(call: ApiCall) -> None:
    """Raise ApiError for tags that the call's service does not give a resource."""
    if not all("Key" in one for one in call.parameters.get("TagFilters") or ()):
        raise ApiError("InvalidParameterException", "A tag filter must have a Key.")
    code, tags = _CODES.get(call.service), call.tags
    if code is None or not tags:
        return
    names = [name for name, _ in tags]
    if len(names) > MOST_TAGS:
        raise _too_many(call, code)
    # Keys of roles and users are the same in capitals, too.
    known = [name.lower() for name in names] if _is_of_an_identity(call) else names
    if len({*known}) < len(names):
        raise ApiError(code, _twice(call))
    if not all(1 <= len(name) <= LONGEST_KEY for name in names):
        raise ApiError(code, f"Tag keys must be between 1 and {LONGEST_KEY} characters in length.")
    if any(len(value) > LONGEST_VALUE for _, value in tags):
        raise ApiError(
            code, f"Tag values must be between 0 and {LONGEST_VALUE} characters in length."
        )
    if not all(TEXT.fullmatch(text) for tag in tags for text in tag):
        raise ApiError(
            code, "Tags consist of letters, digits, spaces, and the characters _ . : / = + - @."
        )
    if any(name.lower().startswith("aws:") for name in names):
        raise ApiError(code, "Tag keys that begin with aws: are reserved for system use.")


def _is_of_an_identity(call: ApiCall) -> bool:
    return bool({"RoleName", "UserName"} & call.parameters.keys())


def _twice(call: ApiCall) -> str:
    if call.service == "sns":
        return "Invalid parameter: Duplicated keys are not allowed."
    words = "Duplicate tag keys found."
    if _is_of_an_identity(call):
        return f"{words} Please note that Tag keys are case insensitive."
    return words


def _too_many(call: ApiCall, code: str) -> ApiError:
    if call.service == "sns":
        message = "Could not complete request: tag quota of per resource exceeded"
        return ApiError("TagLimitExceeded", message)
    if call.service == "sqs":
        named = call.parameters.get("QueueName") or call.parameters["QueueUrl"]
        return ApiError(code, f"Too many tags added for queue {named.rpartition('/')[2]}.")
    if call.service == "lambda":
        return ApiError(code, "Number of tags exceeds resource tag limit.")
    return ApiError(code, f"A resource can have at most {MOST_TAGS} tags.")
