"""What a client wrote is what is read, and what can be read in two ways is not."""

from __future__ import annotations

import gzip
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailfanout.sandbox.calls import ApiCall, read_call
from mailfanout.sandbox.http.refusals import Refused
from mailfanout.sandbox.http.request import Request
from support.calls.on_the_wire import LISTED, NAMES, operation, parameters, written

pytestmark = pytest.mark.slow

REGION, ACCOUNT_ID = "us-east-1", "123456789012"
FEW_OF_EACH = settings(max_examples=8)


FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"


def read(request: Request, service: str, region: str = REGION) -> ApiCall:
    name = "ses" if service == "sesv2" else service
    return read_call(request, service=name, region=region, account_id=ACCOUNT_ID)


def refusal(request: Request, service: str, region: str = REGION) -> str:
    with pytest.raises(Refused) as refused:
        read(request, service, region)
    return refused.value.reason


@pytest.mark.parametrize(("service", "name"), LISTED, ids=NAMES)
@FEW_OF_EACH
@given(data=st.data())
def test_what_botocore_writes_is_read_again(service: str, name: str, data: Any) -> None:
    asked = data.draw(parameters(service, name))

    call = read(written(service, name, asked), service)

    assert (call.service, call.operation) == (service, name)
    assert {k: v for k, v in call.parameters.items() if k != "ContentLength"} == asked


@FEW_OF_EACH
@given(text=st.text(st.characters(codec="utf-8")))
def test_text_of_any_kind_is_read_out_of_a_form_as_it_was(text: str) -> None:
    request = written("sts", "AssumeRole", {"RoleArn": text, "RoleSessionName": "a"})

    assert read(request, "sts").parameters["RoleArn"] == text


def test_a_parameter_that_comes_twice_is_refused() -> None:
    request = written("ses", "SendEmail", {"Source": "mine@example.com"})

    doubled = replace(request, body=request.body + b"&Source=theirs@example.com")

    assert refusal(doubled, "ses") == "two_meanings"


@pytest.mark.parametrize(
    ("service", "operation", "body"),
    [
        ("dynamodb", "GetItem", b'{"TableName": "mine", "TableName": "theirs", "Key": {}}'),
        ("sqs", "CreateQueue", b'{"QueueName": "q", "tags": {"a": "1", "\\u0061": "2"}}'),
        ("sesv2", "SendEmail", b'{"Content": {"Simple": {}, "Simple": {}}}'),
        ("lambda", "CreateFunction", b'{"Environment": {"Variables": {"A": "1", "A": "2"}}}'),
    ],
)
def test_a_member_that_comes_twice_is_refused(service: str, operation: str, body: bytes) -> None:
    request = written(service, operation, {})

    assert refusal(replace(request, body=body), service) == "two_meanings"


@pytest.mark.parametrize(
    ("service", "name", "member"),
    [
        ("sqs", "ListQueues", "MaxResults"),
        ("dynamodb", "ListBackups", "TimeRangeLowerBound"),
    ],
)
@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN"])
def test_numbers_that_are_none_are_refused(
    service: str, name: str, member: str, number: str
) -> None:
    request = written(service, name, {})

    endless = replace(request, body=f'{{"{member}": {number}}}'.encode())

    assert refusal(endless, service) == "malformed"


@pytest.mark.parametrize(
    ("service", "operation", "body"),
    [
        ("dynamodb", "GetItem", b"[]"),
        ("dynamodb", "GetItem", b'{"Key": []}'),
        ("dynamodb", "GetItem", b'{"TableName": 1}'),
        ("dynamodb", "GetItem", b'{"Key": {"email": "a"}}'),
        ("dynamodb", "GetItem", b'{"AttributesToGet": {}}'),
        ("dynamodb", "PutItem", b'{"Item": {"a": {"B": "no base64"}}}'),
        ("s3", "DeleteObjects", b"<Delete><Object>"),
        ("s3", "DeleteObjects", b'<!DOCTYPE d [<!ENTITY a "a">]><Delete/>'),
        ("s3", "DeleteObjects", b"<Delete><Quiet><Key>a</Key></Quiet></Delete>"),
        ("s3", "DeleteObjects", b"<Delete><Quiet>maybe</Quiet></Delete>"),
        ("s3", "PutBucketPolicy", b"\xff"),
        ("sns", "UntagResource", b"&TagKeys.member.1.a=a"),
        ("sns", "CreateTopic", b"&Attributes.entry.1.value=a"),
        ("iam", "CreatePolicyVersion", b"&SetAsDefault=maybe"),
        ("iam", "ListUsers", b"&MaxItems=many"),
        ("cloudwatch", "PutMetricAlarm", b"&Threshold=high"),
    ],
)
def test_a_body_that_the_model_does_not_describe_is_refused(
    service: str, operation: str, body: bytes
) -> None:
    request = written(service, operation, {"Bucket": "letters"} if service == "s3" else {})
    is_form = body.startswith(b"&")

    wrong = replace(request, body=request.body + body if is_form else body)

    assert refusal(wrong, service) == "malformed"


