"""Event source mappings on their way: Creating, Enabling, Disabling, Updating, Deleting.

See https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html
"""

from __future__ import annotations

from functools import partial

from mailfanout.sandbox.http import Answer, ApiError
from mailfanout.sandbox.json_objects import Json
from mailfanout.sandbox.transitions.functions import function_name
from mailfanout.sandbox.transitions.step import Step, altered, document, is_done, with_document


def create_mapping(step: Step) -> Answer:
    """It is Creating at first. Raises ApiError if its function's role is too new, or while another
    one of this queue and function is Deleting.
    """
    for one in _being_deleted(step):
        if _is_asked_for(step, one):
            raise taken(one["EventSourceArn"], one["FunctionArn"], one["UUID"])
    _refuse_new_role(step)
    answer = step.done()
    if not is_done(answer):
        return answer
    mapping = document(answer)
    if mapping["State"] == "Enabled":
        step.begin("mapping changed", mapping["UUID"], "Creating")
    return _accepted(answer, _with_state(step, mapping))


def update_mapping(step: Step) -> Answer:
    """It is Updating, Enabling or Disabling at first. Raises ApiError while it is in use."""
    _refuse_while_in_use(step, "update")
    uuid = step.parameters["UUID"]
    before = document(step.asked("GetEventSourceMapping", UUID=uuid)).get("State")
    answer = step.done()
    if not is_done(answer):
        return answer
    mapping = document(answer)
    on_its_way = "Enabling" if mapping["State"] == "Enabled" else "Disabling"
    step.begin("mapping changed", uuid, "Updating" if mapping["State"] == before else on_its_way)
    return _accepted(answer, _with_state(step, mapping))


def delete_mapping(step: Step) -> Answer:
    """It is Deleting for a while, and shown so. Raises ApiError while it is in use."""
    _refuse_while_in_use(step, "delete")
    answer = step.done()
    if not is_done(answer):
        return answer
    mapping = document(answer) | {"State": "Deleting"}
    step.begin("mapping changed", mapping["UUID"], mapping)
    return _accepted(answer, mapping)


def get_mapping(step: Step) -> Answer:
    """With its state as it is by now; one that is Deleting is still there."""
    shown = step.shown("mapping changed", step.parameters["UUID"])
    if isinstance(shown, dict):
        return Answer.of_json(200, shown)
    return altered(step.done(), partial(_with_state, step))


def list_mappings(step: Step) -> Answer:
    """Each with its state as it is by now, and those that are Deleting."""

    def with_states(found: Json) -> Json:
        going = [one for one in _being_deleted(step) if _is_asked_for(step, one)]
        mappings = [_with_state(step, one) for one in found["EventSourceMappings"]]
        return {**found, "EventSourceMappings": mappings + going}

    return altered(step.done(), with_states)


def _with_state(step: Step, mapping: Json) -> Json:
    state = step.shown("mapping changed", mapping["UUID"])
    return {**mapping, "State": state} if isinstance(state, str) else mapping


def _being_deleted(step: Step) -> list[Json]:
    changing = step.states.under_way("mapping changed").items()
    return [
        one for (region, _), one in changing if isinstance(one, dict) and region == step.call.region
    ]


def _is_asked_for(step: Step, mapping: Json) -> bool:
    queue_arn, function = (step.parameters.get(one) for one in ("EventSourceArn", "FunctionName"))
    return queue_arn in (None, mapping["EventSourceArn"]) and (
        function is None or function_name(function) == function_name(mapping["FunctionArn"])
    )


def taken(source_arn: str, function_arn: str, uuid: str) -> ApiError:
    """The error for a second mapping of the same queue, or stream, and function."""
    function = f'and function (" {function_name(function_arn)} ")'
    if is_of_queue(source_arn):
        said = f'An event source mapping with SQS arn (" {source_arn} ") {function}'
    else:
        said = f'The event source arn (" {source_arn} ") {function} provided mapping'
    words = f"{said} already exists. Please update or delete the existing mapping with UUID {uuid}"
    return ApiError("ResourceConflictException", words, 409)


def unreadable(source_arn: str) -> str:
    """What is said of a function's role that may not read what is mapped to the function."""
    if is_of_queue(source_arn):
        return "The provided execution role does not have permissions to call ReceiveMessage on SQS"
    needed = "GetRecords, GetShardIterator, DescribeStream, and ListStreams"
    return (
        f"Cannot access stream {source_arn}. Please ensure the role can perform the {needed} "
        "Actions on your stream in IAM."
    )


def is_of_queue(source_arn: str) -> bool:
    """Whether a mapping with this source reads a queue, and not a stream."""
    return source_arn.split(":")[2] == "sqs"


def _refuse_new_role(step: Step) -> None:
    new = step.states.under_way("role created")
    if not new:
        return
    name = function_name(step.parameters["FunctionName"])
    if document(step.asked("GetFunctionConfiguration", FunctionName=name)).get("Role") in new:
        words = unreadable(step.parameters["EventSourceArn"])
        raise ApiError("InvalidParameterValueException", words)


def _refuse_while_in_use(step: Step, doing: str) -> None:
    if step.shown("mapping changed", step.parameters["UUID"]):
        words = f"Cannot {doing} the event source mapping because it is in use."
        raise ApiError("ResourceInUseException", words)


def _accepted(answer: Answer, mapping: Json) -> Answer:
    return with_document(answer, mapping)._replace(status=202)
