"""Changes to how moto's S3 keeps the versions of objects, with their reasons.

See https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeletingObjectVersions.html and
https://docs.aws.amazon.com/AmazonS3/latest/userguide/AddingObjectstoVersionSuspendedBuckets.html
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

from moto.core.responses import ActionResult
from moto.s3 import notifications
from moto.s3.exceptions import AccessDeniedByLock
from moto.s3.models import FakeBucket, FakeDeleteMarker, FakeKey, S3Backend, s3_backends
from moto.s3.notifications import S3NotificationEvent
from moto.s3.responses import S3Response

from mailfanout.sandbox.calls import is_by_form
from mailfanout.sandbox.ids import s3_version_id
from mailfanout.sandbox.json_objects import Json
from mailfanout.sandbox.seams.replacement import Replacement, around, call_of, changes, given

NULL = "null"
_PUT = S3NotificationEvent.OBJECT_CREATED_PUT_EVENT
_POSTED = S3NotificationEvent.OBJECT_CREATED_POST_EVENT
_MARKED = S3NotificationEvent.OBJECT_REMOVED_DELETE_MARKER_CREATED_EVENT
_DELETED = S3NotificationEvent.OBJECT_REMOVED_DELETE_EVENT


def replacements() -> list[Replacement]:
    """Every change to the versions that moto's S3 keeps, for setattr."""
    return [
        *changes(
            FakeBucket,
            "throws all versions away if versioning is suspended",
            is_versioned=property(lambda bucket: bucket.versioning_status is not None),
        ),
        *changes(
            FakeKey,
            "names the version null nowhere, and no key of what is encrypted twice",
            response_dict=property(given(_in_full, FakeKey.response_dict.fget)),  # type: ignore[attr-defined]
        ),
        *around(
            S3Backend,
            "keeps two objects of version null, has ids of another form, and sends two events for "
            "an upload in parts, the first as that of a Put",
            put_object=_put_object,
        ),
        *changes(
            S3Backend,
            "makes a marker only of what is there, says of none that it goes, and tells of the "
            "deletion of an object's last version alone, if it is there",
            delete_object=_delete_object,
        ),
        *changes(
            S3Backend,
            "lets no bucket that holds anything have locks",
            put_object_lock_configuration=_lock,
        ),
        *changes(
            S3Response,
            "deletes a version that is not there, and names all when asked not to",
            _bucket_response_delete_keys=_delete_objects,
        ),
    ]


def _in_full(original: Callable[[FakeKey], Json], self: FakeKey) -> Json:
    found = original(self)
    if self.kms_key_id:
        found["x-amz-server-side-encryption-aws-kms-key-id"] = self.kms_key_id
    buckets = s3_backends[self.account_id][self.partition].buckets
    if self.bucket_name in buckets and buckets[self.bucket_name].is_versioned:
        found["x-amz-version-id"] = self.version_id
    return found


def _put_object(
    original: Callable[..., FakeKey],
    self: S3Backend,
    bucket_name: str,
    key_name: str,
    *args: Any,
    **options: Any,
) -> FakeKey:
    """Tell of an object when its version is known: moto makes one up if it is null."""
    kept = {**options, "disable_notification": True}
    new_key = original(self, bucket_name, key_name, *args, **kept)
    bucket = self.get_bucket(bucket_name)
    if bucket.versioning_status == "Enabled":
        new_key._version_id = s3_version_id()
    if bucket.versioning_status == "Suspended":
        new_key._version_id = NULL
        others = [one for one in bucket.keys.getlist(key_name) if one.version_id != NULL]
        bucket.keys.setlist(key_name, [*others, new_key])
    if not options.get("disable_notification") and options.get("multipart") is None:
        name = _POSTED if is_by_form() else _PUT
        notifications.send_event(self.account_id, name, bucket, new_key)
    return new_key


