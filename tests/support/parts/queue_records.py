"""Messages of the pipeline's queue, as Lambda hands them to a function."""

from __future__ import annotations

from typing import Any

BUCKET_NAME = "mailbody-20221119"
KEY = "example.txt"


def sqs_record(email: str, **changes: str | None) -> dict[str, Any]:
    """A message about one recipient; its id is `id of <email>`. None leaves a value out."""
    values = {"username": "山田太郎", "bucketname": BUCKET_NAME, "filename": KEY, **changes}
    return {
        "messageId": f"id of {email}",
        "body": email,
        "messageAttributes": {
            name: {"stringValue": value, "dataType": "String"}
            for name, value in values.items()
            if value is not None
        },
        "eventSource": "aws:sqs",
    }
