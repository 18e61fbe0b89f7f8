"""What S3 refuses of locks on objects, and of buckets that have them.

See https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-configure.html
"""

from __future__ import annotations

from functools import partial

from moto.s3.models import FakeBucket

from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.http import ApiError, Refused
from mailfanout.sandbox.json_objects import Json
from mailfanout.sandbox.rules.s3_errors import invalid_argument, s3_error

# A hundred years.
_LONGEST = {"Days": 36_500, "Years": 100}
_wrong_state = partial(ApiError, "InvalidBucketState", status=409)


def check_configuration(parameters: Json) -> None:
    """Raise Refused unless locks are enabled, and kept for days or for years, if for any time."""
    given = parameters.get("ObjectLockConfiguration") or {}
    kept = given.get("Rule", {"DefaultRetention": None}).get("DefaultRetention", {})
    is_for_one_time = kept is None or ("Mode" in kept and ("Days" in kept) != ("Years" in kept))
    if given.get("ObjectLockEnabled") != "Enabled" or not is_for_one_time:
        raise Refused("malformed")
    for name, longest in _LONGEST.items():
        if not 1 <= (kept or {}).get(name, 1) <= longest:
            words = "Default retention period must be a positive integer value."
            raise invalid_argument(words, name, kept[name])


def check_hold(parameters: Json) -> None:
    """Raise Refused for a legal hold that is neither on nor off."""
    if "Status" not in parameters.get("LegalHold", ()):
        raise Refused("malformed")


def check_retention(parameters: Json) -> None:
    """Raise Refused unless it is said how an object is kept, or that it no longer is."""
    if "Retention" not in parameters:
        raise Refused("malformed")


def check_state(call: ApiCall, bucket: FakeBucket) -> None:
    """Raise ApiError for what goes with locks alone, or with none."""
    has_locks = bucket.object_lock_enabled
    if call.operation == "PutObjectLockConfiguration" and bucket.versioning_status != "Enabled":
        raise _wrong_state(
            "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration"
        )
    if call.operation == "PutBucketVersioning" and has_locks:
        if call.parameters["VersioningConfiguration"]["Status"] != "Enabled":
            raise _wrong_state(
                "An Object Lock configuration is present on this bucket, so the versioning state "
                "cannot be changed."
            )
    if call.operation == "GetObjectLockConfiguration" and not has_locks:
        raise s3_error("ObjectLockConfigurationNotFoundError", BucketName=bucket.name)
    is_deletion = call.operation in ("DeleteObject", "DeleteObjects")
    if is_deletion and "BypassGovernanceRetention" in call.parameters and not has_locks:
        name = "x-amz-bypass-governance-retention"
        raise invalid_argument(f"{name} is only applicable to Object Lock enabled buckets.", name)
