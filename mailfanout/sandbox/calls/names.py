"""Names of resources that can be written in several ways, settled on one before anybody reads them.

Queues have URLs, functions and tables have ARNs. One that names another account or Region is
refused, because the sandbox would look for it in its own.
"""

from __future__ import annotations

import base64
import json
import re
from typing import Any
from urllib.parse import quote, unquote_plus

from mailfanout.sandbox.calls.api_call import ApiCall
from mailfanout.sandbox.http import ApiError, Refused

_QUEUE_URL = re.compile(r"https?://[^/?#]+/(?P<account_id>[0-9]{12})/(?P<name>[\w.-]{1,80})")
_QUEUE_PATH = re.compile(r"/(?P<account_id>[0-9]{12})/(?P<name>[\w.-]{1,80})")
_NAME = re.compile(r"[\w.-]*")
_PARTIAL_ARN = re.compile(r"(?P<account_id>[0-9]{12}):function:(?P<name>.*)")
_FUNCTION = re.compile(
    r"(?P<name>(arn:.*:function:)?[^:]+):(?P<qualifier>\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9_-]+)"
)
_ARN = re.compile(r"arn:aws[a-z-]*:(?P<service>[^:]*):(?P<region>[^:]*):(?P<account_id>[^:]*):.*")

_OBJECT_PATH = re.compile(r"[\w.-]+/.+", re.DOTALL)

# What cannot be asked of a queue's own URL.
_NOT_OF_QUEUES = {"CreateQueue", "ListQueues"}

# Parameters that hold a name or an ARN.
_MAY_BE_ARNS = {
    "dynamodb": ("TableName", "ResourceArn"),
    "lambda": ("FunctionName",),
    "sqs": ("SourceArn", "DestinationArn"),
    "sns": ("TopicArn", "TargetArn", "ResourceArn"),
}


def task_names(task_handle: str) -> tuple[str, str]:
    """A message move task's id, and the ARN of the queue that it empties. Raises ApiError."""
    try:
        said = json.loads(base64.b64decode(task_handle, validate=True))
        return str(said["taskId"]), str(said["sourceArn"])
    except (ValueError, KeyError, TypeError):
        message = "Value for parameter TaskHandle is invalid."
        raise ApiError("InvalidParameterValue", message) from None


def not_valid(action: str) -> Refused:
    """How SQS refuses an action, at an address or altogether."""
    return Refused("unknown_operation", f"The action {action} is not valid for this endpoint.")


def settle_names(call: ApiCall, path: str, account_id: str) -> None:
    """Change the call's names to the one form that everybody after this reads. Raises Refused."""
    if call.service == "sqs":
        _settle_queue(call, path, account_id)
    elif call.protocol in ("json", "query") and path != "/":
        raise Refused("unknown_operation", f"There is nothing at {path}.")
    if "CopySource" in call.parameters:
        call.parameters["CopySource"] = _settled_source(call.parameters["CopySource"])
    for name in _MAY_BE_ARNS.get(call.service, ()):
        if isinstance(value := call.parameters.get(name), str):
            call.parameters[name] = _settled(call, value, account_id)
    if call.service == "lambda" and "FunctionName" in call.parameters:
        _settle_qualifier(call)


def _settle_qualifier(call: ApiCall) -> None:
    """A version or an alias in a function's name goes where its own parameter is.

    If both say something else, they stay as they are, which Lambda's rules refuse.
    """
    shape: Any = call.model.input_shape
    found = _FUNCTION.fullmatch(call.parameters["FunctionName"])
    if found and "Qualifier" in shape.members:
        if call.parameters.get("Qualifier", found["qualifier"]) == found["qualifier"]:
            call.parameters.update(FunctionName=found["name"], Qualifier=found["qualifier"])


def _settle_queue(call: ApiCall, path: str, account_id: str) -> None:
    """Older SDKs send the call to the queue's URL instead of naming it."""
    shape = call.model.input_shape
    if path != "/" and not _QUEUE_PATH.fullmatch(path):
        raise Refused("unknown_operation", f"There is nothing at {path}.")
    if shape is None or "QueueUrl" not in shape.members:
        if path != "/" and call.operation in _NOT_OF_QUEUES:
            raise not_valid(call.operation)
        return
    given = call.parameters.get("QueueUrl")
    if given is None and path != "/":
        given = f"http://{call.host}{path}"
    if not given:
        return
    found = _QUEUE_URL.fullmatch(given)
    if found is None and not _NAME.fullmatch(given):
        raise Refused("malformed", f"The address {given} is not valid for this endpoint.")
    name = found["name"] if found else given
    if found and found["account_id"] != account_id:
        raise Refused("access_denied", f"The queue {given} is in another account.")
    if path not in ("/", f"/{account_id}/{name}"):
        raise Refused("two_meanings", "The path names another queue than QueueUrl.")
    call.parameters["QueueUrl"] = f"http://{call.host}/{account_id}/{name}"


def _settled(call: ApiCall, value: str, account_id: str) -> str:
    if call.service == "lambda":  # Lambda's rules say which of them are not reachable
        return f"arn:aws:lambda:{call.region}:{value}" if _PARTIAL_ARN.fullmatch(value) else value
    arn = _ARN.fullmatch(value)
    # SNS has words of its own for another Region: rules/sns.py.
    region = arn["region"] if arn and call.service == "sns" else call.region
    if arn and (arn["region"], arn["account_id"]) != (region, account_id):
        raise Refused("unsupported", f"{value} is in another account or Region than the call.")
    return value


def _settled_source(source: str) -> str:
    """The object that S3 is to copy, with nothing in it that could end its path early."""
    written, marker, version = source.partition("?versionId=")
    path = unquote_plus(written).removeprefix("/")
    if not _OBJECT_PATH.fullmatch(path):
        # In S3's words; it has the code of a request that can be read in two ways.
        words = "Copy Source must mention the source bucket and key: sourcebucket/sourcekey"
        raise Refused("two_meanings", words)
    return quote(path, safe="/") + marker + version
