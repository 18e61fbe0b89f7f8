"""What Lambda refuses of functions."""

from __future__ import annotations

import base64
import hashlib
import io
import uuid
import zipfile
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.http import ApiError
from mailfanout.sandbox.rules import check_rules
from support.calls.on_the_wire import operation
from support.calls.refusals import refusal
from support.parts.zips import zip_of
from support.sandboxes.account_in_sandbox import ACCOUNT_ID, Account


def a_large_zip() -> bytes:
    """It has a hundred bytes, and says that it unzips to 265 MB."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("large", b"")
        archive.filelist[0].file_size = 265_000_000
    return file.getvalue()


FIFO = f"arn:aws:sqs:us-east-1:{ACCOUNT_ID}:orders.fifo"
RECORDER = f"arn:aws:lambda:us-east-1:{ACCOUNT_ID}:function:recorder"
GONE = f"arn:aws:lambda:us-east-1:{ACCOUNT_ID}:event-source-mapping:{uuid.UUID(int=0)}"
SIGNING = f"arn:aws:lambda:us-east-1:{ACCOUNT_ID}:code-signing-config:csc-0123456789abcdef0"
LARGE_ZIP = a_large_zip()
MISMATCH = "The derived qualifier from the function name does not match the specified qualifier."


@pytest.fixture(scope="module", autouse=True)
def stored(account: Account) -> None:
    s3 = account.client("s3")
    for key, content in {"text": b"no zip", "large.zip": LARGE_ZIP}.items():
        s3.put_object(Bucket="whole-bucket", Key=key, Body=content)
    s3.create_bucket(
        Bucket="bucket-in-europe", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    versioned = {"Bucket": "bucket-with-versions"}
    s3.create_bucket(**versioned)
    s3.put_bucket_versioning(**versioned, VersioningConfiguration={"Status": "Enabled"})
    s3.delete_object(**versioned, Key="deleted.zip")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"Timeout": 901}, "Member must have value less than or equal to 900"),
        ({"MemorySize": 10_241}, "Member must have value less than or equal to 10240"),
        ({"Environment": {"Variables": {"NAME": "x" * 5000}}}, "exceeded the 4KB limit"),
        *(
            ({"DeadLetterConfig": {"TargetArn": arn}}, "neither a standard queue nor a standard")
            for arn in (FIFO, RECORDER)
        ),
        ({"Handler": None}, "Runtime and Handler are mandatory parameters"),
        ({"Code": {"S3Bucket": "whole-bucket", "S3Key": "nope"}}, "S3 Error Code: NoSuchKey"),
        (
            {"Code": {"S3Bucket": "bucket-with-versions", "S3Key": "deleted.zip"}},
            "S3 Error Code: NoSuchKey",
        ),
        (
            {"Code": {"S3Bucket": "bucket-in-europe", "S3Key": "text"}},
            "Code: PermanentRedirect. S3 Error Message: The bucket is in this region: eu-west-1.",
        ),
        ({"Layers": ["arn:aws:lambda:us-east-1:123456789012:layer:a:1"]}, "unpacks no layers"),
        ({"DurableConfig": {"ExecutionTimeout": 60}}, "has no durable functions"),
        ({"TenancyConfig": {"TenantIsolationMode": "PER_TENANT"}}, "runs all tenants in the same"),
        ({"CodeSigningConfigArn": SIGNING}, "checks no signatures of code"),
        ({"PublishTo": "LATEST_PUBLISHED"}, "publishes versions that have numbers"),
        ({"ImageConfig": {"Command": ["a"]}}, "finds the handler in a zip"),
        ({"PackageType": "Image", "Code": {"ImageUri": "a"}}, "runs no container images"),
        ({"FunctionName": "a name"}, "at 'functionName' failed to satisfy constraint"),
        ({"FunctionName": "n" * 65}, "Member must have length less than or equal to 64"),
        ({"Runtime": "python4.0"}, "Value python4.0 at 'runtime' failed to satisfy"),
        ({"Runtime": "python3.8"}, "runtime parameter of python3.8 is no longer supported"),
        ({"Runtime": "nodejs22.x"}, "runs Python alone, and not nodejs22.x"),
        (
            {"Runtime": "python3.11", "SnapStart": {"ApplyOn": "PublishedVersions"}},
            "python3.11 is not supported for SnapStart enabled functions.",
        ),
        ({"Code": {}}, "Please provide a source for function code."),
        ({"Code": {"ZipFile": b"PK", "S3Bucket": "whole-bucket"}}, "Please do not provide other"),
        ({"Code": {"S3Bucket": "whole-bucket", "S3Key": "text"}}, "Could not unzip uploaded"),
        ({"Code": {"S3Bucket": "whole-bucket", "S3Key": "large.zip"}}, "Unzipped size must be"),
        ({"Code": {"ZipFile": b"PK\x05\x06" + bytes(18)}}, "must be a non-empty zip"),
        ({"Code": {"ZipFile": LARGE_ZIP}}, "Unzipped size must be smaller than 262144000 bytes"),
        (
            {"Code": {"S3Bucket": "whole-bucket", "S3Key": "text", "S3ObjectVersion": "nope"}},
            "S3 Error Code: NoSuchVersion",
        ),
    ],
)
def test_a_function_that_lambda_does_not_take_is_refused(
    account: Account, changes: dict[str, Any], words: str
) -> None:
    settings = {
        "FunctionName": "another",
        "Runtime": "python3.13",
        "Handler": "lambda_function.lambda_handler",
        "Role": f"arn:aws:iam::{ACCOUNT_ID}:role/function-role",
        "Code": {"ZipFile": zip_of("def lambda_handler(event, context): ...")},
        **changes,
    }
    given = {name: value for name, value in settings.items() if value is not None}

    assert words in refusal(account.client("lambda").create_function, **given)[1]


def test_a_zip_of_more_than_50_mb_has_to_come_by_s3() -> None:
    settings = {"FunctionName": "recorder", "ZipFile": bytes(50 * 2**20 + 1)}
    model = operation("lambda", "UpdateFunctionCode")
    call = ApiCall("lambda", model.name, settings, "rest-json", "us-east-1", "", model=model)

    with pytest.raises(ApiError, match="Zipped size must be smaller than 52428800 bytes"):
        check_rules(call, ACCOUNT_ID)


def test_a_name_may_be_written_as_an_arn(account: Account) -> None:
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT_ID}:function:by-arn"

    assert account.function(name=arn) == arn


@pytest.mark.parametrize(
    ("operation", "parameters", "words"),
    [
        (
            "put_function_concurrency",
            {"ReservedConcurrentExecutions": 901},
            "below its minimum value of [100].",
        ),
        ("create_event_source_mapping", {}, "Unrecognized event source."),
        (
            "create_event_source_mapping",
            {"FunctionName": "nope", "EventSourceArn": f"arn:aws:sqs:us-east-1:{ACCOUNT_ID}:q"},
            "Function does not exist",
        ),
        *(
            (
                "add_permission",
                {"StatementId": "1", "Action": "lambda:InvokeFunction", "Principal": who},
                "The provided principal was invalid.",
            )
            for who in (
                *("nobody", f"arn:aws:iam::{ACCOUNT_ID}:role/nope"),
                *("no-such-service.amazonaws.com", "s3.amazonaws.com.cn"),
            )
        ),
        ("invoke", {"Payload": b'{"n": NaN}'}, "into json: Could not parse payload into json: "),
        ("invoke", {"Payload": b"[" * 100_000}, "Could not parse request body into json"),
        ("invoke", {"ClientContext": "!!!"}, "must be a valid Base64-encoded JSON object."),
        ("invoke", {"ClientContext": "W10="}, "must be a valid Base64-encoded JSON object."),
        ("invoke", {"TenantId": "t"}, "does not do lambda:Invoke with what is asked"),
        (
            "create_function_url_config",
            {"AuthType": "NONE"},
            "does not do lambda:CreateFunctionUrl",
        ),
        ("update_function_code", {}, "Please provide a source for function code."),
        ("update_function_code", {"ZipFile": LARGE_ZIP}, "Unzipped size must be smaller"),
        ("update_function_configuration", {"Timeout": 901}, "less than or equal to 900"),
        ("update_function_configuration", {"Runtime": "java21"}, "runs Python alone"),
        ("update_function_configuration", {"Runtime": "go1.x"}, "new runtime (provided.al2023)"),
        ("update_function_code", {"ImageUri": "a"}, "don't provide ImageUri when updating a"),
        *(
            (operation, {"FunctionName": f"{RECORDER}:$latest"}, "at 'functionName' failed to")
            for operation in ("get_function", "delete_function", "invoke")
        ),
        *(
            (operation, {"FunctionName": f"{RECORDER}:1", "Qualifier": "2"}, MISMATCH)
            for operation in ("get_function", "delete_function", "get_policy", "invoke")
        ),
        (
            "get_function",
            {"FunctionName": RECORDER.replace("us-east-1", "eu-west-1")},
            "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
        ),
        ("get_function", {"FunctionName": "999999999999:function:f"}, "in another account"),
        (
            "put_function_concurrency",
            {"FunctionName": "recorder:1", "ReservedConcurrentExecutions": 1},
            "This operation is permitted on Lambda functions only.",
        ),
        (
            "put_function_concurrency",
            {"FunctionName": "recorder:$LATEST", "ReservedConcurrentExecutions": 1},
            "This operation is permitted on Lambda functions only.",
        ),
        (
            "update_function_code",
            {"FunctionName": "recorder:1", "ZipFile": zip_of("a = 1")},
            "This operation is permitted on Lambda functions only.",
        ),
        (
            "update_function_configuration",
            {"FunctionName": f"{RECORDER}:live", "Timeout": 3},
            "This operation is permitted on Lambda functions only.",
        ),
        (
            "update_function_code",
            {"S3Bucket": "no-such-bucket", "S3Key": "k"},
            "S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket does not exist",
        ),
        (
            "put_function_concurrency",
            {"FunctionName": "nope", "ReservedConcurrentExecutions": 901},
            "function:nope:$LATEST",
        ),
    ],
)
def test_a_change_that_lambda_does_not_make_is_refused(
    account: Account, operation: str, parameters: dict[str, Any], words: str
) -> None:
    call = getattr(account.client("lambda"), operation)

    assert words in refusal(call, **{"FunctionName": "recorder", **parameters})[1]


@pytest.mark.parametrize(
    ("operation", "parameters", "words"),
    [
        ("tag_resource", {"Resource": f"{RECORDER}:1", "Tags": {"a": "b"}}, "aliases and versions"),
        ("tag_resource", {"Resource": RECORDER, "Tags": {}}, "request cannot be processed."),
        ("tag_resource", {"Resource": RECORDER, "Tags": {"aws:k": "v"}}, "reserved for system"),
        ("untag_resource", {"Resource": RECORDER, "TagKeys": []}, "Value null at 'tagKeys'"),
        ("list_tags", {"Resource": f"{RECORDER}-gone"}, f"Function not found: {RECORDER}-gone"),
        *(
            (operation, {"Resource": GONE, **tags}, f"Event source mapping not found: {GONE}")
            for operation, tags in (
                ("tag_resource", {"Tags": {"a": "b"}}),
                ("untag_resource", {"TagKeys": ["a"]}),
                ("list_tags", {}),
            )
        ),
    ],
)
def test_tags_that_lambda_does_not_take_are_refused(
    account: Account, operation: str, parameters: dict[str, Any], words: str
) -> None:
    assert words in refusal(getattr(account.client("lambda"), operation), **parameters)[1]


def test_a_function_has_fifty_tags_at_most(account: Account) -> None:
    client, tags = account.client("lambda"), {str(number): "" for number in range(50)}
    too_many = "InvalidParameterValueException", "Number of tags exceeds resource tag limit."

    assert refusal(client.tag_resource, Resource=RECORDER, Tags={**tags, "more": ""}) == too_many
    client.tag_resource(Resource=RECORDER, Tags=tags)
    assert refusal(client.tag_resource, Resource=RECORDER, Tags={"more": ""}) == too_many
    client.untag_resource(Resource=RECORDER, TagKeys=[*tags])


def test_a_functions_code_can_be_fetched_where_it_is_said_to_be(account: Account) -> None:
    function = account.client("lambda").get_function(FunctionName="recorder")
    location = function["Code"]["Location"]

    with urlopen(location) as answer:
        fetched = answer.read()

    digest = base64.b64encode(hashlib.sha256(fetched).digest()).decode()
    assert digest == function["Configuration"]["CodeSha256"]
    for other in (location.replace("/_code/1", "/_code/2"), f"{location}x"):
        with pytest.raises(HTTPError, match="403") as refused:
            urlopen(other)
        refused.value.close()
