"""Roles that are too new: nobody can assume them yet, and no queue's policy can name them.

And what is attached to roles and users, which counts some time later.

See https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html
"""

from __future__ import annotations

from mailfanout.sandbox.access import identity_arn, policy_documents
from mailfanout.sandbox.http import Answer, ApiError
from mailfanout.sandbox.transitions.step import Step, is_done


def create_role(step: Step) -> Answer:
    """Nobody can assume it for some seconds."""
    answer = step.done()
    if is_done(answer):
        path, name = step.parameters.get("Path", "/"), step.parameters["RoleName"]
        step.states.begin("role created", f"arn:aws:iam::{step.account_id}:role{path}{name}")
    return answer


def change_policies(step: Step) -> Answer:
    """The policies of a role or user change, and those before count for some seconds."""
    if not step.states.seconds("policies written"):
        return step.done()
    kind = "role" if "RoleName" in step.parameters else "user"
    name = step.parameters.get("RoleName") or step.parameters["UserName"]
    arn = identity_arn(step.account_id, kind, name) or ""
    before = policy_documents(step.account_id, arn)
    answer = step.done()
    if is_done(answer):
        step.states.begin("policies written", arn, before)
    return answer


def assume_role(step: Step) -> Answer:
    """Raises ApiError if the role is too new, as if it trusted nobody."""
    arn = step.parameters["RoleArn"]
    if step.states.shown("role created", arn):
        message = f"The caller is not authorized to perform: sts:AssumeRole on resource: {arn}"
        raise ApiError("AccessDenied", message, 403)
    return step.done()


def name_in_policy(step: Step) -> Answer:
    """A queue's attributes are set, its policy perhaps among them."""
    policy = (step.parameters.get("Attributes") or {}).get("Policy", "")
    if any(f'"{arn}"' in policy for arn in step.states.under_way("role created")):
        raise ApiError("InvalidAttributeValue", "Invalid value for the parameter Policy.")
    return step.done()
