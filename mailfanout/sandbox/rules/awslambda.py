"""What Lambda refuses of a function's code and configuration.

See https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

from moto.s3.models import s3_backends

from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.http import ApiError, Refused

LARGEST_VARIABLES_BYTES = 4 * 1024
LARGEST_UNZIPPED_BYTES = 262_144_000

Json = dict[str, Any]


def check(call: ApiCall, account_id: str) -> None:
    """Raise ApiError for a function that Lambda does not take, Refused for layers."""
    if call.operation not in _CHANGES:
        return
    parameters = call.parameters
    if parameters.get("Layers"):
        raise Refused("unsupported", "The sandbox unpacks no layers: put it all into the zip.")
    if call.operation == "CreateFunction":
        _check_mandatory(parameters)
    _check_variables(parameters.get("Environment", {}).get("Variables", {}))
    _check_code(parameters.get("Code", parameters), account_id)


def _check_mandatory(parameters: Json) -> None:
    is_zip = parameters.get("PackageType", "Zip") == "Zip"
    if is_zip and not (parameters.get("Runtime") and parameters.get("Handler")):
        raise _invalid(
            "Runtime and Handler are mandatory parameters for functions created with deployment "
            "packages."
        )


def _check_variables(variables: dict[str, str]) -> None:
    written = json.dumps(variables, ensure_ascii=False, separators=(",", ":"))
    if len(written.encode()) > LARGEST_VARIABLES_BYTES:
        raise _invalid(
            "Lambda was unable to configure your environment variables because the environment "
            f"variables you have provided exceeded the 4KB limit. String measured: {written}"
        )


def _check_code(code: Json, account_id: str) -> None:
    if "S3Bucket" in code and "S3Key" in code:
        bucket = s3_backends[account_id]["aws"].buckets.get(code["S3Bucket"])
        if bucket is not None and code["S3Key"] not in bucket.keys:
            raise _invalid(
                "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: "
                "The specified key does not exist."
            )
    package = io.BytesIO(code.get("ZipFile") or b"")
    if zipfile.is_zipfile(package):
        with zipfile.ZipFile(package) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        if size > LARGEST_UNZIPPED_BYTES:
            raise _invalid(f"Unzipped size must be smaller than {LARGEST_UNZIPPED_BYTES} bytes")


def _invalid(message: str) -> ApiError:
    return ApiError("InvalidParameterValueException", message)


_CHANGES = {"CreateFunction", "UpdateFunctionCode", "UpdateFunctionConfiguration"}
