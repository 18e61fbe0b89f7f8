"""Where asynchronous events end: dead-letter queues and destinations."""

from __future__ import annotations

import json
import re
from typing import Any

from support.calls.refusals import refusal
from support.sandboxes.account_in_sandbox import RECORD, RECORD_AND_FAIL, Account, allow, queue_arn
from support.waiting import wait_until


def test_failed_event_ends_in_the_dead_letter_queue_with_its_error(account: Account) -> None:
    dead_letters = account.queue()
    account.function(RECORD_AND_FAIL, DeadLetterConfig={"TargetArn": queue_arn()})

    response = account.invoke(event={"to": "山田太郎"}, InvocationType="Event")

    message = account.receive(dead_letters)
    assert json.loads(message["Body"]) == {"to": "山田太郎"}
    assert message["MessageAttributes"] == {
        "RequestID": {
            "DataType": "String",
            "StringValue": response["ResponseMetadata"]["RequestId"],
        },
        "ErrorCode": {"DataType": "Number", "StringValue": "200"},
        "ErrorMessage": {"DataType": "String", "StringValue": "no such mail"},
    }
    assert account.events() == [{"to": "山田太郎"}] * 3


def test_throttled_event_ends_in_the_dead_letter_queue(account: Account) -> None:
    dead_letters = account.queue()
    account.function(DeadLetterConfig={"TargetArn": queue_arn()})
    account.client("lambda").put_function_concurrency(
        FunctionName="recorder", ReservedConcurrentExecutions=0
    )

    account.invoke(event=1, InvocationType="Event")

    attributes = account.receive(dead_letters)["MessageAttributes"]
    assert attributes["ErrorCode"]["StringValue"] == "429"
    assert attributes["ErrorMessage"]["StringValue"] == "Rate Exceeded."


def test_dead_letter_topic_gets_the_same_as_a_queue(account: Account) -> None:
    sns = {"Principal": {"Service": "sns.amazonaws.com"}}
    policy = {"Statement": [allow("sqs:SendMessage") | sns]}
    dead_letters = account.queue(Policy=json.dumps(policy))
    topic_arn = account.client("sns").create_topic(Name="topic")["TopicArn"]
    account.client("sns").subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=queue_arn())
    account.function(RECORD_AND_FAIL, DeadLetterConfig={"TargetArn": topic_arn})

    account.invoke(event={"n": 1}, InvocationType="Event")

    notification = json.loads(account.receive(dead_letters)["Body"])
    assert json.loads(notification["Message"]) == {"n": 1}
    attributes = notification["MessageAttributes"]
    assert attributes["ErrorMessage"] == {"Type": "String", "Value": "no such mail"}
    assert attributes["ErrorCode"] == {"Type": "Number", "Value": "200"}


def test_dead_letter_that_the_role_may_no_longer_send_is_dropped(account: Account) -> None:
    dead_letters = account.queue()
    account.function(RECORD_AND_FAIL, DeadLetterConfig={"TargetArn": queue_arn()})
    account.role(allow("logs:*"))

    account.invoke(InvocationType="Event")
    account.wait_until_quiet()

    assert len(account.events()) == 3
    assert account.messages_in(dead_letters) == 0


def test_dead_letter_queue_that_is_gone_disturbs_nothing(account: Account) -> None:
    account.function(RECORD_AND_FAIL, DeadLetterConfig={"TargetArn": queue_arn("gone")})

    account.invoke(InvocationType="Event")
    account.wait_until_quiet()

    assert len(account.events()) == 3


def destinations(account: Account, name: str = "recorder", **destinations: str) -> dict[str, Any]:
    """Set the function's destinations, with no retry."""
    config: dict[str, Any] = account.client("lambda").put_function_event_invoke_config(
        FunctionName=name,
        MaximumRetryAttempts=0,
        DestinationConfig={
            condition: {"Destination": arn} for condition, arn in destinations.items()
        },
    )
    return config


