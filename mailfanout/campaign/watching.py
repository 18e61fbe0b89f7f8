"""A send of the simple design, watched: no mail says which upload it is of, so all are counted."""

from __future__ import annotations

import time

from mailfanout import provision
from mailfanout.campaign.accepted import AcceptedMail, count_accepted, inbox
from mailfanout.campaign.logs import how_to_read_log, last_error
from mailfanout.errors import MailfanoutError, ResourceMissing, SendIncomplete
from mailfanout.stack import Stack
from mailfanout.target import Target, unless_missing
from mailfanout.wording import counted


class Watch:
    """One send to so many: its mails, by the outbox or elsewhere by the flag, and dead letters."""

    def __init__(self, target: Target, stack: Stack, expected: int) -> None:
        self.target, self.stack, self.expected = target, stack, expected
        self._before = count_accepted(target)
        self._dead_before = self._dead = _depth(target, stack.dead_letter_queue_name)
        self._looked_at, self._began_ms = time.monotonic(), time.time() * 1000
        self._quiet_looks = 0

    def count(self) -> int:
        """How many mails went out so far."""
        if self.target.sandbox is None:
            return count_flagged(self.target, self.stack, "issend", 1)
        return count_accepted(self.target) - self._before

    def settled(self, sent: int) -> bool:
        """Whether everybody was sent a mail or has a dead letter, looked up once a second.

        In the sandbox, also whether nothing moves there any more, in two looks. Raises
        SendIncomplete if a part of the pipeline has gone.
        """
        if time.monotonic() - self._looked_at >= 1.0:
            try:
                provision.require_whole(self.target, self.stack)
            except MailfanoutError as error:
                message = f"{sent} of {self.expected} mails went out. {error}"
                raise SendIncomplete(message, sent=sent, expected=self.expected) from error
            self._dead = _depth(self.target, self.stack.dead_letter_queue_name)
            self._looked_at = time.monotonic()
            self._quiet_looks = self._quiet_looks + 1 if self._is_quiet(sent) else 0
        return self._quiet_looks > 1 or sent + self._dead - self._dead_before >= self.expected

    def _is_quiet(self, sent: int) -> bool:
        """Whether no event and no message is under way, and no mail has come since the count."""
        sandbox = self.target.sandbox
        return sandbox is not None and sandbox.is_quiet() and self.count() == sent

    def mails(self) -> tuple[AcceptedMail, ...]:
        """The mails that went out; none if SES does not show them."""
        return inbox(self.target, after=self._before)

    def stalled(self, sent: int) -> SendIncomplete:
        """What is said if no more mails come: where the others are, and who has an error."""
        stack, dead = self.stack, self._dead - self._dead_before
        waiting = _depth(self.target, stack.queue_name)
        names = (stack.send_queue_name, stack.read_message_name)
        error = last_error(self.target, stack, *names, since_ms=self._began_ms)
        # What is neither in a queue nor sent was not enqueued, or was taken and not sent.
        name = error[0] if error else stack.read_message_name if dead or waiting else None
        said = f" Its last error: {error[1]}" if error else ""
        message = (
            f"{sent} of {self.expected} mails went out. {counted(dead, 'message')} came to "
            f"{stack.dead_letter_queue_name}; still in {stack.queue_name}: {waiting}. "
            f"{how_to_read_log(name)}{said}"
        )
        return SendIncomplete(message, sent=sent, expected=self.expected)


def _depth(target: Target, queue_name: str) -> int:
    depth = provision.read_depth(target, queue_name)
    if depth is None:
        raise ResourceMissing("Queue", queue_name)
    return sum(depth)


def count_flagged(target: Target, stack: Stack, flag: str, value: int) -> int:
    """How many items have this value of a flag, by its index, but for those that opted out."""
    pages = (
        target.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=stack.table_name,
            IndexName=f"{flag}-index",
            KeyConditionExpression="#flag = :value",
            ExpressionAttributeNames={"#flag": flag},
            FilterExpression="attribute_not_exists(optedout) OR optedout = :no",
            ExpressionAttributeValues={":value": {"N": str(value)}, ":no": {"N": "0"}},
            Select="COUNT",
        )
    )
    found: int | None = unless_missing(lambda: sum(page["Count"] for page in pages))
    if found is None:
        raise ResourceMissing("Table", stack.table_name)
    return found
