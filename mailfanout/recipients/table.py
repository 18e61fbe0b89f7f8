"""The recipients in the table."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from mailfanout.errors import InputError, MailfanoutError, ResourceMissing
from mailfanout.recipients.checking import Checked, Recipient, address_for_ses
from mailfanout.stack import Stack
from mailfanout.target import Target, unless_missing

Item = dict[str, Any]
_Batch = list[tuple[str, str]]
_Write = Callable[[Any, Stack, _Batch], _Batch]


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
    scan = partial(
        _scan,
        target,
        stack,
        FilterExpression="haserror = :yes AND NOT optedout = :yes",
        ExpressionAttributeValues={":yes": {"N": "1"}},
        ProjectionExpression="email",
    )
    return {item["email"]["S"] for item in unless_missing(scan) or []}


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
    wanted = {email.lower()}
    with suppress(InputError):
        wanted.add(address_for_ses(email).lower())
    return sorted(one for one in _emails(target, stack) if one.lower() in wanted)


def _emails(target: Target, stack: Stack) -> list[str]:
    """Every address in the table. Raises ResourceMissing if there is no table."""
    found = unless_missing(partial(_scan, target, stack, ProjectionExpression="email"))
    if found is None:
        raise ResourceMissing("Table", stack.table_name)
    return [item["email"]["S"] for item in found]


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

    Of what a check returns, those are put that it found good. In capitals or not, an address is one
    recipient: it is written as the table spells it.
    May be repeated: `issend` and `haserror` of who is there are 0 again, and the name is new.
    Whoever has opted out stays so, also who does it meanwhile. `progress` is called with the number
    written so far. Raises ResourceMissing if there is no table, MailfanoutError if DynamoDB
    throttles for about ten seconds, and InputError if something else than recipients is given, or
    one whose address is none.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
    """
    people = _recipients(recipients)
    present = _emails(target, stack)
    unique = _as_spelled(present, people)
    written = 0
    # Batches are written one after the other. Everybody's `issend` is 0, so all of them go to one
    # partition of its index. It takes 1,000 writes a second: several at once would be throttled.
    for write, batch in _batches(unique, {*present}):
        refused = _retried(target, partial(write, target.client("dynamodb"), stack), batch)
        written += len(batch) - len(refused)
        if refused:
            raise MailfanoutError(
                f"{written:,} of {len(unique):,} recipients are in table {stack.table_name}; "
                "DynamoDB throttles the others. Wait a minute and do the same again: "
                "that is safe, since each recipient is written by itself."
            )
        progress(written)
    return written


def _batches(unique: dict[str, str], present: set[str]) -> Iterator[tuple[_Write, _Batch]]:
    """Names by address, in batches, each with how it is written."""
    known = [one for one in unique.items() if one[0] in present]
    new = [one for one in unique.items() if one[0] not in present]
    for write, people in ((_put, new), (_update, known)):
        for start in range(0, len(people), _BATCH_SIZE):
            yield write, people[start : start + _BATCH_SIZE]


def _as_spelled(present: list[str], people: Iterable[Recipient]) -> dict[str, str]:
    """Each address once, as the table spells it, with the name that came last."""
    spelled = {email.lower(): email for email in present}
    # Other programs may have put several spellings there; of these, the one that is given is meant.
    spelled |= {email: email for email in present}
    wanted = {one.email.lower(): one for one in people}
    return {
        spelled.get(one.email, spelled.get(lower, one.email)): one.username
        for lower, one in wanted.items()
    }


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
_BATCH_SIZE = 25  # BatchWriteItem takes no more
_RETRY_WAITS_SECONDS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 3.2)
_TRY_AGAIN = {
    # what a whole call is answered
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "TransactionInProgressException",
    # why one of a transaction's writes is not done
    "ProvisionedThroughputExceeded",
    "ThrottlingError",
    "TransactionConflict",
    "None",
}


def _put(client: Any, stack: Stack, batch: _Batch) -> _Batch:
    """Write new recipients; returns those that DynamoDB has not taken."""
    flags = {"haserror": {"N": "0"}, "issend": {"N": "0"}}
    items = [{"email": {"S": email}, "username": {"S": name}, **flags} for email, name in batch]
    requests = [{"PutRequest": {"Item": item}} for item in items]
    answer = client.batch_write_item(RequestItems={stack.table_name: requests})
    left = answer.get("UnprocessedItems", {}).get(stack.table_name, [])
    emails = {request["PutRequest"]["Item"]["email"]["S"] for request in left}
    return [one for one in batch if one[0] in emails]


def _update(client: Any, stack: Stack, batch: _Batch) -> _Batch:
    """Write who is there, all or nobody: what else an item has stays, such as an opt-out."""
    client.transact_write_items(
        TransactItems=[
            {
                "Update": {
                    "TableName": stack.table_name,
                    "Key": {"email": {"S": email}},
                    "UpdateExpression": "SET username = :name, haserror = :no, issend = :no",
                    "ExpressionAttributeValues": {":name": {"S": name}, ":no": {"N": "0"}},
                }
            }
            for email, name in batch
        ]
    )
    return []


def _retried(target: Target, write: Callable[[_Batch], _Batch], batch: _Batch) -> _Batch:
    """The part of the batch that DynamoDB has not taken even at the last attempt."""
    for wait_seconds in (0.0, *_RETRY_WAITS_SECONDS):
        if wait_seconds:
            target.sleep(wait_seconds)
        try:
            batch = write(batch)
        except ClientError as error:
            if not _codes(error) <= _TRY_AGAIN:
                raise
        if not batch:
            break
    return batch


def _codes(error: ClientError) -> set[str]:
    """Why nothing was written."""
    reasons = error.response.get("CancellationReasons")
    code = error.response["Error"]["Code"]
    return {reason["Code"] for reason in reasons} if reasons else {code}
