"""Changes to what moto's S3 says of objects and their versions, with their reasons."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any, cast

from moto.core.responses import ActionResult
from moto.s3.responses import S3Response

from mailfanout.sandbox.checksums import checksum_told, kind_of_sum, part_sizes, sum_of
from mailfanout.sandbox.json_objects import Json
from mailfanout.sandbox.seams.replacement import Method, Replacement, around, call_of, changes
from mailfanout.sandbox.seams.s3_encryption import encryption_of
from mailfanout.sandbox.seams.s3_listings import (
    LARGEST_PAGE,
    list_multipart_uploads,
    list_object_versions,
    list_objects,
    list_objects_v2,
)


def replacements() -> list[Replacement]:
    """Every change to the lists of moto's S3, for setattr."""
    return [
        *changes(
            S3Response,
            "s3/models.py puts versions of one millisecond in order of age, and common prefixes on "
            "every page of ListObjects; knows no pages of uploads",
            list_multipart_uploads=list_multipart_uploads,
            list_object_versions=list_object_versions,
            list_objects=list_objects,
            list_objects_v2=list_objects_v2,
        ),
        *around(
            S3Response,
            "says half of checksums, markers, and of buckets elsewhere or with EventBridge; gives "
            "some answers another name than S3",
            serialized=_with_the_rest,
        ),
    ]


def _with_the_rest(original: Method, self: S3Response, action_result: ActionResult) -> Any:
    told: object = action_result.result
    add = _RESTS.get(self.data.get("Action", ""))
    if add and not isinstance(told, Exception):  # errors are told by the same way
        add(self, cast(Json, told), call_of(self).parameters)
    status, headers, body = original(self, action_result)
    operation = call_of(self).operation
    if name := _NAMES.get(operation):
        body = re.sub(f"(?<=<)(/?){operation}Response", rf"\1{name}", body)
    return status, headers, body


def _add_encryption(self: S3Response, told: Json, asked: Json) -> None:
    upload = self.backend.get_bucket(asked["Bucket"]).multiparts[told["UploadId"]]
    told.update(encryption_of(upload))


def _add_event_bridge(self: S3Response, told: Json, _: Json) -> None:
    held: Any = self.backend.get_bucket(self.bucket_name).notification_configuration
    if held and held.event_bridge is not None:
        told["EventBridgeConfiguration"] = {}


def _drop_no_time(_: S3Response, told: Json, __: Json) -> None:
    """Objects are kept for days or for years, and moto says that the other is 0."""
    period = told["ObjectLockConfiguration"].get("Rule", {}).get("DefaultRetention", {})
    for name in ("Days", "Years"):
        if not period.get(name):
            period.pop(name, None)


def _add_location(self: S3Response, told: Json, _: Json) -> None:
    """Of a bucket in the oldest Region it is a path, of any other one an address."""
    bucket: Any = self.backend.get_bucket(self.bucket_name)
    if bucket.region_name != "us-east-1":
        told["Location"] = f"http://{bucket.name}.s3.amazonaws.com/"


def _add_sum(self: S3Response, whole: Json, _: Json) -> None:
    key: Any = self.backend.get_object(whole["Bucket"], whole["Key"])
    if key and key.checksum_algorithm:
        whole[f"Checksum{key.checksum_algorithm}"] = checksum_told(key)
        whole["ChecksumType"] = key.checksum_type


def _add_kind_of_sum(self: S3Response, told: Json, asked: Json) -> None:
    key: Any = self.backend.get_object(asked["Bucket"], asked["Key"])
    if key and key.checksum_algorithm:
        told["CopyObjectResult"]["ChecksumType"] = key.checksum_type or "FULL_OBJECT"


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


def _add_parts(self: S3Response, told: Json, asked: Json) -> None:
    """Of an object that was uploaded in parts: their number, and each that has a checksum.

    Of any object with a checksum, what that is of.
    """
    key: Any = self.backend.get_object(asked["Bucket"], asked["Key"], asked.get("VersionId"))
    if checksum := told.get("Checksum"):
        checksum["ChecksumType"] = key.checksum_type or "FULL_OBJECT"
    if "ObjectParts" not in asked["ObjectAttributes"] or not key.multipart:
        return
    told["ObjectParts"] = {"TotalPartsCount": len(key.multipart.partlist)}
    if key.checksum_type == "COMPOSITE":
        told["ObjectParts"] |= _page_of_parts(key, asked)


def _page_of_parts(key: Any, asked: Json) -> Json:
    marker, most = asked.get("PartNumberMarker", 0), asked.get("MaxParts", LARGEST_PAGE)
    content = BytesIO(key.value)
    numbered = zip(key.multipart.partlist, map(content.read, part_sizes(key)), strict=True)
    rest = [(number, part) for number, part in numbered if number > marker]
    algorithm = key.checksum_algorithm
    page = [
        {
            "PartNumber": number,
            "Size": len(part),
            f"Checksum{algorithm}": sum_of(algorithm, part),
        }
        for number, part in rest[:most]
    ]
    return {
        "PartNumberMarker": marker,
        "NextPartNumberMarker": page[-1]["PartNumber"] if page else 0,
        "MaxParts": most,
        "IsTruncated": len(rest) > len(page),
        "Parts": page,
    }


_NAMES = {
    "GetBucketAccelerateConfiguration": "AccelerateConfiguration",
    "GetBucketVersioning": "VersioningConfiguration",
    "ListParts": "ListPartsResult",
}
_RESTS: Mapping[str, Callable[[S3Response, Json, Json], None]] = {
    "CompleteMultipartUpload": _add_sum,
    "CopyObject": _add_kind_of_sum,
    "CreateBucket": _add_location,
    "CreateMultipartUpload": _add_encryption,
    "GetBucketNotificationConfiguration": _add_event_bridge,
    "GetObjectAttributes": _add_parts,
    "GetObjectLockConfiguration": _drop_no_time,
    "ListParts": _add_sums_of_parts,
    "UploadPartCopy": _add_sums_of_parts,
}
