"""Queues that are mapped to functions, and the mappings as the API shows them."""

from __future__ import annotations

from typing import Any

from support.sandboxes.account_in_sandbox import Account, queue_arn
from support.waiting import CHANGE_SECONDS, wait_until


def map_queue(account: Account, *, name: str = "queue", **options: Any) -> str:
    """Map the queue to the function; the mapping's UUID."""
    return str(create_mapping(account, EventSourceArn=queue_arn(name), **options)["UUID"])


def send(account: Account, queue_url: str, *bodies: str, **options: Any) -> None:
    for body in bodies:
        account.client("sqs").send_message(QueueUrl=queue_url, MessageBody=body, **options)


def bodies(account: Account) -> list[str]:
    """The bodies that the function got so far, in the order in which it got them."""
    return [record["body"] for record in account.records()]


def wait_until_empty(account: Account, queue_url: str) -> None:
    wait_until(lambda: account.messages_in(queue_url) == 0)


def create_mapping(account: Account, **options: Any) -> dict[str, Any]:
    """Create the mapping from the queue to the function."""
    settings = {"EventSourceArn": queue_arn(), "FunctionName": "recorder", **options}
    mapping: dict[str, Any] = account.client("lambda").create_event_source_mapping(**settings)
    mapping.pop("ResponseMetadata")
    return mapping


def shown(account: Account, mapping: dict[str, Any]) -> dict[str, Any]:
    """The mapping, once it is no longer on its way to another state."""
    client, found = account.client("lambda"), {"State": ""}

    def is_settled() -> bool:
        found.update(client.get_event_source_mapping(UUID=mapping["UUID"]))
        return found["State"] in ("Enabled", "Disabled")

    wait_until(is_settled, least_pause_seconds=CHANGE_SECONDS)
    found.pop("ResponseMetadata")
    return found


def update(account: Account, mapping: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The answer to an update, which has to wait for the one before."""
    shown(account, mapping)
    client = account.client("lambda")
    answer: dict[str, Any] = client.update_event_source_mapping(UUID=mapping["UUID"], **changes)
    return answer


def delete(account: Account, mapping: dict[str, Any]) -> dict[str, Any]:
    """The answer to a deletion, which has to wait for an update before."""
    shown(account, mapping)
    client = account.client("lambda")
    answer: dict[str, Any] = client.delete_event_source_mapping(UUID=mapping["UUID"])
    return answer
