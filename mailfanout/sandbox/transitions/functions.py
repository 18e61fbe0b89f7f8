"""Lambda's functions: Pending, then Active; an update InProgress; and roles too new to be assumed.

See https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
"""

from __future__ import annotations

from functools import partial
from uuid import UUID, uuid5

from mailfanout.sandbox.http import Answer, ApiError
from mailfanout.sandbox.json_objects import Json
from mailfanout.sandbox.transitions.step import Step, altered, document, is_done

_BUSY = "The operation cannot be performed at this time."
_BEING_CREATED = "The function is being created."


def create_function(step: Step) -> Answer:
    """It is Pending at first. Raises ApiError if its role is too new."""
    _refuse_new_role(step)
    answer = step.done()
    if is_done(answer):
        step.begin("function created", _named(step))
    return configuration(step, answer)


def update_function(step: Step) -> Answer:
    """UpdateFunctionCode and UpdateFunctionConfiguration."""
    refuse_while_busy(step)
    _refuse_new_role(step)
    answer = step.done()
    if is_done(answer) and not step.parameters.get("DryRun"):
        step.begin("function updated", _named(step))
        if step.parameters.get("Publish"):
            step.begin("function created", f"{_named(step)}:{document(answer)['Version']}")
    return configuration(step, answer)


def publish_version(step: Step) -> Answer:
    """Raises ApiError while the function is being created or updated."""
    refuse_while_busy(step)
    return step.done()


def invoke(step: Step) -> Answer:
    """Raises ApiError while the function is Pending; during an update its old code runs."""
    if step.shown("function created", _named(step)):
        raise _conflict("The function is currently in the following state: Pending")
    return step.done()


def configuration(step: Step, answer: Answer | None = None) -> Answer:
    """An answer that is a function's configuration, with its state as it is by now."""
    return altered(answer or step.done(), partial(_with_state, step))


def get_function(step: Step) -> Answer:
    """With the state of its configuration as it is by now."""
    return altered(
        step.done(),
        lambda found: {**found, "Configuration": _with_state(step, found["Configuration"])},
    )


def function_name(name_or_arn: str) -> str:
    """The name alone: of a name, a partial ARN or an ARN, with or without a qualifier."""
    return name_or_arn.rpartition("function:")[2].partition(":")[0]


def refuse_while_busy(step: Step) -> None:
    """Raises ApiError if the function is being created or updated."""
    name = _named(step)
    if step.shown("function created", name):
        raise _conflict("The function is currently in the following state: Pending")
    if step.shown("function updated", name):
        arn = f"arn:aws:lambda:{step.call.region}:{step.account_id}:function:{name}"
        raise _conflict(f"An update is in progress for resource: {arn}")


def _with_state(step: Step, shown: Json) -> Json:
    name, version = shown["FunctionName"], shown["Version"]
    if any(step.shown("function created", one) for one in (name, f"{name}:{version}")):
        shown = {key: value for key, value in shown.items() if key != "LastUpdateStatus"}
        reason = {"StateReason": _BEING_CREATED, "StateReasonCode": "Creating"}
        return {**shown, "State": "Pending", **reason, "RevisionId": _revision_until_then(shown)}
    if version == "$LATEST" and step.shown("function updated", name):
        told = {"LastUpdateStatusReason": _BEING_CREATED, "LastUpdateStatusReasonCode": "Creating"}
        until_then = {"LastUpdateStatus": "InProgress", "RevisionId": _revision_until_then(shown)}
        return {**shown, **until_then, **told}
    return shown


def _revision_until_then(shown: Json) -> str:
    """A function that becomes active, or whose update ends, has another revision from then on."""
    return str(uuid5(UUID(shown["RevisionId"]), "under way"))


def _refuse_new_role(step: Step) -> None:
    arn = step.parameters.get("Role")
    if arn and arn in step.states.under_way("role created"):
        words = "The role defined for the function cannot be assumed by Lambda."
        raise ApiError("InvalidParameterValueException", words)


def _conflict(reason: str) -> ApiError:
    return ApiError("ResourceConflictException", f"{_BUSY} {reason}", 409)


def _named(step: Step) -> str:
    return function_name(step.parameters["FunctionName"])
