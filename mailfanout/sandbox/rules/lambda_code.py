"""What Lambda refuses of a function's code.

See https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

from __future__ import annotations

import io
import zipfile

from moto.s3.models import s3_backends

from mailfanout.sandbox.http import ApiError
from mailfanout.sandbox.json_objects import Json
from mailfanout.sandbox.rules.lambda_lookups import invalid

LARGEST_ZIPPED_BYTES = 50 * 2**20
LARGEST_UNZIPPED_BYTES = 262_144_000


def check_code(code: Json, account_id: str, region: str) -> None:
    """Raise ApiError unless there is one source of code, and a zip in it that can be unpacked."""
    if code.get("ZipFile") and "S3Bucket" in code:
        raise invalid(
            "Please do not provide other FunctionCode parameters when providing a ZipFile."
        )
    if len(code.get("ZipFile") or b"") > LARGEST_ZIPPED_BYTES:
        message = f"Zipped size must be smaller than {LARGEST_ZIPPED_BYTES} bytes"
        raise ApiError("RequestEntityTooLargeException", message, 413)
    if "ZipFile" not in code and not ("S3Bucket" in code and "S3Key" in code):
        raise invalid("Please provide a source for function code.")
    content = code["ZipFile"] if "ZipFile" in code else _stored(code, account_id, region)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if not archive.infolist():
                raise invalid("Uploaded file must be a non-empty zip")
            size = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile as error:
        raise invalid(
            "Could not unzip uploaded file. Please check your file, then try to upload again."
        ) from error
    if size > LARGEST_UNZIPPED_BYTES:
        raise invalid(f"Unzipped size must be smaller than {LARGEST_UNZIPPED_BYTES} bytes")


def _stored(code: Json, account_id: str, region: str) -> bytes:
    bucket = s3_backends[account_id]["aws"].buckets.get(code["S3Bucket"])
    if bucket is None:
        raise _not_got("NoSuchBucket", "The specified bucket does not exist")
    if bucket.region_name != region:
        raise _not_got(
            "PermanentRedirect",
            f"The bucket is in this region: {bucket.region_name}. Please use this region to retry "
            "the request",
        )
    versions = bucket.keys.getlist(code["S3Key"], [])
    if not versions:
        raise _not_got("NoSuchKey", "The specified key does not exist.")
    version_id = code.get("S3ObjectVersion")
    found = [one for one in versions if version_id in (None, str(one.version_id))]
    if not found:
        raise _not_got("NoSuchVersion", "The specified version does not exist.")
    content: bytes = found[-1].value
    return content


def _not_got(code: str, message: str) -> ApiError:
    return invalid(
        f"Error occurred while GetObject. S3 Error Code: {code}. S3 Error Message: {message}"
    )
