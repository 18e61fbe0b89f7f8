"""What S3 refuses because of conditions on an object's ETag or its time.

See https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from moto.s3.models import FakeKey

from mailfanout.sandbox.http import ApiError
from mailfanout.sandbox.json_objects import Json
from mailfanout.sandbox.rules.s3_errors import s3_error

_THE_PAST = datetime.min.replace(tzinfo=UTC)


def check_source_conditions(parameters: Json, source: Any) -> None:
    """Raise ApiError for a source of a copy that is not as it is to be.

    Of its ETag and of its time, what is to be goes before what is not to be. If the ETag is as it
    is to be, the time does not matter, and a time to come is none to S3. See
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
    """
    etag, modified = source.etag.strip('"'), source.last_modified.replace(tzinfo=UTC, microsecond=0)
    conditions: Mapping[str, Callable[[Any], bool]] = {
        "If-Match": lambda wanted: wanted.strip('"') in (etag, "*"),
        "If-Unmodified-Since": lambda at: "CopySourceIfMatch" in parameters or modified <= at,
        "If-None-Match": lambda wanted: wanted.strip('"') not in (etag, "*"),
        "If-Modified-Since": lambda at: (
            "CopySourceIfNoneMatch" in parameters or modified > at or at > datetime.now(UTC)
        ),
    }
    for name, holds in conditions.items():
        wanted = parameters.get(f"CopySource{name.replace('-', '')}")
        if wanted is not None and not holds(wanted):
            raise s3_error("PreconditionFailed", Condition=f"x-amz-copy-source-{name}")


def check_reading(parameters: Json, held: FakeKey | None) -> None:
    """Raise ApiError for an object that is there, and has another ETag than is asked for.

    If it has this one, it does not matter any more when it was modified. See
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    """
    if parameters.get("IfModifiedSince", _THE_PAST) > datetime.now(UTC):
        del parameters["IfModifiedSince"]  # a time to come is none to S3
    wanted = parameters.get("IfMatch")
    if wanted is None or held is None:
        return
    if wanted.strip('"') not in (held.etag.strip('"'), "*"):
        raise s3_error("PreconditionFailed", Condition="If-Match")
    for name in ("IfMatch", "IfUnmodifiedSince"):
        parameters.pop(name, None)


def check_deleting(parameters: Json, held: FakeKey | None) -> None:
    """Any object that is there matches `*`, to which moto compares its ETag.

    See https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
    """
    if held and parameters.get("IfMatch") == "*":
        del parameters["IfMatch"]


def check_writing(parameters: Json, held: FakeKey | None) -> None:
    """Raise ApiError for a condition that no writing can have, or for one that does not hold.

    See https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
    """
    match, none_match = parameters.get("IfMatch"), parameters.get("IfNoneMatch")
    if match is not None and none_match is not None:
        words = "Multiple conditional request headers present in the request"
        raise _not_implemented("If-Match,If-None-Match", words)
    name = "If-None-Match" if none_match is not None else "If-Match"
    if match == "*" or none_match not in (None, "*"):
        words = f"We don't accept the provided value of {name} header for this API"
        raise _not_implemented(name, words)
    if match is not None and held is None:
        raise s3_error("NoSuchKey", Key=parameters["Key"])
    is_another = held and match is not None and held.etag.strip('"') != match.strip('"')
    if is_another or (held and none_match is not None):
        raise s3_error("PreconditionFailed", Condition=name)


def _not_implemented(header: str, words: str) -> ApiError:
    return s3_error("NotImplemented", Header=header, additionalMessage=words)
