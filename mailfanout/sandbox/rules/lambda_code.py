"""What Lambda refuses of a function's code.

See https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

from __future__ import annotations

import io
import zipfile

from moto.s3.models import s3_backends

from mailfanout.sandbox.awslambda import invalid
from mailfanout.sandbox.http import ApiError
from mailfanout.sandbox.json_objects import Json
from mailfanout.sandbox.rules.s3_errors import s3_error

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
    s3, version_id = s3_backends[account_id]["aws"], code.get("S3ObjectVersion")
    bucket = s3.buckets.get(code["S3Bucket"])
    if bucket is None:
        raise _not_got(s3_error("NoSuchBucket"))
    if bucket.region_name != region:
        place = f"The bucket is in this region: {bucket.region_name}."
        words = f"{place} Please use this region to retry the request"
        raise _not_got(ApiError("PermanentRedirect", words))
    found = s3.get_object(bucket.name, code["S3Key"], version_id)
    if found is None:
        is_key_there = version_id and code["S3Key"] in bucket.keys
        raise _not_got(s3_error("NoSuchVersion" if is_key_there else "NoSuchKey"))
    return found.value


def _not_got(error: ApiError) -> ApiError:
    words = f"S3 Error Code: {error.code}. S3 Error Message: {error.message}"
    return invalid(f"Error occurred while GetObject. {words}")
