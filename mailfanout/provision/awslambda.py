"""The functions in Lambda: their source, zipped, and their configuration."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from mailfanout.errors import InputError, MailfanoutError, ResourceMissing
from mailfanout.provision.functions import (
    RUNTIME,
    PipelineFunction,
    find_function,
    modules_of,
    source_of,
)
from mailfanout.provision.queues import require_queue
from mailfanout.provision.role import require_role
from mailfanout.provision.tags import put_tags
from mailfanout.stack import Design, Stack, State
from mailfanout.target import Target, refused, retry, unless_missing, wait_until

# The last one: a role's permission to write to the dead-letter queue has not reached Lambda yet.
_ROLE_IS_NOT_READY = ("cannot be assumed", "KMS", "permissions to call SendMessage")
_KEYS = ["Architectures", "CodeSha256", "Handler", "MemorySize", "Role", "Runtime", "Timeout"]


def zip_handler(path: str | os.PathLike[str], *modules: str | os.PathLike[str]) -> bytes:
    """A deployment package of a handler's file, the modules beside and below it, and more modules.

    The same bytes for the same source, everywhere. Raises InputError if one of the files is not
    there.
    """
    given = [Path(one) for one in (path, *modules)]
    if missing := next((one for one in given if not one.is_file()), None):
        raise InputError(f"There is no file {missing}. Correct its path.")
    buffer = io.BytesIO()
    # Stored, because compressed bytes differ from one build of zlib to another.
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, file in sorted(_files(*given).items()):
            archive.writestr(_zip_entry(name), file.read_text(encoding="utf-8"))
    return buffer.getvalue()


def package_files(function: PipelineFunction) -> dict[str, Path]:
    """The files of a function's deployment package, by their names in it."""
    return _files(source_of(function), *modules_of(function))


def _files(path: Path, *modules: Path) -> dict[str, Path]:
    files = {file.name: file for file in modules}
    beside = {file.relative_to(path.parent).as_posix(): file for file in path.parent.rglob("*.py")}
    return files | beside


def _package(function: PipelineFunction) -> bytes:
    return zip_handler(source_of(function), *modules_of(function))


def _zip_entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    entry.create_system = 3  # Unix; zipfile on Windows would say so
    entry.external_attr = 0o644 << 16  # Lambda runs the code as a user that must be able to read it
    return entry


def function_settings(stack: Stack, function: PipelineFunction) -> State:
    """A function as it stands once it is created; a queue's URL without its host."""
    return {
        **_settings(stack, function),
        "CodeSha256": _sha256(_package(function)),
        "Variables": function.variables(stack, lambda queue: f"/{stack.account_id}/{queue}"),
    }


def create_function(target: Target, stack: Stack, name: str, *, design: Design = "simple") -> str:
    """Deploy one of a design's functions and return its ARN, once it can be invoked.

    May be repeated: code and configuration are updated where they differ, so another `design`
    takes the place of the one before. Raises ResourceMissing if the role or a queue that the
    function is told of does not exist, InputError for an unknown name or design.
    """
    arn = put_function(target, stack, find_function(stack, name, design=design))
    wait_for_function(target, name)
    return arn


def put_function(target: Target, stack: Stack, function: PipelineFunction) -> str:
    """As create_function, of a function's record; it may not be ready to be invoked yet."""
    client, name = target.client("lambda"), function.name(stack)
    variables = function.variables(stack, partial(require_queue, target))
    current = unless_missing(client.get_function_configuration, FunctionName=name)
    if current and function.since:
        variables |= _since(current, function.role_arn(stack), function.since)
    wanted: State = {
        **_settings(stack, function),
        "FunctionName": name,
        "Environment": {"Variables": variables},
    }
    if current is None:
        code = {"ZipFile": _package(function)}
        create = partial(client.create_function, Code=code, Tags=stack.tags, **wanted)
        _call_with_role(target, stack, function, create)
        return stack.function_arn(name)
    if current.get("DeadLetterConfig", {}).get("TargetArn") and not function.failed_events:
        wanted["DeadLetterConfig"] = {"TargetArn": ""}
    _update(target, stack, function, current, wanted)
    if since := variables.get(function.since or ""):
        _wait_until_it_is(target, name, datetime.fromisoformat(since))
    put_tags(target, stack.function_arn(name), stack.tags)
    return stack.function_arn(name)


