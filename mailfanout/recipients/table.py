"""The recipients in the table."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from mailfanout.errors import InputError, MailfanoutError, ResourceMissing
from mailfanout.recipients.checking import Checked, Recipient, address_for_ses
from mailfanout.stack import Stack
from mailfanout.target import Target, unless_missing

Item = dict[str, Any]


def read_items(target: Target, stack: Stack) -> list[Item]:
    """Every item of the table, as DynamoDB returns it; none if there is no table."""
    return unless_missing(partial(_scan, target, stack)) or []


def _scan(target: Target, stack: Stack, **more: Any) -> list[Item]:
    pages = (
        target.client("dynamodb")
        .get_paginator("scan")
        .paginate(TableName=stack.table_name, ConsistentRead=True, **more)
    )
    return [item for page in pages for item in page["Items"]]


def read_due(target: Target, stack: Stack) -> list[Recipient]:
    """Who would get a mail now: no error, and no opt-out; sorted by address."""
    zero = {"N": "0"}
    due = [
        Recipient(item["email"]["S"], item.get("username", {}).get("S", ""))
        for item in read_items(target, stack)
        if item.get("haserror") == zero and item.get("optedout", zero) == zero
    ]
    return sorted(due, key=lambda one: one.email)


def read_refused(target: Target, stack: Stack) -> set[str]:
    """The addresses that get no mail for their `haserror` alone: `seed` would let them get some."""
    return _flagged(target, stack, "haserror = :yes AND NOT optedout = :yes")


def unsubscribe(target: Target, stack: Stack, email: str) -> list[str]:
    """Send no mail to this address any more, in either design; may be repeated.

    Returns how the table spells it, sorted: letters may be small or capital, and each spelling is
    an item of its own. Raises InputError if the address is not in the table, ResourceMissing if
    there is no table.
    """
    present = [one for one in _spellings(target, stack, email) if _opt_out(target, stack, one)]
    if not present:
        raise InputError(f"{email} is not in table {stack.table_name}. Correct the address.")
    return present


def _spellings(target: Target, stack: Stack, email: str) -> list[str]:
    present = unless_missing(partial(_scan, target, stack, ProjectionExpression="email"))
    if present is None:
        raise ResourceMissing("Table", stack.table_name)
    wanted = {email.lower()}
    with suppress(InputError):
        wanted.add(address_for_ses(email).lower())
    return sorted(one for item in present if (one := item["email"]["S"]).lower() in wanted)


def _opt_out(target: Target, stack: Stack, email: str) -> bool:
    """Whether it is still in the table; then it has opted out."""
    client = target.client("dynamodb")
    try:
        client.update_item(
            TableName=stack.table_name,
            Key={"email": {"S": email}},
            UpdateExpression="SET optedout = :yes",
            ConditionExpression="attribute_exists(email)",
            ExpressionAttributeValues={":yes": {"N": "1"}},
        )
    except client.exceptions.ConditionalCheckFailedException:
        return False
    return True


def seed(
    target: Target,
    stack: Stack,
    recipients: Iterable[Recipient] | Checked,
    *,
    progress: Callable[[int], None] = lambda written: None,
) -> int:
    """Put the recipients into the table, not yet sent and without an error; return how many.

    Of what a check returns, those are put that it found good.
    May be repeated: an item that is there is replaced, so its `issend` and `haserror` are 0
    again. Whoever opted out before it began stays so, in capitals or not. `progress` is called with
    the number written so far. Raises ResourceMissing if there is no table, MailfanoutError if
    DynamoDB throttles for about ten seconds, and InputError if something else than recipients is
    given, or one whose address is none.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
    """
    # One batch must not hold the same key twice.
    unique = {one.email: one for one in _recipients(recipients)}
    flagged = _flagged(target, stack, "optedout = :yes") if unique else set()
    opted_out = {email.lower() for email in flagged}
    requests = [
        _put_request(one, opted_out=one.email.lower() in opted_out) for one in unique.values()
    ]
    written = 0
    # Batches are written one after the other. Everybody's `issend` is 0, so all of them go to one
    # partition of its index. It takes 1,000 writes a second: several at once would be throttled.
    for start in range(0, len(requests), _BATCH_SIZE):
        batch = requests[start : start + _BATCH_SIZE]
        refused = _write_batch(target, stack.table_name, batch)
        written += len(batch) - len(refused)
        if refused:
            raise MailfanoutError(
                f"{written:,} of {len(requests):,} recipients are in table {stack.table_name}; "
                "DynamoDB throttles the others. Wait a minute and do the same again: "
                "that is safe, since each recipient is replaced by itself."
            )
        progress(written)
    return written


def _recipients(given: object) -> list[Recipient]:
    people = given.recipients if isinstance(given, Checked) else given
    if isinstance(people, Iterable):
        people = list(people)
        if all(isinstance(one, Recipient) for one in people):
            for one in people:
                if not _ADDRESS.fullmatch(one.email):
                    raise InputError(f"{one.email!r} is no address. Correct it.")
            return people
    raise InputError(
        f"{type(given).__name__} is no list of recipients. Give what recipients.check_frame or "
        "recipients.read_csv returns, or a list of recipients.Recipient(email, username)."
    )


# Of a file's rows, much more is asked before; what SES does not take, it refuses in the end.
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
_BATCH_SIZE = 25
_RETRY_WAITS_SECONDS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 3.2)
_THROTTLED = {"ProvisionedThroughputExceededException", "ThrottlingException"}


def _flagged(target: Target, stack: Stack, condition: str) -> set[str]:
    """The addresses of the items that meet it; `:yes` in it is 1."""
    found = unless_missing(
        partial(
            _scan,
            target,
            stack,
            FilterExpression=condition,
            ExpressionAttributeValues={":yes": {"N": "1"}},
            ProjectionExpression="email",
        )
    )
    return {item["email"]["S"] for item in found or []}


def _put_request(recipient: Recipient, *, opted_out: bool) -> dict[str, Any]:
    texts = {"email": {"S": recipient.email}, "username": {"S": recipient.username}}
    flags = {"haserror": {"N": "0"}, "issend": {"N": "0"}}
    opt_out = {"optedout": {"N": "1"}} if opted_out else {}
    return {"PutRequest": {"Item": texts | flags | opt_out}}


def _write_batch(target: Target, table_name: str, batch: list[Any]) -> list[Any]:
    """The part of the batch that DynamoDB has not taken even at the last attempt."""
    client = target.client("dynamodb")
    refused = _write_once(client, table_name, batch)
    for wait_seconds in _RETRY_WAITS_SECONDS:
        if not refused:
            break
        target.sleep(wait_seconds)
        refused = _write_once(client, table_name, refused)
    return refused


def _write_once(client: Any, table_name: str, batch: list[Any]) -> list[Any]:
    try:
        answer = client.batch_write_item(RequestItems={table_name: batch})
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "ResourceNotFoundException":
            raise ResourceMissing("Table", table_name) from error
        if code in _THROTTLED:
            return batch
        raise
    return list(answer.get("UnprocessedItems", {}).get(table_name, []))
