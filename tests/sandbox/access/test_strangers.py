"""Without keys of this sandbox nobody gets an answer but the refusal that AWS would give."""

from __future__ import annotations

import pytest
from botocore import UNSIGNED

from mailfanout.sandbox.access.keys import Keys
from mailfanout.sandbox.http.refusals import refuse_stranger
from mailfanout.sandbox.http.request import Request
from support.calls.refusals import refusal
from support.calls.signed_calls import key_pair
from support.sandboxes.account_setup import Make

UNSIGNED_CODES = {
    "dynamodb": ("list_tables", "MissingAuthenticationTokenException"),
    "sqs": ("list_queues", "MissingAuthenticationTokenException"),
    "lambda": ("list_functions", "MissingAuthenticationTokenException"),
    "sesv2": ("get_account", "MissingAuthenticationTokenException"),
    "iam": ("list_users", "MissingAuthenticationToken"),
    "ses": ("get_send_quota", "MissingAuthenticationToken"),
    "s3": ("list_buckets", "AccessDenied"),
}
UNKNOWN_CODES = {
    "dynamodb": ("list_tables", "UnrecognizedClientException"),
    "sqs": ("list_queues", "InvalidClientTokenId"),
    "lambda": ("list_functions", "UnrecognizedClientException"),
    "logs": ("describe_log_groups", "UnrecognizedClientException"),
    "sns": ("list_topics", "InvalidClientTokenId"),
    "s3": ("list_buckets", "InvalidAccessKeyId"),
}
WRONG_CODES = {
    "dynamodb": ("list_tables", "InvalidSignatureException"),
    "sqs": ("list_queues", "SignatureDoesNotMatch"),
    "sesv2": ("get_account", "InvalidSignatureException"),
    "sts": ("get_caller_identity", "SignatureDoesNotMatch"),
    "s3": ("list_buckets", "SignatureDoesNotMatch"),
}


@pytest.mark.parametrize("service", UNSIGNED_CODES)
def test_an_unsigned_call_gets_the_code_of_the_service(connect: Make, service: str) -> None:
    method, code = UNSIGNED_CODES[service]
    client = connect(None, service, signature_version=UNSIGNED)

    assert refusal(getattr(client, method))[0] == code


@pytest.mark.parametrize("service", UNKNOWN_CODES)
def test_an_unknown_key_gets_the_code_of_the_service(connect: Make, service: str) -> None:
    method, code = UNKNOWN_CODES[service]
    unknown = key_pair("AKIAIOSFODNN7EXAMPLE", "secret")

    assert refusal(getattr(connect(unknown, service), method))[0] == code


@pytest.mark.parametrize("service", WRONG_CODES)
def test_a_wrong_secret_gets_the_code_of_the_service(
    connect: Make, keys: Keys, service: str
) -> None:
    method, code = WRONG_CODES[service]
    wrong = key_pair(keys.owner.access_key_id, "wrong")

    assert refusal(getattr(connect(wrong, service), method))[0] == code


@pytest.mark.parametrize(
    "headers, is_refused",
    [
        ({"host": "127.0.0.1:4566"}, False),
        ({"host": "localhost"}, False),
        ({"host": "[::1]:4566"}, False),
        ({"host": "LocalHost:4566"}, False),
        ({"host": "localhost", "sec-fetch-site": "none"}, False),
        ({}, True),
        ({"host": "evil.example:4566"}, True),
        ({"host": "127.0.0.1.evil.example"}, True),
        ({"host": "mailbody.localhost:4566"}, True),
        ({"host": "127.0.0.1:4566@evil.example"}, True),
        ({"host": "localhost", "origin": "http://localhost"}, True),
        ({"host": "localhost", "origin": "null"}, True),
        ({"host": "localhost", "sec-fetch-site": "cross-site"}, True),
    ],
)
def test_web_pages_and_other_hosts_names_are_refused(
    headers: dict[str, str], is_refused: bool
) -> None:
    refusal = refuse_stranger(Request("GET", "/", "", headers, b""))

    assert (refusal is not None) == is_refused


def test_a_pages_question_whether_it_may_call_is_refused() -> None:
    assert refuse_stranger(Request("OPTIONS", "/", "", {"host": "localhost"}, b""))


def test_a_web_page_gets_403_in_the_words_of_s3(fetch: Make) -> None:
    status, body = fetch("/mailbody/a", Origin="https://evil.example")

    assert status == 403
    assert b"<Code>AccessDenied</Code>" in body