def _delete_object(
    self: S3Backend,
    bucket_name: str,
    key_name: str,
    version_id: str | None = None,
    bypass: bool = False,
) -> tuple[bool, Json]:
    bucket = self.get_bucket(bucket_name)
    if version_id is None and bucket.is_versioned:
        marker = _add_marker(bucket, key_name)
        notifications.send_event(self.account_id, _MARKED, bucket, marker)
        return True, {"version-id": marker.version_id, "delete-marker": "true"}
    said = {} if version_id is None else {"version-id": version_id}
    held = bucket.keys.getlist(key_name, [])
    gone = next((one for one in held if str(one.version_id) == (version_id or NULL)), None)
    if gone is None:
        if version_id is None:
            # S3 tells of what was asked to go, whether it was there or not.
            nothing = SimpleNamespace(name=key_name, version_id=NULL)
            notifications.send_event(self.account_id, _DELETED, bucket, nothing)
        return False, said
    is_marker = isinstance(gone, FakeDeleteMarker)
    if not is_marker and gone.is_locked(governance_bypass=bypass):
        raise AccessDeniedByLock
    _keep(bucket, key_name, [one for one in held if one is not gone])
    notifications.send_event(self.account_id, _DELETED, bucket, gone)
    return True, said | ({"delete-marker": "true"} if is_marker else {})


def _lock(
    self: S3Backend,
    bucket_name: str,
    lock_enabled: bool,
    mode: str | None = None,
    days: int | None = None,
    years: int | None = None,
) -> None:
    """A bucket may have locks from any time on, and keeps those that it has."""
    bucket = self.get_bucket(bucket_name)
    bucket.object_lock_enabled = True
    bucket.default_lock_mode = mode
    bucket.default_lock_days = days or 0
    bucket.default_lock_years = years or 0


def _add_marker(bucket: FakeBucket, key_name: str) -> FakeDeleteMarker:
    """Mark the object as deleted: in place of its version null, if versioning is suspended."""
    marker = FakeDeleteMarker(cast(FakeKey, SimpleNamespace(name=key_name)))
    marker._version_id = s3_version_id()
    held = bucket.keys.getlist(key_name, [])
    if bucket.versioning_status == "Suspended":
        marker._version_id = NULL
        held = [one for one in held if one.version_id != NULL]
    _keep(bucket, key_name, [*held, marker])
    return marker


def _keep(bucket: FakeBucket, key_name: str, versions: list[Any]) -> None:
    bucket.keys.setlist(key_name, versions)
    if not versions:
        bucket.keys.pop(key_name)


def _why_not_deleted(held: list[Any], asked: Json) -> Json | None:
    """Of the versions of an object none is the one that is asked for, or the newest is another.

    See https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
    """
    version_id, etag = asked.get("VersionId"), asked.get("ETag", "*").strip('"')
    if version_id not in (None, *(str(version.version_id) for version in held)):
        return {"Code": "NoSuchVersion", "Message": "The specified version does not exist."}
    is_there = held and not isinstance(held[-1], FakeDeleteMarker)
    if is_there and etag not in ("*", held[-1].etag.strip('"')):
        words = "At least one of the pre-conditions you specified did not hold"
        return {"Code": "PreconditionFailed", "Message": words}
    return None


def _delete_objects(self: S3Response, bucket_name: str, authenticated: bool = True) -> Any:
    asked = call_of(self).parameters["Delete"]
    bucket = self.backend.get_bucket(bucket_name)
    deleted, errors = [], []
    for one in asked["Objects"]:
        key, version_id = one["Key"], one.get("VersionId")
        named = {"Key": key} if version_id is None else {"Key": key, "VersionId": version_id}
        if refused := _why_not_deleted(bucket.keys.getlist(key, []), one):
            errors.append({**named, **refused})
            continue
        try:
            _, said = self.backend.delete_object(bucket_name, key, version_id)
        except AccessDeniedByLock as error:
            errors.append({**named, "Code": "AccessDenied", "Message": error.message})
            continue
        if "delete-marker" in said:
            named |= {"DeleteMarker": True, "DeleteMarkerVersionId": said["version-id"]}
        deleted.append(named)
    self.data["Action"] = "DeleteObjects"
    told = [] if asked.get("Quiet") else deleted
    return self.serialized(ActionResult({"Deleted": told, "Errors": errors}))
