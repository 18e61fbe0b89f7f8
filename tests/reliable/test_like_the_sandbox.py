"""The AWS in memory answers as the sandbox does: the same conversations, held with both."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mailfanout.target import Target
from support.reliable.ledger_tables import create_tables
from support.reliable.memory_aws import CHUNKS, MemoryAws
from support.reliable.memory_ses import SENDER

pytestmark = pytest.mark.slow

Item = dict[str, Any]
Ask = Callable[..., Any]
RANDOM = {"ResponseMetadata", "MessageId", "MD5OfMessageBody", "ReceiptHandle", "MD5OfBody", "ETag"}
BUCKET = "mailbody"
KEY = {"campaign": {"S": "c"}, "part": {"S": "c000001"}}
CHUNK = {
    **KEY,
    "rev": {"N": "1"},
    "counts": {"M": {"pending": {"N": "2"}, "unknown": {"N": "0"}}},
    "entries": {"S": "[]"},
}


@pytest.fixture
def memory() -> Iterator[Ask]:
    """Ask the AWS in memory."""
    aws = MemoryAws()
    aws.s3.put_object(Bucket=BUCKET, Key="mail.txt", Body=b"Subject\n\nBody\n")
    yield lambda service, operation, **parameters: answer_of(
        getattr(aws.client(service), operation), parameters
    )


@pytest.fixture
def sandbox(mailfanout_target: Target) -> Iterator[Ask]:
    """Ask the sandbox, in which the same things were made."""
    dynamodb, s3, sqs = (mailfanout_target.client(name) for name in ("dynamodb", "s3", "sqs"))
    create_tables(dynamodb)
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="mail.txt", Body=b"Subject\n\nBody\n")
    queue_url = sqs.create_queue(QueueName=CHUNKS)["QueueUrl"]
    mailfanout_target.client("sesv2").create_email_identity(EmailIdentity=SENDER)

    def ask(service: str, operation: str, **parameters: Any) -> Any:
        if "QueueUrl" in parameters:
            parameters["QueueUrl"] = queue_url
        return answer_of(getattr(mailfanout_target.client(service), operation), parameters)

    yield ask


def answer_of(call: Callable[..., Any], parameters: Item) -> Any:
    """What a call answers, without what differs from call to call, or its error's code."""
    try:
        answer = call(**parameters)
    except ClientError as error:
        reasons = error.response.get("CancellationReasons", [])
        return error.response["Error"]["Code"], [reason["Code"] for reason in reasons]
    if "Body" in answer:
        return answer["Body"].read()
    return without_random(answer)


def without_random(value: Any) -> Any:
    if isinstance(value, dict):
        known = {n: v for n, v in value.items() if n not in RANDOM and v not in ({}, [])}
        return {name: without_random(inner) for name, inner in known.items()}
    return [without_random(each) for each in value] if isinstance(value, list) else value


def ledger(ask: Ask, operation: str, **parameters: Any) -> Any:
    return ask("dynamodb", operation, TableName="maildelivery", **parameters)


def update(ask: Ask, expression: str, condition: str, **values: Any) -> Any:
    given = {f":{name}": value for name, value in values.items()}
    return ledger(
        ask,
        "update_item",
        Key=KEY,
        UpdateExpression=expression,
        ConditionExpression=condition,
        ExpressionAttributeValues=given,
        ReturnValues="ALL_NEW",
    )


def claim_and_write(ask: Ask) -> Iterator[Any]:
    yield ledger(ask, "get_item", Key=KEY, ConsistentRead=True)
    yield ledger(ask, "put_item", Item=CHUNK)
    claim = "SET lease_owner = :owner, rev = rev + :one"
    free = "attribute_not_exists(lease_owner) AND counts.pending > :none"
    numbers = {"one": {"N": "1"}, "none": {"N": "0"}}
    yield update(ask, claim, free, owner={"S": "me"}, **numbers)
    yield update(ask, claim, free, owner={"S": "you"}, **numbers)
    for rev in ("1", "2"):
        yield ledger(
            ask,
            "put_item",
            Item=CHUNK | {"rev": {"N": "3"}},
            ConditionExpression="rev = :rev",
            ExpressionAttributeValues={":rev": {"N": rev}},
        )
    yield ledger(ask, "get_item", Key=KEY, ConsistentRead=True)


