"""Who signed a call: what boto3 signs is accepted, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from mailfanout.sandbox.access.keys import Caller, Credentials, Keys
from mailfanout.sandbox.access.signatures import authenticate
from mailfanout.sandbox.calls import speech_of
from mailfanout.sandbox.http.refusals import Refused
from mailfanout.sandbox.http.request import Request
from support.calls.signed_calls import (
    ACCOUNT_ID,
    HOST,
    KEYS,
    REGION,
    ROLE,
    SESSION,
    accepted,
    call,
    changed,
    received,
    refusal_of,
    refused,
    sdk,
)

QUEUE_URL = f"http://{HOST}/{ACCOUNT_ID}/mailsendqueue"


CALLS = [
    ("dynamodb", "list_tables", {}),
    ("sqs", "send_message", {"QueueUrl": QUEUE_URL, "MessageBody": "山田太郎"}),
    ("logs", "describe_log_groups", {}),
    ("lambda", "invoke", {"FunctionName": f"arn:aws:lambda:{REGION}:1:function:f"}),
    ("lambda", "list_functions", {"Marker": "a+b /c=d&é", "MaxItems": 5}),
    ("sesv2", "get_account", {}),
    ("ses", "verify_email_identity", {"EmailAddress": "a+b@example.com"}),
    ("sns", "create_topic", {"Name": "feedback"}),
    ("iam", "create_user", {"UserName": "yamada"}),
    ("sts", "get_caller_identity", {}),
    ("cloudformation", "describe_stacks", {"StackName": "メール"}),
    ("s3", "list_buckets", {}),
    ("s3", "list_objects_v2", {"Bucket": "b", "Prefix": "a b/+=&~é", "Delimiter": "/"}),
    ("s3", "get_object", {"Bucket": "b", "Key": "a b+c/メール'()!*,;=@$&~#?%2F.txt"}),
    ("s3", "get_object", {"Bucket": "b", "Key": "/./a//b/../c"}),
    ("s3", "put_object", {"Bucket": "b", "Key": "k", "Body": b"x" * 99, "Metadata": {"a": "b  c"}}),
]


ONE_PER_PROTOCOL = {
    "json": ("dynamodb", "list_tables", {}),
    "sqs": ("sqs", "list_queues", {}),
    "rest-json": ("lambda", "list_functions", {}),
    "query": ("sts", "get_caller_identity", {}),
    "rest-xml": ("s3", "put_object", {"Bucket": "b", "Key": "k", "Body": b"body"}),
}


@pytest.mark.parametrize("service, method, parameters", CALLS)
@pytest.mark.parametrize("credentials", [KEYS.owner, SESSION], ids=["owner", "session"])
def test_what_boto3_signs_is_accepted(
    credentials: Credentials, service: str, method: str, parameters: dict[str, Any]
) -> None:
    request = call(credentials, service, method, **parameters)

    assert accepted(request) == credentials


def test_a_caller_is_named_as_aws_names_it() -> None:
    assert KEYS.owner.caller == Caller(
        ACCOUNT_ID, "user", f"arn:aws:iam::{ACCOUNT_ID}:user/learner"
    )
    assert SESSION.caller.arn == f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/lambda-s3-role/sendQueue"
    assert SESSION.caller.role_arn == ROLE


@pytest.mark.parametrize(
    "change",
    [
        {"method": "DELETE"},
        {"raw_path": "/b/other"},
        {"query": "versionId=1"},
        {"headers": {"host": "127.0.0.1:1"}},
        {"headers": {"x-amz-date": f"{datetime.now(UTC) - timedelta(minutes=1):%Y%m%dT%H%M%SZ}"}},
    ],
    ids=["method", "path", "query", "host", "date"],
)
def test_a_request_that_was_changed_on_its_way_is_refused(change: Any) -> None:
    request = changed(upload(), **change)

    assert refused(request) == ("SignatureDoesNotMatch", 403)


def test_headers_that_were_added_on_the_way_are_named() -> None:
    request = changed(upload(), headers={"x-amz-meta-a": "1", "x-amz-copy-source": "b/secret"})

    error = refusal_of(request)

    assert (error.code, error.status) == ("AccessDenied", 403)
    assert error.members == {"HeadersNotSigned": "x-amz-copy-source, x-amz-meta-a"}


def test_s3_tells_what_it_calculated_a_signature_of() -> None:
    members = refusal_of(changed(upload(), method="DELETE")).members

    assert str(members["CanonicalRequest"]).startswith("DELETE\n/b/")
    assert str(members["StringToSignBytes"]).startswith("41 57 53 34 ")
    assert members["AWSAccessKeyId"] == KEYS.owner.access_key_id


@pytest.mark.parametrize("part", ["signature", "region", "service", "date"])
def test_an_authorization_that_was_changed_is_refused(part: Any) -> None:
    request = call(KEYS.owner, "dynamodb", "list_tables")
    true = getattr(request.signature, part)
    false = {"signature": "0" * 64, "region": "eu-west-1", "service": "logs", "date": "20200101"}
    header = request.headers["authorization"].replace(true, false[part])

    changed_request = changed(request, headers={"authorization": header})

    assert refused(changed_request) == ("InvalidSignatureException", 400)


def test_a_body_that_was_changed_is_refused() -> None:
    table = changed(call(KEYS.owner, "dynamodb", "list_tables"), body=b'{"Limit": 1}')
    mail = changed(upload(), body=b"other")

    assert refused(table) == ("InvalidSignatureException", 400)
    assert refused(mail) == ("XAmzContentSHA256Mismatch", 400)


def test_a_signature_that_leaves_out_the_host_is_refused() -> None:
    class HostlessAuth(SigV4Auth):  # type: ignore[misc]
        def headers_to_sign(self, request: Any) -> Any:
            headers = super().headers_to_sign(request)
            del headers["host"]
            return headers

    request = AWSRequest("GET", f"http://{HOST}/2015-03-31/functions")
    HostlessAuth(sdk(KEYS.owner), "lambda", REGION).add_auth(request)

    assert refused(received(request.prepare())) == ("InvalidSignatureException", 403)


@pytest.mark.parametrize("payload", ["UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"])
def test_a_payload_may_be_left_unsigned_in_s3_alone(payload: Any) -> None:
    def signed_for(service: str) -> Request:
        request = AWSRequest("PUT", f"http://{HOST}/b/k", data=b"body")
        request.headers["X-Amz-Content-SHA256"] = payload
        auth = SigV4Auth(sdk(KEYS.owner), service, REGION)
        auth.add_auth(request)
        return received(request.prepare())

    assert accepted(signed_for("s3")) == KEYS.owner
    assert refused(signed_for("lambda")) == ("InvalidSignatureException", 403)


@pytest.mark.parametrize("minutes", [-16, 16])
@pytest.mark.parametrize(
    "protocol, code",
    [
        ("json", "InvalidSignatureException"),
        ("rest-json", "InvalidSignatureException"),
        ("query", "SignatureDoesNotMatch"),
        ("rest-xml", "RequestTimeTooSkewed"),
    ],
)
def test_a_call_more_than_fifteen_minutes_off_is_refused(
    protocol: str, code: str, minutes: float
) -> None:
    service, method, parameters = ONE_PER_PROTOCOL[protocol]
    request = call(KEYS.owner, service, method, **parameters)

    signed_at = datetime.now(UTC)
    assert refused(request, now=signed_at + timedelta(minutes=minutes))[0] == code
    assert authenticate(request, KEYS, signed_at + timedelta(minutes=minutes * 14 / 16))


@pytest.mark.parametrize(
    "minutes, words", [(16, "Signature expired: "), (-16, "Signature not yet current: ")]
)
def test_a_late_or_early_call_is_told_the_limit(minutes: float, words: Any) -> None:
    request = call(KEYS.owner, "sts", "get_caller_identity")

    with pytest.raises(Refused, match=rf"^{words}\d{{8}}T\d{{6}}Z is .* 15 min\.\)$"):
        authenticate(request, KEYS, datetime.now(UTC) + timedelta(minutes=minutes))


UNKNOWN = Credentials("AKIAUNKNOWN", "secret", KEYS.owner.caller)


WRONG = Credentials(KEYS.owner.access_key_id, "wrong", KEYS.owner.caller)


TOKEN_CHANGED = Credentials(
    SESSION.access_key_id, SESSION.secret_access_key, SESSION.caller, "another token"
)


TOKEN_MISSING = Credentials(SESSION.access_key_id, SESSION.secret_access_key, SESSION.caller, None)


TOKEN_ADDED = Credentials(
    KEYS.owner.access_key_id, KEYS.owner.secret_access_key, KEYS.owner.caller, "a token"
)


@pytest.mark.parametrize(
    "credentials, json_code, query_code, s3_code",
    [
        (UNKNOWN, "UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId"),
        (WRONG, "InvalidSignatureException", "SignatureDoesNotMatch", "SignatureDoesNotMatch"),
        (TOKEN_CHANGED, "UnrecognizedClientException", "InvalidClientTokenId", "InvalidToken"),
        (TOKEN_MISSING, "UnrecognizedClientException", "InvalidClientTokenId", "InvalidToken"),
        (TOKEN_ADDED, "UnrecognizedClientException", "InvalidClientTokenId", "InvalidToken"),
    ],
    ids=["unknown key", "wrong secret", "changed token", "missing token", "added token"],
)
def test_keys_that_are_not_ours_are_refused_with_the_code_of_the_service(
    credentials: Credentials, json_code: Any, query_code: Any, s3_code: Any
) -> None:
    codes = {"json": json_code, "rest-json": json_code, "query": query_code, "rest-xml": s3_code}

    for protocol, code in codes.items():
        service, method, parameters = ONE_PER_PROTOCOL[protocol]
        assert refused(call(credentials, service, method, **parameters))[0] == code


@pytest.mark.parametrize(
    "protocol, code, status",
    [
        ("json", "ExpiredTokenException", 400),
        ("rest-json", "ExpiredTokenException", 403),
        ("query", "ExpiredToken", 403),
        ("rest-xml", "ExpiredToken", 400),
    ],
)
def test_an_expired_session_is_refused(protocol: str, code: str, status: int) -> None:
    keys = Keys(ACCOUNT_ID)
    session = keys.issue(ROLE, "sendQueue", lifetime_seconds=60)
    service, method, parameters = ONE_PER_PROTOCOL[protocol]

    request = call(session, service, method, **parameters)

    assert session.expires_at is not None
    assert refused(request, keys=keys, now=session.expires_at) == (code, status)


@pytest.mark.parametrize(
    "protocol, code",
    [
        ("json", "MissingAuthenticationTokenException"),
        ("rest-json", "MissingAuthenticationTokenException"),
        ("query", "MissingAuthenticationToken"),
        ("rest-xml", "AccessDenied"),
    ],
)
def test_an_unsigned_call_is_refused(protocol: str, code: str) -> None:
    service, method, parameters = ONE_PER_PROTOCOL[protocol]
    request = call(KEYS.owner, service, method, **parameters)
    headers = {k: v for k, v in request.headers.items() if k != "authorization"}
    unsigned = replace(request, headers=headers)

    assert refused(unsigned)[0] == code
    assert speech_of(unsigned).protocol == protocol


@pytest.mark.parametrize(
    "authorization",
    [
        "AWS4-HMAC-SHA256",
        "AWS AKIA:signature",
        "Bearer abc",
        "AWS4-HMAC-SHA256 Credential=A/20200101/r/s/aws4_request, SignedHeaders=host, Signature=é",
    ],
)
def test_an_incomplete_authorization_is_refused(authorization: Any) -> None:
    request = call(KEYS.owner, "sts", "get_caller_identity")

    incomplete = changed(request, headers={"authorization": authorization})

    assert refused(incomplete) == ("IncompleteSignature", 403)


@pytest.mark.parametrize("date", ["", "20200101", "20209999T999999Z"])
def test_a_date_that_is_none_is_refused(date: Any) -> None:
    request = call(KEYS.owner, "sts", "get_caller_identity")

    assert refused(changed(request, headers={"x-amz-date": date})) == ("IncompleteSignature", 403)


def upload() -> Request:
    return call(KEYS.owner, "s3", "put_object", Bucket="b", Key="k", Body=b"body")
