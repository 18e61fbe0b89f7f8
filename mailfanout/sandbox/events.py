"""Event records as AWS writes them: values in, plain dicts out.

Keys are AWS's. Sources: the Lambda pages *Using Lambda with Amazon SQS* and *with Amazon SNS*,
EventBridge's *schedules*, and of S3
https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote_plus

from mailfanout.sandbox.ids import host_id
from mailfanout.sandbox.json_objects import compact

Record = dict[str, Any]

# Whose the account is that owns all buckets.
OWNER_ID = "A3NL1KOZZKExample"

# Events of what stands beside an object: they have no order among those of its content.
_OF_DETAILS = ("ObjectTagging:", "ObjectAcl:")


@dataclass(frozen=True)
class ObjectEvent:
    """What happened to one S3 object, and who did it. `name` is without the prefix `s3:`."""

    name: str
    region: str
    configuration_id: str
    bucket_name: str
    key: str
    size: int
    etag: str
    sequencer: str
    request_id: str
    principal_id: str
    version_id: str | None = None
    storage_class: str = "STANDARD"
    restored_until: datetime | None = None  # of an object that has come back from an archive


def s3_record(event: ObjectEvent, at: datetime) -> Record:
    """One record of an S3 event notification. The key is URL-encoded, all but its slashes."""
    until = event.restored_until
    restored = {
        "lifecycleRestorationExpiryTime": iso_time(until) if until else "",
        "lifecycleRestoreStorageClass": event.storage_class,
    }
    caller = f"AmazonCustomer:{OWNER_ID}" if until else f"AWS:{event.principal_id}"
    return {
        "eventVersion": "2.3" if event.name.startswith(_OF_DETAILS) else "2.1",
        "eventSource": "aws:s3",
        "awsRegion": event.region,
        "eventTime": iso_time(at),
        "eventName": event.name,
        "userIdentity": {"principalId": caller},
        "requestParameters": {"sourceIPAddress": "127.0.0.1"},
        "responseElements": {
            "x-amz-request-id": event.request_id,
            "x-amz-id-2": host_id(event.request_id),
        },
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": event.configuration_id,
            "bucket": {
                "name": event.bucket_name,
                "ownerIdentity": {"principalId": OWNER_ID},
                "arn": f"arn:aws:s3:::{event.bucket_name}",
            },
            "object": _s3_object(event),
        },
        **({"glacierEventData": {"restoreEventData": restored}} if until else {}),
    }


def s3_detail(record: Record, key: str, account_id: str, storage_class: str) -> Record:
    """What EventBridge is told of an object's event, by S3's own record of it.

    See https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
    """
    kind, _, cause = record["eventName"].partition(":")
    told = record["s3"]["object"]
    named = {"size": "size", "eTag": "etag", "versionId": "version-id", "sequencer": "sequencer"}
    described = {ours: told[theirs] for theirs, ours in named.items() if theirs in told}
    detail: Record = {
        "version": "0",
        "bucket": {"name": record["s3"]["bucket"]["name"]},
        "object": {"key": key, **described},
        "request-id": record["responseElements"]["x-amz-request-id"],
        "requester": account_id,
        "source-ip-address": record["requestParameters"]["sourceIPAddress"],
    }
    if kind == "ObjectCreated":
        detail["reason"] = _REASONS.get(cause, cause)
    if kind == "ObjectRestore":
        del detail["object"]["sequencer"]
        detail["source-storage-class"] = storage_class
    if restored := record.get("glacierEventData"):
        until = restored["restoreEventData"]["lifecycleRestorationExpiryTime"]
        del detail["source-ip-address"]
        detail |= {"requester": "s3.amazonaws.com", "restore-expiry-time": f"{until[:19]}Z"}
    if kind == "ObjectRemoved":
        detail["reason"] = "DeleteObject"
        is_marker = cause == "DeleteMarkerCreated"
        detail["deletion-type"] = "Delete Marker Created" if is_marker else "Permanently Deleted"
    return detail


_REASONS = {"Put": "PutObject", "Post": "POST Object", "Copy": "CopyObject"}


def s3_test_event(told: Record) -> Record:
    """What S3 sends to a queue or topic first: service, event, time, bucket, and who answered."""
    request_id = secrets.token_hex(8).upper()
    return {**told, "RequestId": request_id, "HostId": host_id(request_id)}


def _s3_object(event: ObjectEvent) -> Record:
    described: Record = {"key": quote_plus(event.key, safe="/")}
    if not event.name.startswith("ObjectRemoved"):
        described |= {"size": event.size, "eTag": event.etag}
    if event.version_id is not None:
        described["versionId"] = event.version_id
    if event.name.startswith(_OF_DETAILS):
        del described["size"]
        return described
    return described | {"sequencer": event.sequencer}


class QueueMessage(NamedTuple):
    """One received SQS message; attribute values are AWS's strings."""

    message_id: str
    receipt_handle: str
    body: str
    md5_of_body: str
    attributes: Mapping[str, str]
    message_attributes: Mapping[str, Mapping[str, Any]]
    md5_of_message_attributes: str


