"""CloudFormation's operations: parameters in AWS's words in, AWS's answers out.

What is done within seconds is done when the call returns, so that waiters need not wait.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from mailfanout.sandbox.cloudformation import carrying_out
from mailfanout.sandbox.cloudformation.answers import (
    Json,
    describe_stack_events,
    describe_stack_resource,
    describe_stack_resources,
    describe_stacks,
    described_change_set,
    get_template,
    get_template_summary,
    list_stack_resources,
    list_stacks,
    summary,
    validate_template,
)
from mailfanout.sandbox.cloudformation.asked import (
    Asked,
    asked_on_failure,
    given_values,
    plan_for,
    template_of,
)
from mailfanout.sandbox.cloudformation.change_sets import ChangeSet, described
from mailfanout.sandbox.cloudformation.detecting import (
    describe_stack_drift_detection_status,
    describe_stack_resource_drifts,
    detect_stack_drift,
    detect_stack_resource_drift,
)
from mailfanout.sandbox.cloudformation.intrinsics import invalid
from mailfanout.sandbox.cloudformation.stacks import IN_REVIEW, Stack
from mailfanout.sandbox.http import ApiError

_NAME = "[a-zA-Z][-a-zA-Z0-9]*"
_STANDING = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_FAILED", "UPDATE_ROLLBACK_COMPLETE")
_NAMED_IAM, _IAM = "CAPABILITY_NAMED_IAM", "CAPABILITY_IAM"


def create_stack(asked: Asked) -> Json:
    """Begin to create a stack. Raises ApiError if the name is taken or the template is wrong."""
    parameters = asked.parameters
    given = given_values(parameters, {})
    template = template_of(asked, given)
    _require(template.capabilities, parameters)
    stack = _new_stack(asked, given)
    plan = plan_for(asked, stack, template, given)
    for one in asked.stacks.change_sets.values():
        if one.stack.stack_id == stack.stack_id:  # it was in review, and there it need not stay
            one.stack, one.execution_status = stack, "OBSOLETE"
    asked.stacks.add(stack)
    work = partial(carrying_out.create, stack, plan, asked.api(stack.role_arn))
    asked.stacks.begin(stack, "CREATE_IN_PROGRESS", work)
    return {"StackId": stack.stack_id}


def update_stack(asked: Asked) -> Json:
    """Begin to bring a stack to a template. Raises ApiError if nothing would change."""
    stack, parameters = asked.stack(), asked.parameters
    _require_standing(stack)
    given = given_values(parameters, stack.given)
    template = template_of(asked, given, stack)
    _require(template.capabilities, parameters)
    plan = plan_for(asked, stack, template, given)
    carrying_out.require_changes(stack, plan)
    stack.role_arn = parameters.get("RoleARN", stack.role_arn)
    stack.tags = parameters.get("Tags", stack.tags)
    stack.on_failure = asked_on_failure(parameters)
    work = partial(carrying_out.update, stack, plan, given, asked.api(stack.role_arn))
    asked.stacks.begin(stack, "UPDATE_IN_PROGRESS", work)
    return {"StackId": stack.stack_id}


def delete_stack(asked: Asked) -> Json:
    """Begin to delete a stack; one that is not there is deleted already.

    Raises ApiError if the stack is protected.
    """
    stack = asked.stacks.find(asked.parameters["StackName"], asked.call.region)
    if stack and stack.is_protected:
        raise invalid(
            f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled"
        )
    if stack and stack.status != "DELETE_COMPLETE":
        role_arn = asked.parameters.get("RoleARN", stack.role_arn)
        work = partial(carrying_out.delete, stack, asked.api(role_arn), _in_use(asked, stack))
        asked.stacks.begin(stack, "DELETE_IN_PROGRESS", work)
    return {}


def _in_use(asked: Asked, stack: Stack) -> str | None:
    """Why others need the stack, or None."""
    for name in stack.exports:
        if importers := asked.stacks.importers(name, asked.call.region):
            return f"Export {name} cannot be deleted as it is in use by {' and '.join(importers)}"
    return None


def list_exports(asked: Asked) -> Json:
    """What the stacks of a Region let others import."""
    found = asked.stacks.exports(asked.call.region)
    return {
        "Exports": [
            {"ExportingStackId": one.stack_id, "Name": name, "Value": one.value}
            for name, one in sorted(found.items())
        ]
    }


def list_imports(asked: Asked) -> Json:
    """The stacks that import an export. Raises ApiError if none does."""
    name = asked.parameters["ExportName"]
    if importers := asked.stacks.importers(name, asked.call.region):
        return {"Imports": importers}
    raise invalid(f"Export '{name}' is not imported by any stack.")


def update_termination_protection(asked: Asked) -> Json:
    """Protect a stack from being deleted, or let it be deleted again."""
    stack = asked.stack()
    stack.is_protected = asked.parameters["EnableTerminationProtection"]
    return {"StackId": stack.stack_id}


def create_change_set(asked: Asked) -> Json:
    """Note what an update, or a new stack, would change. One without changes has FAILED."""
    parameters = asked.parameters
    is_new = parameters.get("ChangeSetType", "UPDATE") == "CREATE"
    if not is_new:
        stack = asked.stack()
        _require_standing(stack)
    given = given_values(parameters, {} if is_new else stack.given)
    template = template_of(asked, given, None if is_new else stack)
    _require([one for one in template.capabilities if one in (_IAM, _NAMED_IAM)], parameters)
    if is_new:
        stack = _stack_in_review(asked, given)
    plan = plan_for(asked, stack, template, given)
    asked.stacks.add(stack)
    name = parameters["ChangeSetName"]
    arn = asked.arn(f"changeSet/{name}/{uuid.uuid4()}")
    change_set = ChangeSet(
        name,
        arn,
        stack,
        plan,
        given,
        is_new,
        described(plan, stack),
        description=parameters.get("Description"),
        tags=parameters.get("Tags", []),
        capabilities=parameters.get("Capabilities", []),
    )
    if not change_set.changes and not is_new:
        change_set.status, change_set.execution_status = "FAILED", "UNAVAILABLE"
    asked.stacks.change_sets[arn] = change_set
    return {"Id": arn, "StackId": stack.stack_id}


def describe_change_set(asked: Asked) -> Json:
    """A change set with its changes, each with what causes it."""
    return described_change_set(_change_set(asked))


def list_change_sets(asked: Asked) -> Json:
    """A summary of each change set of a stack."""
    stack = asked.stack()
    found = [one for one in asked.stacks.change_sets.values() if one.stack is stack]
    return {"Summaries": [summary(one) for one in found]}


def execute_change_set(asked: Asked) -> Json:
    """Begin to do what a change set says. Raises ApiError if it is not AVAILABLE."""
    one = _change_set(asked)
    if one.execution_status != "AVAILABLE":
        raise ApiError(
            "InvalidChangeSetStatus",
            f"ChangeSet [{one.change_set_id}] cannot be executed in its current status of "
            f"[{one.status}]",
        )
    api = asked.api(one.stack.role_arn)
    if asked.parameters.get("DisableRollback"):
        one.stack.on_failure = "DO_NOTHING"
    if one.is_new:
        work = partial(carrying_out.create, one.stack, one.plan, api)
    else:
        work = partial(carrying_out.update, one.stack, one.plan, one.given, api)
    word = "CREATE" if one.is_new else "UPDATE"
    one.execution_status = "EXECUTE_COMPLETE"
    one.stack.change_set_id = one.change_set_id
    one.stack.capabilities = one.capabilities
    one.stack.updated_at = datetime.now(UTC)
    asked.stacks.begin(one.stack, f"{word}_IN_PROGRESS", work)
    return {}


def delete_change_set(asked: Asked) -> Json:
    """Forget a change set; its stack stays as it is."""
    asked.stacks.change_sets.pop(_change_set(asked).change_set_id, None)
    return {}


def _new_stack(asked: Asked, given: dict[str, str]) -> Stack:
    parameters, name = asked.parameters, asked.parameters["StackName"]
    if not re.fullmatch(_NAME, name):
        raise invalid(
            f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy "
            "constraint: Member must satisfy regular expression pattern: "
            f"{_NAME}|arn:[-a-zA-Z0-9:/._+]*"
        )
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
    )
    return stack


def _stack_in_review(asked: Asked, given: dict[str, str]) -> Stack:
    found = asked.stacks.find(asked.parameters["StackName"], asked.call.region)
    if found and found.status == IN_REVIEW:
        found.given = given
        return found
    if found:
        raise invalid(
            f"Stack [{found.name}] already exists and cannot be created again with the changeSet "
            f"[{asked.parameters['ChangeSetName']}]."
        )
    stack = _new_stack(asked, given)
    stack.set_status(IN_REVIEW, "User Initiated")
    return stack


def _require_standing(stack: Stack) -> None:
    if stack.status not in _STANDING:
        raise invalid(f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated.")


def _require(needed: list[str], parameters: Mapping[str, Any]) -> None:
    granted = parameters.get("Capabilities", [])
    missing = [
        one for one in needed if one not in granted and not (one == _IAM and _NAMED_IAM in granted)
    ]
    if missing:
        words = f"Requires capabilities : [{', '.join(missing)}]"
        raise ApiError("InsufficientCapabilitiesException", words)


def _change_set(asked: Asked) -> ChangeSet:
    name, stack_name = asked.parameters["ChangeSetName"], asked.parameters.get("StackName")
    if stack_name and not asked.stacks.find(stack_name, asked.call.region):
        raise invalid(f"Stack [{stack_name}] does not exist")
    if not stack_name and not name.startswith("arn:"):
        raise invalid("StackName must be specified if ChangeSetName is not specified as an ARN.")
    for one in asked.stacks.change_sets.values():
        found: ChangeSet = one
        of_stack = stack_name in (None, found.stack.name, found.stack.stack_id)
        if name == found.change_set_id or (name == found.name and of_stack):
            return found
    raise ApiError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist", 404)


# By the names of moto's methods, which are the operations'.
OPERATIONS: dict[str, Callable[[Asked], Json]] = {
    one.__name__: one
    for one in (
        create_change_set,
        create_stack,
        delete_change_set,
        delete_stack,
        describe_change_set,
        describe_stack_drift_detection_status,
        describe_stack_events,
        describe_stack_resource,
        describe_stack_resource_drifts,
        describe_stack_resources,
        describe_stacks,
        detect_stack_drift,
        detect_stack_resource_drift,
        execute_change_set,
        get_template,
        get_template_summary,
        list_change_sets,
        list_exports,
        list_imports,
        list_stack_resources,
        list_stacks,
        update_stack,
        update_termination_protection,
        validate_template,
    )
}
