"""The event source mappings, by which Lambda polls a queue for a function."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from botocore.exceptions import ClientError

from mailfanout.errors import ResourceMissing
from mailfanout.provision.awslambda import require_function
from mailfanout.provision.functions import FUNCTIONS, PipelineFunction, Poll
from mailfanout.provision.queues import require_queue
from mailfanout.provision.tags import put_tags
from mailfanout.stack import Design, Stack, State
from mailfanout.target import Target, refused, retry, unless_missing, wait_until

# What a mapping may have besides, each with what UpdateEventSourceMapping takes for none of it.
_NOTHING: State = {"FilterCriteria": {}, "ScalingConfig": {}}


def mapping_settings(stack: Stack, function: PipelineFunction, poll: Poll) -> State:
    """A mapping as it stands once it is created; what is empty is left out."""
    return {
        "EventSourceArn": stack.arn("sqs", poll.queue_name(stack)),
        "FunctionArn": stack.function_arn(function.name(stack)),
        **_shown(poll.settings(stack)),
        "State": "Enabled",
    }


def create_event_source_mapping(target: Target, stack: Stack, *, design: Design = "simple") -> str:
    """Have Lambda poll the queue for readMessageAndSendMail; returns the mapping's UUID.

    Returns once it is enabled. May be repeated: a mapping with other settings gets these.
    Raises ResourceMissing if the queue or the function does not exist.
    """
    reader = next(one for one in FUNCTIONS[design] if one.key == "read_message")
    assert reader.poll
    uuid = put_mapping(target, stack, reader, reader.poll)
    wait_for_mapping(target, stack, reader, reader.poll)
    return uuid


def delete_event_source_mapping(target: Target, stack: Stack) -> None:
    """Stop polling the queue. May be repeated; AWS takes some seconds to forget the mapping."""
    remove_mapping(target, stack, stack.queue_name, stack.read_message_name)


def find_mapping(target: Target, stack: Stack) -> State | None:
    """The event source mapping from the queue to its function, as Lambda lists it, or None."""
    return _find(target, stack, stack.queue_name, stack.read_message_name)


def put_mapping(target: Target, stack: Stack, function: PipelineFunction, poll: Poll) -> str:
    """Create a mapping, or bring one that is there to its settings; returns its UUID."""
    client, settings = target.client("lambda"), poll.settings(stack)
    queue_name, name = poll.queue_name(stack), function.name(stack)

    def put() -> State:
        found = _find(target, stack, queue_name, name)
        wanted = {**settings, "FunctionName": name, "Enabled": True}
        if found is None or found["State"] == "Deleting":
            arn = stack.arn("sqs", queue_name)
            created: State = client.create_event_source_mapping(
                EventSourceArn=arn, Tags=stack.tags, **wanted
            )
            return created
        is_enabled = not found["State"].startswith("Disabl")
        if is_enabled and not _differs(found, {**_NOTHING, **settings}):
            return found
        wanted = {**_NOTHING, **wanted} if _has_more(found, settings) else wanted
        updated: State = client.update_event_source_mapping(UUID=found["UUID"], **wanted)
        return updated

    mapping = _retried(target, queue_name, name, put)
    uuid: str = mapping["UUID"]
    if mapping["State"] != "Creating":  # which is created with its tags
        put_tags(target, stack.arn("lambda", f"event-source-mapping:{uuid}"), stack.tags)
    return uuid


def wait_for_mapping(target: Target, stack: Stack, function: PipelineFunction, poll: Poll) -> None:
    """Return once the mapping is enabled."""
    queue_name, name = poll.queue_name(stack), function.name(stack)
    wait_until(
        lambda: (_find(target, stack, queue_name, name) or {}).get("State") == "Enabled",
        description=f"the event source mapping of {name} is not enabled yet",
        sleep=target.sleep,
    )


def set_polling(target: Target, function_name: str, *, enabled: bool) -> None:
    """Let Lambda poll a function's queue, or not; returns when it does, or does no more.

    Raises ResourceMissing if the function has no event source mapping.
    """
    client = target.client("lambda")
    mappings = client.list_event_source_mappings(FunctionName=function_name)
    if not mappings["EventSourceMappings"]:
        raise ResourceMissing("Event source mapping of", function_name)
    [uuid] = [mapping["UUID"] for mapping in mappings["EventSourceMappings"]]
    update = partial(client.update_event_source_mapping, UUID=uuid, Enabled=enabled)
    retry(update, while_error=_is_in_use, sleep=target.sleep)
    state = "Enabled" if enabled else "Disabled"
    wait_until(
        lambda: client.get_event_source_mapping(UUID=uuid)["State"] == state,
        description=f"the event source mapping {uuid} is not {state.lower()} yet",
        sleep=target.sleep,
    )


def remove_mapping(target: Target, stack: Stack, queue_name: str, function_name: str) -> None:
    """Stop polling a queue for a function. May be repeated."""
    mapping = _find(target, stack, queue_name, function_name)
    if mapping is not None:
        remove_mapping_with(target, mapping["UUID"])


def remove_mapping_with(target: Target, uuid: str) -> None:
    """Delete the mapping with this UUID. May be repeated."""
    client = target.client("lambda")
    mapping = unless_missing(client.get_event_source_mapping, UUID=uuid)
    if mapping is not None and mapping["State"] != "Deleting":
        delete = partial(unless_missing, client.delete_event_source_mapping, UUID=uuid)
        retry(delete, while_error=_is_in_use, sleep=target.sleep)


def wait_until_forgotten(target: Target, uuid: str) -> None:
    """Return once Lambda knows nothing of the mapping with this UUID any more."""
    get = target.client("lambda").get_event_source_mapping
    wait_until(
        lambda: unless_missing(get, UUID=uuid) is None,
        description=f"the event source mapping {uuid} is still being deleted",
        sleep=target.sleep,
    )


def function_of_mapping(target: Target, uuid: str) -> str:
    """The name of the function that a mapping is for; if the mapping is gone, its UUID."""
    get = target.client("lambda").get_event_source_mapping
    mapping = unless_missing(get, UUID=uuid)
    return str(mapping["FunctionArn"]).rpartition(":")[2] if mapping else uuid


def read_mapping(target: Target, stack: Stack, queue_name: str, function_name: str) -> State | None:
    """A mapping's settings and state, or None if there is no mapping."""
    mapping = _find(target, stack, queue_name, function_name)
    if mapping is None:
        return None
    keys = ["BatchSize", "MaximumBatchingWindowInSeconds", "FunctionResponseTypes", *_NOTHING]
    ends = {key: mapping[key] for key in ("EventSourceArn", "FunctionArn")}
    return {**ends, **_shown({key: mapping.get(key) for key in keys}), "State": mapping["State"]}


