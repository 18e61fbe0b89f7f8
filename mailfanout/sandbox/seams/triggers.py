"""Changes to how moto's S3 and SNS reach functions, and SNS queues, with their reasons."""

from __future__ import annotations

import itertools
import json
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from moto.events.models import events_backends
from moto.s3 import notifications
from moto.s3.models import FakeBucket, Notification
from moto.sns.models import Subscription, sns_backends

from mailfanout.sandbox import events
from mailfanout.sandbox.access import current_request_id, current_user_id, service_may
from mailfanout.sandbox.awslambda import LambdaService
from mailfanout.sandbox.json_objects import compact
from mailfanout.sandbox.seams.replacement import Method, Replacement, around, changes, given
from mailfanout.sandbox.sns import is_wanted, redrive, send_to_queue, sequence_number

S3, SNS = "s3.amazonaws.com", "sns.amazonaws.com"


def replacements(service: LambdaService) -> list[Replacement]:
    """Every change to moto's S3 and SNS, for setattr."""
    return [
        *changes(
            notifications,
            "leaves out half of the record, the sequencer above all",
            _get_s3_event=_s3_event_writer(),
        ),
        *changes(
            notifications,
            "asks for no permission, and hides every error",
            _invoke_awslambda=given(_notify_from_s3, service),
        ),
        *around(
            Notification,
            "names filter rules prefix and suffix, and AWS Prefix and Suffix",
            __init__=_with_capital_names,
        ),
        *changes(Notification, "looks for rules in small letters", _key_matches=_key_matches),
        *changes(
            notifications,
            "asks neither queue nor topic whether it may, and tells topics without a subject",
            _send_sns_message=_if_let("SNS:Publish", _publish),
            _send_sqs_message=_if_let("sqs:SendMessage", notifications._send_sqs_message),
        ),
        *changes(
            notifications,
            "tells rules of all buses an example in place of most of the event",
            _send_event_bridge_message=_tell_rules,
        ),
        *changes(
            Subscription,
            "sends functions an example in place of most of the record, makes a key pair for each "
            "message to a queue, asks no queue whether it may, knows no dead-letter queue, and "
            "posts to any address on the web",
            publish=given(_publish_to_subscriber, service),
        ),
    ]


def _s3_event_writer() -> Callable[..., dict[str, list[events.Record]]]:
    """A function that writes a whole record, as S3 does."""
    # Hexadecimal strings of one length that grow, also from one sandbox to the next.
    sequence = (f"{number:018X}" for number in itertools.count(time.time_ns()))

    def get_s3_event(
        event_name: str, bucket: FakeBucket, key: Any, notification_id: str
    ) -> dict[str, list[events.Record]]:
        name = str(notifications.S3NotificationEvent(event_name).value).removeprefix("s3:")
        event = events.ObjectEvent(
            name=name,
            region=bucket.region_name,
            configuration_id=notification_id,
            bucket_name=bucket.name,
            key=key.name,
            size=getattr(key, "size", 0),  # a delete marker has neither
            etag=getattr(key, "etag", "").replace('"', ""),
            sequencer=next(sequence),
            request_id=current_request_id(),
            principal_id=current_user_id(),
            version_id=None if key.version_id == "null" else key.version_id,
            storage_class=getattr(key, "storage_class", ""),
            restored_until=key._expiry if name == "ObjectRestore:Completed" else None,
        )
        return {"Records": [events.s3_record(event, datetime.now(UTC))]}

    return get_s3_event


def _notify_from_s3(
    service: LambdaService, account_id: str, event: Any, function_arn: str, region: str
) -> None:
    (record,) = event["Records"]
    bucket_arn = record["s3"]["bucket"]["arn"]
    service.notify(function_arn, record, principal_service=S3, source_arn=bucket_arn)