def gates_and_counters(ask: Ask) -> Iterator[Any]:
    yield ledger(ask, "put_item", Item=CHUNK | {"gate": {"S": "open"}, "reason": {"S": ""}})
    pause = "SET gate = :paused, reason = :reason"
    paused, reason = {"S": "paused"}, {"S": "daily quota"}
    for _ in range(2):
        is_open = "gate = :open OR (gate = :paused AND reason = :other)"
        values = {"open": {"S": "open"}, "other": {"S": "other"}}
        yield update(ask, pause, is_open, paused=paused, reason=reason, **values)
    yield update(ask, "SET gate = :open", "gate <> :open", open={"S": "open"})
    yield update(ask, "ADD mailed :two", "attribute_exists(part)", two={"N": "2"})
    yield update(ask, "ADD mailed :two", "attribute_exists(nothing)", two={"N": "2"})


def an_update_never_makes_who_is_gone(ask: Ask) -> Iterator[Any]:
    yield ask(
        "dynamodb",
        "update_item",
        TableName="mailaddress",
        Key={"email": {"S": "gone@example.com"}},
        UpdateExpression="SET haserror = :yes",
        ConditionExpression="attribute_exists(email)",
        ExpressionAttributeValues={":yes": {"N": "1"}},
    )
    yield ask("dynamodb", "scan", TableName="mailaddress", ConsistentRead=True).get("Items")


def transactions(ask: Ask) -> Iterator[Any]:
    put = {"TableName": "maildelivery", "Item": CHUNK}
    new = put | {"ConditionExpression": "attribute_not_exists(part)"}
    count = {
        "TableName": "maildelivery",
        "Key": {"campaign": {"S": "c"}, "part": {"S": "!"}},
        "UpdateExpression": "SET #plan = :plan, #cursor = :plan",
        "ConditionExpression": "attribute_not_exists(#plan) OR #plan <> :plan",
        "ExpressionAttributeNames": {"#plan": "plan", "#cursor": "cursor"},
        "ExpressionAttributeValues": {":plan": {"S": "planned"}},
    }
    for writes in (
        [{"Put": new}],
        [{"Put": new}, {"Update": count}],
        [{"Update": count}, {"Put": put}],
        [{"Put": put}, {"Put": put}],
        [{"Update": count}, {"Put": put}],
    ):
        yield ask("dynamodb", "transact_write_items", TransactItems=writes)
        yield ledger(ask, "scan", ConsistentRead=True)


def token_is_done_once(ask: Ask) -> Iterator[Any]:
    put = {
        "TableName": "maildelivery",
        "Item": CHUNK,
        "ConditionExpression": "attribute_not_exists(part)",
    }
    for token in ("one", "one", "two"):
        yield ask(
            "dynamodb",
            "transact_write_items",
            TransactItems=[{"Put": put}],
            ClientRequestToken=token,
        )


