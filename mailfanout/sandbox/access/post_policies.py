"""The policy of an upload by a form: who signed it, and what it lets the form hold.

See https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
"""

from __future__ import annotations

import base64
import hmac
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from mailfanout.sandbox.access.keys import Credentials, Keys
from mailfanout.sandbox.access.signatures import (
    known_credentials,
    same,
    signing_key,
    wrong_signature,
)
from mailfanout.sandbox.calls import PostForm, missing_field
from mailfanout.sandbox.http import ApiError, Refused

# What each kind of signature needs, itself the last.
_WAYS = (
    ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature"),
    ("AWSAccessKeyId", "Signature"),
)
_CREDENTIAL = re.compile(r"([^/\s]+)/(\d{8})/([^/]+)/s3/aws4_request", re.ASCII)
# What the policy need not speak of.
_FREE_FIELDS = {"awsaccesskeyid", "policy", "signature", "x-amz-signature"}


def authenticate_form(form: PostForm, keys: Keys, now: datetime) -> tuple[Credentials, str]:
    """Whose key signed the form's policy, and for which Region; the form is as the policy says.

    Raises Refused, or ApiError in S3's words.
    """
    fields = form.fields
    ways = [way for way in _WAYS if any(name.lower() in fields for name in way)]
    if len(ways) > 1:
        raise Refused("two_signatures")
    if "policy" not in fields or not ways:
        raise Refused("access_denied")
    if missing := next((name for name in ways[0] if name.lower() not in fields), None):
        raise missing_field(missing)
    credentials, region, expected = _signed(form, keys, now)
    signature = fields[ways[0][-1].lower()]
    if not same(expected, signature):
        key_id = credentials.access_key_id
        raise wrong_signature(key_id, signature, StringToSign=fields["policy"])
    _check(form, _policy(fields["policy"]), now)
    return credentials, region


def _signed(form: PostForm, keys: Keys, now: datetime) -> tuple[Credentials, str, str]:
    """The signer, the Region, and the signature that the policy has to have."""
    fields, policy = form.fields, form.fields["policy"].encode()
    token = fields.get("x-amz-security-token")
    if "awsaccesskeyid" in fields:
        credentials = known_credentials(keys, fields["awsaccesskeyid"], token, now)
        digest = hmac.digest(credentials.secret_access_key.encode(), policy, "sha1")
        return credentials, "us-east-1", base64.b64encode(digest).decode()
    scope = _CREDENTIAL.fullmatch(fields.get("x-amz-credential", ""))
    if scope is None or fields.get("x-amz-algorithm") != "AWS4-HMAC-SHA256":
        raise Refused("incomplete_signature")
    access_key_id, date, region = scope.groups()
    credentials = known_credentials(keys, access_key_id, token, now)
    key = signing_key(credentials.secret_access_key, date, region, "s3")
    return credentials, region, hmac.digest(key, policy, "sha256").hex()


def _policy(encoded: str) -> dict[str, Any]:
    try:
        policy = json.loads(base64.b64decode(encoded, validate=True))
        policy["expiration"] = datetime.fromisoformat(policy["expiration"])
        policy["conditions"] = list(_conditions(policy["conditions"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ApiError("InvalidPolicyDocument", f"Invalid Policy: {error}") from error
    return dict(policy)


def _conditions(written: list[Any]) -> Iterator[tuple[str, str, Any, Any]]:
    """Each as its operator, the field's name in lower case, the value, and how S3 tells of it."""
    lists = [one for one in written if not isinstance(one, dict)]
    dicts = [one for one in written if isinstance(one, dict)]
    if any(len(one) != 1 for one in dicts):
        raise ValueError(
            "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."
        )
    exact = [["eq", f"${name}", value] for one in dicts for name, value in one.items()]
    for condition in [*exact, *lists]:
        operator, name, value = condition
        kind = str(operator).lower()
        if kind not in ("eq", "starts-with", "content-length-range"):
            raise ValueError(f"Invalid Condition: {json.dumps(condition)}")
        yield kind, str(name).lower(), value, condition


def _check(form: PostForm, policy: dict[str, Any], now: datetime) -> None:
    """Raise ApiError unless all that the form holds is as the policy says."""
    expiration = policy["expiration"]
    if (expiration if expiration.tzinfo else expiration.replace(tzinfo=UTC)) < now:
        raise _invalid("Policy expired.")
    fields = {**form.fields, "bucket": form.bucket}
    spoken_of = {"bucket"}
    for kind, name, value, condition in policy["conditions"]:
        is_range = kind == "content-length-range"
        if is_range and _are_numbers(name, value):
            _check_length(len(form.file), least=int(name), most=int(value))
            continue
        spoken_of.add(name[1:])
        actual = fields.get(name[1:], "")
        holds = actual == value if kind == "eq" else actual.startswith(str(value))
        if is_range or not name.startswith("$") or not holds:
            words = json.dumps([str(one) for one in condition])
            raise _invalid(f"Policy Condition failed: {words}")
    extra = form.fields.keys() - spoken_of - _FREE_FIELDS
    if named := sorted(name for name in extra if not name.startswith("x-ignore-")):
        raise _invalid(f"Extra input fields: {', '.join(named)}")


def _are_numbers(*written: Any) -> bool:
    return all(re.fullmatch("-?[0-9]{1,15}", str(one), re.ASCII) for one in written)


def _check_length(size_bytes: int, *, least: int, most: int) -> None:
    if size_bytes > most:
        message = "Your proposed upload exceeds the maximum allowed size"
        members = {"ProposedSize": size_bytes, "MaxSizeAllowed": most}
        raise ApiError("EntityTooLarge", message, members=members)
    if size_bytes < least:
        message = "Your proposed upload is smaller than the minimum allowed size"
        members = {"ProposedSize": size_bytes, "MinSizeAllowed": least}
        raise ApiError("EntityTooSmall", message, members=members)


def _invalid(reason: str) -> ApiError:
    return ApiError("AccessDenied", f"Invalid according to Policy: {reason}", 403)
