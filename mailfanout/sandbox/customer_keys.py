"""Objects of S3 that are encrypted by keys of its customers (SSE-C).

Of a key its MD5 is kept, and not the key, which S3 does not keep either. See
https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html
"""

from __future__ import annotations

from typing import Any

ALGORITHM = "AES256"


def customer_key_md5(held: Any) -> str | None:
    """What is kept of the key of an object, or of an upload; None if S3 encrypts it."""
    found: str | None = vars(held).get("customer_key_md5")
    return found


def keep_customer_key(held: Any, md5: str | None) -> None:
    """Let an object, or an upload, be read by this key alone."""
    vars(held)["customer_key_md5"] = md5
