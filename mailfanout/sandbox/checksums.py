"""The checksums of S3's objects.

See https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any
from zlib import crc32

Compute = Callable[[bytes], bytes]


def _crc(polynomial: int, size: int, body: bytes) -> bytes:
    """A cyclic redundancy check of so many bytes that Python does not have, at 10 MB a second.

    The bits of its polynomial are in the order in which a byte's bits come: the last one first.
    """
    table, ones = _remainders(polynomial), (1 << 8 * size) - 1
    found: int = ones
    for byte in body:
        found = table[(found ^ byte) & 0xFF] ^ (found >> 8)
    return (found ^ ones).to_bytes(size, "big")


@cache
def _remainders(polynomial: int) -> list[int]:
    found = list(range(256))
    for _ in range(8):
        found = [(one >> 1) ^ (polynomial if one & 1 else 0) for one in found]
    return found


def _digest(algorithm: str, body: bytes) -> bytes:
    return hashlib.new(algorithm, body, usedforsecurity=False).digest()


# By the names that requests have for them.
CHECKSUMS: Mapping[str, Compute] = {
    "CRC32": lambda body: crc32(body).to_bytes(4, "big"),
    "CRC32C": partial(_crc, 0x82F63B78, 4),
    "CRC64NVME": partial(_crc, 0x9A6C9329AC4BC9B5, 8),
    "SHA1": partial(_digest, "sha1"),
    "SHA256": partial(_digest, "sha256"),
    "SHA512": partial(_digest, "sha512"),
}


def sum_of(algorithm: str, body: bytes) -> str:
    """A checksum as S3 writes it."""
    return base64.b64encode(CHECKSUMS[algorithm](body)).decode()


def kind_of_sum(metadata: Mapping[str, str]) -> str:
    """Whether an upload's checksum is of the whole object or of its parts' checksums."""
    told = metadata.get("x-amz-checksum-algorithm")
    default = "FULL_OBJECT" if told in (None, "CRC64NVME") else "COMPOSITE"
    return str(metadata.get("x-amz-checksum-type", default))


def checksum_told(key: Any) -> str:
    """The checksum of one of moto's objects, as S3 tells it: of checksums, of how many it is."""
    count = f"-{key.checksum_parts}" if key.checksum_type == "COMPOSITE" else ""
    return f"{key.checksum_value}{count}"


def part_sizes(key: Any) -> list[int]:
    """How many bytes each part has of an object that was uploaded in parts, or in one piece."""
    upload = key.multipart
    return [upload.parts[one].size for one in upload.partlist] if upload else [key.size]
