"""What STS refuses of a session of a role."""

from __future__ import annotations

from mailfanout.sandbox.access import find_role
from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.http import ApiError


def check(call: ApiCall, account_id: str) -> None:
    """Raise ApiError for a session that is to last longer than the role lets it."""
    role = find_role(call.parameters["RoleArn"]) if call.operation == "AssumeRole" else None
    longest = int(role and role.max_session_duration or 3600)
    if role and call.parameters.get("DurationSeconds", 0) > longest:
        raise ApiError(
            "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        )
