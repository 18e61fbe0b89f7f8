"""Who calls: signatures, checked against the keys that this sandbox gave out."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from urllib.parse import parse_qsl, quote, urlsplit

from botocore.auth import HmacV1Auth
from botocore.credentials import ReadOnlyCredentials
from botocore.utils import normalize_url_path

from mailfanout.sandbox.access.chunks import are_signed, is_signed_in_chunks
from mailfanout.sandbox.access.keys import Credentials, Keys
from mailfanout.sandbox.http import Refused, Request, Signature, wrong_expires

CLOCK_SKEW = timedelta(minutes=15)


def authenticate(request: Request, keys: Keys, now: datetime) -> Credentials:
    """Whose key signed the request at about the time `now`. Raises Refused.

    Taken are Signature Version 4 and, in S3's presigned URLs, the older one that boto3 writes.
    """
    credentials = find_signer(request, keys, now)
    if request.signature:
        _check_time(request.signature, now)
        _check_signature(request, request.signature, credentials.secret_access_key)
    else:
        _check_old_url(request, credentials.secret_access_key, now)
    return credentials


def find_signer(request: Request, keys: Keys, now: datetime) -> Credentials:
    """The credentials that a request names; whether it is signed with them is not seen yet.

    Raises Refused. The request's body is not looked at.
    """
    args = request.args
    ways = ["X-Amz-Signature" in args, "AWSAccessKeyId" in args, "authorization" in request.headers]
    if sum(ways) > 1:
        raise Refused("two_signatures")
    signature = request.signature
    if signature:
        return known_credentials(keys, signature.access_key_id, signature.session_token, now)
    if ways[1]:
        _check_old_query(args)
        token = args.get("x-amz-security-token")
        return known_credentials(keys, args["AWSAccessKeyId"], token, now)
    if ways[0]:
        raise Refused("incomplete_query", _wrong_query(args))
    raise Refused("incomplete_signature" if any(ways) else "missing_token")


def _check_old_query(args: Mapping[str, str]) -> None:
    if not args.keys() >= {"Expires", "Signature"}:
        words = "requires the Signature, Expires and AWSAccessKeyId parameters"
        raise Refused("access_denied", f"Query-string authentication {words}")
    if not _SECONDS.fullmatch(args["Expires"]):
        words = "Invalid date (should be seconds since epoch)"
        raise Refused("access_denied", f"{words}: {args['Expires']}")


def _wrong_query(args: Mapping[str, str]) -> str:
    """What S3 says of a presigned URL that has no signature which could be read."""
    if not args.keys() >= _QUERY_FIELDS:
        return (
            "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
            "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
        )
    return wrong_expires(args["X-Amz-Expires"]) or (
        "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "
        '"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'
    )


def signed_scope(request: Request) -> tuple[str, str]:
    """The service and the Region that the call is signed for."""
    if request.signature:
        return request.signature.service, request.signature.region
    return "s3", "us-east-1"


def known_credentials(keys: Keys, key_id: str, token: str | None, now: datetime) -> Credentials:
    """The credentials of an access key and its session token. Raises Refused."""
    credentials = keys.find(key_id)
    if credentials is None:
        raise Refused("unknown_key")
    if not same(token or "", credentials.session_token or ""):
        raise Refused("invalid_token")
    if credentials.expired(now):
        raise Refused("expired_token")
    return credentials


def _check_time(signature: Signature, now: datetime) -> None:
    try:
        signed_at = datetime.fromisoformat(signature.timestamp)
    except ValueError:
        raise Refused("incomplete_signature") from None
    if signature.expires_seconds is None:
        early, late = now - CLOCK_SKEW, now + CLOCK_SKEW
    else:
        early, late = now - timedelta(seconds=signature.expires_seconds), now + CLOCK_SKEW
    if early <= signed_at <= late:
        return
    if signature.expires_seconds is not None and signed_at > late:
        raise Refused("access_denied", "Request is not yet valid")
    if signature.expires_seconds is not None:
        lived = timedelta(seconds=signature.expires_seconds)
        raise _expired(signed_at + lived, now, {"X-Amz-Expires": signature.expires_seconds})
    raise Refused("wrong_time", _time_words(signature, signed_at, now))


def _expired(end: datetime, now: datetime, members: Mapping[str, object]) -> Refused:
    times = {"Expires": f"{end:{_UTC}}", "ServerTime": f"{now:{_UTC}}"}
    return Refused("access_denied", "Request has expired", members={**members, **times})


def _time_words(signature: Signature, signed_at: datetime, now: datetime) -> str:
    if signature.service == "s3":
        return "The difference between the request time and the current time is too large."
    if signed_at < now:
        return (
            f"Signature expired: {signature.timestamp} is now earlier than "
            f"{now - CLOCK_SKEW:{_TIMESTAMP}} ({now:{_TIMESTAMP}} - 15 min.)"
        )
    return (
        f"Signature not yet current: {signature.timestamp} is still later than "
        f"{now + CLOCK_SKEW:{_TIMESTAMP}} ({now:{_TIMESTAMP}} + 15 min.)"
    )


def _check_signature(request: Request, signature: Signature, secret: str) -> None:
    canonical_request = _canonical_request(request, signature)
    scope = f"{signature.date}/{signature.region}/{signature.service}/aws4_request"
    digest = sha256(canonical_request.encode()).hexdigest()
    string_to_sign = f"AWS4-HMAC-SHA256\n{signature.timestamp}\n{scope}\n{digest}"
    key = signing_key(secret, signature.date, signature.region, signature.service)
    expected = hmac.digest(key, string_to_sign.encode(), "sha256").hex()
    if not same(expected, signature.signature):
        given = signature.access_key_id, signature.signature
        raise wrong_signature(
            *given, StringToSign=string_to_sign, CanonicalRequest=canonical_request
        )
    _check_covered(request, signature)
    if signature.service == "s3" and is_signed_in_chunks(request):
        if not are_signed(request, signature, key, scope):
            raise Refused("wrong_signature")


def _canonical_request(request: Request, signature: Signature) -> str:
    """The text that was signed, in the signer's own choice and order of headers.

    Not botocore's: it rebuilds the request it would have sent, at five times the cost.
    """
    path = request.raw_path
    if signature.service != "s3":
        path = _normal(path)
    headers = [
        f"{name}:{' '.join(request.headers.get(name, '').split())}\n"
        for name in signature.signed_headers
    ]
    return "\n".join(
        [
            request.method,
            path,
            _canonical_query(request.query),
            "".join(headers),
            ";".join(signature.signed_headers),
            _payload_hash(request, signature),
        ]
    )


@lru_cache(maxsize=256)
def _normal(path: str) -> str:
    return quote(normalize_url_path(path), safe="/~")


def _canonical_query(query: str) -> str:
    if not query:
        return ""
    parameters = parse_qsl(query, keep_blank_values=True)
    quoted = sorted(
        (quote(name, safe="-_.~"), quote(value, safe="-_.~"))
        for name, value in parameters
        if name != "X-Amz-Signature"
    )
    return "&".join(f"{name}={value}" for name, value in quoted)


def _payload_hash(request: Request, signature: Signature) -> str:
    if signature.service != "s3":
        return sha256(request.body).hexdigest()
    if signature.expires_seconds is not None:
        return "UNSIGNED-PAYLOAD"
    declared = request.headers.get("x-amz-content-sha256", "")
    if declared == "UNSIGNED-PAYLOAD" or declared.startswith("STREAMING-"):
        return declared
    if declared != sha256(request.body).hexdigest():
        raise Refused("wrong_payload")
    return declared


def _check_covered(request: Request, signature: Signature) -> None:
    """Raise Refused if anything that says what to do was added to the request after signing."""
    signed = signature.signed_headers
    added = [one for one in request.headers if one.startswith("x-amz-") and one not in signed]
    named = sorted(name for name in added if name != "x-amz-content-sha256")
    if named and signature.service == "s3":
        words = "There were headers present in the request which were not signed"
        raise Refused("access_denied", words, members={"HeadersNotSigned": ", ".join(named)})
    if added or "host" not in signed:
        raise Refused("wrong_signature")


def wrong_signature(key_id: str, signature: str, **texts: str) -> Refused:
    """A signature that is another than that of these texts, which S3 tells, to find out why."""
    in_bytes = {f"{name}Bytes": text.encode().hex(" ") for name, text in texts.items()}
    given = {"AWSAccessKeyId": key_id, "SignatureProvided": signature}
    return Refused("wrong_signature", members={**given, **texts, **in_bytes})


def _check_old_url(request: Request, secret: str, now: datetime) -> None:
    fields = {name for name in request.args if not name.startswith("x-amz-")}
    if not fields <= _OLD_FIELDS:
        raise Refused("wrong_signature")
    auth, given = HmacV1Auth(ReadOnlyCredentials("", secret, None)), request.args["Signature"]
    text = _old_string_to_sign(request, auth)
    if not same(auth.sign_string(text), given):
        raise wrong_signature(request.args["AWSAccessKeyId"], given, StringToSign=text)
    end = int(request.args["Expires"])
    if end < now.timestamp():
        raise _expired(datetime.fromtimestamp(end, UTC), now, {})


def _old_string_to_sign(request: Request, auth: HmacV1Auth) -> str:
    """See https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html

    A bucket's path ends in a slash there, whether the URL's does or not.
    """
    given = {**request.args, **request.headers}
    path = request.raw_path
    if path.count("/") == 1 and path != "/":
        path += "/"
    lines = [
        request.method,
        given.get("content-md5", ""),
        given.get("content-type", ""),
        given.get("Expires", ""),
        *(f"{name}:{given[name]}" for name in sorted(given) if name.startswith("x-amz-")),
        auth.canonical_resource(urlsplit(f"//{request.host}{path}?{request.query}")),
    ]
    return "\n".join(lines)


@lru_cache(maxsize=256)
def signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    """What a day's calls of a service in a Region are signed with."""
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def same(one: str, other: str) -> bool:
    """Whether two texts are equal; takes as long if they are not."""
    return hmac.compare_digest(one.encode(), other.encode())


# The fields of a query string that an old signature covers, its own, and those of a list, which it
# leaves open to all who have the URL.
_OLD_FIELDS = {
    *HmacV1Auth.QSAOfInterest,
    *("continuation-token", "delimiter", "encoding-type", "fetch-owner", "list-type", "marker"),
    *("max-keys", "prefix", "start-after"),
    *("AWSAccessKeyId", "Expires", "Signature", "content-md5", "content-type"),
}
_QUERY_FIELDS = {
    f"X-Amz-{name}" for name in ("Algorithm", "Credential", "Date", "Expires", "SignedHeaders")
}
_SECONDS = re.compile(r"[0-9]{1,18}")
_TIMESTAMP = "%Y%m%dT%H%M%SZ"
_UTC = "%Y-%m-%dT%H:%M:%SZ"
