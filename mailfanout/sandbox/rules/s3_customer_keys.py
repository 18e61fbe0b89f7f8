"""What S3 refuses of keys that its customers bring for their objects.

See https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html
"""

from __future__ import annotations

import base64
import hashlib
from functools import partial
from typing import Any

from moto.s3.models import FakeBucket

from mailfanout.sandbox.access import current_caller
from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.customer_keys import ALGORITHM, customer_key_md5
from mailfanout.sandbox.http import ApiError
from mailfanout.sandbox.json_objects import Json
from mailfanout.sandbox.rules.s3_errors import invalid_argument, invalid_request

KEY_BYTES = 32
_HEADER = "x-amz-server-side-encryption"
_NAMES = ("SSECustomerAlgorithm", "SSECustomerKey", "SSECustomerKeyMD5")
_MUST = "Requests specifying Server Side Encryption with Customer provided keys must provide"
_wrong = partial(invalid_argument, name=_HEADER, value="null")


def check_written_key(call: ApiCall, bucket: FakeBucket | None) -> None:
    """Raise ApiError for a key with which nothing can be written into this bucket."""
    if call.operation in ("CopyObject", "CreateMultipartUpload", "PutObject"):
        _check_new_key(call.parameters)
        if bucket:
            _check_not_blocked(call, bucket)
    if bucket and call.operation in ("UploadPart", "UploadPartCopy"):
        _check_key_of_part(call.parameters, bucket.multiparts[call.parameters["UploadId"]])


def _check_new_key(parameters: Json) -> None:
    """A key that no object can have."""
    if (other := parameters.get("ServerSideEncryption")) and _given(parameters) != (None,) * 3:
        words = "Server Side Encryption with Customer provided key is incompatible with the "
        raise invalid_argument(f"{words}encryption method specified", _HEADER, other)
    _check(*_given(parameters))


def _check_not_blocked(call: ApiCall, bucket: FakeBucket) -> None:
    """A key in a bucket that is to have no such objects.

    See https://docs.aws.amazon.com/AmazonS3/latest/userguide/blocking-unblocking-s3-c-encryption-gpb.html
    """
    blocked = ((bucket.encryption or {}).get("Rule") or {}).get("BlockedEncryptionTypes") or {}
    if "SSE-C" in blocked.get("EncryptionType", []) and "SSECustomerAlgorithm" in call.parameters:
        raise ApiError(
            "AccessDenied",
            f"User: {current_caller().arn} is not authorized to perform: s3:PutObject on resource: "
            f'"arn:aws:s3:::{bucket.name}/{call.parameters["Key"]}" because this bucket has '
            "blocked upload requests that specify Server Side Encryption with Customer provided "
            "keys (SSE-C). Please specify a different server-side encryption type",
            403,
        )


def check_read_key(parameters: Json, held: Any, prefix: str = "") -> None:
    """Raise ApiError for an object that is not read by this key, or needs none."""
    algorithm, key, md5 = _given(parameters, prefix)
    wanted = held and customer_key_md5(held)
    if wanted and not md5:
        raise invalid_request(
            "The object was stored using a form of Server Side Encryption. The correct parameters "
            "must be provided to retrieve the object."
        )
    if wanted and wanted != md5:
        raise ApiError("AccessDenied", f"{_MUST} the correct secret key.", 403)
    _check(algorithm, key, md5)
    if held and md5 and not wanted:
        raise invalid_request("The encryption parameters are not applicable to this object.")


def _check_key_of_part(parameters: Json, upload: Any) -> None:
    """A part with another key than its upload began with."""
    algorithm, key, md5 = _given(parameters)
    wanted = customer_key_md5(upload)
    if bool(wanted) != bool(md5):
        raise invalid_request(
            "The multipart upload initiate requested encryption. Subsequent part requests must "
            "include the appropriate encryption parameters."
        )
    _check(algorithm, key, md5)
    if wanted != md5:
        raise invalid_request(
            "The provided encryption parameters did not match the ones used originally."
        )


def _given(parameters: Json, prefix: str = "") -> tuple[str | None, ...]:
    """Not every client sends the MD5; it is spelled out then."""
    key = parameters.get(f"{prefix}SSECustomerKey")
    if key is not None:
        parameters.setdefault(f"{prefix}SSECustomerKeyMD5", _md5(_decoded(key)))
    return tuple(parameters.get(f"{prefix}{name}") for name in _NAMES)


def _check(algorithm: str | None, key: str | None, md5: str | None) -> None:
    if algorithm is key is md5 is None:
        return
    if algorithm is None:
        raise _wrong(f"{_MUST} a valid encryption algorithm.")
    if algorithm != ALGORITHM:
        raise ApiError(
            "InvalidEncryptionAlgorithmError",
            f"The Encryption request you specified is not valid. Supported value: {ALGORITHM}.",
            members={"ArgumentName": _HEADER, "ArgumentValue": algorithm},
        )
    if key is None:
        raise _wrong(f"{_MUST} an appropriate secret key.")
    content = _decoded(key)
    if md5 != _md5(content):
        raise _wrong("The calculated MD5 hash of the key did not match the hash that was provided.")
    if len(content) != KEY_BYTES:
        raise _wrong("The secret key was invalid for the specified algorithm.")


def _decoded(key: str) -> bytes:
    try:
        return base64.b64decode(key, validate=True)
    except ValueError:
        return b""


def _md5(content: bytes) -> str:
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
