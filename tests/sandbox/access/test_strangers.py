"""Without keys of this sandbox nobody gets an answer but the refusal that AWS would give."""

import pytest
from botocore import UNSIGNED

from mailfanout.sandbox.http.refusals import AccessError, error_response, refuse_stranger
from mailfanout.sandbox.http.request import Request
from support.account_setup import refused
from support.signed_calls import key_pair

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
def test_an_unsigned_call_gets_the_code_of_the_service(connect, service):
    method, code = UNSIGNED_CODES[service]
    client = connect(None, service, signature_version=UNSIGNED)

    assert refused(getattr(client, method))[0] == code


@pytest.mark.parametrize("service", UNKNOWN_CODES)
def test_an_unknown_key_gets_the_code_of_the_service(connect, service):
    method, code = UNKNOWN_CODES[service]
    unknown = key_pair("AKIAIOSFODNN7EXAMPLE", "secret")

    assert refused(getattr(connect(unknown, service), method))[0] == code


@pytest.mark.parametrize("service", WRONG_CODES)
def test_a_wrong_secret_gets_the_code_of_the_service(connect, keys, service):
    method, code = WRONG_CODES[service]
    wrong = key_pair(keys.root.access_key_id, "wrong")

    assert refused(getattr(connect(wrong, service), method))[0] == code


@pytest.mark.parametrize(
    "environ, is_refused",
    [
        ({"HTTP_HOST": "127.0.0.1:4566"}, False),
        ({"HTTP_HOST": "localhost"}, False),
        ({"HTTP_HOST": "[::1]:4566"}, False),
        ({"HTTP_HOST": "LocalHost:4566"}, False),
        ({"HTTP_HOST": "localhost", "HTTP_SEC_FETCH_SITE": "none"}, False),
        ({}, True),
        ({"HTTP_HOST": "evil.example:4566"}, True),
        ({"HTTP_HOST": "127.0.0.1.evil.example"}, True),
        ({"HTTP_HOST": "mailbody.localhost:4566"}, True),
        ({"HTTP_HOST": "127.0.0.1:4566@evil.example"}, True),
        ({"HTTP_HOST": "localhost", "HTTP_ORIGIN": "http://localhost"}, True),
        ({"HTTP_HOST": "localhost", "HTTP_ORIGIN": "null"}, True),
        ({"HTTP_HOST": "localhost", "HTTP_SEC_FETCH_SITE": "cross-site"}, True),
        ({"HTTP_HOST": "localhost", "REQUEST_METHOD": "OPTIONS"}, True),
    ],
)
def test_web_pages_and_other_hosts_names_are_refused(environ, is_refused):
    error = refuse_stranger({"REQUEST_METHOD": "GET", **environ})

    assert (error is not None and error.status == 403) == is_refused


def test_a_web_page_gets_403_in_the_words_of_s3(fetch):
    status, body = fetch("/mailbody/a", Origin="https://evil.example")

    assert status == 403
    assert b"<Code>AccessDenied</Code>" in body


def test_the_answer_to_a_head_has_no_body():
    request = Request("HEAD", "/mailbody/a", "", {}, b"")

    status, _, body = error_response(request, AccessError("AccessDenied", "Access Denied"))

    assert (status, body) == ("403 Forbidden", b"")
