"""Changes to how moto's S3 lists objects and their versions, with their reasons.

See https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast
from urllib.parse import quote, unquote

from moto.core.responses import ActionResult
from moto.s3.models import FakeBucket, FakeDeleteMarker
from moto.s3.responses import S3Response

from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.checksums import checksum_told, kind_of_sum, sum_of
from mailfanout.sandbox.front import CALL
from mailfanout.sandbox.json_objects import Json
from mailfanout.sandbox.seams.replacement import Method, Replacement, around, changes

OWNER = {
    "ID": "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a",
    "DisplayName": "webfile",
}
_ECHOED = ("Delimiter", "EncodingType", "KeyMarker", "Prefix", "VersionIdMarker")
_NAMES = ("Delimiter", "Key", "KeyMarker", "NextKeyMarker", "Prefix")


def replacements() -> list[Replacement]:
    """Every change to the lists of moto's S3, for setattr."""
    return [
        *changes(
            S3Response,
            "s3/models.py puts versions of one millisecond in order of age",
            list_object_versions=_list_object_versions,
        ),
        *around(
            S3Response,
            "says half of what there is of checksums, markers and buckets that tell EventBridge",
            serialized=_with_the_rest,
        ),
    ]


def _list_object_versions(self: S3Response) -> Any:
    call: ApiCall = self.request.environ[CALL]
    asked = call.parameters
    bucket = self.backend.get_bucket(asked["Bucket"])
    most = min(asked.get("MaxKeys", 1000), 1000)
    found = _after_marker(_listed(bucket, asked), asked)
    page = [one for _, one in zip(range(most), found, strict=False)]
    rest = next(found, None) if most else None
    result: Json = {
        "Name": bucket.name,
        "KeyMarker": "",
        "VersionIdMarker": "",
        "Prefix": "",
        "MaxKeys": most,
        **{name: asked[name] for name in _ECHOED if name in asked},
        "IsTruncated": rest is not None,
        "Versions": [one for one in page if "ETag" in one],
        "DeleteMarkers": [one for one in page if "Key" in one and "ETag" not in one],
        "CommonPrefixes": [one for one in page if "Prefix" in one],
    }
    if rest:
        result["NextKeyMarker"] = page[-1].get("Key") or page[-1]["Prefix"]
        result["NextVersionIdMarker"] = page[-1].get("VersionId")
    if asked.get("EncodingType") == "url":
        _encode(result)
    self.data["Action"] = "ListObjectVersions"
    return self.serialized(ActionResult(result))


def _encode(result: Json) -> None:
    for one in (result, *result["Versions"], *result["DeleteMarkers"], *result["CommonPrefixes"]):
        one.update({name: quote(one[name]) for name in _NAMES if one.get(name)})


def _listed(bucket: FakeBucket, asked: Json) -> Iterator[Json]:
    """The versions of each key, the newest first, and what keys have in common."""
    prefix, delimiter = asked.get("Prefix") or "", asked.get("Delimiter")
    common = None
    for key, versions in sorted(bucket.keys.iterlists()):
        if not key.startswith(prefix):
            continue
        begin, found, _ = key[len(prefix) :].partition(delimiter) if delimiter else ("", "", "")
        if found:
            if common != (common := f"{prefix}{begin}{delimiter}"):
                yield {"Prefix": common}
            continue
        for one in reversed(versions):
            yield _described(one, is_latest=one is versions[-1])


def _with_the_rest(original: Method, self: S3Response, action_result: ActionResult) -> Any:
    if add := _RESTS.get(self.data.get("Action", "")):
        add(self, cast(Json, action_result.result), self.request.environ[CALL].parameters)
    return original(self, action_result)


def _add_event_bridge(self: S3Response, told: Json, _: Json) -> None:
    held: Any = self.backend.get_bucket(self.bucket_name).notification_configuration
    if held and held.event_bridge is not None:
        told["EventBridgeConfiguration"] = {}


