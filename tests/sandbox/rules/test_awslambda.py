"""What Lambda refuses of functions."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from support.account_in_sandbox import ACCOUNT_ID, Account, refusal
from support.zips import zip_of


def a_large_zip() -> bytes:
    """It has a hundred bytes, and says that it unzips to 265 MB."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("large", b"")
        archive.filelist[0].file_size = 265_000_000
    return file.getvalue()


FIFO = f"arn:aws:sqs:us-east-1:{ACCOUNT_ID}:orders.fifo"
RECORDER = f"arn:aws:lambda:us-east-1:{ACCOUNT_ID}:function:recorder"
LARGE_ZIP = a_large_zip()


@pytest.fixture(scope="module", autouse=True)
def stored(account: Account) -> None:
    for key, content in {"text": b"no zip", "large.zip": LARGE_ZIP}.items():
        account.client("s3").put_object(Bucket="whole-bucket", Key=key, Body=content)
    function = account.client("lambda")
    function.publish_version(FunctionName="recorder")
    function.create_alias(FunctionName="recorder", Name="live", FunctionVersion="1")
    account.client("s3").create_bucket(
        Bucket="bucket-in-europe", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"Timeout": 901}, "Member must have value less than or equal to 900"),
        ({"MemorySize": 10_241}, "Member must have value less than or equal to 10240"),
        ({"Environment": {"Variables": {"NAME": "x" * 5000}}}, "exceeded the 4KB limit"),
        ({"DeadLetterConfig": {"TargetArn": FIFO}}, "FIFO queues and topics are not supported"),
        ({"Handler": None}, "Runtime and Handler are mandatory parameters"),
        ({"Code": {"S3Bucket": "whole-bucket", "S3Key": "nope"}}, "S3 Error Code: NoSuchKey"),
        (
            {"Code": {"S3Bucket": "bucket-in-europe", "S3Key": "text"}},
            "Code: PermanentRedirect. S3 Error Message: The bucket is in this region: eu-west-1.",
        ),
        ({"Layers": ["arn:aws:lambda:us-east-1:123456789012:layer:a:1"]}, "unpacks no layers"),
        ({"PackageType": "Image", "Code": {"ImageUri": "a"}}, "runs no container images"),
        ({"FunctionName": "a name"}, "at 'functionName' failed to satisfy constraint"),
        ({"FunctionName": "n" * 65}, "Member must have length less than or equal to 64"),
        ({"Runtime": "python4.0"}, "Member must satisfy enum value set"),
        ({"Runtime": "python3.8"}, "runtime parameter of python3.8 is no longer supported"),
        ({"Runtime": "nodejs22.x"}, "runs Python alone, and not nodejs22.x"),
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
        ("create_event_source_mapping", {}, "Either EventSourceArn or"),
        (
            "put_function_event_invoke_config",
            {"DestinationConfig": {"OnFailure": {"Destination": RECORDER}}},
            "as a destination for itself.",
        ),
        (
            "put_function_event_invoke_config",
            {"DestinationConfig": {"OnSuccess": {"Destination": FIFO}}},
            "FIFO queues and topics are not supported",
        ),
        ("put_function_event_invoke_config", {}, "at least one of error handling or destination"),
        (
            "add_permission",
            {"StatementId": "1", "Action": "lambda:InvokeFunction", "Principal": "nobody"},
            "The provided principal was invalid.",
        ),
        ("invoke", {"Payload": b'{"n": NaN}'}, "Could not parse request body into json"),
        ("invoke", {"Payload": b"[" * 100_000}, "Could not parse request body into json"),
        ("publish_version", {"RevisionId": "old"}, "does not match the latest RevisionId"),
        ("publish_version", {"CodeSha256": "x"}, "CodeSHA256 (x) is different from current"),
        ("invoke", {"ClientContext": "!!!"}, "must be a valid Base64-encoded JSON object."),
        ("invoke", {"ClientContext": "W10="}, "must be a valid Base64-encoded JSON object."),
        ("invoke", {"TenantId": "t"}, "does not do lambda:Invoke with what is asked"),
        (
            "create_function_url_config",
            {"AuthType": "NONE"},
            "does not do lambda:CreateFunctionUrl",
        ),
        ("update_alias", {"Name": "live", "RevisionId": "old"}, "not match the latest RevisionId"),
        ("delete_function", {"Qualifier": "$LATEST"}, "cannot be deleted without deleting the"),
        ("delete_function", {"Qualifier": "1"}, "the following aliases reference it: [live]"),
        ("update_function_code", {}, "Please provide a source for function code."),
        ("update_function_code", {"ZipFile": LARGE_ZIP}, "Unzipped size must be smaller"),
        ("update_function_configuration", {"Timeout": 901}, "less than or equal to 900"),
        ("update_function_configuration", {"Runtime": "java21"}, "runs Python alone"),
    ],
)
def test_a_change_that_lambda_does_not_make_is_refused(
    account: Account, operation: str, parameters: dict[str, Any], words: str
) -> None:
    call = getattr(account.client("lambda"), operation)

    assert words in refusal(call, FunctionName="recorder", **parameters)[1]


@pytest.mark.parametrize("tags", [{"k": "v", **{f"k{i}": "" for i in range(50)}}, {"aws:k": "v"}])
def test_a_function_has_fifty_tags_at_most(account: Account, tags: dict[str, str]) -> None:
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT_ID}:function:recorder"

    code, _ = refusal(account.client("lambda").tag_resource, Resource=arn, Tags=tags)

    assert code == "InvalidParameterValueException"


def test_a_functions_code_can_be_fetched_where_it_is_said_to_be(account: Account) -> None:
    function = account.client("lambda").get_function(FunctionName="recorder")
    location = function["Code"]["Location"]

    with urlopen(location) as answer:
        fetched = answer.read()

    digest = base64.b64encode(hashlib.sha256(fetched).digest()).decode()
    assert digest == function["Configuration"]["CodeSha256"]
    for other in (location.replace("/_code/1", "/_code/2"), f"{location}x"):
        with pytest.raises(HTTPError, match="403"):
            urlopen(other)
