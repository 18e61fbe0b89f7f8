"""Once a minute, find what is still open in each campaign and has stopped, and set it going."""

import json
import os
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import boto3
from hints import QUEUE_URL, enqueue, sqs
from ledger import (
    DAILY_QUOTA,
    LEDGER_NAME,
    Entry,
    Item,
    change,
    doubt,
    dynamodb,
    read_item,
    transact,
    update_campaign,
)
from notices import is_untold, tell

FEEDBACK_QUEUE_URLS = os.environ["FEEDBACK_QUEUE_URLS"].split()  # and of its dead letters
SEND_QUEUE_NAME = os.environ.get("SEND_QUEUE_NAME", "sendQueue")
SETTLE_SECONDS = float(os.environ.get("SETTLE_SECONDS", "900"))
LOOK_SECONDS = float(os.environ.get("LOOK_SECONDS", "75"))  # a queue's counts lag behind

# No lease is longer: the sender's timeout, and its margin.
LEASE_SECONDS = float(os.environ.get("LEASE_SECONDS", "90"))

COUNTS = [f"ApproximateNumberOfMessages{kind}" for kind in ("", "Delayed", "NotVisible")]

functions = boto3.client("lambda")
ses = boto3.client("sesv2")


def lambda_handler(event: dict[str, Any], context: Any) -> None:
    """Go through the open campaigns. May run at any time, also twice at once.

    A person has just steered the campaign that the event names: its chunks are looked at, though it
    waits for the daily quota.
    """
    listed = list(query("campaigns", "is_open = :yes", {":yes": {"BOOL": True}}))
    campaigns = [read_item(place["id"], {"S": "!"}) or {} for place in listed]
    last = read_item({"S": "campaigns"}, {"S": "!sweep"}) or {}
    settled_before = look(last, campaigns)
    is_idle = is_empty(QUEUE_URL)
    for place, campaign in zip(listed, campaigns, strict=True):
        if error := tell(campaign, context):
            log(outcome="not told", campaign=campaign["campaign"]["S"], error=error)
        open_if_room(campaign)
        if has_stopped(campaign, last):
            plan_on(campaign)
        if waits_for_quota(campaign) and event.get("campaign") != campaign["campaign"]["S"]:
            continue  # for most of a day, in which nobody pays to read its chunks each minute
        is_over, waiting = sweep_chunks(campaign, settled_before, is_idle=is_idle)
        if waiting:
            enqueue(campaign["campaign"]["S"], waiting)
            log(outcome="enqueued", campaign=campaign["campaign"]["S"], chunks=len(waiting))
        if is_over and not is_untold(campaign):
            close(place, campaign)
    log(outcome="swept", campaigns=len(campaigns))


def query(campaign: str, condition: str, values: Item, **more: Any) -> Iterator[Item]:
    """A campaign's items that meet a condition, from every page."""
    pages = dynamodb.get_paginator("query").paginate(
        TableName=LEDGER_NAME,
        ConsistentRead=True,
        KeyConditionExpression="campaign = :campaign",
        FilterExpression=condition,
        ExpressionAttributeValues={":campaign": {"S": campaign}, **values},
        **more,
    )
    for page in pages:
        yield from page["Items"]


def sweep_chunks(campaign: Item, settled_before: float, *, is_idle: bool) -> tuple[bool, list[str]]:
    """Whether the campaign is over, and which of its chunks are to get a message.

    Those whose message is used up, at once; if the queue is idle, whatever waits: a message of
    others was lost.
    """
    is_over = campaign["plan"]["S"] == "planned" or campaign["gate"]["S"] == "cancelled"
    waiting = []
    for chunk in open_chunks(campaign):
        states, waits, is_used_up = freshen(chunk, campaign, settled_before)
        is_over = is_over and not states & {"pending", "unknown"}
        if waits and (is_used_up or is_idle):
            waiting.append(chunk["part"]["S"])
    return is_over, waiting


def open_chunks(campaign: Item) -> Iterator[Item]:
    return query(
        campaign["campaign"]["S"],
        "counts.pending > :none OR counts.#unknown > :none",
        {":none": {"N": "0"}},
        ExpressionAttributeNames={"#unknown": "unknown"},
    )


def look(last: Item, campaigns: list[Item]) -> float:
    """Look whether all of SES's events are recorded; returns since when nothing is settled.

    What became unknown before that time settles: SETTLE_SECONDS after it, and again
    LOOK_SECONDS later, no event was on its way. Of two sweeps at once, one settles.
    """
    now = time.time()
    seen_at = min(now, float(last.get("seen_at", {"N": "0"})["N"]))  # a clock may be set back
    was_empty = last.get("was_empty", {}).get("BOOL", False)
    empty = all([is_empty(url) for url in FEEDBACK_QUEUE_URLS])
    is_old = now - seen_at >= LOOK_SECONDS
    planned = {item["campaign"]["S"]: item["planned"]["N"] for item in campaigns}
    record = {
        "campaign": {"S": "campaigns"},
        "part": {"S": "!sweep"},
        "writer": {"S": uuid4().hex},
        "seen_at": {"N": str(seen_at if empty and was_empty and not is_old else now)},
        "was_empty": {"BOOL": empty},
        "planned": {"S": json.dumps(planned)},
    }
    is_ours = write_record(record, last)
    return seen_at - SETTLE_SECONDS if is_ours and is_old and empty and was_empty else 0.0


def write_record(record: Item, last: Item) -> bool:
    """Replace the last sweep's record; False if another sweep has done so."""
    condition: Item = {"ConditionExpression": "attribute_not_exists(writer)"}
    if last:
        condition = {
            "ConditionExpression": "writer = :last",
            "ExpressionAttributeValues": {":last": last["writer"]},
        }
    try:
        dynamodb.put_item(TableName=LEDGER_NAME, Item=record, **condition)
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return False
    return True


