"""The pages in which S3 lists objects, their versions, and uploads.

See https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html and
https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html and
https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from hashlib import sha256
from itertools import islice
from typing import Any
from urllib.parse import quote

from moto.core.responses import ActionResult
from moto.s3.models import FakeBucket, FakeDeleteMarker
from moto.s3.responses import S3Response

from mailfanout.sandbox.checksums import kind_of_sum
from mailfanout.sandbox.json_objects import Json
from mailfanout.sandbox.seams.replacement import call_of

OWNER = {"ID": "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a"}
LARGEST_PAGE = 1000
_NAMES = (
    *("Delimiter", "Key", "KeyMarker", "Marker", "NextKeyMarker", "NextMarker", "Prefix"),
    "StartAfter",
)
_LISTS = ("Contents", "Versions", "DeleteMarkers", "Uploads")
# What is listed of a key, from its versions, the oldest first.
Describe = Callable[[list[Any]], Iterable[Json]]


def list_objects(self: S3Response) -> Any:
    """ListObjects: a page begins after the last key, or prefix, of the one before."""
    bucket, asked = _asked(self)
    marker = asked.get("Marker") or ""
    describe = partial(_current, after=marker, has_owner=True)
    found = _listed(bucket.keys.iterlists(), asked, describe, after=marker)
    told, page = _page(bucket, asked, found)
    told |= {"Marker": marker, "Contents": [one for one in page if "Key" in one]}
    if told["IsTruncated"] and asked.get("Delimiter"):
        told["NextMarker"] = _name(page[-1])
    return _answer(self, "ListObjects", told)


def list_objects_v2(self: S3Response) -> Any:
    """ListObjectsV2: a page begins where its token says."""
    bucket, asked = _asked(self)
    tokens, token = self.backend._pagination_tokens, asked.get("ContinuationToken")
    begin = {"StartAfter": asked["StartAfter"]} if asked.get("StartAfter") else {}
    after = tokens[token] if token else asked.get("StartAfter") or ""
    describe = partial(_current, after=after, has_owner=bool(asked.get("FetchOwner")))
    told, page = _page(
        bucket, asked, _listed(bucket.keys.iterlists(), asked, describe, after=after)
    )
    told |= {"ContinuationToken": token} if token else begin
    told |= {"KeyCount": len(page), "Contents": [one for one in page if "Key" in one]}
    if told["IsTruncated"]:
        last = _name(page[-1])
        told["NextContinuationToken"] = sha256(last.encode()).hexdigest()
        tokens[told["NextContinuationToken"]] = last
    return _answer(self, "ListObjectsV2", told)


def list_object_versions(self: S3Response) -> Any:
    """ListObjectVersions: a page begins after a key, or after one of its versions."""
    bucket, asked = _asked(self)
    markers = {name: asked.get(name) or "" for name in ("KeyMarker", "VersionIdMarker")}
    describe = partial(_versions, after=(markers["KeyMarker"], markers["VersionIdMarker"]))
    found = _listed(bucket.keys.iterlists(), asked, describe, after=markers["KeyMarker"])
    told, page = _page(bucket, asked, found)
    told |= {
        **markers,
        "Versions": [one for one in page if "ETag" in one],
        "DeleteMarkers": [one for one in page if "Key" in one and "ETag" not in one],
    }
    if told["IsTruncated"]:
        told["NextKeyMarker"] = _name(page[-1])
        told["NextVersionIdMarker"] = page[-1].get("VersionId")
    return _answer(self, "ListObjectVersions", told)


def list_multipart_uploads(self: S3Response) -> Any:
    """ListMultipartUploads: a page begins after a key, or after one of its uploads."""
    bucket, asked = _asked(self)
    key, upload_id = (asked.get(name) or "" for name in ("KeyMarker", "UploadIdMarker"))
    by_key: dict[str, list[Any]] = {}
    for one in bucket.multiparts.values():
        by_key.setdefault(one.key_name, []).append(one)
    describe = partial(_uploads, after=(key, upload_id))
    told, page = _page(bucket, asked, _listed(by_key.items(), asked, describe, after=key))
    uploads = [one for one in page if "Key" in one]
    last = uploads[-1] if uploads else {"Key": "", "UploadId": ""}
    if not asked.get("Prefix"):
        del told["Prefix"]
    told |= {"Bucket": told.pop("Name"), "MaxUploads": told.pop("MaxKeys"), "Uploads": uploads}
    told |= {"KeyMarker": key, "UploadIdMarker": upload_id}
    told |= {"NextKeyMarker": last["Key"], "NextUploadIdMarker": last["UploadId"]}
    return _answer(self, "ListMultipartUploads", told)


def checksum(version: Any) -> Json:
    """How the object's checksum was computed. The object may be gone meanwhile."""
    if not getattr(version, "checksum_algorithm", None):
        return {}
    kind = version.checksum_type or "FULL_OBJECT"
    return {"ChecksumAlgorithm": [version.checksum_algorithm], "ChecksumType": kind}


