"""Roles that are too new: nobody can assume them yet, and no queue's policy can name them.

See https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html
"""

from __future__ import annotations

from mailfanout.sandbox.http import Answer, ApiError
from mailfanout.sandbox.transitions.step import Step, is_done


def create_role(step: Step) -> Answer:
    """Nobody can assume it for some seconds."""
    answer = step.done()
    if is_done(answer):
        path, name = step.parameters.get("Path", "/"), step.parameters["RoleName"]
        step.states.begin("role created", f"arn:aws:iam::{step.account_id}:role{path}{name}")
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
