"""For each mail that was uploaded to S3, put one message per recipient on the queue."""

import json
import os
import time
from collections.abc import Iterator
from itertools import islice
from typing import Any
from urllib.parse import unquote_plus

import boto3

TABLE_NAME = os.environ["TABLE_NAME"]
QUEUE_URL = os.environ["QUEUE_URL"]
MAX_BATCH_SIZE = 10  # SendMessageBatch takes no more
PAUSES_SECONDS = (0, 0.1, 0.2, 0.4)  # one before each attempt at a batch

dynamodb = boto3.client("dynamodb")
sqs = boto3.client("sqs")


def lambda_handler(event: dict[str, Any], context: Any) -> None:
    """Enqueue each uploaded object, once for every recipient without a delivery error.

    An event without records, such as the s3:TestEvent, is logged and ignored.
    """
    if not event.get("Records"):
        log(outcome="ignored", reason="the event has no records", event=event.get("Event"))
        return
    for record in event["Records"]:
        bucket_name = record["s3"]["bucket"]["name"]
        key = unquote_plus(record["s3"]["object"]["key"])
        recipients = (item for item in query_recipients() if reset_issend(item["email"]))
        enqueued = 0
        while batch := list(islice(recipients, MAX_BATCH_SIZE)):
            send_batch([message(item, bucket_name, key) for item in batch])
            enqueued += len(batch)
        log(outcome="enqueued", bucketname=bucket_name, filename=key, recipients=enqueued)


def query_recipients() -> Iterator[dict[str, Any]]:
    """Every recipient without an error or an opt-out, from every page of the query."""
    pages = dynamodb.get_paginator("query").paginate(
        TableName=TABLE_NAME,
        IndexName="haserror-index",
        KeyConditionExpression="haserror = :no",
        FilterExpression="attribute_not_exists(optedout) OR optedout = :no",
        ExpressionAttributeValues={":no": {"N": "0"}},
    )
    for page in pages:
        yield from page["Items"]


def reset_issend(email: dict[str, str]) -> bool:
    """Mark a recipient as not sent to yet; False if it was deleted since the query."""
    try:
        dynamodb.update_item(
            TableName=TABLE_NAME,
            Key={"email": email},
            UpdateExpression="SET issend = :no",
            # An update creates an item that is missing: a deleted recipient would come back.
            ConditionExpression="attribute_exists(email)",
            ExpressionAttributeValues={":no": {"N": "0"}},
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return False
    return True


def message(item: dict[str, Any], bucket_name: str, key: str) -> dict[str, Any]:
    """One recipient's message: the address as its body, the rest as String attributes."""
    username = item.get("username", {}).get("S")
    values = {"username": username, "bucketname": bucket_name, "filename": key}
    return {
        "MessageBody": item["email"]["S"],
        # SQS refuses an empty value. Who has no username ends in the dead-letter queue, seen.
        "MessageAttributes": {
            name: {"DataType": "String", "StringValue": value}
            for name, value in values.items()
            if value
        },
    }


def send_batch(messages: list[dict[str, Any]]) -> None:
    """Enqueue up to ten messages, again those that SQS reports as failed.

    Raises RuntimeError, which makes Lambda retry the event, if some fail every time.
    """
    entries = [{"Id": str(number), **entry} for number, entry in enumerate(messages)]
    for pause_seconds in PAUSES_SECONDS:
        time.sleep(pause_seconds)
        response = sqs.send_message_batch(QueueUrl=QUEUE_URL, Entries=entries)
        codes = {failure["Id"]: failure["Code"] for failure in response.get("Failed", [])}
        entries = [entry for entry in entries if entry["Id"] in codes]
        if not entries:
            return
    raise RuntimeError(f"SQS refused {len(entries)} messages: {', '.join(set(codes.values()))}")


def log(**fields: Any) -> None:
    print(json.dumps(fields, ensure_ascii=False))
