"""What S3 refuses of objects, their versions and their tags, and of a bucket's tags.

See https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeleteMarker.html and
https://docs.aws.amazon.com/AmazonS3/latest/userguide/tagging-managing.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

from moto.s3.models import FakeBucket, FakeDeleteMarker

from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.http import ApiError
from mailfanout.sandbox.json_objects import Json
from mailfanout.sandbox.rules.s3_conditions import check_source_conditions
from mailfanout.sandbox.rules.s3_customer_keys import check_read_key
from mailfanout.sandbox.rules.s3_errors import invalid_argument, invalid_request, s3_error
from mailfanout.sandbox.rules.tags import LONGEST_KEY, LONGEST_VALUE, MOST_TAGS, TEXT

LONGEST_KEY_BYTES = 1024
LARGEST_METADATA_BYTES = 2 * 1024
MOST_OBJECT_TAGS = 10
_PART = re.compile(r"bytes=([0-9]{1,18})-([0-9]{1,18})")
_VERSION_ID = re.compile(r"null|[A-Za-z0-9._]{32}")
# Classes of storage that are not for buckets of the general kind.
_ELSEWHERE = {"EXPRESS_ONEZONE", "FSX_ONTAP", "FSX_OPENZFS", "OUTPOSTS", "SNOW"}
_SYSTEM_TAG = "aws:"
_NO_SYSTEM_TAG = "Your TagKey cannot be prefixed with aws:"
# What is done with an object's tags, grants or locks, and not with a marker's.
_OF_OBJECTS = {
    *("DeleteObjectTagging", "GetObjectTagging", "PutObjectAcl", "PutObjectTagging"),
    *("PutObjectLegalHold", "PutObjectRetention"),
}
_METHODS = {"Delete": "DELETE", "Get": "GET", "Put": "PUT"}


def check_object(call: ApiCall, bucket: FakeBucket | None) -> None:
    """Raise ApiError for a key, metadata or tags, or for a version or an upload that is none."""
    parameters = call.parameters
    key, metadata = parameters.get("Key"), parameters.get("Metadata") or {}
    if not isinstance(key, str):
        return
    if (size := len(key.encode())) > LONGEST_KEY_BYTES:
        raise s3_error("KeyTooLongError", Size=size, MaxSizeAllowed=LONGEST_KEY_BYTES)
    size = sum(len(f"{name}{value}".encode()) for name, value in metadata.items())
    if size > LARGEST_METADATA_BYTES:
        raise s3_error("MetadataTooLarge", Size=size, MaxSizeAllowed=LARGEST_METADATA_BYTES)
    _check_key_of_kms(parameters)
    if (storage := parameters.get("StorageClass")) in _ELSEWHERE:
        raise s3_error("InvalidStorageClass", StorageClassRequested=storage)
    if isinstance(tags := parameters.get("Tagging"), str):
        _check_tags_of_header(tags)
    if bucket:
        _check_what_is_there(call, bucket, key)


def _check_key_of_kms(parameters: Json) -> None:
    """A key, or what it is used with, of an object that KMS does not encrypt."""
    method = parameters.get("ServerSideEncryption", "null")
    names = {"SSEKMSEncryptionContext", "SSEKMSKeyId"}
    if names & parameters.keys() and not method.startswith("aws:kms"):
        header = "x-amz-server-side-encryption"
        raise invalid_argument(
            "Server Side Encryption with AWS KMS managed key requires HTTP header "
            f"{header} : aws:kms",
            header,
            method,
        )


def check_source(parameters: Json, buckets: Mapping[str, FakeBucket]) -> None:
    """Raise ApiError for a source of a copy that is not there, or not as it is to be.

    A part of it is the range of its bytes that is to be copied.
    """
    source, part = parameters["CopySource"], parameters.get("CopySourceRange")
    path, _, query = source.partition("?")
    bucket_name, _, key = unquote(path).partition("/")
    if bucket_name not in buckets:
        raise s3_error("NoSuchBucket", BucketName=bucket_name)
    bucket = buckets[bucket_name]
    versions = bucket.keys.getlist(key, [])
    version_id = dict(parse_qsl(query)).get("versionId")
    if version_id is None:
        if not versions or _is_marker(versions[-1]):
            raise s3_error("NoSuchKey", Key=key)
        found = versions[-1]
    else:
        found = _find_version(bucket, versions, key, version_id)
    if _is_marker(found):
        raise invalid_request(
            "The source of a copy request may not specifically refer to a delete marker by version "
            "id."
        )
    if part is not None:
        _check_part(part, found.size)
    check_read_key(parameters, found, "CopySource")
    check_source_conditions(parameters, found)


def _check_part(part: str, size: int) -> None:
    name, ends = "x-amz-copy-source-range", _PART.fullmatch(part)
    if ends is None or int(ends[1]) > int(ends[2]):
        words = (
            f"The {name} value must be of the form bytes=first-last where first and last are the "
            "zero-based offsets of the first and last bytes to copy"
        )
    elif int(ends[1]) >= size:
        raise invalid_request("The specified copy range is invalid for the source object size")
    elif int(ends[2]) >= size:
        words = f"Range specified is not valid for source object of size: {size}"
    else:
        return
    raise invalid_argument(words, name, part)


def _check_what_is_there(call: ApiCall, bucket: FakeBucket, key: str) -> None:
    versions = bucket.keys.getlist(key, [])
    upload, version_id = call.parameters.get("UploadId"), call.parameters.get("VersionId")
    if upload is not None and not _is_upload_of(bucket, key, upload):
        raise s3_error("NoSuchUpload", UploadId=upload)
    if version_id is not None:
        _check_version(call, bucket, versions)
    elif call.operation in _OF_OBJECTS:
        if not versions:
            raise s3_error("NoSuchKey", Key=key)
        _check_no_marker(call.operation, versions[-1])
    elif call.operation == "GetObject" and versions and _is_marker(versions[-1]):
        raise _with_marker(s3_error("NoSuchKey", Key=key), versions[-1])


def _is_upload_of(bucket: FakeBucket, key: str, upload_id: str) -> bool:
    upload: Any = bucket.multiparts.get(upload_id)
    return upload is not None and upload.key_name == key


def _is_marker(version: Any) -> bool:
    return isinstance(version, FakeDeleteMarker)


def _with_marker(error: ApiError, marker: Any, **more: str) -> ApiError:
    """Clients tell by its headers that an object was deleted, and not missing from the start."""
    version_id = str(marker.version_id)
    error.headers = {"x-amz-delete-marker": "true", "x-amz-version-id": version_id, **more}
    return error


def _check_version(call: ApiCall, bucket: FakeBucket, versions: list[Any]) -> None:
    key, version_id = call.parameters["Key"], call.parameters["VersionId"]
    if call.operation in ("DeleteObject", "HeadObject"):
        _check_version_id(bucket, version_id)
    else:
        _check_no_marker(call.operation, _find_version(bucket, versions, key, version_id))


def is_version_id(version_id: str) -> bool:
    """Whether a version could have this id."""
    return bool(_VERSION_ID.fullmatch(version_id))


def _check_version_id(bucket: FakeBucket, version_id: str) -> None:
    is_kept = bucket.versioning_status is not None or version_id == "null"
    if not is_kept or not is_version_id(version_id):
        raise invalid_argument("Invalid version id specified", "versionId", version_id)


def _find_version(bucket: FakeBucket, versions: list[Any], key: str, version_id: str) -> Any:
    _check_version_id(bucket, version_id)
    for one in versions:
        if str(one.version_id) == version_id:
            return one
    raise s3_error("NoSuchVersion", Key=key, VersionId=version_id)


def _check_no_marker(operation: str, version: Any) -> None:
    if _is_marker(version):
        method = next(one for name, one in _METHODS.items() if operation.startswith(name))
        refused = s3_error("MethodNotAllowed", Method=method, ResourceType="DeleteMarker")
        raise _with_marker(refused, version, allow="DELETE")


def _check_tags_of_header(tags: str) -> None:
    """Those that an upload brings, written as a query string is."""
    pairs = parse_qsl(tags, keep_blank_values=True)
    words = [one for pair in pairs for one in pair]
    if len(dict(pairs)) < len(pairs) or not all(map(TEXT.fullmatch, words)):
        raise invalid_argument(
            "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query "
            "parameters without tag name duplicates.",
            "x-amz-tagging",
            tags,
        )
    _check_tags([{"Key": key, "Value": value} for key, value in pairs], _NO_SYSTEM_TAG)
    _check_count("Object tags", len(pairs), MOST_OBJECT_TAGS)


def check_tags_of_object(parameters: Json) -> None:
    """Raise ApiError for tags that an object cannot have."""
    tags = parameters["Tagging"].get("TagSet") or []
    _check_tags(tags, _NO_SYSTEM_TAG)
    _check_count("Object tags", len(tags), MOST_OBJECT_TAGS)


def check_tags_of_bucket(call: ApiCall, held: Mapping[str, str]) -> None:
    """Raise ApiError for tags that a bucket cannot have, or without the system's that it has."""
    tags = {one["Key"]: one.get("Value") or "" for one in call.parameters["Tagging"]["TagSet"]}
    kept = {key: value for key, value in held.items() if key.startswith(_SYSTEM_TAG)}
    if gone := sorted(kept.keys() - tags.keys()):
        raise _invalid_tag("System tags cannot be removed by requester", TagKey=gone[0])
    own = [
        one
        for one in call.parameters["Tagging"]["TagSet"]
        if (one["Key"], one.get("Value")) not in kept.items() and not call.is_of_system(one["Key"])
    ]
    _check_tags(own, "System tags cannot be added/updated by requester")
    _check_count("Bucket tag count", len(own), MOST_TAGS)


def _check_count(what: str, count: int, most: int) -> None:
    if count > most:
        raise ApiError("BadRequest", f"{what} cannot be greater than {most}")


def _check_tags(tags: list[Json], of_system: str) -> None:
    seen: set[str] = set()
    for key, value in ((tag["Key"], tag.get("Value") or "") for tag in tags):
        if key in seen:
            raise _invalid_tag("Cannot provide multiple Tags with the same key", TagKey=key)
        if key.startswith(_SYSTEM_TAG):
            raise _invalid_tag(of_system, TagKey=key)
        if not 0 < len(key) <= LONGEST_KEY or not TEXT.fullmatch(key):
            raise _invalid_tag("The TagKey you have provided is invalid", TagKey=key)
        if len(value) > LONGEST_VALUE or not TEXT.fullmatch(value):
            words = "The TagValue you have provided is invalid"
            raise _invalid_tag(words, TagKey=key, TagValue=value)
        seen.add(key)


def _invalid_tag(message: str, **members: str) -> ApiError:
    return ApiError("InvalidTag", message, members=members)
