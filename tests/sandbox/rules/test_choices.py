"""What DynamoDB says of a choice that it does not have, or not there."""

from __future__ import annotations

from typing import Any

import pytest

from support.calls.refusals import refusal
from support.sandboxes.account_in_sandbox import Account


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (
            {"Select": "ALL_PROJECTED_ATTRIBUTES"},
            "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName",
        ),
        (
            {"Select": "COUNT", "ProjectionExpression": "email"},
            "Cannot specify the ProjectionExpression when choosing to get only the Count",
        ),
    ],
)
def test_what_a_scan_cannot_select_is_refused_without_a_count_of_errors(
    account: Account, settings: dict[str, str], words: str
) -> None:
    client = account.client("dynamodb")
    condition = {
        "KeyConditionExpression": "email = :e",
        "ExpressionAttributeValues": {":e": {"S": "a"}},
    }

    assert refusal(client.scan, TableName="people", **settings)[1] == words
    assert refusal(client.query, TableName="people", **condition, **settings)[1] == (
        f"1 validation error detected: {words}"
    )


@pytest.mark.parametrize(
    ("operation", "settings", "choices"),
    [
        (
            "scan",
            {"Select": "count"},
            "SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES",
        ),
        (
            "put_item",
            {"Item": {"email": {"S": "a"}}, "ReturnValues": "all"},
            "ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW",
        ),
    ],
)
def test_choices_are_told_in_the_order_of_dynamodb(
    account: Account, operation: str, settings: dict[str, Any], choices: str
) -> None:
    call = getattr(account.client("dynamodb"), operation)

    message = refusal(call, TableName="people", **settings)[1]

    assert message.endswith(f"Member must satisfy enum value set: [{choices}]")
