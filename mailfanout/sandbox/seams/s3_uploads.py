"""Changes to moto's uploads of S3, with their reasons: their checksums, and reading them by parts.

See https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html and
https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any

from moto.core.utils import iso_8601_datetime_with_milliseconds, utcnow
from moto.s3 import models, responses
from moto.s3.models import FakeKey, FakeMultipart, MultipartChecksumBuilder, S3Backend
from moto.s3.responses import S3Response

from mailfanout.sandbox.checksums import CHECKSUMS, checksum_told, part_sizes, sum_of
from mailfanout.sandbox.seams.replacement import Method, Replacement, around, call_of, changes


def replacements() -> list[Replacement]:
    """Every change to uploads and their parts, for setattr."""
    reason = "s3/utils.py takes CRC32 for what Python has not"
    return [
        *(
            change
            for module in (models, responses)
            for change in around(module, reason, compute_checksum=_compute_checksum)
        ),
        *changes(models, "computes checksums unasked", MultipartChecksumBuilder=_ChecksumOfParts),
        *around(FakeMultipart, "forgets the parts of an object", complete=_complete_parts),
        *around(FakeMultipart, "does not know when an upload began", __init__=_begin),
        *around(
            S3Response,
            "gives whole objects for their parts, and no count with a checksum of checksums",
            get_object=_read,
            head_object=_read,
        ),
        *around(
            S3Backend,
            "leaves copies the parts of their source, and the checksum of these",
            copy_object=_copy,
        ),
    ]


def _compute_checksum(
    original: Method, body: bytes, algorithm: str, encode_base64: bool = True
) -> bytes:
    if algorithm not in CHECKSUMS:
        return bytes(original(body, algorithm, encode_base64))
    found = CHECKSUMS[algorithm](body)
    return base64.b64encode(found) if encode_base64 else found


class _ChecksumOfParts(MultipartChecksumBuilder):
    def __init__(self, checksum_algorithm: str | None, checksum_type: str | None) -> None:
        super().__init__(checksum_algorithm, checksum_type)
        self._is_wanted = checksum_algorithm is not None

    def addPart(self, part: bytes) -> None:
        if self._is_wanted:
            super().addPart(part)

    def build(self) -> tuple[str, str, int] | None:
        return super().build() if self._is_wanted else None


def _begin(original: Method, self: FakeMultipart, *args: Any, **settings: Any) -> None:
    original(self, *args, **settings)
    vars(self)["initiated_at"] = iso_8601_datetime_with_milliseconds(utcnow())


def _complete_parts(
    original: Method, self: FakeMultipart, body: Iterable[tuple[int, str]]
) -> tuple[Any, ...]:
    parts = [*body]
    completed: tuple[Any, ...] = original(self, iter(parts))
    self.partlist = [number for number, _ in parts]
    return completed


def _copy(
    original: Method,
    self: S3Backend,
    src_key: FakeKey,
    dest_bucket_name: str,
    dest_key_name: str,
    **settings: Any,
) -> None:
    original(self, src_key, dest_bucket_name, dest_key_name, **settings)
    key: Any = self.get_object(dest_bucket_name, dest_key_name)
    key.multipart = None
    key.metadata.pop("x-amz-checksum-type", None)
    if src_key.checksum_type == "COMPOSITE" and key.checksum_algorithm:
        key.checksum_value = sum_of(key.checksum_algorithm, key.value)


def _read(original: Method, self: S3Response, *asked: Any, **headers_asked: Any) -> Any:
    """The object, or a part of it, which is a range of its bytes."""
    for query in (self.querystring, *asked[1:2]):
        query.pop("partNumber", None)
    status, headers, body = original(self, *asked, **headers_asked)
    given = call_of(self).parameters
    number = given.get("PartNumber")
    key: Any = self.backend.get_object(given["Bucket"], given["Key"], given.get("VersionId"))
    if status != 200 or not key:
        return status, headers, body
    if key.checksum_type == "COMPOSITE" and (name := _checksum_header(key)) in headers:
        headers |= {name: checksum_told(key), "x-amz-checksum-type": key.checksum_type}
    if number is None:
        return status, headers, body
    sizes = part_sizes(key)
    begin, size = sum(sizes[: number - 1]), sizes[number - 1]
    headers["content-range"] = f"bytes {begin}-{begin + size - 1}/{key.size}"
    headers["content-length"] = str(size)
    if key.multipart:
        headers["x-amz-mp-parts-count"] = str(len(sizes))
        if headers.pop(_checksum_header(key), None) and key.checksum_type == "COMPOSITE":
            headers[_checksum_header(key)] = sum_of(
                key.checksum_algorithm, key.value[begin : begin + size]
            )
    return 206, headers, body[begin : begin + size]


def _checksum_header(key: FakeKey) -> str:
    return f"x-amz-checksum-{key.checksum_algorithm or ''}".lower()
