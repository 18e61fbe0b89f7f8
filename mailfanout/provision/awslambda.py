"""The functions in Lambda: their source, zipped, and their configuration."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from mailfanout.errors import MailfanoutError, ResourceMissing
from mailfanout.provision.functions import RUNTIME, Function, find_function, handler_path
from mailfanout.provision.queues import require_queue
from mailfanout.provision.role import require_role
from mailfanout.stack import Stack, State
from mailfanout.target import Target, refused, retry, unless_missing, wait_until

_KEYS = ["Architectures", "CodeSha256", "Handler", "MemorySize", "Role", "Runtime", "Timeout"]


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


def function_settings(stack: Stack, function: Function, *, version: str = "simple") -> State:
    """A function as it stands once it is created; a queue's URL without its host."""
    package = zip_handler(handler_path(stack, function.name(stack), version=version))
    return {
        **_settings(stack, function),
        "CodeSha256": _sha256(package),
        "Variables": function.environment(stack, lambda queue: f"/{stack.account_id}/{queue}"),
    }


def create_function(
    target: Target,
    stack: Stack,
    name: str,
    *,
    version: str = "simple",
) -> str:
    """Deploy one of the functions and return its ARN, once it can be invoked.

    May be repeated: code and configuration are updated if they differ, so another `version`
    takes the place of the one before. Raises ResourceMissing if the role or sendQueue's
    queue does not exist, InputError for an unknown name or version.
    """
    package = zip_handler(handler_path(stack, name, version=version))
    variables = find_function(stack, name).environment(stack, partial(require_queue, target))
    wanted = {
        **_settings(stack, find_function(stack, name)),
        "FunctionName": name,
        "Environment": {"Variables": variables},
    }
    client = target.client("lambda")
    current = unless_missing(client.get_function_configuration, FunctionName=name)
    if current is None:
        create = partial(client.create_function, Code={"ZipFile": package}, **wanted)
        _settle(target, _call_with_role(target, stack, create))
        return stack.function_arn(name)
    _settle(target, current)
    # The configuration first: code ignores a variable that it does not know, but not one it lacks.
    if not wanted.items() <= current.items():
        update = partial(client.update_function_configuration, **wanted)
        _settle(target, _call_with_role(target, stack, update))
    if current["CodeSha256"] != _sha256(package):
        updated = client.update_function_code(FunctionName=name, ZipFile=package)
        _settle(target, updated)
    return stack.function_arn(name)


def delete_function(target: Target, stack: Stack, name: str) -> None:
    """Delete a function, with it its resource policy, and its log group. May be repeated."""
    unless_missing(target.client("lambda").delete_function, FunctionName=name)
    logs = target.client("logs")
    unless_missing(logs.delete_log_group, logGroupName=stack.log_group_name(name))


def invoke(target: Target, name: str, event: Any) -> Any:
    """Invoke a function with an event, wait for it, and return what it returned.

    Raises MailfanoutError, which quotes it, if the function failed.
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


def read_function(target: Target, name: str) -> State | None:
    """A function's settings, or None if there is no function."""
    client = target.client("lambda")
    found = unless_missing(client.get_function_configuration, FunctionName=name)
    if found is None:
        return None
    variables = found.get("Environment", {}).get("Variables", {})
    return {
        **{key: found[key] for key in _KEYS},
        "Variables": {key: _without_host(value) for key, value in variables.items()},
    }


def has_log_group(target: Target, stack: Stack, name: str) -> bool:
    """Whether there is a log group of the function, which a run of it creates."""
    group_name = stack.log_group_name(name)
    groups = target.client("logs").describe_log_groups(logGroupNamePrefix=group_name)["logGroups"]
    return any(group["logGroupName"] == group_name for group in groups)


def require_function(target: Target, name: str) -> None:
    """Raises ResourceMissing if the function does not exist."""
    client = target.client("lambda")
    if unless_missing(client.get_function_configuration, FunctionName=name) is None:
        hint = f"provision.create_function(target, stack, {name!r})"
        raise ResourceMissing("Function", name, hint=hint)


def _settings(stack: Stack, function: Function) -> State:
    return {
        "Runtime": RUNTIME,
        "Handler": "lambda_function.lambda_handler",
        "Role": stack.role_arn,
        "Timeout": function.timeout_seconds,
        "MemorySize": function.memory_size_mb,
    }


def _sha256(package: bytes) -> str:
    return base64.b64encode(hashlib.sha256(package).digest()).decode()


def _call_with_role(target: Target, stack: Stack, call: Callable[[], State]) -> State:
    def role_is_too_new(error: ClientError) -> bool:
        code = "InvalidParameterValueException"
        if refused(error, code, "cannot be assumed") or refused(error, code, "KMS"):
            require_role(target, stack)
            return True
        return False

    return retry(call, while_error=role_is_too_new, sleep=target.sleep)


def _settle(target: Target, configuration: State) -> None:
    """Wait until Lambda has done what the last call, which answered `configuration`, asked for."""
    client, name = target.client("lambda"), configuration["FunctionName"]
    if _is_busy(configuration):
        wait_until(
            lambda: not _is_busy(client.get_function_configuration(FunctionName=name)),
            description=f"Lambda is still preparing the function {name}",
            sleep=target.sleep,
        )


def _is_busy(configuration: State) -> bool:
    return (
        configuration["State"] == "Pending" or configuration.get("LastUpdateStatus") == "InProgress"
    )


def _without_host(value: str) -> str:
    return urlsplit(value).path if "://" in value else value
