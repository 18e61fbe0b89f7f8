"""Changes to moto's S3, with their reasons: tags, ranges, and which events it sends.

See https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
"""

from __future__ import annotations

import re
from contextvars import ContextVar
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any

from moto.s3 import notifications
from moto.s3.models import FakeAcl, FakeBucket, FakeKey, PublicAccessBlock, S3Backend
from moto.s3.notifications import S3NotificationEvent
from moto.s3.responses import ALLOWED_HEADER_OVERRIDES, S3Response

from mailfanout.sandbox.seams.replacement import Method, Replacement, around, call_of, changes
from mailfanout.sandbox.seams.s3_customer_keys import with_customer_key

# Whether the call is PutObjectTagging, and not an upload that brings tags with it.
_is_tagging: ContextVar[bool] = ContextVar("is_tagging", default=False)


def replacements() -> list[Replacement]:
    """Every change to tags and events; `triggers` has the events' records."""
    return [
        *around(
            S3Response,
            "tags every upload by what PutObjectTagging does, and names no version",
            put_object_tagging=_tagging,
        ),
        *around(S3Backend, "tells of grants that are as they were", put_object_acl=_grant),
        *around(FakeKey, "forgets no time of day, and is not back until read", restore=_restore),
        *around(S3Response, "names a version only if asked", delete_object_tagging=_naming_version),
        *changes(S3Response, "keeps no empty value", _bucket_tagging_from_body=_bucket_tags),
        *around(FakeBucket, "lets the public in, and grants count", __init__=_closed),
        *around(
            S3Response,
            "finds out again what is asked for, and asks the bucket's policy, as the front has; "
            "ignores keys of customers, and headers that HEAD is to override",
            _key_response=_answer,
        ),
        *around(
            S3Response,
            "takes any unit for bytes, and fails if there is none",
            _handle_range_header=_in_bytes,
        ),
        *around(
            notifications,
            "s3/models.py tells of tags that came with an upload, as if they were put later",
            send_event=_only_when_asked_to_tag,
        ),
    ]


def _answer(original: Method, self: S3Response, request: Any, full_url: str) -> Any:
    return with_customer_key(partial(_get_at_once, original), self, request, full_url)


def _get_at_once(original: Method, self: S3Response, request: Any, full_url: str) -> Any:
    call = call_of(self)
    if call.operation == "GetObject":
        return self.get_object()
    status, headers, body = original(self, request, full_url)
    if call.operation != "HeadObject":
        return status, headers, body
    for parameter, name in ALLOWED_HEADER_OVERRIDES.items():
        if status == 200 and (asked := self.querystring.get(parameter)):
            kept = {key: one for key, one in headers.items() if key.lower() != name.lower()}
            headers = {**kept, name: asked[0]}
    return status, headers, body


def _tagging(original: Method, self: S3Response) -> Any:
    token = _is_tagging.set(True)
    try:
        return _naming_version(original, self)
    finally:
        _is_tagging.reset(token)


def _naming_version(original: Method, self: S3Response) -> Any:
    """The version whose tags these were, if the bucket has versions."""
    asked = call_of(self).parameters
    bucket, key = asked["Bucket"], asked["Key"]
    version: Any = self.backend.get_object(bucket, key, asked.get("VersionId"))
    status, headers, body = original(self)
    if self.backend.get_bucket(bucket).is_versioned:
        headers["x-amz-version-id"] = version.version_id
    return status, headers, body


def _grant(
    original: Method,
    self: S3Backend,
    bucket_name: str,
    key_name: str,
    acl: FakeAcl,
    disable_notification: bool = False,
) -> None:
    held: Any = self.get_object(bucket_name, key_name)
    is_same = held and _grants(held.acl) == _grants(acl)
    original(self, bucket_name, key_name, acl, disable_notification or is_same)


def _grants(acl: FakeAcl | None) -> set[tuple[str, str, str]]:
    return {
        (grantee.id, grantee.uri, permission)
        for grant in (acl.grants if acl else ())
        for grantee in grant.grantees
        for permission in grant.permissions
    }


# Longer than anything is kept; Python ends with the year 9999.
_MOST_DAYS = 36_500


def _restore(original: Method, self: FakeKey, days: int) -> None:
    """S3 keeps what has come back from an archive until the end of the day."""
    original(self, min(days, _MOST_DAYS))
    until: Any = self._expiry
    self._expiry = datetime.combine(until.date() + timedelta(days=1), time())
    _ = self.status  # tells that it is back, once it is


def _bucket_tags(self: S3Response) -> dict[str, str]:
    tags = call_of(self).parameters["Tagging"].get("TagSet") or []
    return {tag["Key"]: tag.get("Value") or "" for tag in tags}


def _closed(original: Method, self: FakeBucket, *given: Any, **named: Any) -> None:
    """As buckets have been since April 2023.

    See https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html
    """
    original(self, *given, **named)
    self.public_access_block = PublicAccessBlock(*["true"] * 4)
    self.ownership_rule = "BucketOwnerEnforced"  # type: ignore[assignment]


def _in_bytes(original: Method, self: S3Response, request: Any, headers: Any, content: Any) -> Any:
    """S3 ignores a range in any other unit, and answers with the whole object."""
    if re.fullmatch(r"bytes=[^=]*", request.headers["range"], re.IGNORECASE):
        return original(self, request, headers, content)
    return 200, headers, content


def _only_when_asked_to_tag(
    original: Method, account_id: str, event_name: S3NotificationEvent, bucket: FakeBucket, key: Any
) -> None:
    if event_name != S3NotificationEvent.OBJECT_TAGGING_PUT_EVENT or _is_tagging.get():
        original(account_id, event_name, bucket, key)
