"""Presigned URLs: of one object and one method, until they expire."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4QueryAuth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config

from mailfanout.sandbox.access.keys import Credentials
from mailfanout.sandbox.calls import speech_of
from mailfanout.sandbox.http.request import Request
from support.calls.signed_calls import (
    HOST,
    KEYS,
    REGION,
    SESSION,
    accepted,
    changed,
    read,
    received,
    refusal_of,
    refused,
    sdk,
    session_of,
)

HOUR = timedelta(hours=1)
OF_IAM = "Version=2010-05-08"


@pytest.mark.parametrize("version", ["s3", "s3v4"])
@pytest.mark.parametrize("credentials", [KEYS.owner, SESSION], ids=["owner", "session"])
def test_a_presigned_url_is_accepted_until_it_expires(
    version: str, credentials: Credentials
) -> None:
    request = presigned(credentials, version, "get_object", {"Bucket": "b", "Key": "a b+メ.txt"})

    assert accepted(request) == credentials
    assert read(request).name == "s3:GetObject"
    assert refused(request, now=datetime.now(UTC) + 2 * HOUR)[0] in ("AccessDenied", "ExpiredToken")


@pytest.mark.parametrize(
    "version, lifetime", [("s3", {}), ("s3v4", {"X-Amz-Expires": 3600})], ids=["s3", "s3v4"]
)
def test_an_expired_url_says_when_it_did(version: str, lifetime: dict[str, int]) -> None:
    url = presigned(KEYS.owner, version, "get_object", {"Bucket": "b", "Key": "k"})
    now = datetime.now(UTC)

    error = refusal_of(url, now=now + 2 * HOUR)

    told = dict(error.members)
    assert error.message == "Request has expired"
    assert told.pop("ServerTime") == f"{now + 2 * HOUR:%Y-%m-%dT%H:%M:%SZ}"
    assert str(told.pop("Expires")) > f"{now:%Y-%m-%dT%H:%M:%SZ}"
    assert told == lifetime


def test_a_url_of_the_last_day_of_all_is_not_yet_valid() -> None:
    url = presigned(KEYS.owner, "s3v4", "get_object", {"Bucket": "b", "Key": "k"})
    today = f"{datetime.now(UTC):%Y%m%d}"
    query = re.sub(f"{today}T[0-9]{{6}}Z", "99991231T235959Z", url.query)

    later = changed(url, query=query.replace(today, "99991231"))

    assert refusal_of(later).message == "Request is not yet valid"


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_a_presigned_list_of_a_bucket_is_accepted(version: str) -> None:
    url = presigned(KEYS.owner, version, "list_objects_v2", {"Bucket": "b", "Prefix": "in/"})

    assert accepted(url) == KEYS.owner


@pytest.mark.parametrize(
    "version, name, code, said",
    [
        ("s3", "Expires", "AccessDenied", "the Signature, Expires and AWSAccessKeyId parameters"),
        ("s3", "Signature", "AccessDenied", "the Signature, Expires and AWSAccessKeyId parameters"),
        ("s3v4", "X-Amz-Date", "AuthorizationQueryParametersError", "version 4 requires"),
        ("s3v4", "X-Amz-Credential", "AuthorizationQueryParametersError", "version 4 requires"),
    ],
)
def test_what_a_presigned_url_lacks_is_named(version: str, name: str, code: str, said: str) -> None:
    url = presigned(KEYS.owner, version, "get_object", {"Bucket": "b", "Key": "k"})
    kept = "&".join(one for one in url.query.split("&") if not one.startswith(f"{name}="))

    error = refusal_of(changed(url, query=kept))

    assert (error.code, said in error.message) == (code, True)


def test_a_credential_that_was_encoded_twice_is_malformed() -> None:
    url = presigned(KEYS.owner, "s3v4", "get_object", {"Bucket": "b", "Key": "k"})

    error = refusal_of(changed(url, query=url.query.replace("%2F", "%252F")))

    assert error.code == "AuthorizationQueryParametersError"
    assert "the Credential is mal-formed" in error.message


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_a_presigned_url_is_of_one_object_and_one_method(version: str) -> None:
    url = presigned(KEYS.owner, version, "get_object", {"Bucket": "b", "Key": "k"})

    assert refused(changed(url, raw_path="/b/other")) == ("SignatureDoesNotMatch", 403)
    assert refused(changed(url, method="DELETE")) == ("SignatureDoesNotMatch", 403)
    assert refused(changed(url, query=url.query + "&versionId=1"))[0] == "SignatureDoesNotMatch"
    assert refused(changed(url, query=url.query.replace("AKIA", "ASIA")))[0] == "InvalidAccessKeyId"


def test_an_old_presigned_url_cannot_be_made_a_call_of_another_service() -> None:
    url = presigned(KEYS.owner, "s3", "get_object", {"Bucket": "b", "Key": "k"})

    query = changed(url, query=f"{url.query}&Action=ListUsers")

    assert refused(query) == ("SignatureDoesNotMatch", 403)


def test_headers_of_an_old_url_are_signed_in_the_order_of_their_names() -> None:
    parameters: Any = {"Bucket": "b", "Key": "k", "Metadata": {"a": "1", "a-b": "2"}}
    url = presigned(KEYS.owner, "s3", "put_object", parameters)

    assert accepted(url) == KEYS.owner


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_a_presigned_upload_takes_any_body_of_its_kind(version: str) -> None:
    parameters = {"Bucket": "b", "Key": "k", "ContentType": "text/plain"}
    url = presigned(KEYS.owner, version, "put_object", parameters)

    request = changed(url, body=b"anything", headers={"content-type": "text/plain"})

    assert accepted(request) == KEYS.owner
    assert refused(changed(request, headers={"content-type": "text/html"})) == (
        "SignatureDoesNotMatch",
        403,
    )


@pytest.mark.parametrize(
    "expires", ["", "soon", "-1", "9" * 5000], ids=["", "soon", "ago", "never"]
)
@pytest.mark.parametrize(
    "version, name, answer",
    [
        ("s3", "Expires", ("AccessDenied", 403)),
        ("s3v4", "X-Amz-Expires", ("AuthorizationQueryParametersError", 400)),
    ],
)
def test_a_presigned_url_with_a_broken_end_is_refused(
    version: str, name: str, answer: tuple[str, int], expires: Any
) -> None:
    url = presigned(KEYS.owner, version, "get_object", {"Bucket": "b", "Key": "k"})
    end = url.args[name]

    broken = changed(url, query=url.query.replace(f"{name}={end}", f"{name}={expires}"))

    assert refused(broken) == answer


def test_an_old_url_is_answered_as_s3_does_whatever_the_body() -> None:
    url = presigned(KEYS.owner, "s3", "put_object", {"Bucket": "b", "Key": "k"})

    form = changed(url, headers={"content-type": "application/x-www-form-urlencoded"})

    assert speech_of(form) == ("s3", "rest-xml")


def test_a_url_may_be_signed_for_any_service_and_says_what_it_said_then() -> None:
    request = AWSRequest("GET", f"http://{HOST}/?Action=ListUsers&PathPrefix=/a/&{OF_IAM}")
    SigV4QueryAuth(sdk(KEYS.owner), "iam", REGION).add_auth(request)

    signed = received(request.prepare())
    others = [
        changed(signed, query=signed.query.replace("ListUsers", "CreateUser")),
        changed(signed, query=f"{signed.query}&UserName=a"),
        changed(signed, body=b"Action=CreateUser"),
    ]

    assert accepted(signed) == KEYS.owner
    assert (read(signed).name, read(signed).parameters) == ("iam:ListUsers", {"PathPrefix": "/a/"})
    assert {refused(one) for one in others} == {("SignatureDoesNotMatch", 403)}


def test_a_presigned_url_cannot_outlive_seven_days() -> None:
    request = AWSRequest("GET", f"http://{HOST}/b/k")
    S3SigV4QueryAuth(sdk(KEYS.owner), "s3", REGION, expires=7 * 86400 + 1).add_auth(request)

    assert refused(received(request.prepare())) == ("AuthorizationQueryParametersError", 400)


def presigned(
    credentials: Credentials, version: str, method: str, parameters: dict[str, str]
) -> Request:
    client = session_of(credentials).client(
        "s3", endpoint_url=f"http://{HOST}", config=Config(signature_version=version)
    )
    url = urlsplit(client.generate_presigned_url(method, Params=parameters, ExpiresIn=3600))
    http_method = "PUT" if method == "put_object" else "GET"
    return Request(http_method, url.path, url.query, {"host": HOST}, b"")
