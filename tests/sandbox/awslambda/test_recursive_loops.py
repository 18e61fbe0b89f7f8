"""A chain of requests that leads back to a function is stopped after 16 passes, as on AWS."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.calls.refusals import refusal
from support.sandboxes.account_in_sandbox import RECORD, REGION, Account, queue_arn
from support.waiting import wait_until

# Sends each event on: where to, says the line that is put in. With `stop_at`, some time it ends.
AGAIN = f"""
import boto3, json, os, pathlib
def client(service):
    return boto3.client(service)
{RECORD}
    if len(list(pathlib.Path(os.environ["RECORDS"]).glob("*.json"))) < STOP_AT:
        SEND_ON
"""
TO_QUEUE = (
    'queue = client("sqs"); queue.send_message('
    'QueueUrl=queue.get_queue_url(QueueName="queue")["QueueUrl"], MessageBody="again")'
)
TO_BUCKET = 'client("s3").put_object(Bucket="mailbody", Key="again.txt", Body=b"again")'
TO_TOPIC = (
    f'client("sns").publish(TopicArn="arn:aws:sns:{REGION}:123456789012:topic", Message="again")'
)
TO_ITSELF = 'client("lambda").invoke(FunctionName="recorder", InvocationType="Event")'
TO_ITSELF_AND_WAIT = 'client("lambda").invoke(FunctionName="recorder")'

pytestmark = pytest.mark.slow


def create(account: Account, send_on: str, *, stop_at: int = 1000, **options: Any) -> str:
    source = AGAIN.replace("STOP_AT", str(stop_at)).replace("SEND_ON", send_on)
    return account.function(source, **options)


def begin_with_queue(account: Account, function_arn: str) -> None:
    account.queue("dead")
    redrive = {"deadLetterTargetArn": queue_arn("dead"), "maxReceiveCount": 2}
    queue_url = account.queue(VisibilityTimeout=20, RedrivePolicy=json.dumps(redrive))
    account.client("lambda").create_event_source_mapping(
        EventSourceArn=queue_arn(), FunctionName=function_arn
    )
    account.client("sqs").send_message(QueueUrl=queue_url, MessageBody="begin")


def begin_with_bucket(account: Account, function_arn: str) -> None:
    s3 = account.client("s3")
    s3.create_bucket(Bucket="mailbody")
    account.allow("s3", "arn:aws:s3:::mailbody")
    rule = {"LambdaFunctionArn": function_arn, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket="mailbody", NotificationConfiguration={"LambdaFunctionConfigurations": [rule]}
    )
    s3.put_object(Bucket="mailbody", Key="begin.txt", Body=b"begin")


def begin_with_topic(account: Account, function_arn: str) -> None:
    sns = account.client("sns")
    topic_arn = sns.create_topic(Name="topic")["TopicArn"]
    account.allow("sns", topic_arn)
    sns.subscribe(TopicArn=topic_arn, Protocol="lambda", Endpoint=function_arn)
    sns.publish(TopicArn=topic_arn, Message="begin")


def begin_with_event(account: Account, function_arn: str) -> None:
    account.client("lambda").invoke(FunctionName=function_arn, InvocationType="Event")


def test_queue_that_feeds_itself_ends_in_its_dead_letter_queue(account: Account) -> None:
    begin_with_queue(account, create(account, TO_QUEUE))

    dead = account.receive(account.client("sqs").get_queue_url(QueueName="dead")["QueueUrl"])

    assert len(account.events()) == 16
    assert (dead["Body"], dead["Attributes"]["ApproximateReceiveCount"]) == ("again", "3")
    assert ":16" in dead["Attributes"]["AWSTraceHeader"]


@pytest.mark.parametrize(
    "send_on, begin",
    [(TO_BUCKET, begin_with_bucket), (TO_TOPIC, begin_with_topic), (TO_ITSELF, begin_with_event)],
    ids=["bucket", "topic", "function"],
)
def test_event_that_comes_back_again_and_again_is_a_dead_letter(
    account: Account, send_on: str, begin: Any
) -> None:
    dead_url = account.queue("dead")
    arn = create(account, send_on, DeadLetterConfig={"TargetArn": queue_arn("dead")})

    begin(account, arn)

    dead = account.receive(dead_url)
    assert len(account.events()) == 16
    assert dead["MessageAttributes"]["ErrorCode"]["StringValue"] == "400"
    account.wait_until_quiet()
    assert len(account.events()) == 16


def test_function_that_waits_for_itself_is_told_of_its_recursion(account: Account) -> None:
    create(account, TO_ITSELF_AND_WAIT, Timeout=60)

    account.invoke()

    assert len(account.events()) == 16
    errors = account.client("logs").filter_log_events(
        logGroupName="/aws/lambda/recorder", filterPattern="RecursiveInvocationException"
    )["events"]
    assert "being invoked in a recursive loop" in errors[0]["message"]


def test_function_that_may_loop_does(account: Account) -> None:
    arn = create(account, TO_ITSELF, stop_at=20)
    functions = account.client("lambda")
    assert functions.get_function_recursion_config(FunctionName=arn)["RecursiveLoop"] == (
        "Terminate"
    )
    functions.put_function_recursion_config(FunctionName=arn, RecursiveLoop="Allow")

    begin_with_event(account, arn)

    wait_until(lambda: len(account.events()) == 20)
    shown = functions.get_function_recursion_config(FunctionName="recorder")
    assert shown["RecursiveLoop"] == "Allow"


@pytest.mark.parametrize(
    "name, loop, code",
    [
        ("nobody", "Allow", "ResourceNotFoundException"),
        ("recorder", "Perhaps", "ValidationException"),
    ],
)
def test_recursion_is_not_configured_for(account: Account, name: str, loop: str, code: str) -> None:
    account.function()

    put = account.client("lambda").put_function_recursion_config

    assert refusal(put, FunctionName=name, RecursiveLoop=loop)[0] == code
