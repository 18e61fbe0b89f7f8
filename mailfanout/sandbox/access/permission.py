"""A permission, and how IAM writes its two halves."""

from __future__ import annotations

from typing import NamedTuple

from mailfanout.sandbox.calls import ApiCall


class Permission(NamedTuple):
    """An IAM action on the ARN of a resource, or on `*` if the action has none."""

    action: str
    resource: str


def action_of(call: ApiCall) -> str:
    """The action of the call's own name."""
    return f"{_PREFIXES.get(call.service, call.signing_name)}:{call.operation}"


def arn_of(call: ApiCall, account_id: str, resource: str) -> str:
    """The ARN of something of the call's service, in its Region."""
    return f"arn:aws:{call.signing_name}:{call.region}:{account_id}:{resource}"


_PREFIXES = {"cloudwatch": "cloudwatch", "resourcegroupstaggingapi": "tag"}
