"""What S3 refuses of uploads: checksums that are not those of the bytes, and parts out of order.

See https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html and
https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from moto.s3.models import FakeKey, FakeMultipart

from mailfanout.sandbox.checksums import CHECKSUMS, kind_of_sum, part_sizes
from mailfanout.sandbox.http import ApiError
from mailfanout.sandbox.json_objects import Json
from mailfanout.sandbox.rules.s3_errors import invalid_argument, invalid_request, s3_error

MOST_PARTS = 10_000
SMALLEST_PART_BYTES = 5 * 2**20


def check_checksums(parameters: Json) -> None:
    """Raise ApiError if not all bytes came in; say which checksum the upload has."""
    body = parameters.get("Body") or b""
    if (given := parameters.get("ContentMD5")) is not None:
        digest = hashlib.md5(body, usedforsecurity=False).digest()
        words = "The Content-MD5 you specified"
        if len(found := _decoded(given)) != len(digest):
            raise ApiError("InvalidDigest", f"{words} was invalid.", members={"Content-MD5": given})
        if found != digest:
            calculated = base64.b64encode(digest).decode()
            members = {"ExpectedDigest": given, "CalculatedDigest": calculated}
            raise ApiError("BadDigest", f"{words} did not match what we received.", members=members)
    sums = _given_sums(parameters)
    if len(sums) > 1:
        raise invalid_request(
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
        )
    for name, given in sums.items():
        if parameters.get("ChecksumAlgorithm", name) != name:
            raise invalid_request("Value for x-amz-sdk-checksum-algorithm header is invalid.")
        digest, found = CHECKSUMS[name](body), _decoded(given)
        if len(found) != len(digest):
            raise invalid_request(f"Value for x-amz-checksum-{name.lower()} header is invalid.")
        if found != digest:
            raise _bad_digest(name)
        parameters["ChecksumAlgorithm"] = name


def _given_sums(parameters: Json) -> dict[str, str]:
    found = {name: parameters.get(f"Checksum{name}") for name in CHECKSUMS}
    return {name: given for name, given in found.items() if given is not None}


def check_new_upload(parameters: Json) -> None:
    """Raise ApiError for a kind of checksum that does not go with its algorithm."""
    algorithm, kind = parameters.get("ChecksumAlgorithm"), parameters.get("ChecksumType")
    if kind is None:
        return
    if algorithm is None:
        raise invalid_request(
            "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm "
            "header."
        )
    is_whole = kind == "FULL_OBJECT"
    if algorithm == "CRC64NVME" if not is_whole else not algorithm.startswith("CRC"):
        raise invalid_request(
            f"The {kind} checksum type cannot be used with the {algorithm.lower()} checksum "
            "algorithm."
        )


def check_part(parameters: Json) -> None:
    """Raise ApiError for a part whose number is none, or which is not what was sent."""
    check_number(parameters["PartNumber"])
    check_checksums(parameters)


def check_algorithm(parameters: Json, upload: FakeMultipart) -> None:
    """Raise ApiError for a part whose checksum is of another algorithm than its upload's.

    S3 reckons those of the parts itself if all that counts is the whole object's.
    """
    told, given = (
        upload.metadata.get("x-amz-checksum-algorithm"),
        parameters.get("ChecksumAlgorithm"),
    )
    is_needless = given is None and kind_of_sum(upload.metadata) == "FULL_OBJECT"
    if told in (None, given) or is_needless:
        return
    raise invalid_request(
        f"Checksum Type mismatch occurred, expected checksum Type: {told.lower()}, actual checksum "
        f"Type: {(given or 'null').lower()}"
    )


def check_number(number: int) -> None:
    """Raise ApiError for the number of a part that is none."""
    if not 1 <= number <= MOST_PARTS:
        words = f"Part number must be an integer between 1 and {MOST_PARTS}, inclusive"
        raise invalid_argument(words, "partNumber", number)


def check_read_part(parameters: Json, held: FakeKey | None) -> None:
    """Raise ApiError for a part that the object does not have."""
    if (number := parameters.get("PartNumber")) is None:
        return
    check_number(number)
    if "Range" in parameters:
        raise invalid_request("Cannot specify both Range header and partNumber query parameter")
    if held and number > (count := len(part_sizes(held))):
        raise s3_error("InvalidPartNumber", PartNumberRequested=number, ActualPartCount=count)


def check_upload_marker(parameters: Json, uploads: Mapping[str, FakeMultipart]) -> None:
    """Raise ApiError for an upload to list others after, if the key to do so has no such one.

    Without a key it says nothing, and is forgotten.
    """
    key, upload_id = parameters.get("KeyMarker"), parameters.pop("UploadIdMarker", None)
    if not key or not upload_id:
        return
    upload = uploads.get(upload_id)
    if upload is None or upload.key_name != key:
        raise invalid_argument("Invalid uploadId marker", "upload-id-marker", upload_id)
    parameters["UploadIdMarker"] = upload_id


def check_completed(parameters: Json, upload: FakeMultipart) -> None:
    """Raise ApiError for no parts, or others than were sent, or not in their numbers' order."""
    parts = parameters.get("MultipartUpload", {}).get("Parts")
    if not parts:
        raise invalid_request("You must specify at least one part")
    numbers = [part.get("PartNumber", 0) for part in parts]
    if any(one >= two for one, two in pairwise(numbers)):
        raise s3_error("InvalidPartOrder", UploadId=upload.id)
    kind = kind_of_sum(upload.metadata)
    _check_held(parts, upload)
    _check_sums(parts, upload, kind)
    if (asked := parameters.get("ChecksumType", kind)) != kind:
        raise invalid_request(
            f"The upload was created using the {kind} checksum mode. The complete request must "
            f"use the same checksum mode, and not {asked}."
        )
    bodies = [upload.parts[one].value for one in numbers if one in upload.parts]
    for name, given in _given_sums(parameters).items():
        compute = CHECKSUMS[name]
        summed = map(compute, bodies) if kind == "COMPOSITE" else bodies
        if _decoded(given.partition("-")[0]) != compute(b"".join(summed)):
            raise _bad_digest(name)


