"""Plan each mail that was uploaded to S3: write its recipients, in chunks, into the ledger."""

import json
import os
import re
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from itertools import islice
from typing import Any
from unicodedata import category
from urllib.parse import unquote_plus

import boto3
from botocore.exceptions import ClientError
from hints import enqueue
from ledger import LEDGER_NAME, Item, dynamodb, read_item, transact

TABLE_NAME = os.environ["TABLE_NAME"]
UNKNOWN_POLICY = os.environ.get("UNKNOWN_POLICY", "settle")
DESIGN_SINCE = os.environ.get("DESIGN_SINCE")  # when this design took over from the other one

MAX_CHUNK_SIZE = 50  # SendBulkEmail takes no more
MAX_CHUNKS = 80  # a transaction takes 100 items
MAX_MAIL_BYTES = 390_000  # an item takes 400 KB
TOO_LONG = f"the mail is longer than {MAX_MAIL_BYTES:,} bytes"
RESERVE_SECONDS = 10  # for one more transaction, and the messages that follow it
CONTROL = ("Cc", "Zl", "Zp")  # what SES takes in no header, as Unicode sorts it
PLACEHOLDER = re.compile(r"(?<![{\\])\{\{(?:username|email)\}\}(?!\})")

s3 = boto3.client("s3")
ses = boto3.client("sesv2")


class Unsendable(Exception):
    """The mail cannot be sent to anybody; the text says why."""


def lambda_handler(event: dict[str, Any], context: Any) -> None:
    """Plan the campaign of each uploaded object, or go on with the campaign that is named.

    An event with neither, such as the s3:TestEvent, is logged and ignored.
    """
    if "campaign" in event:
        go_on(event["campaign"], context)
    elif not event.get("Records"):
        log(outcome="ignored", reason="the event has no records", event=event.get("Event"))
    for record in event.get("Records", []):
        go_on(start(record), context)


def start(record: dict[str, Any]) -> str:
    """The campaign of an upload. It is written unless it is there: events come more than once."""
    upload = read_record(record)
    identity = "\n".join((upload["bucket"], upload["key"], upload["version"]))
    campaign = sha256(identity.encode()).hexdigest()[:32]
    if read_item({"S": campaign}, {"S": "!"}) is None:
        write_campaign(campaign, upload)
    return campaign


def read_record(record: dict[str, Any]) -> dict[str, Any]:
    stored = record["s3"]["object"]
    version = stored.get("versionId")
    is_kept = version not in (None, "null")  # While versioning is suspended, each one is `null`.
    return {
        "bucket": record["s3"]["bucket"]["name"],
        "key": unquote_plus(stored["key"]),
        "version": version if is_kept else stored["sequencer"],
        "precondition": {"VersionId": version} if is_kept else {"IfMatch": f'"{stored["eTag"]}"'},
        "time": record["eventTime"],
        "request": record.get("responseElements", {}).get("x-amz-request-id", ""),
    }


def write_campaign(campaign: str, upload: dict[str, Any]) -> None:
    """Write campaign, mail and the directory's entry, all or none, if they are not there."""
    subject, body, reason = "", "", ""
    try:
        require_this_design(upload["time"])
        subject, body = parse_mail(read_object(upload))
        check_mail(subject, body)
    except Unsendable as error:
        reason = str(error)
    listed = f"{upload['time']}#{campaign}"
    items = [
        campaign_item(campaign, upload, reason)
        | {"subject": {"S": subject[:1000]}, "listed": {"S": listed}},
        {"campaign": {"S": "campaigns"}, "part": {"S": listed}, "id": {"S": campaign}}
        | {"is_open": {"BOOL": not reason}},
    ]
    if not reason:
        mail = {"subject": {"S": subject}, "body": {"S": body}}
        items.append({"campaign": {"S": campaign}, "part": {"S": "!mail"}, **mail})
    if put_new(items):
        log(outcome="failed" if reason else "started", campaign=campaign, reason=reason or None)


