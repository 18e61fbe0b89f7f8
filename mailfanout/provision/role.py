"""The execution roles: who may take them on, and what they may do.

The simple design has one for both of its functions. In the reliable design each function has its
own, with what that function calls and no more.
"""

from __future__ import annotations

import json

from botocore.exceptions import ClientError

from mailfanout.errors import MailfanoutError, ResourceMissing
from mailfanout.policies import Policy, execution_policy, trust_policy
from mailfanout.provision.tags import as_list, as_tags
from mailfanout.stack import ROLE_PATH, Stack, State
from mailfanout.target import Target, refused, retry, unless_missing

ROLE_POLICY_NAME = "mailfanout"


def role_settings(policy: Policy) -> State:
    """A role with this policy as it stands once it is created."""
    return {
        "Path": ROLE_PATH,
        "AssumeRolePolicyDocument": trust_policy(),
        "Policies": {ROLE_POLICY_NAME: policy},
        "AttachedPolicies": [],
    }


def create_role(target: Target, stack: Stack) -> str:
    """Create the execution role of both functions, with its policies; returns its ARN.

    May be repeated, and puts both policies again. Raises MailfanoutError if there is a role of
    this name with another path, which cannot be changed.
    """
    return put_role(target, stack, stack.role_name, execution_policy(stack))


def delete_role(target: Target, stack: Stack) -> None:
    """Delete the execution role, as remove_role does. May be repeated."""
    remove_role(target, stack.role_name)


def put_role(target: Target, stack: Stack, name: str, policy: Policy) -> str:
    """Create a role that Lambda may take on, with this policy, or bring one that is there to it.

    Returns its ARN.
    """
    iam, settings, tags = target.client("iam"), role_settings(policy), as_list(stack.role_tags)
    trust = json.dumps(settings["AssumeRolePolicyDocument"])
    try:
        found = iam.create_role(
            RoleName=name, Path=settings["Path"], AssumeRolePolicyDocument=trust, Tags=tags
        )["Role"]
    except iam.exceptions.EntityAlreadyExistsException:
        found = iam.get_role(RoleName=name)["Role"]
        _check_path(found)
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=trust)
        if not stack.role_tags.items() <= as_tags(found.get("Tags", [])).items():
            iam.tag_role(RoleName=name, Tags=tags)
    for policy_name, document in settings["Policies"].items():
        text = json.dumps(document)
        iam.put_role_policy(RoleName=name, PolicyName=policy_name, PolicyDocument=text)
    return str(found["Arn"])


def remove_role(target: Target, name: str) -> None:
    """Delete a role and its policies; attached ones are only detached. May be repeated.

    A role that is not ours, by its path, is left as it is.
    """
    iam = target.client("iam")

    def remove() -> None:
        attached = unless_missing(iam.list_attached_role_policies, RoleName=name)
        for policy in attached["AttachedPolicies"] if attached else []:
            arn = policy["PolicyArn"]
            unless_missing(iam.detach_role_policy, RoleName=name, PolicyArn=arn)
        inline = unless_missing(iam.list_role_policies, RoleName=name)
        for policy_name in inline["PolicyNames"] if inline else []:
            unless_missing(iam.delete_role_policy, RoleName=name, PolicyName=policy_name)
        unless_missing(iam.delete_role, RoleName=name)

    found = unless_missing(iam.get_role, RoleName=name)
    if found is None or found["Role"]["Path"] != ROLE_PATH:
        return
    # IAM's lists lag behind its writes: a policy of the last seconds may be left out of them.
    retry(remove, while_error=_has_policies, sleep=target.sleep)


def _has_policies(error: ClientError) -> bool:
    return refused(error, "DeleteConflict")


def read_role(target: Target, name: str) -> State | None:
    """A role's policies, or None if there is no role."""
    iam = target.client("iam")
    found = unless_missing(iam.get_role, RoleName=name)
    if found is None:
        return None
    attached = unless_missing(iam.list_attached_role_policies, RoleName=name) or {}
    listed = unless_missing(iam.list_role_policies, RoleName=name) or {"PolicyNames": []}
    # A policy that was just deleted may still be listed.
    policies = {
        policy: unless_missing(iam.get_role_policy, RoleName=name, PolicyName=policy)
        for policy in listed["PolicyNames"]
    }
    return {
        "Path": found["Role"]["Path"],
        "AssumeRolePolicyDocument": found["Role"]["AssumeRolePolicyDocument"],
        "Policies": {key: one["PolicyDocument"] for key, one in policies.items() if one},
        "AttachedPolicies": sorted(
            policy["PolicyArn"] for policy in attached.get("AttachedPolicies", [])
        ),
    }


def glance_at_role(target: Target, name: str) -> State | None:
    """A role's path and its policies, or None if there is no role.

    Attached ones are among them only if it has none of its own.
    """
    iam = target.client("iam")
    found = unless_missing(iam.get_role, RoleName=name)
    if found is None:
        return None
    listed = unless_missing(iam.list_role_policies, RoleName=name) or {}
    policies = listed.get("PolicyNames")
    if not policies:
        listed = unless_missing(iam.list_attached_role_policies, RoleName=name) or {}
        policies = listed.get("AttachedPolicies", [])
    return {"Path": found["Role"]["Path"], "Policies": policies}


def is_ours(stack: Stack, role: State) -> bool:
    """Whether mailfanout created the role, and so may delete it."""
    return bool(role["Path"] == ROLE_PATH)


def require_role(
    target: Target, name: str, *, hint: str = "provision.create_role(target, stack)"
) -> None:
    """If a role does not exist, raises ResourceMissing; `hint` says how to create it."""
    if unless_missing(target.client("iam").get_role, RoleName=name) is None:
        raise ResourceMissing("Role", name, hint=hint)


def _check_path(role: State) -> None:
    if role["Path"] != ROLE_PATH:
        raise MailfanoutError(
            f"Role {role['RoleName']} exists with the path {role['Path']}. It must be {ROLE_PATH}. "
            f"Delete the role, or choose another --prefix, then type: mailfanout deploy"
        )
