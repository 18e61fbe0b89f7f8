"""Dead letters of either design, back to where they came from."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["chunk", "plan", "upload", "simple", "feedback", "unknown"]
Message = dict[str, Any]

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
    What belongs nowhere stays, and can be received at once: kind `unknown`.
    """
    moved: Counter[Kind] = Counter()
    for url in filter(None, (*letters.dead_letter_urls, letters.feedback_letters_url)):
        left = []
        for message in _receive_all(letters.sqs, url):
            kind: Kind = "feedback" if url == letters.feedback_letters_url else kind_of(message)
            moved[kind] += 1
            if kind == "unknown":
                left.append(message["ReceiptHandle"])
                continue
            _send_back(letters, kind, message)
            letters.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        for handle in left:
            letters.sqs.change_message_visibility(
                QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0
            )
    return moved


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


def _receive_all(sqs: Any, queue_url: str) -> Iterator[Message]:
    while messages := sqs.receive_message(
        QueueUrl=queue_url,
        MaxNumberOfMessages=10,
        WaitTimeSeconds=1,
        MessageAttributeNames=["All"],
    ).get("Messages"):
        yield from messages
