"""The four functions, one after the other, with boto3's real clients on the sandbox."""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any

import pytest

from mailfanout.ledger import Control
from mailfanout.ledger.control import report, status
from mailfanout.target import Target
from support.reliable.invocations import Context
from support.reliable.ledger_tables import create_tables
from support.reliable.loading import load_function
from support.reliable.memory_aws import MemoryAws
from support.reliable.pipeline import FUNCTIONS

pytestmark = pytest.mark.slow

BUCKET, KEY, SENDER = "mailbody", "お知らせ 1.txt", "sender@example.com"
MAIL = b"Hello {{username}}\n\nThis is for {{email}}.\n"
EMAILS = [f"r{number}@example.com" for number in range(3)]


class Deployed:
    """The functions with the sandbox's clients, and what they work on."""

    def __init__(self, target: Target) -> None:
        self.target = target
        create_tables(target.client("dynamodb"))
        sqs = target.client("sqs")
        names = ("chunks", "feedback", "feedback-dlq")
        self.urls = {name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in names}
        environment = {
            "TABLE_NAME": "mailaddress",
            "LEDGER_NAME": "maildelivery",
            "QUEUE_URL": self.urls["chunks"],
            "FEEDBACK_QUEUE_URLS": f"{self.urls['feedback']} {self.urls['feedback-dlq']}",
            "NOTICES_ARN": target.client("sns").create_topic(Name="mailnotices")["TopicArn"],
            "SENDER": SENDER,
            "CONFIGURATION_SET": "mailfeedback",
            "UNSUBSCRIBE_URL": "https://example.com/unsubscribe?address=",
        }
        target.client("sesv2").create_email_identity(EmailIdentity=SENDER)
        target.client("sesv2").create_configuration_set(ConfigurationSetName="mailfeedback")
        self.functions: dict[str, ModuleType] = {
            name: load_function(f"reliable/{name}", client=self.client, **environment)[
                "lambda_function"
            ]
            for name in FUNCTIONS["reliable"]
        }

    def client(self, service: str, **_: Any) -> Any:
        return self.target.client(service)

    def call(self, function: str, event: Any) -> Any:
        return self.functions[function].lambda_handler(event, Context(MemoryAws(), 900))

    def upload(self) -> dict[str, Any]:
        s3 = self.target.client("s3")
        s3.create_bucket(Bucket=BUCKET)
        etag = s3.put_object(Bucket=BUCKET, Key=KEY, Body=MAIL)["ETag"].strip('"')
        stored = {"key": "%E3%81%8A%E7%9F%A5%E3%82%89%E3%81%9B+1.txt", "eTag": etag}
        place = {"bucket": {"name": BUCKET}, "object": stored | {"sequencer": "01"}}
        return {"Records": [{"eventTime": "2026-11-26T00:00:00.000Z", "s3": place}]}

    def receive(self) -> list[dict[str, Any]]:
        sqs = self.target.client("sqs")
        received = sqs.receive_message(QueueUrl=self.urls["chunks"], MaxNumberOfMessages=10)
        return [
            {"messageId": m["MessageId"], "body": m["Body"], "messageAttributes": {}}
            for m in received.get("Messages", [])
        ]


@pytest.fixture
def deployed(mailfanout_target: Target) -> Deployed:
    deployed = Deployed(mailfanout_target)
    for email in EMAILS:
        item = {"email": {"S": email}, "username": {"S": "山田"}, "haserror": {"N": "0"}}
        mailfanout_target.client("dynamodb").put_item(TableName="mailaddress", Item=item)
    return deployed


def test_campaign_is_planned_sent_recorded_and_closed(deployed: Deployed) -> None:
    target = deployed.target
    control = Control(target.client("dynamodb"), target.client("lambda"), "maildelivery")

    deployed.call("sendQueue", deployed.upload())
    [record] = deployed.receive()
    assert deployed.call("readMessageAndSendMail", {"Records": [record]}) == {
        "batchItemFailures": []
    }
    campaign = json.loads(record["body"])["campaign"]
    [*_, row] = report(control, campaign)
    tags = {"campaign": [campaign], "chunk": ["c000001"], "entry": ["2"]}
    mail = {"messageId": row["message_ids"][0], "destination": [row["email"]], "tags": tags}
    bounce = {"eventType": "Bounce", "bounce": {"bounceType": "Permanent"}, "mail": mail}
    deployed.call("recordFeedback", {"Records": [{"body": json.dumps(bounce)}]})
    deployed.call("sweepCampaigns", {})

    assert target.sandbox
    mails = list(target.sandbox.mails())
    assert sorted(mail["destinations"]["to"][0] for mail in mails) == EMAILS
    assert {mail["subject"] for mail in mails} == {"Hello 山田"}
    seen = status(control, campaign)
    assert (seen["state"], seen["states"]["sent"], seen["bounces"]) == ("done", 3, 1)
    place = target.client("dynamodb").query(
        TableName="maildelivery",
        KeyConditionExpression="campaign = :campaigns",
        FilterExpression="is_open = :no",
        ExpressionAttributeValues={":campaigns": {"S": "campaigns"}, ":no": {"BOOL": False}},
    )
    assert place["Count"] == 1


def test_mail_that_was_replaced_is_not_planned(deployed: Deployed) -> None:
    event = deployed.upload()
    deployed.target.client("s3").put_object(Bucket=BUCKET, Key=KEY, Body=b"Other\n\nMail\n")

    deployed.call("sendQueue", event)

    assert deployed.receive() == []