def campaign_item(campaign: str, upload: dict[str, Any], reason: str) -> Item:
    """Plan and gate are two attributes: a pause must not undo what is known of the plan."""
    rate = ses.get_account()["SendQuota"]["MaxSendRate"]
    texts = {
        "campaign": campaign,
        "part": "!",
        "plan": "failed" if reason else "planning",
        "gate": "open",
        "reason": reason[:256],
        "policy": UNKNOWN_POLICY,
        "cursor": "",
        "bucketname": upload["bucket"],
        "filename": upload["key"],
        "request": upload["request"],
    }
    numbers = {"planned": 0, "rate": rate, "mailed": 0, "bounces": 0, "complaints": 0}
    strings = {name: {"S": text} for name, text in texts.items()}
    return strings | {name: {"N": str(number)} for name, number in numbers.items()}


def put_new(items: list[Item]) -> bool:
    """Put items in one transaction; False if one of them is there already."""
    condition = "attribute_not_exists(part)"
    puts = [{"TableName": LEDGER_NAME, "Item": i, "ConditionExpression": condition} for i in items]
    done: bool = transact([{"Put": put} for put in puts])
    return done


def require_this_design(uploaded_at: str) -> None:
    """The other design may have begun with a mail from before it was replaced: Unsendable."""
    if DESIGN_SINCE and datetime.fromisoformat(uploaded_at) < datetime.fromisoformat(DESIGN_SINCE):
        raise Unsendable("uploaded before this design was deployed: upload it again")


def read_object(upload: dict[str, Any]) -> bytes:
    """The bytes that the event tells of, and no others. Raises Unsendable if they are gone.

    Of too many, none is read: they may be more than the function's memory holds.
    """
    name = f"s3://{upload['bucket']}/{upload['key']}"
    try:
        found = s3.get_object(Bucket=upload["bucket"], Key=upload["key"], **upload["precondition"])
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "PreconditionFailed":
            raise Unsendable(f"{name} was replaced before it was planned") from error
        if code in ("NoSuchKey", "NoSuchVersion"):
            raise Unsendable(f"there is no {name}: was it deleted?") from error
        raise
    if found["ContentLength"] > 2 * MAX_MAIL_BYTES:  # a line may end with two bytes, not one
        raise Unsendable(TOO_LONG)
    content: bytes = found["Body"].read()
    return content


def parse_mail(content: bytes) -> tuple[str, str]:
    """Subject and body: the first line, and all that follows the empty second one.

    UTF-8, with or without a byte order mark; any line ends. Raises Unsendable.
    """
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        place = f"byte {error.start}, in line {len(content[: error.start + 1].splitlines())}"
        raise Unsendable(f"the mail is not UTF-8: see its {place}") from error
    subject, second_line, body = (text.split("\n", 2) + ["", ""])[:3]
    if not subject.strip():
        raise Unsendable("the mail is empty, or its first line is: that is the subject")
    if control := [one for one in subject.strip() if one != "\t" and category(one) in CONTROL]:
        raise Unsendable(f"the subject has the control character U+{ord(control[0]):04X}")
    if second_line.strip():
        raise Unsendable("the mail's second line is not empty: it parts the subject from the body")
    if not body.strip():
        raise Unsendable("the mail has no body: that starts at its third line")
    return subject.strip(), body.removesuffix("\n")


def check_mail(subject: str, body: str) -> None:
    """Raise Unsendable if SES would read a tag that nobody fills in, or the ledger cannot hold it.

    SES takes a mail with an unknown tag, answers with a message id, and never sends it.
    """
    for number, line in enumerate([subject, "", *body.split("\n")], start=1):
        if "{{" in PLACEHOLDER.sub("_", line):
            raise Unsendable(f"line {number}: {{{{ without username}}}} or email}}}} after it")
    if len((subject + body).encode()) > MAX_MAIL_BYTES:
        raise Unsendable(TOO_LONG)


