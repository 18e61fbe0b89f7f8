"""Changes to which events moto's S3 sends, with their reasons.

See https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from moto.s3 import notifications
from moto.s3.models import FakeBucket, FakeDeleteMarker, S3Backend
from moto.s3.notifications import S3NotificationEvent
from moto.s3.responses import S3Response

from mailfanout.sandbox.seams.replacement import Replacement

Method = Callable[..., Any]

# Whether the call is PutObjectTagging, and not an upload that brings tags with it.
_is_tagging: ContextVar[bool] = ContextVar("is_tagging", default=False)


def replacements() -> list[Replacement]:
    """Every change to the events of moto's S3, for setattr. Their records are in `triggers`."""
    return [
        Replacement(
            S3Backend,
            "put_object",
            _one_event_per_upload(S3Backend.put_object),
            "s3/models.py sends two events for an upload in parts, the first as that of a Put",
        ),
        Replacement(
            S3Response,
            "put_object_tagging",
            _tagging(S3Response.put_object_tagging),
            "s3/responses.py tags every upload by what PutObjectTagging does",
        ),
        Replacement(
            notifications,
            "send_event",
            _only_when_asked_to_tag(notifications.send_event),
            "s3/models.py tells of tags that came with an upload, as if they were put later",
        ),
        Replacement(
            S3Backend,
            "_set_delete_marker",
            _told(S3Backend._set_delete_marker),
            "s3/models.py tells nobody of a delete marker",
        ),
        Replacement(
            S3Backend,
            "delete_object",
            _each_version_is_told(S3Backend.delete_object),
            "s3/models.py tells of the deletion of an object's last version alone",
        ),
    ]


def _one_event_per_upload(original: Method) -> Method:
    def put_object(self: S3Backend, *args: Any, **options: Any) -> Any:
        if options.get("multipart") is not None:
            options["disable_notification"] = True
        return original(self, *args, **options)

    return put_object


def _tagging(original: Method) -> Method:
    def put_object_tagging(self: S3Response) -> Any:
        token = _is_tagging.set(True)
        try:
            return original(self)
        finally:
            _is_tagging.reset(token)

    return put_object_tagging


def _only_when_asked_to_tag(original: Method) -> Method:
    def send_event(
        account_id: str, event_name: S3NotificationEvent, bucket: FakeBucket, key: Any
    ) -> None:
        if event_name != S3NotificationEvent.OBJECT_TAGGING_PUT_EVENT or _is_tagging.get():
            original(account_id, event_name, bucket, key)

    return send_event


def _told(original: Method) -> Method:
    def _set_delete_marker(self: S3Backend, bucket_name: str, key_name: str) -> FakeDeleteMarker:
        marker: FakeDeleteMarker = original(self, bucket_name, key_name)
        event = S3NotificationEvent.OBJECT_REMOVED_DELETE_MARKER_CREATED_EVENT
        notifications.send_event(self.account_id, event, self.get_bucket(bucket_name), marker)
        return marker

    return _set_delete_marker


def _each_version_is_told(original: Method) -> Method:
    def delete_object(
        self: S3Backend,
        bucket_name: str,
        key_name: str,
        version_id: str | None = None,
        bypass: bool = False,
    ) -> Any:
        bucket = self.get_bucket(bucket_name)
        held = bucket.keys.getlist(key_name, []) if bucket.is_versioned and version_id else []
        answer = original(self, bucket_name, key_name, version_id, bypass)
        gone = [one for one in held if str(one.version_id) == str(version_id)]
        for one in gone if len(gone) < len(held) else ():  # moto tells of the last one
            event = S3NotificationEvent.OBJECT_REMOVED_DELETE_EVENT
            notifications.send_event(self.account_id, event, bucket, one)
        return answer

    return delete_object