def _find(target: Target, stack: Stack, queue_name: str, function_name: str) -> State | None:
    arn = stack.arn("sqs", queue_name)
    mappings = target.client("lambda").list_event_source_mappings(EventSourceArn=arn)
    wanted = {"FunctionArn": stack.function_arn(function_name)}
    found = (item for item in mappings["EventSourceMappings"] if wanted.items() <= item.items())
    return next(found, None)


def _shown(settings: State) -> State:
    window = settings.get("MaximumBatchingWindowInSeconds") or 0
    given = {key: value for key, value in settings.items() if value}
    return {**given, "MaximumBatchingWindowInSeconds": window}


def _differs(mapping: State, settings: State) -> bool:
    return any((mapping.get(key) or None) != (value or None) for key, value in settings.items())


def _has_more(mapping: State, settings: State) -> bool:
    return any(mapping.get(key) and key not in settings for key in _NOTHING)


def _retried(
    target: Target, queue_name: str, function_name: str, put: Callable[[], State]
) -> State:
    def is_not_ready(error: ClientError) -> bool:
        require_queue(target, queue_name)
        require_function(target, function_name)
        return (
            _is_in_use(error)
            # An earlier mapping of the two is still being deleted, or is not in the list yet.
            or refused(error, "ResourceConflictException")
            # The role's policy has not reached Lambda yet.
            or refused(error, "InvalidParameterValueException", "permissions to call")
        )

    return retry(put, while_error=is_not_ready, sleep=target.sleep)


def _is_in_use(error: ClientError) -> bool:
    return refused(error, "ResourceInUseException")
