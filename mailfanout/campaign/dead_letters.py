"""Dead letters of either design, back to where they came from."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["chunk", "plan", "upload", "simple", "feedback", "unknown"]
Message = dict[str, Any]

# Longer than it takes to go through the letters, so that none comes twice.
_HIDDEN_SECONDS = 900
_ATTRIBUTE_FIELDS = ("DataType", "StringValue", "BinaryValue")


@dataclass(frozen=True)
class Letters:
    """Where dead letters lie, and where they belong, as queue URLs; the clients that move them.

    The simple design has no feedback: its two URLs are empty.
    """

    sqs: Any
    functions: Any
    queue_url: str
    dead_letter_urls: tuple[str, ...]
    feedback_url: str = ""
    feedback_letters_url: str = ""
    send_queue_name: str = "sendQueue"


def redrive_letters(letters: Letters) -> Counter[Kind]:
    """Send every dead letter back, then delete it. How many there were of each kind.

    A letter about a chunk or a plan is deleted alone: the ledger knows, and the sweep acts on it.
    What belongs nowhere stays, and can be received at once: kind `unknown`. So does what is left
    if something fails.
    """
    moved: Counter[Kind] = Counter()
    for url in filter(None, (*letters.dead_letter_urls, letters.feedback_letters_url)):
        left: list[str] = []
        try:
            for batch in _receive_all(letters.sqs, url):
                left += [message["ReceiptHandle"] for message in batch]
                for message in batch:
                    is_told = url == letters.feedback_letters_url
                    kind: Kind = "feedback" if is_told else kind_of(message)
                    moved[kind] += 1
                    if kind != "unknown":
                        _send_back(letters, kind, message)
                        _delete(letters.sqs, url, message)
                        left.remove(message["ReceiptHandle"])
        finally:
            _show_again(letters.sqs, url, left)
    return moved


def _delete(sqs: Any, queue_url: str, message: Message) -> None:
    sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])


def _show_again(sqs: Any, queue_url: str, handles: list[str]) -> None:
    for handle in handles:
        sqs.change_message_visibility(QueueUrl=queue_url, ReceiptHandle=handle, VisibilityTimeout=0)


def kind_of(message: Message) -> Kind:
    """What a dead letter is about. One that Lambda wrote holds the function's event."""
    if "bucketname" in message.get("MessageAttributes", {}):
        return "simple"
    body = _event_in(message)
    # A letter that is deleted is one that this pipeline writes, not another one's of a campaign.
    if body.keys() == {"campaign", "chunk"}:
        return "chunk"
    if body.keys() == {"campaign"}:
        return "plan"
    return "upload" if _is_of_s3(body.get("Records")) else "unknown"


def _is_of_s3(records: Any) -> bool:
    is_list = isinstance(records, list) and records != []
    return is_list and all(isinstance(one, dict) and "s3" in one for one in records)


def _event_in(message: Message) -> dict[str, Any]:
    try:
        body = json.loads(message["Body"])
    except (ValueError, RecursionError):
        return {}
    event = body.get("requestPayload", body) if isinstance(body, dict) else {}
    return event if isinstance(event, dict) else {}


def _send_back(letters: Letters, kind: Kind, message: Message) -> None:
    if kind == "upload":
        letters.functions.invoke(
            FunctionName=letters.send_queue_name,
            InvocationType="Event",
            Payload=json.dumps(_event_in(message)).encode(),
        )
    elif kind in ("simple", "feedback"):
        url = letters.queue_url if kind == "simple" else letters.feedback_url
        attributes = {
            name: {field: value[field] for field in _ATTRIBUTE_FIELDS if field in value}
            for name, value in message.get("MessageAttributes", {}).items()
        }
        letters.sqs.send_message(
            QueueUrl=url, MessageBody=message["Body"], MessageAttributes=attributes
        )


def _receive_all(sqs: Any, queue_url: str) -> Iterator[list[Message]]:
    """Batches until there is nothing new: of very many, the first ones can be received again."""
    seen: set[str] = set()
    while messages := sqs.receive_message(
        QueueUrl=queue_url,
        MaxNumberOfMessages=10,
        WaitTimeSeconds=1,
        VisibilityTimeout=_HIDDEN_SECONDS,
        MessageAttributeNames=["All"],
    ).get("Messages"):
        new = [message for message in messages if message["MessageId"] not in seen]
        if not new:
            return
        seen.update(message["MessageId"] for message in new)
        yield new