def test_failed_event_leaves_a_record_at_its_destination(account: Account) -> None:
    failures = account.queue()
    arn = account.function(RECORD_AND_FAIL)
    destinations(account, OnFailure=queue_arn())

    response = account.invoke(event={"n": 1}, InvocationType="Event")

    record = json.loads(account.receive(failures)["Body"])
    assert record.pop("timestamp").endswith("Z")
    assert record.pop("responsePayload")["errorMessage"] == "no such mail"
    assert record == {
        "version": "1.0",
        "requestContext": {
            "requestId": response["ResponseMetadata"]["RequestId"],
            "functionArn": f"{arn}:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 1,
        },
        "requestPayload": {"n": 1},
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": "Unhandled",
        },
    }


def test_event_that_succeeds_leaves_a_record_at_its_destination(account: Account) -> None:
    successes, failures = account.queue("successes"), account.queue("failures")
    account.function(f"{RECORD}    return {{'sent': 3}}\n")
    destinations(account, OnSuccess=queue_arn("successes"), OnFailure=queue_arn("failures"))

    account.invoke(InvocationType="Event")

    record = json.loads(account.receive(successes)["Body"])
    assert record["requestContext"]["condition"] == "Success"
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST"}
    assert record["responsePayload"] == {"sent": 3}
    assert account.messages_in(failures) == 0


def test_another_function_can_be_the_destination(account: Account) -> None:
    account.function("def lambda_handler(event, context):\n    1 / 0\n")
    destination = account.function(RECORD, name="listener")
    destinations(account, OnFailure=destination)

    account.invoke(event={"n": 1}, InvocationType="Event")

    (record,) = account.wait_for(1, account.events)
    assert record["requestPayload"] == {"n": 1}


def test_event_for_an_alias_runs_its_version(account: Account) -> None:
    arn = account.function(RECORD)
    failures = account.queue()
    client = account.client("lambda")
    client.publish_version(FunctionName="recorder")
    client.create_alias(FunctionName="recorder", Name="live", FunctionVersion="1")
    destinations(account, "recorder:live", OnSuccess=queue_arn())

    account.invoke(InvocationType="Event", Qualifier="live")

    record = json.loads(account.receive(failures)["Body"])
    assert record["requestContext"]["functionArn"] == f"{arn}:live"
    assert record["responseContext"]["executedVersion"] == "1"


def test_a_bus_is_told_of_every_event_that_is_over(account: Account) -> None:
    bus = "arn:aws:events:us-east-1:123456789012:event-bus/default"
    events = {"Principal": {"Service": "events.amazonaws.com"}}
    told = account.queue(Policy=json.dumps({"Statement": [allow("sqs:SendMessage") | events]}))
    account.client("events").put_rule(Name="over", EventPattern='{"source": ["lambda"]}')
    account.client("events").put_targets(Rule="over", Targets=[{"Id": "1", "Arn": queue_arn()}])
    account.function(RECORD)
    account.client("lambda").put_function_event_invoke_config(
        FunctionName="recorder", DestinationConfig={"OnSuccess": {"Destination": bus}}
    )

    account.invoke(event={"n": 1}, InvocationType="Event")

    event = json.loads(account.receive(told)["Body"])
    assert event["detail-type"] == "Lambda Function Invocation Result - Success"
    assert event["detail"]["requestPayload"] == {"n": 1}
    assert event["resources"] == [bus, event["detail"]["requestContext"]["functionArn"]]


def test_a_bucket_keeps_records_of_what_failed(account: Account) -> None:
    s3 = account.client("s3")
    s3.create_bucket(Bucket="records")
    account.function(RECORD_AND_FAIL)
    configure = account.client("lambda").put_function_event_invoke_config
    kept = {"Destination": "arn:aws:s3:::records"}
    configure(FunctionName="recorder", DestinationConfig={"OnFailure": kept})

    account.invoke(event={"n": 1}, InvocationType="Event")

    def keys() -> list[str]:
        listed = s3.list_objects_v2(Bucket="records")
        return [one["Key"] for one in listed.get("Contents", ())]

    wait_until(keys)
    (key,) = keys()
    at = r"\d{4}/\d\d/\d\d/[\d-]+T[\d.]+"
    assert re.fullmatch(rf"aws/lambda/async/recorder/{at}-[0-9a-f-]{{36}}", key)
    record = json.loads(s3.get_object(Bucket="records", Key=key)["Body"].read())
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    said = refusal(configure, FunctionName="recorder", DestinationConfig={"OnSuccess": kept})
    assert said[0] == "InvalidParameterValueException"
