"""What the sandbox spends on the calls that one chunk of 50 recipients costs the reliable design.

`python -m pytest -m benchmark -s tests/benchmarks/test_calls_of_a_chunk.py`. The figures are
processor time of the sandbox's process: what its functions and the caller spend is not in them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import psutil
import pytest

from mailfanout.sandbox.control import Sandbox
from mailfanout.target import Target
from support.figures import show_figures
from support.waiting import wait_for_table

pytestmark = pytest.mark.benchmark

SENDER = "sender@example.com"
SIZE = 50
TIMES = 100
PEOPLE = [f"u{number:05}@example.com" for number in range(SIZE)]
ENTRIES = json.dumps([{"email": email, "state": "sent", "ids": {"0" * 60: 1}} for email in PEOPLE])
EVENTS = ["SEND", "DELIVERY", "BOUNCE", "COMPLAINT", "REJECT", "RENDERING_FAILURE"]


class Meter:
    """Runs an action again and again, until its consequences are over, and takes the time."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._process = psutil.Process(sandbox.pid)
        self.figures: dict[str, float] = {}

    def measure(self, name: str, action: Callable[[], Any], *, times: int = TIMES) -> None:
        action()
        began = self._processor_seconds()
        for _ in range(times):
            action()
        self._sandbox.wait_until_quiet()
        self.figures[name] = (self._processor_seconds() - began) * 1000 / times

    def _processor_seconds(self) -> float:
        times = self._process.cpu_times()
        return float(times.user + times.system)


@pytest.fixture
def meter(sandbox: Sandbox) -> Iterator[Meter]:
    meter = Meter(sandbox)
    yield meter
    show_figures(
        "Processor time of the sandbox",
        {name: f"{ms:8.2f} ms" for name, ms in meter.figures.items()},
    )


@pytest.fixture
def dynamodb(mailfanout_target: Target) -> Any:
    client = mailfanout_target.client("dynamodb")
    for name, keys in (("ledger", ["campaign", "part"]), ("people", ["email"])):
        client.create_table(
            TableName=name,
            KeySchema=[
                {"AttributeName": key, "KeyType": kind}
                for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
            ],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            BillingMode="PAY_PER_REQUEST",
        )
        wait_for_table(client, name)
    for email in PEOPLE:
        item = {"email": {"S": email}, "username": {"S": "u"}, "haserror": {"N": "0"}}
        client.put_item(TableName="people", Item=item)
    return client


@pytest.fixture
def sesv2(mailfanout_target: Target) -> Any:
    client = mailfanout_target.client("sesv2")
    client.create_email_identity(EmailIdentity=SENDER)
    client.create_configuration_set(ConfigurationSetName="events")
    return client


@pytest.fixture
def feedback(mailfanout_target: Target, sesv2: Any) -> str:
    """The ARN of the queue that hears of every mail."""
    topic_arn = mailfanout_target.client("sns").create_topic(Name="feedback")["TopicArn"]
    sqs = mailfanout_target.client("sqs")
    url = sqs.create_queue(QueueName="feedback")["QueueUrl"]
    names = ["QueueArn"]
    queue_arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"][names[0]]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    mailfanout_target.client("sns").subscribe(
        TopicArn=topic_arn,
        Protocol="sqs",
        Endpoint=queue_arn,
        Attributes={"RawMessageDelivery": "true"},
    )
    sesv2.create_configuration_set_event_destination(
        ConfigurationSetName="events",
        EventDestinationName="topic",
        EventDestination={
            "Enabled": True,
            "MatchingEventTypes": EVENTS,
            "SnsDestination": {"TopicArn": topic_arn},
        },
    )
    return str(queue_arn)


def chunk_item(part: int, entries: str) -> dict[str, Any]:
    return {
        "campaign": {"S": "a" * 32},
        "part": {"S": f"c{part:06}"},
        "rev": {"N": "1"},
        "writer": {"S": "sendQueue"},
        "entries": {"S": entries},
        "counts": {"M": {"pending": {"N": str(SIZE)}}},
    }


def bulk_entry(number: int, email: str) -> dict[str, Any]:
    tags = {"campaign": "a" * 32, "chunk": "c000001", "entry": str(number)}
    data = json.dumps({"email": email, "username": f"User {number}"})
    return {
        "Destination": {"ToAddresses": [email]},
        "ReplacementTags": [{"Name": name, "Value": value} for name, value in tags.items()],
        "ReplacementEmailContent": {"ReplacementTemplate": {"ReplacementTemplateData": data}},
    }


def bulk_request(**options: Any) -> dict[str, Any]:
    content = {"Subject": "Hello {{username}}", "Text": "Dear {{username}},\n" + "text " * 100}
    return {
        "FromEmailAddress": SENDER,
        "ReplyToAddresses": [SENDER],
        "DefaultContent": {"Template": {"TemplateContent": content, "TemplateData": "{}"}},
        "BulkEmailEntries": [bulk_entry(n, email) for n, email in enumerate(PEOPLE)],
        **options,
    }


def test_writes_of_dynamodb(meter: Meter, dynamodb: Any) -> None:
    numbers = count()

    def transact() -> None:
        items = [chunk_item(next(numbers), "x" * 5000) for _ in range(80)]
        puts = [{"Put": {"TableName": "ledger", "Item": item}} for item in items]
        dynamodb.transact_write_items(TransactItems=puts)

    def put() -> None:
        dynamodb.put_item(
            TableName="ledger",
            Item=chunk_item(1, ENTRIES),
            ConditionExpression="rev = :rev",
            ExpressionAttributeValues={":rev": {"N": "1"}},
        )

    def claim() -> None:
        dynamodb.update_item(
            TableName="ledger",
            Key={name: chunk_item(2, "")[name] for name in ("campaign", "part")},
            UpdateExpression="SET lease_until = :until, writer = :owner, rev = rev + :one",
            ConditionExpression="attribute_not_exists(lease_owner) AND counts.pending > :none",
            ExpressionAttributeValues={
                ":until": {"N": "1"},
                ":owner": {"S": "me"},
                ":one": {"N": "1"},
                ":none": {"N": "0"},
            },
            ReturnValues="ALL_NEW",
        )

    meter.measure("TransactWriteItems, 80 of 5 KB", transact, times=TIMES // 5)
    meter.measure("PutItem, 8 KB, conditional", put)
    meter.measure("UpdateItem, 5 KB, conditional", claim)


def test_reads_of_dynamodb(meter: Meter, dynamodb: Any) -> None:
    for number in (1, 2):
        dynamodb.put_item(TableName="ledger", Item=chunk_item(number, ENTRIES))

    def read_together() -> None:
        keys = [{name: chunk_item(n, "")[name] for name in ("campaign", "part")} for n in (1, 2)]
        people = [{"email": {"S": email}} for email in PEOPLE]
        wanted = {
            "ledger": {"Keys": keys, "ConsistentRead": True},
            "people": {"Keys": people, "ConsistentRead": True},
        }
        answer = dynamodb.batch_get_item(RequestItems=wanted)
        assert sum(map(len, answer["Responses"].values())) == 52

    meter.measure("BatchGetItem, 52 keys", read_together)


def test_mails_of_a_chunk(meter: Meter, sesv2: Any) -> None:
    meter.measure("SendBulkEmail, 50 entries", lambda: sesv2.send_bulk_email(**bulk_request()))


def test_events_of_a_chunk(meter: Meter, sesv2: Any, feedback: str) -> None:
    request = bulk_request(ConfigurationSetName="events")
    meter.measure("with events to a queue", lambda: sesv2.send_bulk_email(**request))