def test_members_that_the_model_lacks_are_left_out() -> None:
    request = written("dynamodb", "GetItem", {"TableName": "mine", "Key": {}})

    more = replace(request, body=b'{"TableName": "mine", "Key": {}, "TransactItems": [1]}')

    assert read(more, "dynamodb").parameters == {"TableName": "mine", "Key": {}}


def test_name_of_a_hundred_thousand_dots_costs_no_more_than_it_is_long() -> None:
    """Its prefixes alone would be 30 GB."""
    request = written("sns", "Publish", {"Message": "m"})

    more = replace(request, body=request.body + b"&MessageAttributes" + b".entry" * 100_000 + b"=")

    assert read(more, "sns").parameters == {"Message": "m"}


def test_a_form_beside_an_x_amz_target_is_refused() -> None:
    request = written("iam", "CreateUser", {"UserName": "a"})

    both = replace(request, headers={**request.headers, "x-amz-target": "x.GetUser"})

    assert refusal(both, "iam") == "two_meanings"


def test_parameters_in_query_string_and_body_are_refused() -> None:
    request = written("iam", "CreateUser", {"UserName": "a"})

    assert refusal(replace(request, query="UserName=b"), "iam") == "two_meanings"
    assert refusal(replace(request, query="Path=/b/"), "iam") == "two_meanings"


@pytest.mark.parametrize("version", ["2012-11-05", ""])
def test_the_version_of_another_service_is_refused(version: str) -> None:
    request = written("sts", "GetCallerIdentity", {})

    other = replace(request, body=request.body.replace(b"2011-06-15", version.encode()))

    assert refusal(other, "sts") == "unknown_operation"


def at_queue(action: str, **fields: str) -> Request:
    query = urlencode({"Action": action, **fields})
    return Request("GET", f"/{ACCOUNT_ID}/mine", query, {"host": "127.0.0.1:4566"}, b"")


def test_a_queues_url_and_an_action_are_a_call() -> None:
    call = read(at_queue("SendMessage", MessageBody="hello"), "sqs")

    assert (call.operation, call.parameters["MessageBody"]) == ("SendMessage", "hello")
    assert call.parameters["QueueUrl"].endswith(f"/{ACCOUNT_ID}/mine")


@pytest.mark.parametrize("action", ["CreateQueue", "ListQueues", "FooBar"])
def test_what_cannot_be_asked_of_a_queue_is_refused(action: str) -> None:
    with pytest.raises(Refused, match=f"The action {action} is not valid for this endpoint."):
        read(at_queue(action), "sqs")


@pytest.mark.parametrize(
    ("path", "operation"),
    [
        ("/v2/email/identities", "ListEmailIdentities"),
        ("/v2/email/identities/", "ListEmailIdentities"),
        ("/v2/email/configuration-sets", "ListConfigurationSets"),
    ],
)
def test_operations_are_found_where_older_clients_look_for_them(path: str, operation: str) -> None:
    headers = {"host": "127.0.0.1:4566"}
    request = Request("GET", path, "PageSize=2&NextToken=a", headers, b"")

    call = read(request, "sesv2")

    assert call.operation == operation
    assert call.parameters == {"PageSize": 2, "NextToken": "a"}


def packed(metric: str) -> Request:
    parameters = {"Namespace": "mail", "MetricData": [{"MetricName": metric}]}
    request = written("cloudwatch", "PutMetricData", parameters)
    headers = {**request.headers, "content-encoding": "gzip"}
    return replace(request, headers=headers, body=gzip.compress(request.body))


def test_metrics_may_come_packed() -> None:
    assert read(packed("sent"), "cloudwatch").parameters["MetricData"] == [{"MetricName": "sent"}]


@pytest.mark.parametrize(
    "bent",
    [
        packed("x" * 2**21),
        replace(packed("sent"), body=packed("sent").body[:-1]),
        replace(packed("sent"), body=packed("sent").body + b"x"),
        replace(packed("sent"), body=b"x"),
    ],
    ids=["too much", "too little", "more behind it", "not packed"],
)
def test_what_is_packed_wrongly_is_refused(bent: Request) -> None:
    assert refusal(bent, "cloudwatch") == "malformed"


def test_a_body_in_an_encoding_is_refused() -> None:
    request = written("logs", "CreateLogGroup", {"logGroupName": "a"})

    encoded = replace(request, headers={**request.headers, "content-encoding": "gzip"})

    assert refusal(encoded, "logs") == "malformed"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32-be"])
