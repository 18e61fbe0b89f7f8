"""A permission, and how IAM writes its two halves."""

from __future__ import annotations

from typing import NamedTuple

from mailfanout.sandbox.calls import ApiCall


class Permission(NamedTuple):
    """An IAM action on the ARN of a resource, or on `*` if the action has none."""

    action: str
    resource: str


class VersionPermission(Permission):
    """One on a version of an object that is no parameter of the call, for conditions on it."""

    version_id: str


def on_version(action: str, resource: str, version_id: str | None) -> Permission:
    """The permission for an object in this version, or for the newest one if there is none."""
    if version_id is None:
        return Permission(action, resource)
    permission = VersionPermission(action, resource)
    permission.version_id = version_id
    return permission


def action_of(call: ApiCall) -> str:
    """The action of the call's own name."""
    return f"{_PREFIXES.get(call.service, call.signing_name)}:{call.operation}"


def arn_of(call: ApiCall, account_id: str, resource: str) -> str:
    """The ARN of something of the call's service, in its Region."""
    return f"arn:aws:{call.signing_name}:{call.region}:{account_id}:{resource}"


_PREFIXES = {"cloudwatch": "cloudwatch", "resourcegroupstaggingapi": "tag"}