def go_on(campaign: str, context: Any) -> None:
    """Plan until everybody is in a chunk, or the time is up: then the sweep has it go on."""
    item = read_item({"S": campaign}, {"S": "!"})
    if item is None or item["plan"]["S"] != "planning" or item["gate"]["S"] == "cancelled":
        return
    size = max(1, min(MAX_CHUNK_SIZE, int(float(item["rate"]["N"]))))
    recipients = scan_recipients(item["cursor"]["S"])
    while context.get_remaining_time_in_millis() > RESERVE_SECONDS * 1000:
        emails = list(islice(recipients, MAX_CHUNKS * size))
        chunks = [emails[n : n + size] for n in range(0, len(emails), size)]
        first = int(item["planned"]["N"]) + 1
        parts = [f"c{number:06}" for number in range(first, first + len(chunks))]
        is_last = len(emails) < MAX_CHUNKS * size
        if not write_chunks(item, dict(zip(parts, chunks, strict=True)), is_last=is_last):
            return log(outcome="overtaken", campaign=campaign)
        enqueue(campaign, parts)
        log(outcome="planned", campaign=campaign, recipients=len(emails), all=is_last)
        if is_last:
            return None
    return log(outcome="out of time", campaign=campaign)


def scan_recipients(after: str) -> Iterator[str]:
    """Every address after this one without an error or an opt-out, from every page.

    Of the table itself: an index lags behind, and may show an item twice that is just changed.
    """
    begin = {"ExclusiveStartKey": {"email": {"S": after}}} if after else {}
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=TABLE_NAME,
        ConsistentRead=True,
        FilterExpression="haserror = :no AND (attribute_not_exists(optedout) OR optedout = :no)",
        ExpressionAttributeValues={":no": {"N": "0"}},
        ProjectionExpression="email",
        **begin,
    )
    for page in pages:
        yield from (item["email"]["S"] for item in page["Items"])


def write_chunks(item: Item, chunks: dict[str, list[str]], *, is_last: bool) -> bool:
    """Write chunks and how far the plan has come, all or none; False if it is not ours any more.

    The cursor is the last address that was planned. A page's own last key may lie beyond it.
    """
    emails = [email for chunk in chunks.values() for email in chunk]
    planned = {"N": str(int(item["planned"]["N"]) + len(chunks))}
    cursor = {"S": emails[-1]} if emails else item["cursor"]
    update = {
        "TableName": LEDGER_NAME,
        "Key": {"campaign": item["campaign"], "part": {"S": "!"}},
        "UpdateExpression": "SET planned = :planned, #cursor = :cursor, #plan = :plan",
        "ConditionExpression": "#plan = :planning AND gate <> :cancelled AND planned = :before",
        "ExpressionAttributeNames": {"#cursor": "cursor", "#plan": "plan"},
        "ExpressionAttributeValues": {
            ":planned": planned,
            ":cursor": cursor,
            ":plan": {"S": "planned" if is_last else "planning"},
            ":planning": {"S": "planning"},
            ":cancelled": {"S": "cancelled"},
            ":before": item["planned"],
        },
    }
    puts = [chunk_item(item["campaign"], part, chunks[part]) for part in chunks]
    done: bool = transact([{"Update": update}, *({"Put": put} for put in puts)])
    item |= {"planned": planned, "cursor": cursor}
    return done


def chunk_item(campaign: Item, part: str, emails: list[str]) -> dict[str, Any]:
    entries = [{"email": email, "state": "pending"} for email in emails]
    item = {
        "campaign": campaign,
        "part": {"S": part},
        "rev": {"N": "1"},
        "writer": {"S": "sendQueue"},
        "entries": {"S": json.dumps(entries)},
        "counts": {"M": {"pending": {"N": str(len(entries))}}},
    }
    return {"TableName": LEDGER_NAME, "Item": item}


def log(**fields: Any) -> None:
    print(json.dumps(fields, ensure_ascii=False))
