"""Changes to moto's S3: by which keys it encrypts objects, and what it says of them.

See https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.kms.models import kms_backends
from moto.s3.exceptions import MalformedXML
from moto.s3.models import FakeBucket, FakeKey, FakeMultipart, S3Backend, s3_backends
from moto.s3.responses import S3Response

from mailfanout.sandbox.json_objects import Json
from mailfanout.sandbox.seams.replacement import Method, Replacement, around, call_of, changes

_BY_ITSELF: Json = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
_NAMED_BY = "x-amz-server-side-encryption-aws-kms-key-id"
# The key of KMS by which S3 encrypts if none is named.
_KEY_OF_S3 = "alias/aws/s3"


def replacements() -> list[Replacement]:
    """Every change to encryption, for setattr; `s3_customer_keys` has that by customers' keys."""
    return [
        *around(S3Backend, "knows no encryption by default", get_bucket_encryption=_encryption),
        *changes(
            S3Response,
            "knows no kinds of encryption that are blocked",
            _encryption_config_from_body=_encryption_asked,
            get_bucket_encryption=_get_encryption,
        ),
        *around(FakeKey, "names keys of KMS as they were given, or not", __init__=_encrypted),
        *around(
            S3Backend,
            "encrypts no upload in parts by default",
            create_multipart_upload=_begin_upload,
        ),
        *around(
            S3Response,
            "names the key of an upload in parts as it was given",
            _key_response_post=_by_arn,
        ),
    ]


def _encryption(original: Method, self: S3Backend, bucket_name: str) -> Any:
    """S3 encrypts by keys of its own if it is told nothing."""
    return original(self, bucket_name) or {"Rule": _BY_ITSELF}


def _encryption_asked(self: S3Response) -> Json:
    """What blocks a kind of encryption says nothing of the one that S3 takes by itself."""
    asked = call_of(self).parameters["ServerSideEncryptionConfiguration"]["Rules"]
    rule = {**_BY_ITSELF, **asked[0]} if asked else {}
    if not rule.get("ApplyServerSideEncryptionByDefault", {}).get("SSEAlgorithm"):
        raise MalformedXML
    return {"Rule": rule}


def _get_encryption(self: S3Response) -> Any:
    self.data["Action"] = "GetBucketEncryption"
    found: Any = self.backend.get_bucket_encryption(self.bucket_name)
    rule = {"BucketKeyEnabled": False, **found["Rule"]}
    return self.serialized(ActionResult({"ServerSideEncryptionConfiguration": {"Rules": [rule]}}))


def _encrypted(original: Method, self: FakeKey, *given: Any, **named: Any) -> None:
    original(self, *given, **named)
    buckets = s3_backends[self.account_id][self.partition].buckets
    if not str(self.encryption).startswith("aws:kms"):
        self.kms_key_id = None
    elif bucket := buckets.get(self.bucket_name or ""):  # a part has its upload's key
        self.kms_key_id = _key_arn(bucket, self.kms_key_id)


def _key_arn(bucket: FakeBucket, key_id: str | None) -> str:
    """The ARN of a key that is named by its id, its ARN, or an alias."""
    keys = kms_backends[bucket.account_id][bucket.region_name]
    named = keys.get_alias_name(key_id or _KEY_OF_S3)
    if named.startswith("alias/"):
        named = keys.get_key_id_from_alias(named) or named
    own = f"arn:{bucket.partition}:kms:{bucket.region_name}:{bucket.account_id}"
    return named if named.startswith(("arn:", "alias/")) else f"{own}:key/{named}"


def _begin_upload(
    original: Method, self: S3Backend, bucket_name: str, key_name: str, *settings: Any
) -> Any:
    """As the call asks for, or else as the bucket does; told as of an object."""
    *others, encryption, key_id = settings
    rule: Any = self.get_bucket_encryption(bucket_name)["Rule"]  # type: ignore[index]
    if encryption is None:
        by_default = rule["ApplyServerSideEncryptionByDefault"]
        encryption, key_id = by_default["SSEAlgorithm"], by_default.get("KMSMasterKeyID")
    if encryption.startswith("aws:kms"):
        key_id = _key_arn(self.get_bucket(bucket_name), key_id)
    return original(self, bucket_name, key_name, *others, encryption, key_id)


def _by_arn(original: Method, self: S3Response, request: Any, *asked: Any) -> Any:
    status, headers, body = original(self, request, *asked)
    if key_id := headers.get(_NAMED_BY):
        headers[_NAMED_BY] = _key_arn(self.backend.get_bucket(self.bucket_name), key_id)
    return status, headers, body


def encryption_of(upload: FakeMultipart) -> Json:
    """What is told of an upload in parts."""
    told = {"ServerSideEncryption": upload.sse_encryption, "SSEKMSKeyId": upload.kms_key_id}
    return {name: one for name, one in told.items() if one}
