"""What S3 refuses of uploads: checksums that are not those of the bytes, and parts out of order.

See https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html and
https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from itertools import pairwise
from zlib import crc32

from mailfanout.sandbox.http import ApiError
from mailfanout.sandbox.json_objects import Json
from mailfanout.sandbox.rules.s3_objects import invalid_argument

MOST_PARTS = 10_000
# The algorithms that Python has.
_CHECKSUMS: Mapping[str, Callable[[bytes], bytes]] = {
    "CRC32": lambda body: crc32(body).to_bytes(4, "big"),
    "SHA1": lambda body: hashlib.sha1(body, usedforsecurity=False).digest(),
    "SHA256": lambda body: hashlib.sha256(body).digest(),
    "SHA512": lambda body: hashlib.sha512(body).digest(),
}


def check_checksums(parameters: Json) -> None:
    """Raise ApiError if not all bytes came in; say which checksum the upload has."""
    body = parameters.get("Body") or b""
    if (given := parameters.get("ContentMD5")) is not None:
        digest = hashlib.md5(body, usedforsecurity=False).digest()
        words = "The Content-MD5 you specified"
        if len(found := _decoded(given)) != len(digest):
            raise ApiError("InvalidDigest", f"{words} was invalid.")
        if found != digest:
            raise ApiError("BadDigest", f"{words} did not match what we received.")
    for name, compute in _CHECKSUMS.items():
        if (given := parameters.get(f"Checksum{name}")) is None:
            continue
        digest, found = compute(body), _decoded(given)
        if len(found) != len(digest):
            header = f"x-amz-checksum-{name.lower()}"
            raise ApiError("InvalidRequest", f"Value for {header} header is invalid.")
        if found != digest:
            words = f"The {name} you specified did not match the calculated checksum."
            raise ApiError("BadDigest", words)
        parameters.setdefault("ChecksumAlgorithm", name)


def check_part(parameters: Json) -> None:
    """Raise ApiError for a part whose number is none, or which is not what was sent."""
    if not 1 <= parameters["PartNumber"] <= MOST_PARTS:
        words = f"Part number must be an integer between 1 and {MOST_PARTS}, inclusive"
        raise invalid_argument(words, "partNumber", parameters["PartNumber"])
    check_checksums(parameters)


def check_completed(parameters: Json) -> None:
    """Raise ApiError for no parts, and for parts that are not in the order of their numbers."""
    parts = parameters.get("MultipartUpload", {}).get("Parts")
    if not parts:
        raise ApiError("InvalidRequest", "You must specify at least one part")
    numbers = [part.get("PartNumber", 0) for part in parts]
    if any(one >= two for one, two in pairwise(numbers)):
        raise ApiError(
            "InvalidPartOrder",
            "The list of parts was not in ascending order. The parts list must be specified in "
            "order by part number.",
        )


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""
