"""Record what SES reports of the mails: sent, rejected, bounced, complained of."""

import json
import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

import boto3
from botocore.exceptions import ClientError
from ledger import (
    DAILY_QUOTA,
    LEDGER_NAME,
    Entry,
    Item,
    change,
    dynamodb,
    entries_of,
    evidence,
    transact,
)

TABLE_NAME = os.environ["TABLE_NAME"]
NOTICES_ARN = os.environ["NOTICES_ARN"]  # the topic for people

MAX_KEYS = 100  # BatchGetItem takes no more
MAX_KEY_BYTES = 2048  # of an address, if it is a key in DynamoDB
PLACE = re.compile(r"([0-9a-f]{32}) (c\d{6,}) (\d+)")  # the sender's tags: campaign, chunk, entry
ENOUGH_MAILS = 100  # to judge a campaign by
MAX_BOUNCES, MAX_COMPLAINTS = 0.05, 0.001  # of the mails: above it, SES stops to trust a sender
NOBODY_CAN_BE_TOLD = {"NotFound", "AuthorizationError"}  # the topic, or the right to it, is gone
VERDICTS = {
    "Send": "accepted",
    "Delivery": "accepted",
    "Bounce": "accepted",
    "Complaint": "accepted",
    "Reject": "rejected",
    "Rendering Failure": "rejected",
}

sns = boto3.client("sns")

Key = tuple[str, str]  # of a chunk: its campaign, and its name


class Event(NamedTuple):
    """What SES tells of one mail, and the entry that it was for, if that is a campaign's.

    `verdict` is whether SES `accepted` or `rejected` the mail, and `problem` what `problem_of`
    says; each is empty for an event that tells neither.
    """

    kind: str
    verdict: str
    problem: str
    message_id: str
    email: str
    chunk: Key | None
    entry: int


def lambda_handler(event: dict[str, Any], context: Any) -> None:
    """Record a batch of SES's events. If anything fails, the whole batch comes again.

    So the chunks are written last: they tell which events are news.
    """
    events = [told for record in event["Records"] if (told := read_event(record["body"]))]
    by_chunk = group_by_chunk(events)
    chunks = read_chunks(by_chunk)
    for email in sorted({recipient_of(told, chunks) for told in events if told.problem}):
        set_haserror(email)
    # Events may outlive the ledger that their mails were counted in.
    by_chunk = {key: of_chunk(chunks[key], by_chunk[key]) for key in chunks}
    for campaign in sorted({campaign for campaign, _ in by_chunk}):
        problems = new_problems(campaign, chunks, by_chunk)
        notify(campaign, [f"{told.problem}: {told.email}" for told in problems])
        mailed = sum(told.kind == "Send" for told in of_campaign(campaign, by_chunk))
        watch(count(campaign, mailed, Counter(told.problem for told in problems)))
    for key, those in by_chunk.items():
        record_events(chunks[key], those)
    log(outcome="recorded", events=len(events), chunks=len(by_chunk))


def read_event(body: str) -> Event | None:
    """An event as SES publishes it; None, logged, for anything else, such as SES's test message.

    One that raised would take all of its batch to the dead letters, where it keeps every campaign
    from settling.
    """
    try:
        told = json.loads(body)
        kind, message_id = told["eventType"], told["mail"]["messageId"]
        email = told["mail"]["destination"][0]  # the address alone, without a name
        tags = told["mail"].get("tags", {})
        names = [tags.get(name, [""])[0] for name in ("campaign", "chunk", "entry")]
        place, verdict = PLACE.fullmatch(" ".join(names)), VERDICTS.get(kind, "")
        problem = problem_of(told)
        if not (message_id.isascii() and 0 < len(email.encode()) <= MAX_KEY_BYTES):
            raise ValueError("no message id, or no address")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        log(outcome="ignored", reason="this is no event of SES")
        return None
    chunk, entry = ((place[1], place[2]), int(place[3])) if place else (None, 0)
    return Event(kind, verdict, problem, message_id, email, chunk, entry)


def problem_of(told: dict[str, Any]) -> str:
    """`bounces` for a permanent bounce, `complaints` for a complaint, else nothing."""
    if told["eventType"] == "Bounce" and told["bounce"]["bounceType"] == "Permanent":
        return "bounces"
    return "complaints" if told["eventType"] == "Complaint" else ""


def recipient_of(told: Event, chunks: dict[Key, Item]) -> str:
    """Whom the mail was for, as the table spells it, which SES may not: `Name <address>`."""
    entries = entries_of(chunks[told.chunk]) if told.chunk in chunks else []
    email: str = entries[told.entry]["email"] if told.entry < len(entries) else told.email
    return email


