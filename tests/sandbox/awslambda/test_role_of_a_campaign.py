"""What the roles of a campaign's functions need for their calls, and what is not enough."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from support.sandboxes.account_in_sandbox import RECORD_AND_FAIL, Account, allow, queue_arn

ARN = "arn:aws:{service}:us-east-1:123456789012:{name}"
LEDGER = ARN.format(service="dynamodb", name="table/ledger")
PEOPLE = ARN.format(service="dynamodb", name="table/people")
IDENTITY = ARN.format(service="ses", name="identity/sender@example.com")
CONFIGURATION_SET = ARN.format(service="ses", name="configuration-set/events")
TOPIC = ARN.format(service="sns", name="notices")
RULE = ARN.format(service="events", name="rule/sweep")

# Makes the call that its event names. Answers with the refusal, or nothing if it may.
CALL = """
import boto3, botocore.exceptions
def lambda_handler(event, context):
    client = boto3.client(event["service"])
    try:
        getattr(client, event["operation"])(**event["parameters"])
    except botocore.exceptions.ClientError as error:
        code = error.response["Error"]["Code"]
        return code if "AccessDenied" in code or "Authorization" in code else None
"""
KEY = {"email": {"S": "a"}}
ITEMS = [
    {"Put": {"TableName": "ledger", "Item": KEY}},
    {
        "Update": {
            "TableName": "ledger",
            "Key": KEY,
            "UpdateExpression": "SET a = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
        }
    },
    {
        "ConditionCheck": {
            "TableName": "people",
            "Key": KEY,
            "ConditionExpression": "attribute_exists(email)",
        }
    },
]
BULK = {
    "FromEmailAddress": "Sender <sender@example.com>",
    "ConfigurationSetName": "events",
    "DefaultContent": {"Template": {"TemplateContent": {"Subject": "S", "Text": "T"}}},
    "BulkEmailEntries": [{"Destination": {"ToAddresses": ["a@example.com"]}}],
}
CALLS: dict[str, tuple[str, dict[str, Any], list[dict[str, Any]]]] = {
    "transact_write_items": (
        "dynamodb",
        {"TransactItems": ITEMS},
        [
            allow("dynamodb:PutItem", resource=LEDGER),
            allow("dynamodb:UpdateItem", resource=LEDGER),
            allow("dynamodb:ConditionCheckItem", resource=PEOPLE),
        ],
    ),
    "batch_get_item": (
        "dynamodb",
        {"RequestItems": {"ledger": {"Keys": [KEY]}, "people": {"Keys": [KEY]}}},
        [
            allow("dynamodb:BatchGetItem", resource=LEDGER),
            allow("dynamodb:BatchGetItem", resource=PEOPLE),
        ],
    ),
    "scan": ("dynamodb", {"TableName": "people"}, [allow("dynamodb:Scan", resource=PEOPLE)]),
    "send_bulk_email": (
        "sesv2",
        BULK,
        [
            allow("ses:SendBulkEmail", resource=IDENTITY),
            allow("ses:SendBulkEmail", resource=CONFIGURATION_SET),
        ],
    ),
    "get_account": ("sesv2", {}, [allow("ses:GetAccount")]),
    "publish": (
        "sns",
        {"TopicArn": TOPIC, "Message": "Hello"},
        [allow("sns:Publish", resource=TOPIC)],
    ),
    "disable_rule": ("events", {"Name": "sweep"}, [allow("events:DisableRule", resource=RULE)]),
    "list_targets_by_rule": (
        "events",
        {"Rule": "sweep"},
        [allow("events:ListTargetsByRule", resource=RULE)],
    ),
}


@pytest.mark.parametrize("operation", CALLS)
def test_call_needs_each_of_its_permissions(account: Account, operation: str) -> None:
    service, parameters, statements = CALLS[operation]
    event = {"service": service, "operation": operation, "parameters": parameters}
    account.role(*statements)
    account.function(CALL)
    assert account.invoke(event=event)["Payload"] is None

    for missing in statements:
        account.role(*(one for one in statements if one is not missing), allow("logs:*"))
        assert account.invoke(event=event)["Payload"] is not None


def test_failed_upload_is_kept_in_the_queue_that_the_role_may_send_to(account: Account) -> None:
    url = account.queue("failed")
    account.role(allow("sqs:SendMessage", resource=queue_arn("failed")))
    account.function(RECORD_AND_FAIL)
    keep_failures(account)

    account.invoke(event={"Records": ["an upload"]}, InvocationType="Event")

    record = json.loads(account.receive(url)["Body"])
    assert record["requestPayload"] == {"Records": ["an upload"]}
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 3


def test_queue_that_the_role_may_not_send_to_is_no_destination(account: Account) -> None:
    account.queue("failed")
    account.role(allow("sqs:SendMessage", resource=queue_arn("other")))
    account.function(RECORD_AND_FAIL)

    with pytest.raises(ClientError, match="does not have permissions to call SendMessage"):
        keep_failures(account)


def keep_failures(account: Account) -> None:
    account.client("lambda").put_function_event_invoke_config(
        FunctionName="recorder",
        DestinationConfig={"OnFailure": {"Destination": queue_arn("failed")}},
    )
