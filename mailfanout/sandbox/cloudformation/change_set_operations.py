"""CloudFormation's operations on change sets: what an update would change, before it is done.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from functools import partial

from mailfanout.sandbox.cloudformation import carrying_out
from mailfanout.sandbox.cloudformation.answers import described_change_set, summary
from mailfanout.sandbox.cloudformation.asked import (
    Asked,
    given_values,
    plan_for,
    template_of,
)
from mailfanout.sandbox.cloudformation.change_sets import ChangeSet, described
from mailfanout.sandbox.cloudformation.intrinsics import invalid
from mailfanout.sandbox.cloudformation.new_stacks import (
    IAM,
    NAMED_IAM,
    new_stack,
    require_capabilities,
    require_standing,
)
from mailfanout.sandbox.cloudformation.stacks import IN_REVIEW, Stack
from mailfanout.sandbox.http import ApiError
from mailfanout.sandbox.json_objects import Json


def create_change_set(asked: Asked) -> Json:
    """Note what an update, or a new stack, would change. One without changes has FAILED."""
    parameters = asked.parameters
    is_new = parameters.get("ChangeSetType", "UPDATE") == "CREATE"
    if not is_new:
        stack = asked.stack()
        require_standing(stack)
    given = given_values(parameters, {} if is_new else stack.given)
    template = template_of(asked, given, None if is_new else stack)
    require_capabilities(
        [one for one in template.capabilities if one in (IAM, NAMED_IAM)], parameters
    )
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
    stack = new_stack(asked, given)
    stack.set_status(IN_REVIEW, "User Initiated")
    return stack


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
