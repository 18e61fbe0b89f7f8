"""CloudFormation's operations on change sets: what an update would change, before it is done.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from mailfanout.sandbox.cloudformation import carrying_out, change_sets
from mailfanout.sandbox.cloudformation.acting import Api
from mailfanout.sandbox.cloudformation.answers import described_change_set, summary
from mailfanout.sandbox.cloudformation.asked import Asked, given_values, plan_for, template_of
from mailfanout.sandbox.cloudformation.intrinsics import invalid
from mailfanout.sandbox.cloudformation.new_stacks import (
    new_stack,
    require_capabilities,
    require_options,
    require_standing,
    shown_options,
)
from mailfanout.sandbox.cloudformation.stacks import IN_REVIEW, Stack
from mailfanout.sandbox.http import ApiError
from mailfanout.sandbox.json_objects import Json


def create_change_set(asked: Asked) -> Json:
    """Note what an update, or a new stack, would change. One without changes has FAILED.

    Asked for a second time, it is the first one. Raises ApiError for another one of its name.
    """
    parameters = asked.parameters
    one = change_sets.of_name(asked, parameters["ChangeSetName"])
    if one and not one.execution_status.startswith("EXECUTE"):
        _require_same(one, parameters)
        return {"Id": one.change_set_id, "StackId": one.stack.stack_id}
    if parameters.get("ChangeSetType") == "IMPORT":
        raise invalid("The sandbox imports no resources into stacks.")
    with asked.stacks.naming:
        one = _new_change_set(asked)
        asked.stacks.add(one.stack)
    if not one.changes and not one.is_new:
        one.status, one.execution_status = "FAILED", "UNAVAILABLE"
    asked.stacks.change_sets[one.change_set_id] = one
    return {"Id": one.change_set_id, "StackId": one.stack.stack_id}


def _new_change_set(asked: Asked) -> change_sets.ChangeSet:
    parameters, name = asked.parameters, asked.parameters["ChangeSetName"]
    is_new = parameters.get("ChangeSetType") == "CREATE"
    require_options(parameters)
    if not is_new:
        stack = asked.stack()
        require_standing(stack)
    given = given_values(parameters, {} if is_new else stack.given)
    template = template_of(asked, given, None if is_new else stack)
    require_capabilities([one for one in template.capabilities if "IAM" in one], parameters)
    if is_new:
        stack = _stack_in_review(asked, given)
    plan = plan_for(asked, stack, template, given)
    arn = asked.arn(f"changeSet/{name}/{uuid.uuid4()}")
    return change_sets.ChangeSet(
        name, arn, stack, plan, given, is_new, change_sets.described(plan, stack), parameters
    )


def _require_same(one: change_sets.ChangeSet, parameters: Mapping[str, Any]) -> None:
    """Raise ApiError for the first thing that another change set of the name says otherwise."""
    for name in sorted({*one.parameters, *parameters}):
        if one.parameters.get(name) != parameters.get(name):
            word = "Template" if name in ("TemplateBody", "TemplateURL") else name
            raise ApiError(
                "AlreadyExistsException",
                f"ChangeSet {one.name} cannot be created due to a mismatch with existing "
                f"attribute {word}",
            )


def describe_change_set(asked: Asked) -> Json:
    """A change set with its changes, each with what causes it."""
    one = change_sets.change_set(asked)
    described = described_change_set(one)
    if asked.parameters.get("IncludePropertyValues"):
        return described
    return {**described, "Changes": [change_sets.without_values(change) for change in one.changes]}


def list_change_sets(asked: Asked) -> Json:
    """A summary of each change set of a stack."""
    stack = asked.stack()
    found = asked.stacks.change_sets_of(stack)
    return {"Summaries": [summary(one) for one in found]}


def execute_change_set(asked: Asked) -> Json:
    """Begin to do what a change set says. Raises ApiError if it is not AVAILABLE.

    The stack's other change sets are deleted: what they say is of a stack that is no longer so.
    """
    one = change_sets.change_set(asked)
    if one.execution_status != "AVAILABLE":
        kind, status = "execution status", one.execution_status
        if one.status == "FAILED":
            kind, status = "status", one.status
        raise ApiError(
            "InvalidChangeSetStatus",
            f"ChangeSet [{one.change_set_id}] cannot be executed in its current {kind} of "
            f"[{status}]",
        )
    role_arn = one.parameters.get("RoleARN", one.stack.role_arn)
    disable_rollback = asked.parameters.get("DisableRollback", False)
    work = partial(_carry_out, one, asked.api(role_arn), disable_rollback=disable_rollback)
    word = "CREATE" if one.is_new else "UPDATE"
    asked.stacks.begin(one.stack, f"{word}_IN_PROGRESS", work)
    for other in asked.stacks.change_sets_of(one.stack):
        if other is not one:
            del asked.stacks.change_sets[other.change_set_id]
    return {}


def _carry_out(one: change_sets.ChangeSet, api: Api, *, disable_rollback: bool) -> None:
    stack, parameters = one.stack, one.parameters
    one.execution_status = "EXECUTE_IN_PROGRESS"
    stack.change_set_id = one.change_set_id
    stack.capabilities = parameters.get("Capabilities", [])
    stack.role_arn = parameters.get("RoleARN", stack.role_arn)
    stack.options |= shown_options(parameters)
    tags = parameters.get("Tags", stack.tags)
    stack.updated_at = datetime.now(UTC)
    if disable_rollback:
        stack.on_failure = "DO_NOTHING"
    if one.is_new:
        stack.tags = tags
        carrying_out.create(stack, one.plan, api)
    else:
        carrying_out.update(stack, one.plan, one.given, api, tags)
    done = stack.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
    one.execution_status = "EXECUTE_COMPLETE" if done else "EXECUTE_FAILED"


def delete_change_set(asked: Asked) -> Json:
    """Forget a change set, if it is there; its stack stays as it is."""
    if one := change_sets.find(asked):
        del asked.stacks.change_sets[one.change_set_id]
    return {}


def _stack_in_review(asked: Asked, given: dict[str, str]) -> Stack:
    name = asked.parameters["StackName"]
    found = asked.stacks.find(name, asked.call.region)
    if found and found.status == IN_REVIEW:
        found.given = given
        return found
    if found:
        raise invalid(
            f"Stack [{name}] already exists and cannot be created again with the changeSet "
            f"[{asked.parameters['ChangeSetName']}]."
        )
    stack = new_stack(asked, given)
    stack.set_status(IN_REVIEW, "User Initiated")
    return stack