def _tell_rules(account_id: str, bucket: FakeBucket, event_name: str, key: Any) -> None:
    """Those of the default bus, whose patterns the event fits."""
    (record,) = notifications._get_s3_event(event_name, bucket, key, "")["Records"]
    event: dict[str, Any] = {
        "id": str(uuid.uuid4()),
        "detail-type": notifications._detail_type(event_name),
        "source": "aws.s3",
        "account": account_id,
        "time": time.time(),
        "region": bucket.region_name,
        "resources": [bucket.arn],
        "detail": events.s3_detail(record, key.name, account_id, getattr(key, "storage_class", "")),
    }
    bus = events_backends[account_id][bucket.region_name].event_buses["default"]
    for rule in list(bus.rules.values()):
        rule.send_to_targets(event)  # type: ignore[arg-type]


def _with_capital_names(original: Method, self: Notification, *args: Any, **options: Any) -> None:
    original(self, *args, **options)
    for rule in _filter_rules(self):
        rule["Name"] = rule["Name"].capitalize()


def _key_matches(self: Notification, key: str) -> bool:
    rules = {rule["Name"]: rule["Value"] for rule in _filter_rules(self)}
    return key.startswith(rules.get("Prefix", "")) and key.endswith(rules.get("Suffix", ""))


def _filter_rules(notification: Notification) -> list[dict[str, str]]:
    rules: list[dict[str, str]] = notification.filters.get("S3Key", {}).get("FilterRule", [])
    return rules


def _publish(account_id: str, event_body: Any, topic_arn: str, region_name: str) -> None:
    backend = sns_backends[account_id][region_name]
    backend.publish(compact(event_body), topic_arn, subject="Amazon S3 Notification")


def _if_let(action: str, send: Callable[..., None]) -> Callable[..., None]:
    """Send what S3 tells, if the destination's own policy lets the bucket."""
    service = action.partition(":")[0].lower()

    def send_if_let(account_id: str, event_body: Any, name_or_arn: str, region_name: str) -> None:
        name = name_or_arn.rpartition(":")[2]
        arn = f"arn:aws:{service}:{region_name}:{account_id}:{name}"
        records = event_body.get("Records")
        bucket = records[0]["s3"]["bucket"]["name"] if records else event_body["Bucket"]
        if service_may(action, arn, service=S3, source_arn=f"arn:aws:s3:::{bucket}"):
            body = event_body if records else events.s3_test_event(event_body)
            send(account_id, body, name_or_arn, region_name)

    return send_if_let


def _publish_to_subscriber(
    service: LambdaService, self: Subscription, message: str, message_id: str, **options: Any
) -> None:
    """Only queues and functions get a message: whoever else subscribes has to confirm it first."""
    notification = _notification(self, message, message_id, options)
    if notification is None:
        return
    if self.protocol == "sqs":
        send_to_queue(self, [notification])
    elif self.protocol == "lambda":
        record = events.sns_record(notification, datetime.now(UTC))
        source = {"principal_service": SNS, "source_arn": self.topic_arn}
        if not service.notify(self.endpoint, record, **source):
            redrive(self, [notification])


def _notification(
    subscription: Subscription, message: str, message_id: str, options: dict[str, Any]
) -> events.Notification | None:
    """What a subscriber is to get; None if its filter policy does not want it."""
    attributes = options.get("message_attributes") or {}
    scope = subscription.attributes.get("FilterPolicyScope") or "MessageAttributes"
    policy: Any = subscription._filter_policy
    if policy and not is_wanted(policy, scope, attributes, message):
        return None
    if options.get("message_structure") == "json":
        # A text for a protocol that is no text is ignored.
        texts = json.loads(message)
        own = texts.get(subscription.protocol)
        message = own if isinstance(own, str) else texts["default"]
    return events.Notification(
        message_id=message_id,
        topic_arn=subscription.topic_arn,
        subscription_arn=subscription.arn,
        subject=options.get("subject"),
        message=message,
        message_attributes=attributes,
        group_id=options.get("group_id"),
        deduplication_id=options.get("deduplication_id"),
        sequence_number=sequence_number(message_id),
        signature_version=getattr(subscription.topic, "signature_version", "1"),
    )