def pages_and_filters(ask: Ask) -> Iterator[Any]:
    for number in range(4):
        item = CHUNK | {"part": {"S": f"c00000{number}"}, "note": {"S": 400_000 // 2 * "x"}}
        counts = {"pending": {"N": str(number % 2)}, "unknown": {"N": "0"}}
        yield ledger(ask, "put_item", Item=item | {"counts": {"M": counts}})
    parameters: Item = {
        "KeyConditionExpression": "campaign = :c AND begins_with(part, :p)",
        "FilterExpression": "counts.pending > :none OR counts.#unknown > :none",
        "ExpressionAttributeNames": {"#unknown": "unknown"},
        "ExpressionAttributeValues": {":c": {"S": "c"}, ":p": {"S": "c"}, ":none": {"N": "0"}},
        "ProjectionExpression": "part, counts",
        "ConsistentRead": True,
    }
    page = ledger(ask, "query", **parameters)
    yield page["Items"]
    assert "LastEvaluatedKey" not in page


def refusals(ask: Ask) -> Iterator[Any]:
    yield update(ask, "SET plan = :a", "attribute_not_exists(part)", a={"S": "a"})
    yield update(ask, "SET gate = :a", "attribute_not_exists(part)", a={"S": "a"}, b={"S": "b"})
    yield update(ask, "SET gate = gate + :a", "attribute_not_exists(part)", a={"N": "1"})
    yield ledger(ask, "get_item", Key={"campaign": {"S": "c"}})
    many = [{"Put": {"TableName": "maildelivery", "Item": CHUNK | part(n)}} for n in range(101)]
    yield ask("dynamodb", "transact_write_items", TransactItems=many)
    keys = {"Keys": [KEY, KEY]}
    yield ask("dynamodb", "batch_get_item", RequestItems={"maildelivery": keys})


def part(number: int) -> Item:
    return {"part": {"S": str(number)}}


def reads_of_two_tables(ask: Ask) -> Iterator[Any]:
    yield ledger(ask, "put_item", Item=CHUNK)
    recipient = {"email": {"S": "r@example.com"}, "haserror": {"N": "0"}}
    yield ask("dynamodb", "put_item", TableName="mailaddress", Item=recipient)
    emails = [{"email": {"S": f"{name}@example.com"}} for name in "rs"]
    wanted = {
        "maildelivery": {"Keys": [KEY], "ConsistentRead": True},
        "mailaddress": {"Keys": emails, "ConsistentRead": True},
    }
    yield ask("dynamodb", "batch_get_item", RequestItems=wanted)


def messages_and_counts(ask: Ask) -> Iterator[Any]:
    body = json.dumps({"campaign": "c", "chunk": "c000001"})
    entries = [{"Id": f"c{n}", "MessageBody": body, "MessageGroupId": "c"} for n in range(3)]
    kinds = ("", "Delayed", "NotVisible")
    counts = [f"ApproximateNumberOfMessages{kind}" for kind in kinds]
    yield ask("sqs", "get_queue_attributes", QueueUrl=CHUNKS, AttributeNames=counts)
    yield ask("sqs", "send_message_batch", QueueUrl=CHUNKS, Entries=entries)
    received = ask("sqs", "receive_message", QueueUrl=CHUNKS, MaxNumberOfMessages=10)
    yield [message["Body"] for message in received["Messages"]]
    yield ask("sqs", "get_queue_attributes", QueueUrl=CHUNKS, AttributeNames=counts)
    yield ask("sqs", "send_message_batch", QueueUrl=CHUNKS, Entries=entries[:1] * 2)


def objects(ask: Ask) -> Iterator[Any]:
    etag = '"e9f95a16d3ab7e5f5e3c1f6e0e5f3e60"'
    yield ask("s3", "get_object", Bucket=BUCKET, Key="mail.txt")
    yield ask("s3", "get_object", Bucket=BUCKET, Key="mail.txt", IfMatch=etag)
    yield ask("s3", "get_object", Bucket=BUCKET, Key="gone.txt")


def mails_in_bulk(ask: Ask) -> Iterator[Any]:
    yield sorted(ask("sesv2", "get_account")["SendQuota"])
    content = {"Subject": "Hello {{username}}", "Text": "{{email}}"}
    data = json.dumps({"username": "r", "email": "r@example.com"})
    replacement = {"ReplacementTemplate": {"ReplacementTemplateData": data}}
    entry = {
        "Destination": {"ToAddresses": ["r@example.com"]},
        "ReplacementEmailContent": replacement,
        "ReplacementTags": [{"Name": "entry", "Value": "0"}],
    }
    common = {"DefaultContent": {"Template": {"TemplateContent": content, "TemplateData": "{}"}}}
    for sender, entries in (
        (SENDER, [entry] * 2),
        ("other@example.com", [entry]),
        (SENDER, 51 * [entry]),
    ):
        yield ask(
            "sesv2",
            "send_bulk_email",
            FromEmailAddress=sender,
            ReplyToAddresses=[sender],
            BulkEmailEntries=entries,
            **common,
        )


CONVERSATIONS = [
    claim_and_write,
    gates_and_counters,
    an_update_never_makes_who_is_gone,
    transactions,
    token_is_done_once,
    pages_and_filters,
    refusals,
    reads_of_two_tables,
    messages_and_counts,
    objects,
    mails_in_bulk,
]


@pytest.mark.parametrize("conversation", CONVERSATIONS, ids=lambda each: each.__name__)
def test_both_answer_alike(
    memory: Ask, sandbox: Ask, conversation: Callable[[Ask], Iterator[Any]]
) -> None:
    for number, (ours, theirs) in enumerate(
        zip(conversation(memory), conversation(sandbox), strict=True)
    ):
        assert ours == theirs, f"answer {number}"
