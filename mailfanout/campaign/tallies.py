"""What became of the mails of an experiment: who was due one, and who got none, or two.

The sandbox alone can tell: SES shows nobody else which mails it took.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mailfanout import provision
from mailfanout.campaign.accepted import count_accepted, inbox
from mailfanout.campaign.steering import report, status
from mailfanout.recipients import read_due
from mailfanout.stack import Stack
from mailfanout.target import Target

# A mail that somebody is due: the address, and the mail's subject.
Due = tuple[str, str]

_PEEK_SECONDS = 60


@dataclass(frozen=True)
class Tally:
    """An experiment counted. Whoever was deleted before the end is due nothing.

    `mails` are all that SES took. `lost` lists who got none, though nothing says so; `on_record`
    who got none, and has a dead letter, or a state in the ledger that says so; `doubled` who got
    more than one. An address stands there once for each mail.
    """

    title: str
    recipients: int
    due: int
    mails: int
    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    on_record: tuple[str, ...]


@dataclass(frozen=True)
class Opening:
    """How things stood when an experiment began. Each mail's subject is its key without `.txt`."""

    title: str
    subjects: tuple[str, ...]
    people: frozenset[str]
    mails_before: int
    campaigns_before: frozenset[str]
    began_ms: float


def open_tally(target: Target, stack: Stack, title: str, subjects: tuple[str, ...]) -> Opening:
    """Remember how things stand, before an experiment begins with these mails."""
    return Opening(
        title,
        subjects,
        _people(target, stack),
        count_accepted(target),
        frozenset(one["campaign"] for one in _campaigns(target, stack)),
        time.time() * 1000,
    )


def close_tally(target: Target, stack: Stack, opening: Opening) -> Tally:
    """Count what has become of it."""
    people = opening.people & _people(target, stack)
    due = {(email, subject) for email in people for subject in opening.subjects}
    mails = inbox(target, after=opening.mails_before)
    got = Counter((mail.to, mail.subject) for mail in mails)
    missing = due - got.keys()
    known = missing & {*_dead_letters(target, stack), *_unsent(target, stack, opening)}
    return Tally(
        opening.title,
        len(people),
        len(due),
        len(mails),
        _addresses(missing - known),
        _addresses({one for one in due if got[one] > 1}),
        _addresses(known),
    )


def _addresses(dues: set[Due]) -> tuple[str, ...]:
    return tuple(sorted(email for email, _ in dues))


def _people(target: Target, stack: Stack) -> frozenset[str]:
    """Whom a mail is for now."""
    return frozenset(one.email for one in read_due(target, stack))


def _campaigns(target: Target, stack: Stack) -> list[Any]:
    is_reliable = provision.find_design(target, stack) == "reliable"
    return list(status(target, stack)) if is_reliable else []


def _unsent(target: Target, stack: Stack, opening: Opening) -> Iterator[Due]:
    """Whom the ledger names as not sent to; everybody, if it names a mail as refused."""
    for one in _campaigns(target, stack):
        subject = one["key"].removesuffix(".txt")
        if one["campaign"] in opening.campaigns_before:
            continue
        if one["state"] == "failed":
            yield from ((email, subject) for email in opening.people)
        for row in report(target, stack, one["campaign"]):
            if row["state"] != "sent":
                yield row["email"], subject


def _dead_letters(target: Target, stack: Stack) -> Iterator[Due]:
    """Whom the simple design's dead letters name; each of them stays where it is."""
    sqs = target.client("sqs")
    queue_url = provision.find_queue(target, stack.dead_letter_queue_name)
    if queue_url is None:
        return
    found: list[dict[str, Any]] = []
    while messages := sqs.receive_message(
        QueueUrl=queue_url,
        MaxNumberOfMessages=10,
        VisibilityTimeout=_PEEK_SECONDS,
        MessageAttributeNames=["All"],
    ).get("Messages"):
        found += messages
    for message in found:
        sqs.change_message_visibility(
            QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
        )
        key = message.get("MessageAttributes", {}).get("filename", {}).get("StringValue", "")
        yield message["Body"], key.removesuffix(".txt")
