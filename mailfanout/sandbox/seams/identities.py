"""Changes to moto's users, groups and roles, with their reasons."""

from __future__ import annotations

from functools import partial
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.iam.models import IAMBackend, ManagedPolicy, Role
from moto.iam.responses import IamResponse

from mailfanout.sandbox.seams.replacement import LACKS, Method, Replacement, around, changes


def replacements() -> list[Replacement]:
    """Every change to what is said of users, groups and roles, and to how they change."""
    return [
        *around(
            IAMBackend,
            "changes a group's path with its name alone",
            update_group=_update_group,
        ),
        *around(
            IAMBackend,
            "leaves a user's keys and tags behind with its old name",
            update_user=_update_user,
        ),
        *around(
            IAMBackend,
            "minds if a user who leaves a group was not in it",
            remove_user_from_group=_remove_user,
        ),
        *changes(ManagedPolicy, LACKS, permissions_boundary_usage_count=property(_bounded_roles)),
        *around(
            IamResponse,
            "says more of a role",
            create_role=partial(_role, described=False),
            update_role_description=partial(_role, described=True),
        ),
        *changes(
            IamResponse,
            "takes what is not said for what is to be as at first",
            update_role=_update_role,
        ),
        *changes(
            Role,
            "has the word of botocore's model for a boundary's type, not AWS's",
            permissions_boundary=property(_boundary),
        ),
    ]


def _role(method: Method, response: IamResponse, *, described: bool) -> ActionResult:
    """How long sessions last, and when the role was used, is said by GetRole alone.

    CreateRole does not even repeat the description.
    """
    answered: Any = method(response).result
    role: Role = answered["Role"]
    shown = {
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": role.id,
        "Arn": role.arn,
        "CreateDate": role.create_date,
        "AssumeRolePolicyDocument": role.assume_role_policy_document,
        "Description": role.description if described else "",
        "PermissionsBoundary": role.permissions_boundary,
        "Tags": role.tags,
    }
    return ActionResult({"Role": {name: value for name, value in shown.items() if value}})


def _boundary(role: Role) -> dict[str, str] | None:
    arn = role.permissions_boundary_arn
    return {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn} if arn else None


def _bounded_roles(policy: Any) -> int:
    """How many roles a policy bounds; users cannot be bounded here."""
    roles = list(policy.backend.roles.values())
    return sum(one.permissions_boundary_arn == policy.arn for one in roles)


def _update_role(response: IamResponse) -> ActionResult:
    """Change what is said of a role."""
    role = response.backend.get_role(response._get_param("RoleName"))
    role.description = response._get_param("Description", role.description)
    longest = response._get_param("MaxSessionDuration", role.max_session_duration)
    role.max_session_duration = longest
    return EmptyResult()


def _update_user(
    original: Method,
    self: IAMBackend,
    user_name: str,
    new_path: str | None = None,
    new_user_name: str | None = None,
) -> None:
    user = self.get_user(user_name)
    before, tags = user.arn, user.tags
    original(self, user_name, new_path, new_user_name)
    for key in [*user.access_keys, *self.access_keys.values()]:
        if key.user_name == user_name:
            key.user_name = user.name
    self.tagger.delete_all_tags_for_resource(before)
    self.tagger.tag_resource(user.arn, tags or [])


def _remove_user(original: Method, self: IAMBackend, group_name: str, user_name: str) -> None:
    if self.get_user(user_name) in self.get_group(group_name).users:
        original(self, group_name, user_name)


def _update_group(
    original: Method,
    self: IAMBackend,
    group_name: str,
    new_group_name: str | None,
    new_path: str | None,
) -> None:
    original(self, group_name, new_group_name, new_path)
    if new_path:
        self.groups[new_group_name or group_name].path = new_path
