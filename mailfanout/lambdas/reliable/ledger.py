"""The ledger, as each function of this design reads and writes it: part of all their packages."""

import json
import os
import time
from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import boto3
from botocore.config import Config

LEDGER_NAME = os.environ["LEDGER_NAME"]

MAX_TRIES = 3
DAILY_QUOTA = "daily quota"  # the reason of a campaign that waits until SES takes mails again

# DynamoDB checks the parameters itself: for boto3 to do so before takes a tenth of a send's time.
dynamodb = boto3.client("dynamodb", config=Config(parameter_validation=False))

Item = dict[str, Any]
Entry = dict[str, Any]


def change(item: Item | None, alter: Callable[[Item, list[Entry]], bool]) -> None:
    """Let `alter` change a chunk, as it was read, and its entries; returns when that is written.

    If somebody wrote the chunk meanwhile, `alter` gets it anew. It returns whether there is
    something to write.
    """
    writer = {"S": uuid4().hex}
    # The chunk bears our token if the write was done, and only its reply was lost.
    while item and item["writer"] != writer:
        rev, entries = item["rev"], entries_of(item)
        if not alter(item, entries):
            return
        item |= {"entries": {"S": json.dumps(entries)}, "counts": {"M": counts_of(entries)}}
        item |= {"writer": writer, "rev": {"N": str(int(rev["N"]) + 1)}}
        try:
            dynamodb.put_item(
                TableName=LEDGER_NAME,
                Item=item,
                ConditionExpression="rev = :rev",
                ExpressionAttributeValues={":rev": rev},
            )
            return
        except dynamodb.exceptions.ConditionalCheckFailedException:
            item = read_item(item["campaign"], item["part"])


def transact(writes: list[dict[str, Any]]) -> bool:
    """Do all of the writes; False, and none of them, if a condition does not hold.

    boto3 adds a token: what it sends again after a lost reply is done once.
    """
    try:
        dynamodb.transact_write_items(TransactItems=writes)
    except dynamodb.exceptions.TransactionCanceledException as error:
        reasons = [reason.get("Code") for reason in error.response["CancellationReasons"]]
        if "ConditionalCheckFailed" not in reasons:
            raise
        return False
    return True


def update_campaign(campaign: Item, update: str, condition: str, values: Item) -> bool:
    """Update what is known of a campaign as a whole; False if the condition does not hold."""
    try:
        dynamodb.update_item(
            TableName=LEDGER_NAME,
            Key={"campaign": campaign, "part": {"S": "!"}},
            UpdateExpression=update,
            ConditionExpression=condition,
            ExpressionAttributeValues=values,
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return False
    return True


def read_item(campaign: Item, part: Item) -> Item | None:
    response = dynamodb.get_item(
        TableName=LEDGER_NAME, Key={"campaign": campaign, "part": part}, ConsistentRead=True
    )
    item: Item | None = response.get("Item")
    return item


def entries_of(item: Item) -> list[Entry]:
    entries: list[Entry] = json.loads(item["entries"]["S"])
    return entries


def counts_of(entries: list[Entry]) -> Item:
    """How many entries are in each state, and how many are what else is counted."""
    counts: Counter[str] = Counter(entry["state"] for entry in entries)
    for entry in entries:
        counts["concerned"] += "tries" in entry
        counts["doubled"] += [*entry.get("ids", {}).values()].count("accepted") > 1
        counts[entry.get("bounced", "bounces")] += "bounced" in entry
    return {name: {"N": str(number)} for name, number in counts.items()}


def evidence(entry: Entry, message_id: str, verdict: str) -> bool:
    """Note that SES `accepted` or `rejected` a mail to this entry. Returns whether it is news.

    It decides the state, whatever that was; a rejected mail stays rejected.
    """
    ids = entry.setdefault("ids", {})
    if ids.get(message_id) in (verdict, "rejected"):
        return False
    ids[message_id] = verdict
    for name in ("reason", "person"):
        entry.pop(name, None)
    entry["state"] = "sent" if "accepted" in ids.values() else "failed"
    entry["since"] = time.time()
    return True


def doubt(entry: Entry, policy: str, reason: str) -> None:
    """Nobody knows whether SES took this mail. At the third time, a person decides.

    Or at once, under at_most_once, and under a policy that nobody knows.
    """
    tries = entry.get("tries", 0) + 1
    entry |= {"state": "unknown", "reason": reason, "since": time.time(), "tries": tries}
    if policy not in ("at_least_once", "settle") or tries >= MAX_TRIES:
        entry["person"] = True
