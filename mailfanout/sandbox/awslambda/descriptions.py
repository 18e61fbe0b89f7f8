"""A function's configuration as Lambda describes it, made from moto's description.

See https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html
"""

from __future__ import annotations

import hashlib
import re
import uuid
from datetime import UTC, datetime
from typing import Any

from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.models import LambdaFunction

Json = dict[str, Any]


class PreconditionFailed(LambdaClientError):
    """Somebody else has changed the function since the caller has read it."""

    code = 412

    def __init__(self) -> None:
        super().__init__(
            "PreconditionFailedException",
            "The Revision Id provided does not match the latest Revision Id. Call the "
            "GetFunction/GetAlias API to retrieve the latest Revision Id",
        )


def remember_spec(function: LambdaFunction, spec: Json) -> None:
    """Keep with the function what moto forgets of the request that created or updated it."""
    kept = vars(function)
    if "DeadLetterConfig" in spec:
        kept["dead_letter_config"] = spec["DeadLetterConfig"]
    if "Environment" in spec:
        kept["has_environment"] = True
    for name in ("LoggingConfig", "TracingConfig"):
        if name in spec:
            kept.setdefault("asked", {})[name] = spec[name]


def begin_revision(function: LambdaFunction) -> None:
    """The function has changed: it has another revision id, and was modified now."""
    vars(function)["revision_id"] = str(uuid.uuid4())
    function.last_modified = datetime.now(UTC).isoformat()


def check_revision(function: LambdaFunction, spec: Json) -> None:
    """Raise what AWS answers to an update of another revision than the latest."""
    if spec.get("RevisionId") not in (None, "", vars(function)["revision_id"]):
        raise PreconditionFailed()


def described(function: LambdaFunction, configuration: Json) -> Json:
    """The configuration with what AWS always sends, and without what it leaves out if empty."""
    kept = vars(function)
    asked = kept.get("asked", {})
    logging = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{function.function_name}"}
    described = {
        **configuration,
        "LastModified": _in_milliseconds(configuration["LastModified"]),
        "RevisionId": kept["revision_id"],
        "LoggingConfig": {**logging, **asked.get("LoggingConfig", {})},
        "TracingConfig": asked.get("TracingConfig") or configuration["TracingConfig"],
        "RuntimeVersionConfig": {"RuntimeVersionArn": _runtime_version_arn(function)},
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


def _in_milliseconds(time: str) -> str:
    """As Lambda writes it: 2026-11-26T05:21:31.267+0000."""
    found = re.match(r"(.{19})(?:\.(\d{3}))?", time)
    assert found
    return f"{found[1]}.{found[2] or '000'}+0000"


def _runtime_version_arn(function: LambdaFunction) -> str:
    version = hashlib.sha256(str(function.run_time).encode()).hexdigest()
    return f"arn:aws:lambda:{function.region}::runtime:{version}"
