"""Send the mail to one chunk of a campaign's recipients, and record what became of each."""

import json
import os
import time
from collections import Counter
from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError
from bulk_mail import Outcome, bulk_entry, has_time, remaining_seconds, send, username_of
from ledger import (
    LEDGER_NAME,
    Entry,
    Item,
    change,
    doubt,
    dynamodb,
    entries_of,
    evidence,
    read_item,
    update_campaign,
)
from simple_messages import Unsendable, send_once

TABLE_NAME = os.environ["TABLE_NAME"]
CONSUMERS = int(os.environ.get("CONSUMERS", "2"))
LEASE_MARGIN_SECONDS = float(os.environ.get("LEASE_MARGIN_SECONDS", "30"))


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Send the chunk that each message names; only messages that failed return to the queue."""
    failures = []
    for record in event["Records"]:
        try:
            if "bucketname" in record["messageAttributes"]:
                log(outcome=send_once(record), recipient=shortened(record["body"]))
            else:
                log(**send_chunk(read_key(record), context))
        except (Unsendable, ClientError, BotoCoreError) as error:
            log(outcome="failed", message=record["messageId"], reason=reason_of(error))
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def send_chunk(key: Item, context: Any) -> dict[str, Any]:
    """Claim the chunk, read, send, record, keep to the rate; returns what to log."""
    began, names = time.time(), {"campaign": key["campaign"]["S"], "chunk": key["part"]["S"]}
    chunk = claim(key, context)
    if chunk is None:
        return {"outcome": "not claimed", **names}
    emails = {n: e["email"] for n, e in enumerate(entries_of(chunk)) if e["state"] == "pending"}
    try:
        campaign, mail, recipients = read_together(names["campaign"], emails.values())
    except (ClientError, BotoCoreError):
        record_outcomes(chunk, {}, policy="")
        raise
    policy = campaign["policy"]["S"]
    if campaign["gate"]["S"] != "open" or not has_time(context):
        record_outcomes(chunk, {}, policy=policy)
        return {"outcome": "released", "gate": campaign["gate"]["S"], **names}
    outcomes: dict[int, Outcome] = {}
    requests: dict[int, Entry] = {}
    for number, email in emails.items():
        if outcome := unsuitable(recipients.get(email), mail):
            outcomes[number] = outcome
        else:
            requests[number] = bulk_entry(recipients[email], key, number)
    outcomes |= send(requests, mail, context) if requests else {}
    record_outcomes(chunk, outcomes, policy=policy)
    if reason := next((o.pause for o in outcomes.values() if o.pause), ""):
        pause(names["campaign"], reason)
    keep_to_rate(len(requests), float(campaign["rate"]["N"]), began, context)
    return {"outcome": "recorded", **names, **Counter(o.state for o in outcomes.values())}


def read_key(record: dict[str, Any]) -> Item:
    """The key of the chunk that a message names. Raises Unsendable."""
    try:
        body = json.loads(record["body"])
        return {"campaign": {"S": body["campaign"]}, "part": {"S": body["chunk"]}}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Unsendable("the message names neither a chunk nor a recipient") from error


def claim(key: Item, context: Any) -> Item | None:
    """Lease a chunk that nobody has and in which something is pending; None if it is not so.

    The lease outlives this invocation. The new `rev` makes whoever read the chunk before this
    read it again before writing it. What stays pending needs another message than this one.
    """
    owner = uuid4().hex
    until = time.time() + remaining_seconds(context) + LEASE_MARGIN_SECONDS
    try:
        chunk: Item = dynamodb.update_item(
            TableName=LEDGER_NAME,
            Key=key,
            UpdateExpression="SET lease_owner = :owner, lease_until = :until, "
            "writer = :owner, rev = rev + :one, is_queued = :no REMOVE lease_seen",
            ConditionExpression="attribute_not_exists(lease_owner) AND counts.pending > :none",
            ExpressionAttributeValues={
                ":owner": {"S": owner},
                ":until": {"N": str(until)},
                ":one": {"N": "1"},
                ":none": {"N": "0"},
                ":no": {"BOOL": False},
            },
            ReturnValues="ALL_NEW",
        )["Attributes"]
    except dynamodb.exceptions.ConditionalCheckFailedException:
        # If only the reply was lost, boto3 has asked again, and met this invocation's own lease.
        chunk = read_item(key["campaign"], key["part"]) or {}
    return chunk if chunk.get("lease_owner") == {"S": owner} else None


def read_together(campaign: str, emails: Iterable[str]) -> tuple[Item, Item, dict[str, Item]]:
    """The campaign, its mail, and the recipients by address, all as they are at this moment."""
    keys = [{"campaign": {"S": campaign}, "part": {"S": part}} for part in ("!", "!mail")]
    wanted: dict[str, Any] = {
        LEDGER_NAME: {"Keys": keys, "ConsistentRead": True},
        TABLE_NAME: {"Keys": [{"email": {"S": e}} for e in emails], "ConsistentRead": True},
    }
    ledger, recipients = [], []
    while wanted:
        response = dynamodb.batch_get_item(RequestItems=wanted)
        ledger += response["Responses"].get(LEDGER_NAME, [])
        recipients += response["Responses"].get(TABLE_NAME, [])
        wanted = response.get("UnprocessedKeys", {})
    parts = {item["part"]["S"]: item for item in ledger}
    return parts["!"], parts["!mail"], {item["email"]["S"]: item for item in recipients}


def unsuitable(recipient: Item | None, mail: Item) -> Outcome | None:
    """Why somebody gets no mail, who was to get one when it was planned; None if nothing is."""
    if recipient is None:
        return Outcome("suppressed", "deleted")
    if recipient.get("haserror") != {"N": "0"}:
        return Outcome("suppressed", "haserror")
    if recipient.get("optedout", {"N": "0"}) != {"N": "0"}:
        return Outcome("suppressed", "optedout")
    is_needed = "{{username}}" in mail["subject"]["S"] + mail["body"]["S"]
    if is_needed and not username_of(recipient):
        return Outcome("failed", "no username")
    return None


def record_outcomes(chunk: Item, outcomes: dict[int, Outcome], *, policy: str) -> None:
    """Write what became of each entry and release the lease. Without it: evidence alone."""

    owner = chunk["lease_owner"]

    def alter(item: Item, entries: list[Entry]) -> bool:
        is_owner: bool = item.get("lease_owner") == owner
        altered: bool = is_owner
        for number, outcome in outcomes.items():
            if outcome.state == "sent":
                altered |= evidence(entries[number], outcome.detail, "accepted")
            elif is_owner and entries[number]["state"] == "pending":
                settle_entry(entries[number], outcome, policy)
        if is_owner:
            del item["lease_owner"], item["lease_until"]
        return altered

    change(chunk, alter)


def settle_entry(entry: Entry, outcome: Outcome, policy: str) -> None:
    if outcome.state == "unknown":
        doubt(entry, policy, outcome.detail)
    elif outcome.state != "pending":
        entry |= {"state": outcome.state, "reason": outcome.detail[:256], "since": time.time()}


def pause(campaign: str, reason: str) -> None:
    """Pause a campaign that is open; the sweep tells people. What somebody has decided stays."""
    values = {":paused": {"S": "paused"}, ":open": {"S": "open"}, ":reason": {"S": reason[:256]}}
    update = "SET gate = :paused, reason = :reason"
    if update_campaign({"S": campaign}, update, "gate = :open", values):
        log(outcome="paused", campaign=campaign, reason=reason.partition(":")[0])


def keep_to_rate(sent: int, rate: float, began: float, context: Any) -> None:
    """Sleep so long that all consumers together stay below the account's sending rate."""
    seconds = began + sent * CONSUMERS / rate - time.time()
    time.sleep(max(0.0, min(seconds, remaining_seconds(context) - 1)))


def reason_of(error: Exception) -> str:
    """What to log: of AWS's errors the code, since SES's messages quote whole addresses."""
    if isinstance(error, ClientError):
        return f"{error.operation_name} failed: {error.response['Error']['Code']}"
    return str(error)


def shortened(address: str) -> str:
    name, _, domain = address.partition("@")
    return f"{name[:1]}***@{domain}"


def log(**fields: Any) -> None:
    print(json.dumps(fields, ensure_ascii=False))
