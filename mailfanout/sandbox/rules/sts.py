"""What STS refuses of a session of a role.

See https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

from __future__ import annotations

from mailfanout.sandbox.access import find_role
from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.http import ApiError


def check(call: ApiCall, account_id: str) -> None:
    """Raise ApiError for tags that are none, and a session that is longer than the role lets it."""
    keys = [one["Key"].lower() for one in call.parameters.get("Tags", ())]
    if len(set(keys)) < len(keys):
        raise ApiError(
            "InvalidParameterValue",
            "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
        )
    if not {one.lower() for one in call.parameters.get("TransitiveTagKeys", ())} <= {*keys}:
        raise ApiError(
            "InvalidParameterValue",
            "The specified transitive tag key must be included in the requested tags.",
        )
    role = find_role(call.parameters["RoleArn"]) if call.operation == "AssumeRole" else None
    longest = int(role and role.max_session_duration or 3600)
    if role and call.parameters.get("DurationSeconds", 0) > longest:
        raise ApiError(
            "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        )