def test_json_is_utf_8_and_nothing_else(encoding: str) -> None:
    request = written("logs", "CreateLogGroup", {"logGroupName": "a"})

    encoded = replace(request, body=request.body.decode().encode(encoding))

    assert refusal(encoded, "logs") == "malformed"


@pytest.mark.parametrize("path", ["/%6doto-api/reset", "/2015-03-31/%66unctions", "/moto-api"])
def test_a_path_counts_as_it_is_written(path: str) -> None:
    request = replace(written("lambda", "ListFunctions", {}), raw_path=path)

    assert refusal(request, "lambda") == "unknown_operation"


@pytest.mark.parametrize("service", ["SQS", "Sqs", "sqs/", "moto", ""])
def test_a_scope_that_is_no_service_in_lower_case_is_refused(service: str) -> None:
    assert refusal(written("sqs", "ListQueues", {}), service) == "wrong_scope"


@pytest.mark.parametrize("region", ["xx-nowhere-9", "US-EAST-1", ""])
def test_a_scope_in_a_region_that_aws_does_not_have_is_refused(region: str) -> None:
    assert refusal(written("sqs", "ListQueues", {}), "sqs", region) == "wrong_scope"


def test_two_questions_about_a_bucket_at_once_are_refused() -> None:
    request = written("s3", "GetBucketNotificationConfiguration", {"Bucket": "bucket"})

    assert refusal(replace(request, query="notification&policy"), "s3") == "two_meanings"


def test_an_element_that_comes_twice_is_refused() -> None:
    request = written("s3", "DeleteObjects", {"Bucket": "b", "Delete": {"Objects": [{"Key": "a"}]}})

    body = request.body.replace(b"<Key>a</Key>", b"<Key>a</Key><Key>b</Key>")

    assert refusal(replace(request, body=body), "s3") == "malformed"


@pytest.mark.parametrize(
    "queue_url",
    [
        f"http://a/{ACCOUNT_ID}/mine?/theirs",
        f"http://a/{ACCOUNT_ID}/mine#/theirs",
        f"http://a/{ACCOUNT_ID}/mine/theirs",
        "mine/theirs",
    ],
)
def test_a_queue_has_one_name(queue_url: str) -> None:
    request = written("sqs", "PurgeQueue", {"QueueUrl": queue_url})

    assert refusal(request, "sqs") == "malformed"


def test_a_queue_in_the_path_is_the_one_in_the_parameters() -> None:
    request = written("sqs", "PurgeQueue", {"QueueUrl": f"http://a/{ACCOUNT_ID}/mine"})

    assert read(request, "sqs").parameters["QueueUrl"].endswith("/mine")
    other = replace(request, raw_path=f"/{ACCOUNT_ID}/theirs")
    assert refusal(other, "sqs") == "two_meanings"


@pytest.mark.parametrize(
    ("source", "settled"),
    [
        ("mine/key", "mine/key"),
        ("/mine/a%20b?versionId=v", "mine/a%20b?versionId=v"),
        ("mine/a#b", "mine/a%23b"),
        ("mine/a%3FversionId=v", "mine/a%3FversionId%3Dv"),
    ],
)
def test_the_source_of_a_copy_ends_where_it_says(source: str, settled: str) -> None:
    copy = {"Bucket": "to", "Key": "k", "CopySource": source}

    assert read(written("s3", "CopyObject", copy), "s3").parameters["CopySource"] == settled


@pytest.mark.parametrize("source", ["//theirs/secret", "mine", "arn:aws:s3:us-east-1:1:x/a"])
def test_a_source_that_is_no_object_is_refused(source: str) -> None:
    copy = {"Bucket": "to", "Key": "k", "CopySource": source}

    assert refusal(written("s3", "CopyObject", copy), "s3") == "two_meanings"


@pytest.mark.parametrize(
    ("name", "settled"),
    [
        ("f:live", {"FunctionName": "f", "Qualifier": "live"}),
        (f"{FUNCTION}:1", {"FunctionName": FUNCTION, "Qualifier": "1"}),
        ("123456789012:function:f", {"FunctionName": FUNCTION}),
        ("f", {"FunctionName": "f"}),
    ],
)
def test_a_qualifier_in_a_functions_name_is_one(name: str, settled: dict[str, str]) -> None:
    request = written("lambda", "GetFunction", {"FunctionName": name})

    assert read(request, "lambda").parameters == settled


@pytest.mark.parametrize(("service", "name"), LISTED, ids=NAMES)
def test_a_listed_operation_exists(service: str, name: str) -> None:
    assert operation(service, name).name == name
