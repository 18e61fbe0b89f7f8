"""Event records as AWS writes them, to the key."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from mailfanout.sandbox.events import (
    Notification,
    ObjectEvent,
    QueueMessage,
    iso_time,
    s3_detail,
    s3_record,
    sns_envelope,
    sns_record,
    sqs_record,
)

AT = datetime(2026, 1, 2, 3, 4, 5, 678_901, UTC)
OBJECT = ObjectEvent(
    name="ObjectCreated:Put",
    region="us-east-1",
    configuration_id="sendQueue",
    bucket_name="mailbody-20221119",
    key="example.txt",
    size=58,
    etag="9f7d0ef0a8b4f7a0b3c1f4c1e4b6a1c2",
    sequencer="0018A1B2C3D4E5F607",
    request_id="A1B2C3D4E5F60708",
    principal_id="AROAEXAMPLE:anna",
)
MESSAGE = QueueMessage(
    message_id="059f36b4-87a3-44ab-83d2-661975830a7d",
    receipt_handle="AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
    body="yamada@example.com",
    md5_of_body="e4e68fb7bd0e697a0ae8f1bb342846b3",
    attributes={"ApproximateReceiveCount": "1", "SentTimestamp": "1545082649183"},
    message_attributes={
        "username": {"DataType": "String", "StringValue": "山田太郎"},
        "empty": {"DataType": "String", "StringValue": ""},
        "picture": {"DataType": "Binary.png", "BinaryValue": b"\x89PNG"},
    },
    md5_of_message_attributes="00484c68b2a1bafbb1f0ee2d9f1c2e5a",
)


def test_s3_record_has_every_key_that_aws_documents() -> None:
    assert s3_record(OBJECT, AT) == {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": "us-east-1",
        "eventTime": "2026-01-02T03:04:05.678Z",
        "eventName": "ObjectCreated:Put",
        "userIdentity": {"principalId": "AWS:AROAEXAMPLE:anna"},
        "requestParameters": {"sourceIPAddress": "127.0.0.1"},
        "responseElements": {
            "x-amz-request-id": "A1B2C3D4E5F60708",
            "x-amz-id-2": "QTFCMkMzRDRFNUY2MDcwOEExQjJDM0Q0RTVGNjA3MDhBMUIyQzNENEU1RjYwNzA4",
        },
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "sendQueue",
            "bucket": {
                "name": "mailbody-20221119",
                "ownerIdentity": {"principalId": "A3NL1KOZZKExample"},
                "arn": "arn:aws:s3:::mailbody-20221119",
            },
            "object": {
                "key": "example.txt",
                "size": 58,
                "eTag": "9f7d0ef0a8b4f7a0b3c1f4c1e4b6a1c2",
                "sequencer": "0018A1B2C3D4E5F607",
            },
        },
    }


@pytest.mark.parametrize(
    ("key", "encoded"),
    [
        ("two words.txt", "two+words.txt"),
        ("1+1=2.txt", "1%2B1%3D2.txt"),
        ("メール.txt", "%E3%83%A1%E3%83%BC%E3%83%AB.txt"),
        ("2026/01/mail.txt", "2026/01/mail.txt"),
    ],
)
def test_object_key_is_url_encoded_but_for_its_slashes(key: str, encoded: str) -> None:
    assert s3_record(replace(OBJECT, key=key), AT)["s3"]["object"]["key"] == encoded


def test_version_id_is_there_where_the_bucket_is_versioned() -> None:
    record = s3_record(replace(OBJECT, version_id="096fKKXTRTtl3on89fVO.nfljtsv6qko"), AT)

    assert record["s3"]["object"]["versionId"] == "096fKKXTRTtl3on89fVO.nfljtsv6qko"


def test_removed_object_has_neither_size_nor_etag() -> None:
    record = s3_record(replace(OBJECT, name="ObjectRemoved:Delete"), AT)

    assert record["s3"]["object"].keys() == {"key", "sequencer"}


@pytest.mark.parametrize("name", ["ObjectTagging:Put", "ObjectAcl:Put"])
def test_events_of_tags_and_permissions_say_less_of_the_object(name: str) -> None:
    record = s3_record(replace(OBJECT, name=name), AT)

    assert record["eventVersion"] == "2.3"
    assert record["s3"]["object"].keys() == {"key", "eTag"}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("ObjectCreated:Put", {"reason": "PutObject"}),
        (
            "ObjectRemoved:Delete",
            {"reason": "DeleteObject", "deletion-type": "Permanently Deleted"},
        ),
        ("ObjectAcl:Put", {}),
        ("ObjectTagging:Delete", {}),
        ("ObjectRestore:Post", {"source-storage-class": "GLACIER"}),
    ],
)
def test_a_rule_is_told_why_an_object_came_or_went(name: str, told: dict[str, str]) -> None:
    detail = s3_detail(s3_record(replace(OBJECT, name=name), AT), "a", "123456789012", "GLACIER")

    always = {"version", "bucket", "object", "request-id", "requester", "source-ip-address"}
    assert {key: one for key, one in detail.items() if key not in always} == told
    assert ("sequencer" in detail["object"]) is ("reason" in told)


def test_what_is_back_from_an_archive_is_told_by_s3_itself() -> None:
    restored = replace(
        OBJECT, name="ObjectRestore:Completed", storage_class="GLACIER", restored_until=AT
    )
    record = s3_record(restored, AT)
    detail = s3_detail(record, "a", "123456789012", "GLACIER")

    assert record["userIdentity"]["principalId"].startswith("AmazonCustomer:")
    assert record["glacierEventData"]["restoreEventData"] == {
        "lifecycleRestorationExpiryTime": record["eventTime"],
        "lifecycleRestoreStorageClass": "GLACIER",
    }
    assert (detail["requester"], detail["source-storage-class"]) == ("s3.amazonaws.com", "GLACIER")
    assert detail["restore-expiry-time"] == f"{record['eventTime'][:19]}Z"
    assert "source-ip-address" not in detail


def test_sqs_record_has_every_key_that_aws_documents() -> None:
    assert sqs_record(MESSAGE, queue_arn="arn:aws:sqs:us-east-1:123456789012:queue") == {
        "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d",
        "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
        "body": "yamada@example.com",
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1545082649183"},
        "messageAttributes": {
            "username": {
                "stringValue": "山田太郎",
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": "String",
            },
            "empty": {
                "stringValue": "",
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": "String",
            },
            "picture": {
                "binaryValue": "iVBORw==",
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": "Binary.png",
            },
        },
        "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
        "md5OfMessageAttributes": "00484c68b2a1bafbb1f0ee2d9f1c2e5a",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:queue",
        "awsRegion": "us-east-1",
    }


@pytest.mark.parametrize(("is_gathered", "hashed"), [(True, None), (False, "nothing")])
def test_sqs_record_without_message_attributes_has_no_hash_of_them(
    is_gathered: bool, hashed: str | None
) -> None:
    record = sqs_record(
        MESSAGE._replace(message_attributes={}),
        queue_arn="arn:aws:sqs:us-east-1:123456789012:queue",
        is_gathered=is_gathered,
    )

    assert record["messageAttributes"] == {}
    assert record.get("md5OfMessageAttributes", "nothing") == hashed


def test_sns_record_has_every_key_that_aws_documents() -> None:
    notification = Notification(
        message_id="95df01b4-ee98-5cb9-9903-4c221d41eb5e",
        topic_arn="arn:aws:sns:us-east-1:123456789012:feedback",
        subscription_arn="arn:aws:sns:us-east-1:123456789012:feedback:21be56ed",
        subject=None,
        message="Hello",
        message_attributes={"kind": {"Type": "String", "Value": "bounce"}},
    )

    assert sns_record(notification, AT) == {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": "arn:aws:sns:us-east-1:123456789012:feedback:21be56ed",
        "Sns": {
            "Type": "Notification",
            "MessageId": "95df01b4-ee98-5cb9-9903-4c221d41eb5e",
            "TopicArn": "arn:aws:sns:us-east-1:123456789012:feedback",
            "Subject": None,
            "Message": "Hello",
            "Timestamp": "2026-01-02T03:04:05.678Z",
            "SignatureVersion": "1",
            "Signature": "EXAMPLE",
            "SigningCertUrl": "https://sns.us-east-1.amazonaws.com/"
            "SimpleNotificationService-EXAMPLE.pem",
            "UnsubscribeUrl": "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe"
            "&SubscriptionArn=arn:aws:sns:us-east-1:123456789012:feedback:21be56ed",
            "MessageAttributes": {"kind": {"Type": "String", "Value": "bounce"}},
        },
    }


def test_sns_wraps_a_message_for_a_queue_line_by_line() -> None:
    notification = Notification(
        message_id="95df01b4",
        topic_arn="arn:aws:sns:us-east-1:123456789012:feedback",
        subscription_arn="arn:aws:sns:us-east-1:123456789012:feedback:21be56ed",
        subject=None,
        message='{"a": "é"}',
        message_attributes={name: {"Type": "String", "Value": "1"} for name in ("b", "c")},
    )

    lines = sns_envelope(notification, AT).splitlines()

    assert lines[:6] == [
        "{",
        '  "Type" : "Notification",',
        '  "MessageId" : "95df01b4",',
        '  "TopicArn" : "arn:aws:sns:us-east-1:123456789012:feedback",',
        r'  "Message" : "{\"a\": \"é\"}",',
        '  "Timestamp" : "2026-01-02T03:04:05.678Z",',
    ]
    assert lines[-5:] == [
        '  "MessageAttributes" : {',
        '    "b" : {"Type":"String","Value":"1"},',
        '    "c" : {"Type":"String","Value":"1"}',
        "  }",
        "}",
    ]


def test_time_is_written_in_utc_whatever_its_zone() -> None:
    tokyo = AT.astimezone(timezone(timedelta(hours=9)))

    assert iso_time(tokyo) == "2026-01-02T03:04:05.678Z"