def sqs_record(message: QueueMessage, *, queue_arn: str, is_gathered: bool = False) -> Record:
    """One record of an SQS event. A FIFO queue's attributes come with the message's own.

    A message without attributes has no hash of them: null if it is gathered in a batching window,
    and nothing if it is not.
    """
    attributes = message.message_attributes
    record: Record = {
        "messageId": message.message_id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": message.attributes,
        "messageAttributes": {name: _message_attribute(one) for name, one in attributes.items()},
        **({"md5OfMessageAttributes": message.md5_of_message_attributes} if attributes else {}),
        "md5OfBody": message.md5_of_body,
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": queue_arn.split(":")[3],
    }
    if is_gathered and not attributes:
        record["md5OfMessageAttributes"] = None
    return record


def _message_attribute(value: Mapping[str, Any]) -> Record:
    said: Record = {}
    if "StringValue" in value:
        said["stringValue"] = value["StringValue"]
    if "BinaryValue" in value:
        said["binaryValue"] = base64.b64encode(value["BinaryValue"]).decode()
    return said | {"stringListValues": [], "binaryListValues": [], "dataType": value["DataType"]}


class Notification(NamedTuple):
    """One message that an SNS topic delivers; attributes as SNS writes them: Type and Value.

    A message of a FIFO topic has a group, an id that a repeated one is known by, and a number. One
    that AWS itself publishes may be written only when it is read.
    """

    message_id: str
    topic_arn: str
    subscription_arn: str
    subject: str | None
    message: str | Callable[[], str]
    message_attributes: Mapping[str, Mapping[str, str]]
    group_id: str | None = None
    deduplication_id: str | None = None
    sequence_number: str | None = None
    signature_version: str = "1"

    @property
    def text(self) -> str:
        """The message, which is written now if it was not."""
        return self.message if isinstance(self.message, str) else self.message()


def sns_record(notification: Notification, at: datetime) -> Record:
    """One record of an SNS event. The signature is an example: nobody can verify it."""
    certificate_url, unsubscribe_url = _sns_addresses(notification)
    return {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": notification.subscription_arn,
        "Sns": {
            "Type": "Notification",
            "MessageId": notification.message_id,
            "TopicArn": notification.topic_arn,
            "Subject": notification.subject,
            "Message": notification.text,
            "Timestamp": iso_time(at),
            "SignatureVersion": "1",
            "Signature": "EXAMPLE",
            "SigningCertUrl": certificate_url,
            "UnsubscribeUrl": unsubscribe_url,
            "MessageAttributes": {
                name: dict(value) for name, value in notification.message_attributes.items()
            },
        },
    }


def sns_envelope(notification: Notification, at: datetime) -> str:
    """The JSON in which SNS wraps a message for a queue. Its signature is an example, too.

    FIFO topics sign nothing.
    """
    certificate_url, unsubscribe_url = _sns_addresses(notification)
    attributes = {
        name: compact(dict(value)) for name, value in notification.message_attributes.items()
    }
    number = notification.sequence_number
    signature = {
        "SignatureVersion": notification.signature_version,
        "Signature": "EXAMPLE",
        "SigningCertURL": certificate_url,
    }
    envelope: Record = {
        "Type": "Notification",
        "MessageId": notification.message_id,
        **({"SequenceNumber": number} if number else {}),
        "TopicArn": notification.topic_arn,
        **({"Subject": notification.subject} if notification.subject else {}),
        "Message": notification.text,
        "Timestamp": iso_time(at),
        **({} if number else signature),
        "UnsubscribeURL": unsubscribe_url,
    }
    members = {name: compact(value) for name, value in envelope.items()}
    if attributes:
        members["MessageAttributes"] = _in_lines(attributes, "  ")
    return _in_lines(members)


def _in_lines(members: Mapping[str, str], indent: str = "") -> str:
    """An object of JSON as SNS writes it for queues: a line for each member."""
    lines = [f"{indent}  {compact(name)} : {value}" for name, value in members.items()]
    return "{\n" + ",\n".join(lines) + f"\n{indent}}}"


def _sns_addresses(notification: Notification) -> tuple[str, str]:
    """Where the signature's certificate lies, and where to unsubscribe."""
    address = f"https://sns.{notification.topic_arn.split(':')[3]}.amazonaws.com/"
    unsubscribe = f"?Action=Unsubscribe&SubscriptionArn={notification.subscription_arn}"
    return f"{address}SimpleNotificationService-EXAMPLE.pem", address + unsubscribe


def scheduled_event(rule_arn: str, event_id: str, at: datetime) -> Record:
    """What EventBridge sends to the targets of a rule on a schedule.

    See https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html
    """
    _, _, _, region, account_id, _ = rule_arn.split(":")
    return {
        "version": "0",
        "id": event_id,
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": account_id,
        "time": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": [rule_arn],
        "detail": {},
    }


@lru_cache(maxsize=64)
def iso_time(at: datetime) -> str:
    """AWS's timestamps: UTC, milliseconds, `Z`. The mails of one call share theirs."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
