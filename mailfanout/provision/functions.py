"""The two Lambda functions: their source, zipped, and their configuration."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import time
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from mailfanout.errors import InputError, MailfanoutError
from mailfanout.provision.parts import require_queue, require_role
from mailfanout.stack import Stack
from mailfanout.target.connection import Target
from mailfanout.target.waiting import Sleep, refused, retry, unless_missing, wait_until

Configuration = dict[str, Any]

RUNTIME = "python3.13"
# 128 MB hold boto3, too, but Lambda gives half the CPU with them.
MEMORY_SIZE_MB = 256
# The longest that AWS allows: it makes a call per recipient, one after the other.
SEND_QUEUE_TIMEOUT_SECONDS = 900
READ_MESSAGE_TIMEOUT_SECONDS = 30

_LAMBDAS = Path(__file__).parents[1] / "lambdas"


def handler_path(stack: Stack, name: str, *, version: str = "simple") -> Path:
    """The source file of one of the functions. Raises InputError for an unknown one."""
    directories = dict(zip(stack.function_names, Stack().function_names, strict=True))
    if name not in directories:
        raise InputError(f"There is no function {name!r}. Choose one of: {', '.join(directories)}.")
    path = _LAMBDAS / version / directories[name] / "lambda_function.py"
    if not path.is_file():
        versions = sorted(folder.name for folder in _LAMBDAS.iterdir())
        raise InputError(f"There is no version {version!r}. Choose one of: {', '.join(versions)}.")
    return path


def zip_handler(path: Path) -> bytes:
    """A deployment package of one file: the same bytes for the same source, everywhere."""
    entry = zipfile.ZipInfo(path.name, date_time=(1980, 1, 1, 0, 0, 0))
    entry.create_system = 3  # Unix; zipfile on Windows would say so
    entry.external_attr = 0o644 << 16  # Lambda runs the code as a user that must be able to read it
    buffer = io.BytesIO()
    # Stored, because compressed bytes differ from one build of zlib to another.
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(entry, path.read_text(encoding="utf-8"))
    return buffer.getvalue()


def create_function(
    target: Target,
    stack: Stack,
    name: str,
    *,
    version: str = "simple",
    sleep: Sleep = time.sleep,
) -> str:
    """Deploy one of the functions and return its ARN, once it can be invoked.

    May be repeated: code and configuration are updated where they differ, so another `version`
    takes the place of the one before. Raises ResourceMissing where the role or sendQueue's
    queue does not exist, InputError for an unknown name or version.
    """
    package = zip_handler(handler_path(stack, name, version=version))
    wanted = _configuration(target, stack, name)
    client = target.client("lambda")
    current = unless_missing(client.get_function_configuration, FunctionName=name)
    if current is None:
        create = partial(client.create_function, Code={"ZipFile": package}, **wanted)
        _settle(client, _call_with_role(target, stack, create, sleep=sleep), sleep)
        return stack.function_arn(name)
    _settle(client, current, sleep)
    # The configuration first: code ignores a variable that it does not know, but not one it lacks.
    if not wanted.items() <= current.items():
        update = partial(client.update_function_configuration, **wanted)
        _settle(client, _call_with_role(target, stack, update, sleep=sleep), sleep)
    if current["CodeSha256"] != base64.b64encode(hashlib.sha256(package).digest()).decode():
        updated = client.update_function_code(FunctionName=name, ZipFile=package)
        _settle(client, updated, sleep)
    return stack.function_arn(name)


def delete_function(target: Target, stack: Stack, name: str) -> None:
    """Delete a function, with it its resource policy, and its log group. May be repeated."""
    unless_missing(target.client("lambda").delete_function, FunctionName=name)
    logs = target.client("logs")
    unless_missing(logs.delete_log_group, logGroupName=stack.log_group_name(name))


def invoke(target: Target, name: str, event: Any) -> Any:
    """Invoke a function with an event, wait for it, and return what it returned.

    Raises MailfanoutError, which quotes it, where the function failed.
    """
    client = target.client("lambda")
    answer = client.invoke(FunctionName=name, Payload=json.dumps(event).encode())
    returned = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise MailfanoutError(
            f"{name} failed: {returned.get('errorMessage')} Look into its log: "
            f"show.log(target, stack, {name!r})"
        )
    return returned


def _configuration(target: Target, stack: Stack, name: str) -> Configuration:
    variables = {"TABLE_NAME": stack.table_name}
    if name == stack.send_queue_name:
        variables["QUEUE_URL"] = require_queue(target, stack)
        timeout_seconds = SEND_QUEUE_TIMEOUT_SECONDS
    else:
        variables["SENDER"] = stack.sender
        timeout_seconds = READ_MESSAGE_TIMEOUT_SECONDS
    return {
        "FunctionName": name,
        "Runtime": RUNTIME,
        "Handler": "lambda_function.lambda_handler",
        "Role": stack.role_arn,
        "Timeout": timeout_seconds,
        "MemorySize": MEMORY_SIZE_MB,
        "Environment": {"Variables": variables},
    }


def _call_with_role(
    target: Target, stack: Stack, call: Callable[[], Configuration], *, sleep: Sleep
) -> Configuration:
    def role_is_too_new(error: ClientError) -> bool:
        code = "InvalidParameterValueException"
        if refused(error, code, "cannot be assumed") or refused(error, code, "KMS"):
            require_role(target, stack)
            return True
        return False

    return retry(call, while_error=role_is_too_new, sleep=sleep)


def _settle(client: Any, configuration: Configuration, sleep: Sleep) -> None:
    """Wait until Lambda has done what the last call, which answered `configuration`, asked for."""
    name = configuration["FunctionName"]
    if _is_busy(configuration):
        wait_until(
            lambda: not _is_busy(client.get_function_configuration(FunctionName=name)),
            description=f"Lambda is still preparing the function {name}",
            sleep=sleep,
        )


def _is_busy(configuration: Configuration) -> bool:
    return (
        configuration["State"] == "Pending" or configuration.get("LastUpdateStatus") == "InProgress"
    )