def set_haserror(email: str) -> None:
    """No mail to this address any more, in either design."""
    try:
        dynamodb.update_item(
            TableName=TABLE_NAME,
            Key={"email": {"S": email}},
            UpdateExpression="SET haserror = :yes",
            # An update creates an item that is missing: a deleted recipient would come back.
            ConditionExpression="attribute_exists(email)",
            ExpressionAttributeValues={":yes": {"N": "1"}},
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        log(outcome="ignored", reason="the recipient was deleted")


def group_by_chunk(events: Iterable[Event]) -> dict[Key, list[Event]]:
    """The events of campaigns by chunk; the simple design's mails are in none."""
    grouped = defaultdict(list)
    for told in events:
        if told.chunk:
            grouped[told.chunk].append(told)
    return dict(grouped)


def of_chunk(chunk: Item, events: list[Event]) -> list[Event]:
    size = len(entries_of(chunk))
    return [told for told in events if told.entry < size]


def of_campaign(campaign: str, by_chunk: dict[Key, list[Event]]) -> list[Event]:
    return [told for key, events in by_chunk.items() if key[0] == campaign for told in events]


def read_chunks(names: Iterable[Key]) -> dict[Key, Item]:
    keys = [{"campaign": {"S": campaign}, "part": {"S": part}} for campaign, part in names]
    items: list[Item] = []
    for start in range(0, len(keys), MAX_KEYS):
        some = keys[start : start + MAX_KEYS]
        wanted: dict[str, Any] = {LEDGER_NAME: {"Keys": some, "ConsistentRead": True}}
        while wanted:
            response = dynamodb.batch_get_item(RequestItems=wanted)
            items += response["Responses"].get(LEDGER_NAME, [])
            wanted = response.get("UnprocessedKeys", {})
    return {(item["campaign"]["S"], item["part"]["S"]): item for item in items}


def new_problems(
    campaign: str, chunks: dict[Key, Item], by_chunk: dict[Key, list[Event]]
) -> list[Event]:
    """The events that say of an entry for the first time that it bounced or complained."""
    found: dict[tuple[Key, int], Event] = {}
    for key, events in by_chunk.items():
        entries = entries_of(chunks[key])
        for told in events:
            if key[0] == campaign and told.problem and "bounced" not in entries[told.entry]:
                found.setdefault((key, told.entry), told)
    return list(found.values())


def notify(campaign: str, lines: list[str]) -> None:
    """Tell the people who subscribed to the topic. Without a topic, the books are kept as well."""
    if lines:
        message = "\n".join([f"Campaign {campaign}", *lines])
        try:
            sns.publish(TopicArn=NOTICES_ARN, Subject="mailfanout", Message=message)
        except ClientError as error:
            if (code := error.response["Error"]["Code"]) not in NOBODY_CAN_BE_TOLD:
                raise
            log(outcome="not told", campaign=campaign, reason=code)


def count(campaign: str, mailed: int, problems: Counter[str]) -> Item:
    """Add to what has happened since the last resume; returns the campaign as it then is.

    A batch that comes again may be counted again: this is an alarm, not the books.
    """
    campaign_item: Item = dynamodb.update_item(
        TableName=LEDGER_NAME,
        Key={"campaign": {"S": campaign}, "part": {"S": "!"}},
        UpdateExpression="ADD mailed :mailed, bounces :bounces, complaints :complaints",
        ExpressionAttributeValues={
            ":mailed": {"N": str(mailed)},
            ":bounces": {"N": str(problems["bounces"])},
            ":complaints": {"N": str(problems["complaints"])},
        },
        ReturnValues="ALL_NEW",
    )["Attributes"]
    return campaign_item


def watch(campaign: Item) -> None:
    """Pause a campaign that endangers the account, unless a person has paused it already."""
    reason = danger_in(*(int(campaign[n]["N"]) for n in ("mailed", "bounces", "complaints")))
    gate, why = campaign["gate"]["S"], campaign["reason"]["S"]
    if reason and (gate == "open" or (gate == "paused" and why == DAILY_QUOTA)):
        pause(campaign, reason)


def danger_in(mailed: int, bounces: int, complaints: int) -> str:
    """Why a campaign must not go on; nothing if it may."""
    if mailed < ENOUGH_MAILS:
        return ""
    if bounces > MAX_BOUNCES * mailed:
        return f"{bounces} of {mailed} mails bounced"
    if complaints >= 2 and complaints > MAX_COMPLAINTS * mailed:
        return f"{complaints} of {mailed} mails were complained of"
    return ""


def pause(campaign: Item, reason: str) -> None:
    """Pause it, and have the sweep look at it, which tells people: it may be over by now."""
    gate = {
        "TableName": LEDGER_NAME,
        "Key": {"campaign": campaign["campaign"], "part": {"S": "!"}},
        "UpdateExpression": "SET gate = :paused, reason = :reason",
        "ConditionExpression": "gate = :open OR (gate = :paused AND reason = :quota)",
        "ExpressionAttributeValues": {
            ":paused": {"S": "paused"},
            ":open": {"S": "open"},
            ":quota": {"S": DAILY_QUOTA},
            ":reason": {"S": reason},
        },
    }
    place = {
        "TableName": LEDGER_NAME,
        "Key": {"campaign": {"S": "campaigns"}, "part": campaign["listed"]},
        "UpdateExpression": "SET is_open = :yes",
        "ExpressionAttributeValues": {":yes": {"BOOL": True}},
    }
    if transact([{"Update": gate}, {"Update": place}]):
        log(outcome="paused", campaign=campaign["campaign"]["S"], reason=reason)


def record_events(chunk: Item, events: list[Event]) -> None:
    def alter(item: Item, entries: list[Entry]) -> bool:
        return apply(entries, events)

    change(chunk, alter)


def apply(entries: list[Entry], events: list[Event]) -> bool:
    """Let the events alter the entries that they are about; returns whether any does."""
    altered = False
    for told in events:
        entry = entries[told.entry]
        if told.verdict and evidence(entry, told.message_id, told.verdict):
            altered = True
            if entry["state"] == "failed":
                entry["reason"] = told.kind
        if told.problem and "bounced" not in entry:
            altered, entry["bounced"] = True, told.problem
    return altered


def log(**fields: Any) -> None:
    print(json.dumps(fields, ensure_ascii=False))
