"""What moto itself hands to functions reaches them: items of a table's stream, and log events."""

from __future__ import annotations

import base64
import gzip
import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from support.calls.refusals import refusal
from support.sandboxes.account_in_sandbox import RECORD, Account

STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
GROUP = {"logGroupName": "group"}
LOG = {**GROUP, "logStreamName": "stream"}
EMAIL = {"email": {"S": "taro@example.com"}}


def test_a_written_item_reaches_the_function_that_its_tables_stream_is_mapped_to(
    account: Account,
) -> None:
    account.function(RECORD)
    dynamodb = account.client("dynamodb")
    table = dynamodb.create_table(
        TableName="people",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "email", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "email", "AttributeType": "S"}],
        StreamSpecification=STREAM,
    )["TableDescription"]
    account.wait_for_table("people")
    account.client("lambda").create_event_source_mapping(
        FunctionName="recorder",
        EventSourceArn=table["LatestStreamArn"],
        StartingPosition="LATEST",
    )

    dynamodb.put_item(TableName="people", Item=EMAIL)

    (record,) = account.wait_for(1, account.records)
    assert (record["eventSource"], record["eventName"]) == ("aws:dynamodb", "INSERT")
    assert record["eventSourceARN"] == table["LatestStreamArn"]
    assert record["dynamodb"]["NewImage"] == EMAIL


NOT_LET = (
    "InvalidParameterException",
    "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to "
    "execute your function.",
)


def filtered(account: Account, pattern: str, *, service: str = "logs") -> Any:
    """Have the function hear of the group's events, if the service may invoke it."""
    arn, logs = account.function(RECORD), account.client("logs")
    account.client("lambda").add_permission(
        FunctionName="recorder",
        StatementId="logs",
        Action="lambda:InvokeFunction",
        Principal=f"{service}.amazonaws.com",
        SourceArn="arn:aws:logs:us-east-1:123456789012:log-group:group:*",
    )
    logs.create_log_group(**GROUP)
    logs.create_log_stream(**LOG)
    logs.put_subscription_filter(
        **GROUP, filterName="all", filterPattern=pattern, destinationArn=arn
    )
    return logs


def put(logs: Any, *messages: str) -> None:
    at = time.time_ns() // 1_000_000
    logs.put_log_events(**LOG, logEvents=[{"timestamp": at, "message": one} for one in messages])


def told(event: Any) -> Any:
    return json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))


@pytest.mark.parametrize("service", ["logs", "logs.us-east-1"])
def test_a_log_event_reaches_the_function_that_its_group_is_filtered_to(
    account: Account, service: str
) -> None:
    logs = filtered(account, "", service=service)
    put(logs, "sent")

    (event,) = account.wait_for(1, account.events)
    data = told(event)
    assert (data["logGroup"], data["logStream"]) == ("group", "stream")
    [(sent, found)] = zip(data["logEvents"], logs.filter_log_events(**GROUP)["events"], strict=True)
    assert (sent["message"], sent["id"]) == ("sent", found["eventId"])


def test_a_function_hears_only_of_what_the_filter_matches(account: Account) -> None:
    logs = filtered(account, "ERROR")

    put(logs, "all is well")
    put(logs, "ERROR 1", "all is well", "ERROR 2")

    (event,) = account.wait_for(1, account.events)
    assert [one["message"] for one in told(event)["logEvents"]] == ["ERROR 1", "ERROR 2"]


def test_a_function_hears_nothing_that_does_not_let_logs_invoke_it(account: Account) -> None:
    logs, function = filtered(account, ""), {"FunctionName": "recorder"}
    account.client("lambda").remove_permission(**function, StatementId="logs")
    put(logs, "unheard")
    again = {**GROUP, "filterName": "again", "filterPattern": ""}
    arn = account.client("lambda").get_function(**function)["Configuration"]["FunctionArn"]

    assert refusal(logs.put_subscription_filter, **again, destinationArn=arn) == NOT_LET
    assert refusal(logs.put_subscription_filter, **again, destinationArn=f"{arn}s") == NOT_LET
    elsewhere = arn.replace("us-east-1", "mars-1")
    assert refusal(logs.put_subscription_filter, **again, destinationArn=elsewhere) == NOT_LET
    for vendor, no_function in (("", "recorder"), ("lambda", "arn:aws:lambda")):
        words = refusal(logs.put_subscription_filter, **again, destinationArn=no_function)[1]
        assert words.endswith(f"cannot work with destinationArn for vendor {vendor}")
    theirs = arn.replace("123456789012", "210987654321")
    code, words = refusal(logs.put_subscription_filter, **again, destinationArn=theirs)
    assert code == "AccessDeniedException"
    assert words.startswith("Cross-account lambda invocation passing is not allowed.")
    account.wait_until_quiet()
    assert account.events() == []


def test_a_group_has_two_filters_each_of_which_may_be_put_again(account: Account) -> None:
    logs = filtered(account, "")
    arn = "arn:aws:lambda:us-east-1:123456789012:function:recorder"

    def put_filter(name: str) -> Any:
        asked = {**GROUP, "filterName": name, "filterPattern": "a", "destinationArn": arn}
        return logs.put_subscription_filter(**asked)

    put_filter("second")
    put_filter("second")

    with pytest.raises(ClientError, match="Resource limit exceeded"):
        put_filter("third")
    found = logs.describe_subscription_filters(**GROUP)["subscriptionFilters"]
    assert [one["filterName"] for one in found] == ["all", "second"]
    assert [one["applyOnTransformedLogs"] for one in found] == [False, False]