def _check_held(parts: list[Json], upload: FakeMultipart) -> None:
    """Each part was sent, and all but the last are large enough."""
    for place, part in enumerate(parts, 1):
        number, etag = part.get("PartNumber", 0), part.get("ETag", "").strip('"')
        held: Any = upload.parts.get(number)
        named = {"PartNumber": number, "ETag": etag}
        if held is None or held.etag.strip('"') != etag:
            raise s3_error("InvalidPart", UploadId=upload.id, **named)
        if held.size < SMALLEST_PART_BYTES and place < len(parts):
            sizes = {"ProposedSize": held.size, "MinSizeAllowed": SMALLEST_PART_BYTES}
            raise s3_error("EntityTooSmall", **sizes, **named)


def _check_sums(parts: list[Json], upload: FakeMultipart, kind: str) -> None:
    """Of each part, if each needs one, and of those that have one."""
    told = upload.metadata.get("x-amz-checksum-algorithm")
    for part in parts:
        number = part.get("PartNumber", 0)
        given = _given_sums(part)
        if told and kind == "COMPOSITE" and told not in given:
            raise invalid_request(
                f"The upload was created using a {told.lower()} checksum. The complete request "
                "must include the checksum for each part. It was missing for part "
                f"{number} in the request."
            )
        held: Any = upload.parts.get(number)
        sums = {name: CHECKSUMS[name](held.value) for name in given if held}
        if any(_decoded(given[name]) != found for name, found in sums.items()):
            named = {"PartNumber": number, "ETag": part.get("ETag", "").strip('"')}
            raise s3_error("InvalidPart", UploadId=upload.id, **named)


def _bad_digest(algorithm: str) -> ApiError:
    words = f"The {algorithm} you specified did not match the calculated checksum."
    return ApiError("BadDigest", words)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""
