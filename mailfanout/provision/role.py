"""The execution role: who may take it on, and what it may do."""

from __future__ import annotations

import json

from mailfanout.errors import ResourceMissing
from mailfanout.policies import execution_policy, trust_policy
from mailfanout.stack import Stack, State
from mailfanout.target import Target, unless_missing

ROLE_POLICY_NAME = "mailfanout"


def role_settings(stack: Stack) -> State:
    """The role as it stands once it is created."""
    return {
        "AssumeRolePolicyDocument": trust_policy(),
        "Policies": {ROLE_POLICY_NAME: execution_policy(stack)},
        "AttachedPolicies": [],
    }


def create_role(target: Target, stack: Stack) -> str:
    """Create the execution role of both functions, with its policies; returns its ARN.

    May be repeated, and puts both policies again.
    """
    iam, settings = target.client("iam"), role_settings(stack)
    trust = json.dumps(settings["AssumeRolePolicyDocument"])
    try:
        iam.create_role(RoleName=stack.role_name, AssumeRolePolicyDocument=trust)
    except iam.exceptions.EntityAlreadyExistsException:
        iam.update_assume_role_policy(RoleName=stack.role_name, PolicyDocument=trust)
    for name, document in settings["Policies"].items():
        iam.put_role_policy(
            RoleName=stack.role_name, PolicyName=name, PolicyDocument=json.dumps(document)
        )
    return stack.role_arn


def delete_role(target: Target, stack: Stack) -> None:
    """Delete the execution role and its policies; attached ones are only detached.

    May be repeated.
    """
    iam, role_name = target.client("iam"), stack.role_name
    try:
        for policy in iam.list_attached_role_policies(RoleName=role_name)["AttachedPolicies"]:
            iam.detach_role_policy(RoleName=role_name, PolicyArn=policy["PolicyArn"])
        for policy_name in iam.list_role_policies(RoleName=role_name)["PolicyNames"]:
            iam.delete_role_policy(RoleName=role_name, PolicyName=policy_name)
        iam.delete_role(RoleName=role_name)
    except iam.exceptions.NoSuchEntityException:
        pass


def read_role(target: Target, stack: Stack) -> State | None:
    """The role's policies, or None if there is no role."""
    iam, name = target.client("iam"), stack.role_name
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


def require_role(target: Target, stack: Stack) -> None:
    """Raises ResourceMissing if the execution role does not exist."""
    if unless_missing(target.client("iam").get_role, RoleName=stack.role_name) is None:
        hint = "provision.create_role(target, stack)"
        raise ResourceMissing("Role", stack.role_name, hint=hint)
