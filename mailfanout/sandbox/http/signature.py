"""What a request says of its signer, before anybody checks it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<access_key_id>[^/\s]+)/(?P<date>\d{8})/(?P<region>[^/]+)"
    r"/(?P<service>[^/]+)/aws4_request,\s*SignedHeaders=(?P<signed_headers>[^,\s]+),"
    r"\s*Signature=(?P<signature>[0-9a-f]{64})",
    re.ASCII,
)
_TIMESTAMP = re.compile(r"\d{8}T\d{6}Z", re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,6}")
_SEVEN_DAYS_IN_SECONDS = 604_800


class Signature(NamedTuple):
    """What a Signature Version 4 call says about its signer; nothing of it is checked yet.

    `expires_seconds` is how long a presigned URL is valid, None for a signed header.
    See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    """

    access_key_id: str
    date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str
    timestamp: str
    session_token: str | None
    expires_seconds: int | None = None


def header_signature(headers: Mapping[str, str]) -> Signature | None:
    """The signature that a request carries in its headers, or None."""
    token = headers.get("x-amz-security-token")
    return _signature(headers.get("authorization", ""), headers.get("x-amz-date", ""), token)


def query_signature(args: Mapping[str, str]) -> Signature | None:
    """A presigned URL's signature, or None."""
    expires = args.get("X-Amz-Expires", "")
    if wrong_expires(expires):
        return None
    authorization = (
        f"{args.get('X-Amz-Algorithm')} Credential={args.get('X-Amz-Credential')}, "
        f"SignedHeaders={args.get('X-Amz-SignedHeaders')}, Signature={args['X-Amz-Signature']}"
    )
    token = args.get("X-Amz-Security-Token")
    return _signature(authorization, args.get("X-Amz-Date", ""), token, int(expires))


def wrong_expires(seconds: str) -> str | None:
    """What S3 says of a time that no presigned URL may have; None if it may."""
    if not re.fullmatch("-?[0-9]+", seconds, re.ASCII):
        return "X-Amz-Expires should be a number"
    if seconds.startswith("-"):
        return "X-Amz-Expires must be non-negative"
    if not _SECONDS.fullmatch(seconds) or int(seconds) > _SEVEN_DAYS_IN_SECONDS:
        return (
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires "
            f"must be less than {_SEVEN_DAYS_IN_SECONDS} seconds"
        )
    return None


def _signature(
    authorization: str, timestamp: str, token: str | None, expires_seconds: int | None = None
) -> Signature | None:
    match = _AUTHORIZATION.fullmatch(authorization)
    if not match or not _TIMESTAMP.fullmatch(timestamp):
        return None
    key_id, date, region, service, names, signature = match.groups()
    signed = tuple(names.split(";"))
    return Signature(
        key_id, date, region, service, signed, signature, timestamp, token, expires_seconds
    )