def _add_sum(self: S3Response, whole: Json, _: Json) -> None:
    key: Any = self.backend.get_object(whole["Bucket"], whole["Key"])
    if key and key.checksum_algorithm:
        whole[f"Checksum{key.checksum_algorithm}"] = checksum_told(key)
        whole["ChecksumType"] = key.checksum_type


def _add_kind_of_sum(self: S3Response, told: Json, asked: Json) -> None:
    key: Any = self.backend.get_object(asked["Bucket"], asked["Key"])
    if key and key.checksum_algorithm:
        told["CopyObjectResult"]["ChecksumType"] = key.checksum_type or "FULL_OBJECT"


def _add_to_list(self: S3Response, listed: Json, asked: Json) -> None:
    if self.data["Action"] == "ListObjects":
        listed.update(Marker=asked.get("Marker", ""), Prefix=asked.get("Prefix", ""))
        if listed.get("EncodingType"):
            listed.update({name: quote(listed[name]) for name in ("Marker", "Prefix")})
    keys = self.backend.get_bucket(self.bucket_name).keys
    is_encoded = bool(listed.get("EncodingType"))
    for one in listed["Contents"]:
        key = unquote(one["Key"]) if is_encoded else one["Key"]
        one.update(_checksum(keys.get(key)))


def _add_sums_of_parts(self: S3Response, told: Json, asked: Json) -> None:
    """Of the part that was copied, or of those that are listed, if the upload asked for them."""
    upload = self.backend.get_bucket(asked["Bucket"]).multiparts[asked["UploadId"]]
    algorithm = upload.metadata.get("x-amz-checksum-algorithm")
    if algorithm is None:
        return
    copied = told.get("CopyPartResult")
    numbered = [(asked["PartNumber"], copied)] if copied else []
    numbered += [(part["PartNumber"], part) for part in told.get("Parts", [])]
    for number, part in numbered:
        part[f"Checksum{algorithm}"] = sum_of(algorithm, upload.parts[number].value)
    if copied is None:
        told.update(ChecksumAlgorithm=algorithm, ChecksumType=kind_of_sum(upload.metadata))


_RESTS: Mapping[str, Callable[[S3Response, Json, Json], None]] = {
    "CompleteMultipartUpload": _add_sum,
    "CopyObject": _add_kind_of_sum,
    "GetBucketNotificationConfiguration": _add_event_bridge,
    "ListObjects": _add_to_list,
    "ListObjectsV2": _add_to_list,
    "ListParts": _add_sums_of_parts,
    "UploadPartCopy": _add_sums_of_parts,
}


def _after_marker(found: Iterator[Json], asked: Json) -> Iterator[Json]:
    key_marker, version_id = asked.get("KeyMarker") or "", asked.get("VersionIdMarker")
    is_past = not version_id
    for one in found:
        name = one.get("Key") or one["Prefix"]
        if name > key_marker or (name == key_marker and version_id and is_past):
            yield one
        is_past = is_past or (name == key_marker and one.get("VersionId") == version_id)


def _described(version: Any, *, is_latest: bool) -> Json:
    said: Json = {
        "Key": version.name,
        "VersionId": version.version_id,
        "IsLatest": is_latest,
        "LastModified": version.last_modified_ISO8601,
        "Owner": OWNER,
    }
    if isinstance(version, FakeDeleteMarker):
        return said
    return {
        **said,
        **_checksum(version),
        "ETag": version.etag,
        "Size": version.size,
        "StorageClass": version.storage_class,
    }


def _checksum(version: Any) -> Json:
    """How the object's checksum was computed. The object may be gone meanwhile."""
    if not getattr(version, "checksum_algorithm", None):
        return {}
    kind = version.checksum_type or "FULL_OBJECT"
    return {"ChecksumAlgorithm": [version.checksum_algorithm], "ChecksumType": kind}