def _asked(self: S3Response) -> tuple[FakeBucket, Json]:
    asked = call_of(self).parameters
    return self.backend.get_bucket(asked["Bucket"]), asked


def _answer(self: S3Response, operation: str, told: Json) -> Any:
    if told.get("EncodingType"):
        lists = (told.get(name, []) for name in _LISTS)
        for one in (told, *told["CommonPrefixes"], *(one for listed in lists for one in listed)):
            one.update({name: quote(one[name]) for name in _NAMES if one.get(name)})
    self.data["Action"] = operation
    status, headers, body = self.serialized(ActionResult(told))
    if operation.startswith("ListObjects"):
        bucket: Any = self.backend.get_bucket(told["Name"])
        headers["x-amz-bucket-region"] = bucket.region_name
    return status, headers, body


def _page(bucket: FakeBucket, asked: Json, found: Iterator[Json]) -> tuple[Json, list[Json]]:
    """What every list says of a page, and what is on it."""
    most = min([LARGEST_PAGE, *(asked[one] for one in ("MaxKeys", "MaxUploads") if one in asked)])
    page = [*islice(found, most)]
    told: Json = {
        "Name": bucket.name,
        "Prefix": asked.get("Prefix") or "",
        "MaxKeys": most,
        **{name: asked[name] for name in ("Delimiter", "EncodingType") if asked.get(name)},
        "IsTruncated": bool(most) and next(found, None) is not None,
        "CommonPrefixes": [one for one in page if "Prefix" in one],
    }
    return told, page


def _listed(
    keys: Iterable[tuple[str, list[Any]]], asked: Json, describe: Describe, *, after: str
) -> Iterator[Json]:
    """What is listed of each key after a marker, in their order, and what keys have in common."""
    prefix, delimiter = asked.get("Prefix") or "", asked.get("Delimiter")
    common = after
    for key, versions in sorted(keys):
        if not versions or not key.startswith(prefix) or key < after:
            continue
        described = [*describe(versions)]
        begin, found, _ = key[len(prefix) :].partition(delimiter) if delimiter else ("", "", "")
        if not found:
            yield from described
        elif described and (group := f"{prefix}{begin}{delimiter}") > common:
            common = group
            yield {"Prefix": common}


def _current(versions: list[Any], *, after: str, has_owner: bool) -> list[Json]:
    """The object, unless it is deleted, or the last of the page before."""
    newest = versions[-1]
    if isinstance(newest, FakeDeleteMarker) or newest.name == after:
        return []
    owner = {"Owner": OWNER} if has_owner else {}
    return [{**_object(newest), **owner}]


def _versions(versions: list[Any], *, after: tuple[str, str]) -> Iterator[Json]:
    """The versions, the newest first: those after the marker, or all if it is deleted itself."""
    key, version_id = after
    rest = versions[::-1]
    if rest[0].name == key:
        ids = [str(one.version_id) for one in rest]
        if not version_id or version_id in ids:
            rest = rest[ids.index(version_id) + 1 :] if version_id else []
    for one in rest:
        told: Json = {"Owner": OWNER, "VersionId": one.version_id, "IsLatest": one is versions[-1]}
        if isinstance(one, FakeDeleteMarker):
            yield {**told, "Key": one.name, "LastModified": one.last_modified_ISO8601}
        else:
            yield {**told, **_object(one)}


def _uploads(uploads: list[Any], *, after: tuple[str, str]) -> Iterator[Json]:
    """The uploads of a key, the oldest first: those after the marker."""
    key, upload_id = after
    rest = uploads
    if uploads[0].key_name == key:
        ids = [one.id for one in uploads]
        rest = uploads[ids.index(upload_id) + 1 :] if upload_id else []
    for one in rest:
        algorithm = one.metadata.get("x-amz-checksum-algorithm")
        yield {
            "Key": one.key_name,
            "UploadId": one.id,
            "Owner": OWNER,
            "Initiator": OWNER,
            "StorageClass": one.storage or "STANDARD",
            "Initiated": one.initiated_at,
            **({"ChecksumAlgorithm": algorithm} if algorithm else {}),
            **({"ChecksumType": kind_of_sum(one.metadata)} if algorithm else {}),
        }


def _object(key: Any) -> Json:
    return {
        "Key": key.name,
        "LastModified": key.last_modified_ISO8601,
        "ETag": key.etag,
        "Size": key.size,
        "StorageClass": key.storage_class,
        **checksum(key),
    }


def _name(listed: Json) -> str:
    name: str = listed.get("Key") or listed["Prefix"]
    return name
