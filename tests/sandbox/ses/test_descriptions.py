"""What events say of a mail that is one of many, and of the same mail sent alone."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from mailfanout.sandbox.ses.descriptions import Description
from mailfanout.sandbox.ses.mail import Mail, new_message_id

AT = datetime(2026, 1, 2, 3, 4, 5, 678_901, UTC)
BULK = Mail(
    message_id=new_message_id(AT),
    accepted_at=AT,
    account_id="123456789012",
    region="us-east-1",
    source="100 % <sender@example.com>",
    to=("a@example.com",),
    cc=("Copy <copy@example.com>",),
    reply_to=("reply@example.com",),
    subject="Hello",
    text="Hello",
    tags={"campaign": "c1", "entry": "1"},
    configuration_set="events",
    operation="SendBulkEmail",
)
UNSUBSCRIBE = ("List-Unsubscribe", "<https://example.com/?a=%(0)s>")


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"to": ("b@example.com",), "subject": 'A "quoted" \\ %(1)s', "tags": {"entry": "2"}},
        {"to": ("Bea <b@example.com>",)},
        {"to": ("b@example.com", "c@example.com")},
        {"to": ()},
        {"subject": "メール配信テスト", "text": "こんにちは"},
        {"subject": "two\nlines"},
        {"headers": (("From-", "b@example.com"), ("Reply--To", "c"))},
        {"text": None, "html": "<p>Hello"},
        {"html": "<p>Hello"},
        {"text": None},
        {"headers": (UNSUBSCRIBE, ("X-Number", "7"))},
        {"headers": tuple((f"X-{n}", "x" * 990) for n in range(15))},
        *({"reply_to": ("r@example.com",) * 670, "subject": "x" * n} for n in range(70, 110, 8)),
    ],
)
def test_mails_of_a_bulk_are_described_as_each_by_itself(changes: dict[str, Any]) -> None:
    others = [BULK._replace(message_id=new_message_id(AT)), BULK]
    one = BULK._replace(message_id=new_message_id(AT), **changes)
    for mail in [*others, one, one._replace(message_id=new_message_id(AT), to=one.to[:1])]:
        for event_type in ("Send", "Delivery"):
            alone = described(mail._replace(operation="SendEmail"), event_type)
            assert alone["tags"].pop("ses:operation") == ["SendEmail"]
            in_bulk = described(mail, event_type)
            assert in_bulk["tags"].pop("ses:operation") == ["SendBulkEmail"]
            assert in_bulk == alone
            assert list(in_bulk) == list(alone)


def described(mail: Mail, event_type: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(Description(mail, "example.com").as_published(event_type))
    return told
