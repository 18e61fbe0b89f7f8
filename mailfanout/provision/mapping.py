"""The event source mapping, by which Lambda polls the queue for a function."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from botocore.exceptions import ClientError

from mailfanout.provision.awslambda import require_function
from mailfanout.provision.queues import require_queue
from mailfanout.stack import Stack, State
from mailfanout.target import Target, refused, retry, wait_until

_SETTINGS: State = {
    "BatchSize": 10,
    "MaximumBatchingWindowInSeconds": 0,
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
}


def mapping_settings(stack: Stack) -> State:
    """The mapping as it stands once it is created."""
    return {**_SETTINGS, "State": "Enabled"}


def create_event_source_mapping(target: Target, stack: Stack) -> str:
    """Have Lambda poll the queue for readMessageAndSendMail; returns the mapping's UUID.

    Returns once it is enabled. May be repeated: a mapping with other settings gets these.
    Raises ResourceMissing if the queue or the function does not exist.
    """
    client = target.client("lambda")
    mapping = find_mapping(target, stack)
    if mapping is None or mapping["State"] == "Deleting":
        change = partial(client.create_event_source_mapping, EventSourceArn=stack.queue_arn)
        mapping = _set_up(target, stack, change)
    elif mapping["State"].startswith("Disabl") or not _SETTINGS.items() <= mapping.items():
        change = partial(client.update_event_source_mapping, UUID=mapping["UUID"])
        mapping = _set_up(target, stack, change)
    uuid: str = mapping["UUID"]
    if mapping["State"] != "Enabled":
        wait_until(
            lambda: client.get_event_source_mapping(UUID=uuid)["State"] == "Enabled",
            description=f"the event source mapping {uuid} is not enabled yet",
            sleep=target.sleep,
        )
    return uuid


def delete_event_source_mapping(target: Target, stack: Stack) -> None:
    """Stop polling the queue. May be repeated; AWS takes some seconds to forget the mapping."""
    mapping = find_mapping(target, stack)
    if mapping is None or mapping["State"] == "Deleting":
        return
    delete = partial(target.client("lambda").delete_event_source_mapping, UUID=mapping["UUID"])
    retry(delete, while_error=_is_in_use, sleep=target.sleep)


def read_mapping(target: Target, stack: Stack) -> State | None:
    """The mapping's settings and state, or None if there is no mapping."""
    mapping = find_mapping(target, stack)
    if mapping is None:
        return None
    keys = [*_SETTINGS, "FilterCriteria", "ScalingConfig"]
    return {
        "MaximumBatchingWindowInSeconds": 0,
        **{key: mapping[key] for key in keys if mapping.get(key)},
        "State": mapping["State"],
    }


def find_mapping(target: Target, stack: Stack) -> State | None:
    """The event source mapping from the queue to its function, as Lambda lists it, or None."""
    mappings = target.client("lambda").list_event_source_mappings(EventSourceArn=stack.queue_arn)
    wanted = {"FunctionArn": stack.function_arn(stack.read_message_name)}
    found = (item for item in mappings["EventSourceMappings"] if wanted.items() <= item.items())
    return next(found, None)


def _set_up(target: Target, stack: Stack, change: Callable[..., State]) -> State:
    def is_not_ready(error: ClientError) -> bool:
        require_queue(target, stack.queue_name)
        require_function(target, stack.read_message_name)
        return (
            _is_in_use(error)
            # An earlier mapping of this queue and function is still being deleted.
            or refused(error, "ResourceConflictException")
            # The role's policy has not reached Lambda yet.
            or refused(error, "InvalidParameterValueException", "permissions to call")
        )

    settings = {"FunctionName": stack.read_message_name, "Enabled": True, **_SETTINGS}
    return retry(partial(change, **settings), while_error=is_not_ready, sleep=target.sleep)


def _is_in_use(error: ClientError) -> bool:
    return refused(error, "ResourceInUseException")