def is_empty(queue_url: str) -> bool:
    """Whether a queue has nothing to receive, nothing delayed and nothing in flight."""
    response = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=COUNTS)
    return not any(int(response["Attributes"][name]) for name in COUNTS)


def open_if_room(campaign: Item) -> None:
    """Let a campaign go on that waits for the daily quota, if that has room again."""
    if not waits_for_quota(campaign):
        return
    quota = ses.get_account()["SendQuota"]
    if 0 <= quota["Max24HourSend"] <= quota["SentLast24Hours"]:
        return
    opened, closed = {":open": {"S": "open"}, ":none": {"S": ""}}, {":paused": {"S": "paused"}}
    if update_campaign(
        campaign["campaign"],
        "SET gate = :open, reason = :none",
        "gate = :paused AND reason = :quota",
        opened | closed | {":quota": {"S": DAILY_QUOTA}},
    ):
        campaign |= {"gate": opened[":open"], "reason": opened[":none"]}
        log(outcome="opened", campaign=campaign["campaign"]["S"], reason=DAILY_QUOTA)


def waits_for_quota(campaign: Item) -> bool:
    return (campaign["gate"]["S"], campaign["reason"]["S"]) == ("paused", DAILY_QUOTA)


def freshen(chunk: Item, campaign: Item, settled_before: float) -> tuple[set[str], bool, bool]:
    """Decide what can be decided of a chunk's open entries.

    Returns the states that they then are in, whether the chunk waits for a message, and whether the
    last one is used up. If so, the caller sends the next.
    """
    decided: tuple[set[str], bool, bool] = set(), False, False

    def alter(item: Item, entries: list[Entry]) -> bool:
        nonlocal decided
        before = json.dumps([item, entries])
        is_free = not is_leased(item)
        if is_free and "lease_owner" in item:
            expire(item, entries, campaign["policy"]["S"])
        for entry in entries if is_free else []:
            settle(entry, campaign, settled_before)
        states = {entry["state"] for entry in entries}
        waits = is_free and "pending" in states and campaign["gate"]["S"] == "open"
        is_used_up = waits and item.pop("is_queued", None) is not None
        decided = states, waits, is_used_up
        return json.dumps([item, entries]) != before

    change(chunk, alter)
    return decided


def is_leased(chunk: Item) -> bool:
    """Whether somebody has the chunk.

    A lease that is too long shows that its owner's clock was ahead, or that this one is behind. It
    ends its time after a sweep has first seen that, which is noted in the chunk.
    """
    now, until = time.time(), float(chunk.get("lease_until", {"N": "0"})["N"])
    if until - now <= LEASE_SECONDS:
        return until > now
    seen_at = chunk.setdefault("lease_seen", {"N": str(now)})
    return now - float(seen_at["N"]) < LEASE_SECONDS


def expire(chunk: Item, entries: list[Entry], policy: str) -> None:
    """Whoever had the chunk is dead, and may have sent to everybody who is pending in it."""
    del chunk["lease_owner"], chunk["lease_until"]
    for entry in entries:
        if entry["state"] == "pending":
            doubt(entry, policy, "lease expired")


def settle(entry: Entry, campaign: Item, settled_before: float) -> None:
    """By policy, an unknown entry is to be sent again; in a cancelled campaign, no pending one."""
    policy = campaign["policy"]["S"]
    is_settled = entry["state"] == "unknown" and (
        policy == "at_least_once" or (policy == "settle" and entry["since"] <= settled_before)
    )
    if is_settled and "person" not in entry:
        entry |= {"state": "pending", "since": time.time()}
    if entry["state"] == "pending" and campaign["gate"]["S"] == "cancelled":
        entry |= {"state": "cancelled", "since": time.time()}


def close(place: Item, campaign: Item) -> None:
    """Take a campaign out of the open ones. Nothing in it becomes pending or unknown again.

    If it was paused since it was read, it stays: people are to be told.
    """
    as_it_was = {
        "TableName": LEDGER_NAME,
        "Key": {"campaign": campaign["campaign"], "part": {"S": "!"}},
        "ConditionExpression": "gate = :gate AND reason = :reason",
        "ExpressionAttributeValues": {":gate": campaign["gate"], ":reason": campaign["reason"]},
    }
    update = {
        "TableName": LEDGER_NAME,
        "Key": {"campaign": place["campaign"], "part": place["part"]},
        "UpdateExpression": "SET is_open = :no",
        "ExpressionAttributeValues": {":no": {"BOOL": False}},
    }
    if transact([{"ConditionCheck": as_it_was}, {"Update": update}]):
        log(outcome="closed", campaign=place["id"]["S"])


def has_stopped(campaign: Item, last: Item) -> bool:
    """Whether a campaign is being planned, and no chunk was added since the last sweep."""
    if campaign["plan"]["S"] != "planning" or campaign["gate"]["S"] == "cancelled":
        return False
    planned: dict[str, str] = json.loads(last.get("planned", {"S": "{}"})["S"])
    return planned.get(campaign["campaign"]["S"]) == str(campaign["planned"]["N"])


def plan_on(campaign: Item) -> None:
    functions.invoke(
        FunctionName=SEND_QUEUE_NAME,
        InvocationType="Event",
        Payload=json.dumps({"campaign": campaign["campaign"]["S"]}).encode(),
    )


def log(**fields: Any) -> None:
    print(json.dumps(fields, ensure_ascii=False))
