"""Objects of S3 that are encrypted by keys of its customers, which moto ignores.

See https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html
"""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response

from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.customer_keys import ALGORITHM, customer_key_md5, keep_customer_key
from mailfanout.sandbox.seams.replacement import Method, call_of

_HEADER = "x-amz-server-side-encryption-customer"
_WRITING = ("CopyObject", "PutObject")


def with_customer_key(original: Method, self: S3Response, request: Any, full_url: str) -> Any:
    """The answer; the key is kept with what was written, and told as it was given."""
    call = call_of(self)
    given = call.parameters
    bucket: Any = self.backend.buckets.get(given["Bucket"])
    # As long as it is there: to complete an upload is to remove it.
    upload: Any = bucket and bucket.multiparts.get(given.get("UploadId", ""))
    md5 = customer_key_md5(upload) if upload else given.get("SSECustomerKeyMD5")
    status, headers, body = original(self, request, full_url)
    if md5 is not None and status < 300:
        _keep(call, bucket, md5, body)
        headers.pop("x-amz-server-side-encryption", None)
        headers |= {f"{_HEADER}-algorithm": ALGORITHM, f"{_HEADER}-key-md5": md5}
    return status, headers, body


def _keep(call: ApiCall, bucket: FakeBucket, md5: str, body: Any) -> None:
    if call.operation in (*_WRITING, "CompleteMultipartUpload"):
        held: Any = bucket.keys[call.parameters["Key"]]
        held.encryption = None
        keep_customer_key(held, md5)
    elif call.operation == "CreateMultipartUpload":
        upload_id = ElementTree.fromstring(body).findtext("{*}UploadId", "")
        keep_customer_key(bucket.multiparts[upload_id], md5)
