"""What services refuse of tags."""

from __future__ import annotations

from typing import Any

import pytest

from support.account_in_sandbox import ACCOUNT_ID, Account, refusal

MANY = [{"Key": str(number), "Value": ""} for number in range(51)]
TWICE = [{"Key": "a", "Value": ""}] * 2
TABLE = f"arn:aws:dynamodb:us-east-1:{ACCOUNT_ID}:table/people"
NO_TABLE = f"{TABLE}-nope"


@pytest.mark.parametrize(
    ("service", "method", "given", "code"),
    [
        ("sqs", "create_queue", {"QueueName": "new", "tags": {"aws:a": ""}}, "InvalidParameterV"),
        ("sqs", "create_queue", {"QueueName": "new", "tags": {"k" * 129: ""}}, "InvalidParameterV"),
        ("sqs", "create_queue", {"QueueName": "new", "tags": {"k": "v" * 257}}, "InvalidParameter"),
        ("sns", "create_topic", {"Name": "new", "Tags": MANY}, "TagLimitExceeded"),
        ("sesv2", "create_email_identity", {"EmailIdentity": "a.jp", "Tags": MANY}, "BadRequest"),
        ("events", "put_rule", {"Name": "r", "Tags": TWICE}, "ValidationException"),
        ("dynamodb", "tag_resource", {"ResourceArn": TABLE, "Tags": TWICE}, "ValidationExc"),
        ("dynamodb", "tag_resource", {"ResourceArn": NO_TABLE, "Tags": []}, "ResourceNotFound"),
    ],
)
def test_tags_that_no_service_gives_are_refused(
    account: Account, service: str, method: str, given: dict[str, Any], code: str
) -> None:
    assert refusal(getattr(account.client(service), method), **given)[0].startswith(code)
