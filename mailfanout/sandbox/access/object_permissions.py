"""What S3's calls need: some go by another action's name, and some parameters need one more.

See https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from mailfanout.sandbox.access.account import is_missing
from mailfanout.sandbox.access.permission import Permission, on_version
from mailfanout.sandbox.calls import ApiCall


def object_permissions(call: ApiCall, account_id: str) -> list[Permission]:
    """On a bucket, or on an object by its key."""
    parameters = call.parameters
    bucket, key = parameters.get("Bucket", "*"), parameters.get("Key")
    if call.operation == "DeleteObjects":
        deleted = parameters.get("Delete", {}).get("Objects", [])
        return [*_deletions(bucket, deleted), *_beside(call)]
    if call.is_of_service and call.operation == "PutBucketTagging":
        if all(call.is_of_system(one["Key"]) for one in parameters["Tagging"]["TagSet"]):
            return []
    needed = [Permission(f"s3:{_action(call)}", _object(bucket, key))]
    if call.operation in _READING and is_missing(account_id, bucket, key):
        needed.append(Permission("s3:ListBucket", _object(bucket, None)))
    if call.operation == "GetObjectAttributes":
        action = "GetObjectVersion" if "VersionId" in parameters else "GetObject"
        needed.append(Permission(f"s3:{action}", _object(bucket, key)))
    if source := parameters.get("CopySource"):
        path, _, version = source.lstrip("/").partition("?versionId=")
        action = "s3:GetObjectVersion" if version else "s3:GetObject"
        needed.append(on_version(action, f"arn:aws:s3:::{unquote(path)}", version or None))
    return [*needed, *_beside(call)]


def _action(call: ApiCall) -> str:
    action = _ACTIONS.get(call.operation, call.operation)
    if setting := _SETTING.fullmatch(action):
        verb = "Get" if setting["verb"] in ("Get", "List") else "Put"
        return f"{verb}{setting['name']}Configuration"
    if action in _DELETED_BY_PUT:
        return action.replace("Delete", "Put")
    if "VersionId" in call.parameters and _VERSIONED.fullmatch(action):
        return action.replace("Object", "ObjectVersion")
    return action


def _deletions(bucket: str, entries: list[Mapping[str, str]]) -> Iterator[Permission]:
    """AWS deletes all but what is denied; here one denied object stops the whole call."""
    for entry in entries:
        action = "s3:DeleteObjectVersion" if "VersionId" in entry else "s3:DeleteObject"
        yield on_version(action, _object(bucket, entry.get("Key")), entry.get("VersionId"))


def _beside(call: ApiCall) -> Iterator[Permission]:
    """What some headers of a call ask for beside its own action."""
    beside = _BESIDE.get(call.operation, {})
    bucket, key = call.parameters.get("Bucket", "*"), call.parameters.get("Key")
    for name in sorted(beside.keys() & call.parameters.keys()):
        yield Permission(f"s3:{beside[name]}", _object(bucket, key))


def _object(bucket: str, key: str | None) -> str:
    return f"arn:aws:s3:::{bucket}/{key}" if key else f"arn:aws:s3:::{bucket}"


_ACTIONS = {
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBuckets": "ListAllMyBuckets",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "ListParts": "ListMultipartUploadParts",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "SelectObjectContent": "GetObject",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
}
_SETTING = re.compile(
    "(?P<verb>Get|Put|Delete|List)Bucket"
    "(?P<name>Accelerate|Analytics|Encryption|IntelligentTiering|Inventory|Lifecycle|Metrics"
    "|Replication)(Configurations?)?"
)
_DELETED_BY_PUT = ("DeleteBucketCors", "DeleteBucketOwnershipControls", "DeleteBucketTagging")
_VERSIONED = re.compile("(Get|Delete)Object|Get.*Attributes|(Get|Put|Delete)Object(Acl|Tagging)")
# What tells those alone who may list a bucket that an object is not there.
_READING = ("GetObject", "HeadObject")
_GRANTS = ("ACL", "GrantFullControl", "GrantRead", "GrantReadACP", "GrantWriteACP")
_ON_NEW = {
    **dict.fromkeys(_GRANTS, "PutObjectAcl"),
    "ObjectLockLegalHoldStatus": "PutObjectLegalHold",
    "ObjectLockMode": "PutObjectRetention",
    "Tagging": "PutObjectTagging",
}
_ON_DELETION = {"BypassGovernanceRetention": "BypassGovernanceRetention"}
_BESIDE: Mapping[str, Mapping[str, str]] = {
    "CopyObject": _ON_NEW,
    "CreateBucket": {
        **dict.fromkeys((*_GRANTS, "GrantWrite"), "PutBucketAcl"),
        "ObjectOwnership": "PutBucketOwnershipControls",
    },
    "CreateMultipartUpload": _ON_NEW,
    "DeleteObject": _ON_DELETION,
    "DeleteObjects": _ON_DELETION,
    "PutObject": _ON_NEW,
}
