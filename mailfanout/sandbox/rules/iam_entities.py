"""What IAM says of entities that are not there, are there already, or cannot be deleted yet.

See https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html
"""

from __future__ import annotations

from functools import partial
from typing import Any

from moto.iam.models import IAMBackend, iam_backends

from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.http import ApiError, Refused

_missing = partial(ApiError, "NoSuchEntity", status=404)
_conflict = partial(ApiError, "DeleteConflict", status=409)
# That are attached to a user, role or group.
MOST_POLICIES = 10
_MAKING = ("CreateGroup", "CreateRole", "CreateUser")
# These say of a policy whether it may be attached, which moto says as AWS does.
_OF_ATTACHMENTS = ("Attach", "Detach")


def check_entities(call: ApiCall, account_id: str) -> None:
    """Raise ApiError unless what the call names is there, and what it makes is not."""
    iam, parameters = iam_backends[account_id]["aws"], call.parameters
    for kind in ("User", "Role", "Group"):
        kept = kept_entities(iam, kind)
        name = str(parameters.get(f"{kind}Name") or "")
        if name and call.operation not in _MAKING and name not in kept:
            raise _missing(f"The {kind.lower()} with name {name} cannot be found.")
        new = name if call.operation == f"Create{kind}" else parameters.get(f"New{kind}Name")
        # Names are not distinguished by case.
        others = {one.lower() for one in kept if one != name or call.operation in _MAKING}
        if new and new.lower() in others:
            message = f"{kind} with name {new} already exists."
            raise ApiError("EntityAlreadyExists", message, 409)
        if call.operation in (f"Get{kind}Policy", f"Delete{kind}Policy"):
            policy_name = parameters["PolicyName"]
            if policy_name not in kept[name].policies:
                what = f"{kind.lower()} policy with name {policy_name}"
                raise _missing(f"The {what} cannot be found.")
        if call.operation == f"Attach{kind}Policy":
            others = kept[name].managed_policies.keys() - {parameters["PolicyArn"]}
            if len(others) >= MOST_POLICIES:
                words = f"Cannot exceed quota for PoliciesPer{kind}: {MOST_POLICIES}"
                raise ApiError("LimitExceeded", words, 409)
        if call.operation == f"Delete{kind}":
            _check_deletable(iam, kind, kept[name])
    if call.operation in ("DeleteAccessKey", "UpdateAccessKey") and parameters.get("UserName"):
        user, key = kept_entities(iam, "User")[parameters["UserName"]], parameters["AccessKeyId"]
        if key not in [one.access_key_id for one in user.access_keys]:
            raise _missing(f"The Access Key with id {key} cannot be found.")
    if call.operation == "CreatePolicy":
        _check_policy_name(iam, parameters["PolicyName"])
    if bounds := parameters.get("PermissionsBoundary"):
        _check_bounds(call, iam, bounds)
    arn = parameters.get("PolicyArn")
    if arn and not call.operation.startswith(_OF_ATTACHMENTS):
        _check_policy(call, iam, arn)


def kept_entities(iam: IAMBackend, kind: str) -> dict[str, Any]:
    """The users, roles or groups by their names."""
    kept: Any = {"Group": iam.groups, "Role": iam.roles, "User": iam.users}[kind]
    return {one.name: one for one in list(kept.values())}


def _check_policy_name(iam: IAMBackend, name: str) -> None:
    """Neither its path nor capitals make a policy's name another one."""
    own = [one for one in iam.managed_policies.values() if ":iam::aws:" not in one.arn]
    if name.lower() in [one.name.lower() for one in own]:
        message = f"A policy called {name} already exists. Duplicate names are not allowed."
        raise ApiError("EntityAlreadyExists", message, 409)


def _check_bounds(call: ApiCall, iam: IAMBackend, arn: str) -> None:
    if call.operation == "CreateUser":
        message = "The sandbox bounds roles alone: leave out PermissionsBoundary."
        raise Refused("unsupported", message)
    if ":policy/" not in arn:
        raise ApiError("InvalidInput", f"ARN {arn} is not valid.")
    if arn not in iam.managed_policies:
        raise _missing(f"Scope ARN: {arn} does not exist or is not attachable.")


def _check_deletable(iam: IAMBackend, kind: str, one: Any) -> None:
    profiles = [*iam.instance_profiles.values()] if kind == "Role" else []
    if any(one in profile.roles for profile in profiles):
        raise _conflict("Cannot delete entity, must remove roles from instance profile first.")
    groups = [*iam.groups.values()] if kind == "User" else []
    if kind == "Group" and one.users or any(one in group.users for group in groups):
        raise _conflict("Cannot delete entity, must remove users from group first.")
    if one.managed_policies:
        raise _conflict("Cannot delete entity, must detach all policies first.")
    if one.policies:
        raise _conflict("Cannot delete entity, must delete policies first.")
    if kind == "User" and one.access_keys:
        raise _conflict("Cannot delete entity, must delete access keys first.")


def _check_policy(call: ApiCall, iam: IAMBackend, arn: str) -> None:
    policy, version = iam.managed_policies.get(arn), call.parameters.get("VersionId")
    versions = policy.versions if policy else []
    if version and version not in [one.version_id for one in versions]:
        raise _missing(f"Policy {arn} version {version} does not exist or is not attachable.")
    if policy is None and call.operation == "ListEntitiesForPolicy":
        raise _missing(f"Policy {arn} does not exist or is not attachable.")
    if policy is None:
        raise _missing(f"Policy {arn} was not found.")
    if call.operation == "DeletePolicy":
        if policy.attachment_count:
            raise _conflict("Cannot delete a policy attached to entities.")
        if len(versions) > 1:
            raise _conflict(
                "This policy has more than one version. Before you delete a policy, you must "
                "delete the policy's versions. The default version is deleted with the policy."
            )
