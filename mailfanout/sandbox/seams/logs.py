"""Changes to moto's CloudWatch Logs, with their reasons."""

from __future__ import annotations

from typing import Any

from moto.logs.models import LogGroup

from mailfanout.sandbox.seams.replacement import Replacement


def replacements() -> list[Replacement]:
    """Every change to moto's log groups, for setattr."""
    reason = "logs/models.py knows no classes of log groups"
    return [Replacement(LogGroup, "to_describe_dict", _describe, reason)]


_moto_describe = LogGroup.to_describe_dict


def _describe(self: LogGroup) -> dict[str, Any]:
    return {"logGroupClass": "STANDARD", **_moto_describe(self)}
