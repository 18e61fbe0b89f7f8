"""CloudFormation's operations: parameters in AWS's words in, AWS's answers out.

What is done within seconds is done when the call returns, so that waiters need not wait.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from mailfanout.sandbox.cloudformation import answers, carrying_out, detecting
from mailfanout.sandbox.cloudformation import change_set_operations as on_change_sets
from mailfanout.sandbox.cloudformation.asked import (
    Asked,
    asked_on_failure,
    given_values,
    plan_for,
    template_of,
)
from mailfanout.sandbox.cloudformation.intrinsics import invalid
from mailfanout.sandbox.cloudformation.new_stacks import (
    new_stack,
    require_capabilities,
    require_options,
    require_standing,
    shown_options,
)
from mailfanout.sandbox.cloudformation.stacks import Stack
from mailfanout.sandbox.json_objects import Json


def create_stack(asked: Asked) -> Json:
    """Begin to create a stack. Raises ApiError if the name is taken or the template is wrong."""
    parameters = asked.parameters
    require_options(parameters)
    given = given_values(parameters, {})
    template = template_of(asked, given)
    require_capabilities(template.capabilities, parameters)
    with asked.stacks.naming:
        stack = new_stack(asked, given)
        plan = plan_for(asked, stack, template, given)
        if reviewed := asked.stacks.find(stack.stack_id, stack.region):
            _outdate_change_sets(asked, reviewed, stack)
        asked.stacks.add(stack)
    work = partial(carrying_out.create, stack, plan, asked.api(stack.role_arn))
    asked.stacks.begin(stack, "CREATE_IN_PROGRESS", work)
    return {"StackId": stack.stack_id}


def update_stack(asked: Asked) -> Json:
    """Begin to bring a stack to a template. Raises ApiError if nothing would change."""
    stack, parameters = asked.stack(), asked.parameters
    require_standing(stack)
    require_options(parameters)
    given = given_values(parameters, stack.given)
    template = template_of(asked, given, stack)
    require_capabilities(template.capabilities, parameters)
    plan = plan_for(asked, stack, template, given)
    tags = parameters.get("Tags", stack.tags)
    carrying_out.require_changes(stack, plan, tags)
    stack.role_arn = parameters.get("RoleARN", stack.role_arn)
    stack.on_failure = asked_on_failure(parameters)
    stack.options |= shown_options(parameters)
    work = partial(carrying_out.update, stack, plan, given, asked.api(stack.role_arn), tags)
    asked.stacks.begin(stack, "UPDATE_IN_PROGRESS", work)
    _outdate_change_sets(asked, stack, stack)
    return {"StackId": stack.stack_id}


def _outdate_change_sets(asked: Asked, before: Stack, after: Stack) -> None:
    """What change sets say of a stack is no longer so: none can be executed."""
    for one in asked.stacks.change_sets_of(before):
        one.stack = after
        if one.execution_status == "AVAILABLE":
            one.execution_status = "OBSOLETE"


def delete_stack(asked: Asked) -> Json:
    """Begin to delete a stack; one that is not there is deleted already.

    Raises ApiError if the stack is protected.
    """
    stack = asked.stacks.find(asked.parameters["StackName"], asked.call.region)
    if stack and stack.is_protected:
        raise invalid(
            f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled"
        )
    if stack and stack.status not in ("DELETE_COMPLETE", "DELETE_IN_PROGRESS"):
        require_options(asked.parameters)
        role_arn = asked.parameters.get("RoleARN", stack.role_arn)
        retained = asked.parameters.get("RetainResources") or ()
        if retained and stack.status != "DELETE_FAILED":
            raise invalid(f"Stack [{stack.name}] is not DELETE_FAILED: it retains no resources")
        in_use = _in_use(asked, stack)
        work = partial(carrying_out.delete, stack, asked.api(role_arn), in_use, retained)
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


# By the names of moto's methods, which are the operations'.
OPERATIONS: dict[str, Callable[[Asked], Json]] = {
    one.__name__: one
    for one in (
        *(create_stack, update_stack, delete_stack, update_termination_protection),
        *(list_exports, list_imports),
        *(answers.describe_stacks, answers.list_stacks, answers.describe_stack_events),
        *(answers.describe_stack_resource, answers.describe_stack_resources),
        *(answers.get_template, answers.get_template_summary, answers.list_stack_resources),
        answers.validate_template,
        *(on_change_sets.create_change_set, on_change_sets.describe_change_set),
        *(on_change_sets.list_change_sets, on_change_sets.execute_change_set),
        on_change_sets.delete_change_set,
        *(detecting.detect_stack_drift, detecting.detect_stack_resource_drift),
        detecting.describe_stack_drift_detection_status,
        detecting.describe_stack_resource_drifts,
    )
}