def _update(
    target: Target, stack: Stack, function: PipelineFunction, current: State, wanted: State
) -> None:
    """The configuration before the code, which ignores a variable that it does not know.

    What the code of before alone reads is taken away when that is gone; at once, if it is another
    design's: it is to begin nothing more.
    """
    client, package = target.client("lambda"), _package(function)
    is_other_code = current["CodeSha256"] != _sha256(package)
    first = wanted
    if is_other_code and current["Role"] == wanted["Role"]:
        variables = {**variables_of(current), **wanted["Environment"]["Variables"]}
        first = {**wanted, "Environment": {"Variables": variables}}
    configure = client.update_function_configuration
    _settle(target, current)
    if not first.items() <= current.items():
        update = partial(configure, **first)
        _settle(target, _call_with_role(target, stack, function, update))
    if is_other_code:
        client.update_function_code(FunctionName=function.name(stack), ZipFile=package)
    if first != wanted:
        wait_for_function(target, function.name(stack))
        configure(**wanted)


def wait_for_function(target: Target, name: str) -> None:
    """Return once Lambda has done what was last asked of the function."""
    client = target.client("lambda")
    wait_until(
        lambda: not _is_busy(client.get_function_configuration(FunctionName=name)),
        description=f"Lambda is still preparing the function {name}",
        sleep=target.sleep,
    )


def _since(current: State, role_arn: str, name: str) -> dict[str, str]:
    """Since when this design is deployed in another's place, by AWS's clock; or nothing.

    AWS tells the second that has begun. What was uploaded in it, the other design may have.
    """
    if current["Role"] != role_arn:
        return {name: (_answered_at(current) + timedelta(seconds=1)).isoformat()}
    deployed = variables_of(current)
    return {name: deployed[name]} if name in deployed else {}


def variables_of(configuration: State) -> dict[str, str]:
    """The variables, by name, in what Lambda tells of a function; none if it has none."""
    variables: dict[str, str] = configuration.get("Environment", {}).get("Variables", {})
    return variables


def _answered_at(answer: State) -> datetime:
    return parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])


def _wait_until_it_is(target: Target, name: str, moment: datetime) -> None:
    """Return when AWS's clock says so: what is uploaded from then on is this design's."""
    client = target.client("lambda")
    wait_until(
        lambda: _answered_at(client.get_function_configuration(FunctionName=name)) >= moment,
        description=f"AWS's clock has not reached {moment}",
        sleep=target.sleep,
    )


def delete_function(target: Target, stack: Stack, name: str) -> None:
    """Delete a function, with it its resource-based policy, and its log group. May be repeated."""
    unless_missing(target.client("lambda").delete_function, FunctionName=name)
    delete_log_group(target, stack, name)


def delete_log_group(target: Target, stack: Stack, name: str) -> None:
    """Delete a function's log group, whether the function is there or not. May be repeated."""
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
    return {
        **{key: found[key] for key in _KEYS},
        **({"DeadLetterConfig": letters} if (letters := found.get("DeadLetterConfig")) else {}),
        "Variables": {key: _without_host(value) for key, value in variables_of(found).items()},
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


def _settings(stack: Stack, function: PipelineFunction) -> State:
    failed_events = function.failed_events
    return {
        "Runtime": RUNTIME,
        "Handler": "lambda_function.lambda_handler",
        "Role": function.role_arn(stack),
        "Timeout": function.timeout_seconds(stack),
        "MemorySize": function.memory_size_mb,
        **({"DeadLetterConfig": {"TargetArn": failed_events(stack)}} if failed_events else {}),
    }


def _sha256(package: bytes) -> str:
    return base64.b64encode(hashlib.sha256(package).digest()).decode()


def _call_with_role(
    target: Target, stack: Stack, function: PipelineFunction, call: Callable[[], State]
) -> State:
    def role_is_too_new(error: ClientError) -> bool:
        code = "InvalidParameterValueException"
        if not any(refused(error, code, text) for text in _ROLE_IS_NOT_READY):
            return False
        hint = "provision.create_role(target, stack)"
        if function.policy:
            hint = f"provision.deploy(target, stack, design={function.design!r})"
        require_role(target, function.role_name(stack), hint=hint)
        return True

    return retry(call, while_error=role_is_too_new, sleep=target.sleep)


def _settle(target: Target, configuration: State) -> None:
    """Wait until Lambda has done what the last call, which answered `configuration`, asked for."""
    if _is_busy(configuration):
        wait_for_function(target, configuration["FunctionName"])


def _is_busy(configuration: State) -> bool:
    return (
        configuration["State"] == "Pending" or configuration.get("LastUpdateStatus") == "InProgress"
    )


def _without_host(value: str) -> str:
    return " ".join(urlsplit(word).path if "://" in word else word for word in value.split(" "))
