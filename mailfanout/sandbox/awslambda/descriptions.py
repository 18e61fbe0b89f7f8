"""A function's configuration as Lambda describes it, made from moto's description.

See https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html
"""

from __future__ import annotations

import base64
import hashlib
import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from moto.awslambda.models import LambdaAlias, LambdaFunction

from mailfanout.sandbox.http import ApiError
from mailfanout.sandbox.json_objects import Json
from mailfanout.sandbox.runtime import runtime_version_arn


def remember_spec(function: LambdaFunction, spec: Json) -> None:
    """Keep with the function what moto forgets of the request that created or updated it."""
    kept = vars(function)
    if spec.get("DeadLetterConfig"):  # an empty one changes nothing; an empty ARN ends it
        kept["dead_letter_config"] = spec["DeadLetterConfig"]
    if "Environment" in spec:
        kept["has_environment"] = True
    # Published versions have the same dictionary, and stay as they are.
    kept["asked"] = asked = {**kept.get("asked", {})}
    for name in ("SnapStart", "TracingConfig"):
        if name in spec:
            asked[name] = spec[name]
    if "LoggingConfig" in spec:
        asked["LoggingConfig"] = {**asked.get("LoggingConfig", {}), **spec["LoggingConfig"]}


def remember_source(function: LambdaFunction, code: Json) -> None:
    """Keep with the function by which key of KMS its zip is encrypted: its owner's, or Lambda's."""
    vars(function)["source_key"] = code.get("SourceKMSKeyArn")


def source_key(function: LambdaFunction) -> str | None:
    """The ARN of that key, if it is the owner's."""
    key: str | None = vars(function)["source_key"]
    return key


def measured(code: bytes) -> Json:
    """What a function's description says of its zip."""
    digest = base64.b64encode(hashlib.sha256(code).digest()).decode()
    return {"CodeSha256": digest, "CodeSize": len(code)}


def begin_revision(function: LambdaFunction) -> None:
    """The function has changed: it has another revision id, and was modified now."""
    change_revision(function)
    function.last_modified = datetime.now(UTC).isoformat()


def change_revision(owner: LambdaFunction | LambdaAlias) -> None:
    """What is about a function, a version or an alias has changed: its policy, its tags."""
    vars(owner)["revision_id"] = str(uuid.uuid4())


def revision(owner: LambdaFunction | LambdaAlias) -> str:
    """The revision id that a function, a version or an alias has now."""
    return str(vars(owner)["revision_id"])


def check_revision(owner: LambdaFunction | LambdaAlias, spec: Mapping[str, Any]) -> None:
    """Raise ApiError for another revision than the latest: somebody else has changed it."""
    if spec.get("RevisionId") not in (None, "", revision(owner)):
        raise ApiError(
            "PreconditionFailedException",
            "The Revision Id provided does not match the latest Revision Id. Call the "
            "GetFunction/GetAlias API to retrieve the latest Revision Id",
            412,
        )


def logging_config(function: LambdaFunction) -> dict[str, str]:
    """Where the function's log goes, and how; only what is written as JSON has levels."""
    logging = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{function.function_name}"}
    logging |= vars(function).get("asked", {}).get("LoggingConfig", {})
    levels = {"ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"}
    if logging["LogFormat"] == "JSON":
        return {**levels, **logging}
    return {name: value for name, value in logging.items() if name not in levels}


def _snap_start(function: LambdaFunction, asked: Mapping[str, str]) -> dict[str, str]:
    """What is asked for is for published versions; here they start as all others do."""
    kind = asked.get("ApplyOn", "None")
    is_on = kind == "PublishedVersions" and function.version != "$LATEST"
    return {"ApplyOn": kind, "OptimizationStatus": "On" if is_on else "Off"}


def described(function: LambdaFunction, configuration: Json) -> Json:
    """The configuration with what AWS always sends, and without what it leaves out if empty."""
    kept = vars(function)
    asked = kept.get("asked", {})
    runtime_version = runtime_version_arn(str(function.run_time), function.region)
    described = {
        **configuration,
        "LastModified": _in_milliseconds(configuration["LastModified"]),
        "RevisionId": kept["revision_id"],
        "LoggingConfig": logging_config(function),
        "SnapStart": _snap_start(function, asked.get("SnapStart", {})),
        "TracingConfig": asked.get("TracingConfig") or configuration["TracingConfig"],
        "RuntimeVersionConfig": {"RuntimeVersionArn": runtime_version},
    }
    if kept.get("has_environment"):
        described.setdefault("Environment", {"Variables": {}})
    if target := (kept.get("dead_letter_config") or {}).get("TargetArn"):
        described["DeadLetterConfig"] = {"TargetArn": target}
    return {
        name: value
        for name, value in described.items()
        if value is not None and (name, value) != ("Layers", [])
    }


def listed(configuration: Json) -> Json:
    """What a list has of it: not its state, and not the version of its runtime."""
    return {
        name: value
        for name, value in configuration.items()
        if name not in ("LastUpdateStatus", "RuntimeVersionConfig", "State")
    }


def _in_milliseconds(time: str) -> str:
    """As Lambda writes it: 2026-11-26T05:21:31.267+0000."""
    found = re.match(r"(.{19})(?:\.([0-9]{3}))?", time)
    assert found
    return f"{found[1]}.{found[2] or '000'}+0000"
