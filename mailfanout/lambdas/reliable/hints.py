"""The messages on the queue: hints to look at a chunk, put there when it is planned, and again."""

import json
import os

import boto3

QUEUE_URL = os.environ["QUEUE_URL"]

MAX_BATCH_SIZE = 10  # SendMessageBatch takes no more

sqs = boto3.client("sqs")


def enqueue(campaign: str, parts: list[str]) -> None:
    """Put a message per chunk on the queue. If one is lost, the sweep sends it again."""
    for start in range(0, len(parts), MAX_BATCH_SIZE):
        entries = [
            {
                "Id": part,
                "MessageBody": json.dumps({"campaign": campaign, "chunk": part}),
                "MessageGroupId": campaign,
            }
            for part in parts[start : start + MAX_BATCH_SIZE]
        ]
        sqs.send_message_batch(QueueUrl=QUEUE_URL, Entries=entries)
