"""The execution roles: who may take them on, and what they may do.

The simple design has one for both of its functions. In the reliable design each function has its
own, with what that function calls and no more.
"""

from __future__ import annotations

import json

from mailfanout.errors import ResourceMissing
from mailfanout.policies import Policy, execution_policy, trust_policy
from mailfanout.stack import Stack, State
from mailfanout.target import Target, unless_missing

ROLE_POLICY_NAME = "mailfanout"


def role_settings(policy: Policy) -> State:
    """A role with this policy as it stands once it is created."""
    return {
        "AssumeRolePolicyDocument": trust_policy(),
        "Policies": {ROLE_POLICY_NAME: policy},
        "AttachedPolicies": [],
    }


def create_role(target: Target, stack: Stack) -> str:
    """Create the execution role of both functions, with its policies; returns its ARN.

    May be repeated, and puts both policies again.
    """
    put_role(target, stack.role_name, execution_policy(stack))
    return stack.role_arn


def delete_role(target: Target, stack: Stack) -> None:
    """Delete the execution role and its policies; attached ones are only detached.

    May be repeated.
    """
    remove_role(target, stack.role_name)


def put_role(target: Target, name: str, policy: Policy) -> None:
    """Create a role that Lambda may take on, with this policy, or bring one that is there to it."""
    iam, settings = target.client("iam"), role_settings(policy)
    trust = json.dumps(settings["AssumeRolePolicyDocument"])
    try:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    except iam.exceptions.EntityAlreadyExistsException:
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=trust)
    for policy_name, document in settings["Policies"].items():
        text = json.dumps(document)
        iam.put_role_policy(RoleName=name, PolicyName=policy_name, PolicyDocument=text)


def remove_role(target: Target, name: str) -> None:
    """Delete a role and its policies; attached ones are only detached. May be repeated."""
    iam = target.client("iam")
    try:
        for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
            iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
        for policy_name in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            iam.delete_role_policy(RoleName=name, PolicyName=policy_name)
        iam.delete_role(RoleName=name)
    except iam.exceptions.NoSuchEntityException:
        pass


def read_role(target: Target, name: str) -> State | None:
    """A role's policies, or None if there is no role."""
    iam = target.client("iam")
    found = unless_missing(iam.get_role, RoleName=name)
    if found is None:
        return None
    attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    return {
        "AssumeRolePolicyDocument": found["Role"]["AssumeRolePolicyDocument"],
        "Policies": {
            policy: iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
            for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
        },
        "AttachedPolicies": sorted(policy["PolicyArn"] for policy in attached),
    }


def require_role(
    target: Target, name: str, *, hint: str = "provision.create_role(target, stack)"
) -> None:
    """If a role does not exist, raises ResourceMissing; `hint` says how to create it."""
    if unless_missing(target.client("iam").get_role, RoleName=name) is None:
        raise ResourceMissing("Role", name, hint=hint)
