"""What CloudFormation asks before it begins a stack, or an update of one.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

from mailfanout.sandbox.access import service_may_assume
from mailfanout.sandbox.calls import violated
from mailfanout.sandbox.cloudformation.asked import Asked, asked_on_failure
from mailfanout.sandbox.cloudformation.intrinsics import invalid
from mailfanout.sandbox.cloudformation.stacks import IN_REVIEW, Stack
from mailfanout.sandbox.http import ApiError, Refused

_NAME = "[a-zA-Z][-a-zA-Z0-9]*"
LONGEST_NAME = 128
_TRIGGERS = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
# What is not done here, by the options that ask for it.
_UNDONE = {
    "IncludeNestedStacks": "makes no nested stacks",
    "NotificationARNs": "tells no topics what happens to stacks",
    **{
        f"StackPolicy{name}": "keeps no stack policies"
        for name in ("Body", "URL", "DuringUpdateBody", "DuringUpdateURL")
    },
}
_STANDING = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_FAILED", "UPDATE_ROLLBACK_COMPLETE")
NAMED_IAM, IAM = "CAPABILITY_NAMED_IAM", "CAPABILITY_IAM"


def new_stack(asked: Asked, given: dict[str, str]) -> Stack:
    """The stack that a call asks for. Raises ApiError for a name that is wrong, or taken."""
    parameters, name = asked.parameters, asked.parameters["StackName"]
    if not re.fullmatch(_NAME, name):
        wanted = f"Member must satisfy regular expression pattern: {_NAME}|arn:[-a-zA-Z0-9:/._+]*"
        raise invalid(violated(("stackName", name, wanted)))
    if len(name) > LONGEST_NAME:
        wanted = f"Member must have length less than or equal to {LONGEST_NAME}"
        raise invalid(violated(("stackName", name, wanted)))
    found = asked.stacks.find(name, asked.call.region)
    if found and found.status != IN_REVIEW:
        raise ApiError("AlreadyExistsException", f"Stack [{name}] already exists")
    stack = Stack(
        name,
        found.stack_id if found else asked.arn(f"stack/{name}/{uuid.uuid4()}"),
        asked.call.region,
        given,
        parameters.get("Tags", []),
        parameters.get("Capabilities", []),
        parameters.get("RoleARN"),
        is_protected=parameters.get("EnableTerminationProtection", False),
        on_failure=asked_on_failure(parameters),
        options=shown_options(parameters),
    )
    if found:
        stack.status, stack.events = found.status, found.events
    return stack


def shown_options(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """What a description of the stack has of how it is to be made."""
    names = ("RollbackConfiguration", "TimeoutInMinutes")
    return {name: parameters[name] for name in names if name in parameters}


def require_options(parameters: Mapping[str, Any]) -> None:
    """Raise ApiError for a role in which CloudFormation may not act, and for alarms that are none.

    The sandbox's CloudFormation rolls nothing back because of an alarm. Raises Refused for options
    that would change what becomes of a stack.
    """
    for name, words in _UNDONE.items():
        if parameters.get(name):
            raise Refused("unsupported", f"The sandbox {words}: leave out {name}.")
    for one in parameters.get("RollbackConfiguration", {}).get("RollbackTriggers", []):
        if one["Type"] not in _TRIGGERS:
            raise invalid("Rollback Trigger Type not supported")
        if not re.fullmatch(r"arn:aws:cloudwatch:[a-z0-9-]+:\d{12}:alarm:.+", one["Arn"]):
            raise invalid("RelativeId of a Rollback Trigger's ARN is incorrect")
    role_arn = parameters.get("RoleARN")
    if role_arn and not service_may_assume(role_arn, "cloudformation.amazonaws.com"):
        raise invalid(f"Role {role_arn} is invalid or cannot be assumed")


def require_standing(stack: Stack) -> None:
    """Raise ApiError unless the stack may be updated."""
    if stack.status not in _STANDING:
        raise invalid(f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated.")


def require_capabilities(needed: list[str], parameters: Mapping[str, Any]) -> None:
    """Raise ApiError unless the call grants what the template needs."""
    granted = parameters.get("Capabilities", [])
    missing = [
        one for one in needed if one not in granted and not (one == IAM and NAMED_IAM in granted)
    ]
    if missing:
        words = f"Requires capabilities : [{', '.join(missing)}]"
        raise ApiError("InsufficientCapabilitiesException", words)
