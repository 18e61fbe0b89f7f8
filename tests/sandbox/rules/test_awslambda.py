"""What Lambda refuses of functions."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.http import ApiError
from mailfanout.sandbox.rules import check_rules
from support.account_in_sandbox import ACCOUNT_ID, Account, refusal
from support.on_the_wire import operation
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
MISMATCH = "The derived qualifier from the function name does not match the specified qualifier."
AGE = {"MaximumEventAgeInSeconds": 60}


def alias(name: str = "new", **settings: Any) -> dict[str, Any]:
    return {"Name": name, "FunctionVersion": "1", **settings}


def routed(weights: dict[str, float]) -> dict[str, Any]:
    return alias(RoutingConfig={"AdditionalVersionWeights": weights})


def permission(**settings: str) -> dict[str, str]:
    """Parameters of AddPermission."""
    action = "lambda:InvokeFunction"
    return {"StatementId": "1", "Action": action, "Principal": "s3.amazonaws.com", **settings}


@pytest.fixture(scope="module", autouse=True)
def stored(account: Account) -> None:
    for key, content in {"text": b"no zip", "large.zip": LARGE_ZIP}.items():
        account.client("s3").put_object(Bucket="whole-bucket", Key=key, Body=content)
    function = account.client("lambda")
    function.publish_version(FunctionName="recorder")
    function.update_function_configuration(FunctionName="recorder", Description="second")
    function.get_waiter("function_updated_v2").wait(
        FunctionName="recorder", WaiterConfig={"Delay": 0.05}
    )
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
        *(
            ({"DeadLetterConfig": {"TargetArn": arn}}, "neither a standard queue nor a standard")
            for arn in (FIFO, RECORDER)
        ),
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
        ({"Runtime": "python4.0"}, "Value python4.0 at 'runtime' failed to satisfy"),
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
        (
            "put_function_event_invoke_config",
            {"DestinationConfig": {"OnFailure": {"Destination": RECORDER}}},
            "as a destination for itself.",
        ),
        (
            "put_function_event_invoke_config",
            {"DestinationConfig": {"OnSuccess": {"Destination": FIFO}}},
            f"DestinationConfig(onSuccess=OnSuccess(destination={FIFO}), onFailure=null) is inval",
        ),
        ("put_function_event_invoke_config", {}, "at least one of error handling or destination"),
        (
            "add_permission",
            {"StatementId": "1", "Action": "lambda:InvokeFunction", "Principal": "nobody"},
            "The provided principal was invalid.",
        ),
        ("invoke", {"Payload": b'{"n": NaN}'}, "into json: Could not parse payload into json: "),
        ("invoke", {"Payload": b"[" * 100_000}, "Could not parse request body into json"),
        ("publish_version", {"RevisionId": "old"}, "does not match the latest Revision Id"),
        ("publish_version", {"CodeSha256": "x"}, "CodeSHA256 (x) is different from current"),
        ("invoke", {"ClientContext": "!!!"}, "must be a valid Base64-encoded JSON object."),
        ("invoke", {"ClientContext": "W10="}, "must be a valid Base64-encoded JSON object."),
        ("invoke", {"TenantId": "t"}, "does not do lambda:Invoke with what is asked"),
        (
            "create_function_url_config",
            {"AuthType": "NONE"},
            "does not do lambda:CreateFunctionUrl",
        ),
        ("update_alias", {"Name": "live", "RevisionId": "old"}, "not match the latest Revision Id"),
        ("delete_function", {"Qualifier": "$LATEST"}, "cannot be deleted without deleting the"),
        ("delete_function", {"Qualifier": "1"}, "the following aliases reference it: [live]"),
        ("update_function_code", {}, "Please provide a source for function code."),
        ("update_function_code", {"ZipFile": LARGE_ZIP}, "Unzipped size must be smaller"),
        ("update_function_configuration", {"Timeout": 901}, "less than or equal to 900"),
        ("update_function_configuration", {"Runtime": "java21"}, "runs Python alone"),
        ("update_function_configuration", {"Runtime": "go1.x"}, "new runtime (provided.al2023)"),
        ("update_function_code", {"ImageUri": "a"}, "don't provide ImageUri when updating a"),
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
            {"FunctionName": "nope", "ReservedConcurrentExecutions": 901},
            "function:nope:$LATEST",
        ),
        ("create_alias", alias("live"), f"Alias already exists: {RECORDER}:live"),
        ("create_alias", alias(FunctionVersion="9"), f"Function not found: {RECORDER}:9"),
        ("create_alias", routed({"1": 0.5, "2": 0.5}), "cannot be greater than 1"),
        ("create_alias", routed({"1": 0.5}), "version 1 is already included in routing"),
        ("create_alias", routed({"9": 0.5}), f"Function not found: {RECORDER}:9"),
        (
            "create_alias",
            routed({"2": 2.0}),
            "Value '{2=2.0}' at 'routingConfig.additionalVersionWeights' failed to satisfy "
            "constraint: Map value must satisfy constraint: [Member must have value less than or "
            "equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be "
            "null]",
        ),
        ("put_function_event_invoke_config", {"FunctionName": "nope", **AGE}, "doesn't exist."),
        ("put_function_event_invoke_config", {"Qualifier": "nope", **AGE}, "doesn't exist."),
        (
            "put_function_event_invoke_config",
            {"DestinationConfig": {"OnSuccess": {"Destination": f"{RECORDER}-gone"}}},
            f"The destination ARN {RECORDER}-gone is invalid.",
        ),
        (
            "put_function_event_invoke_config",
            {"DestinationConfig": {"OnSuccess": {"Destination": "arn:aws:iam::123456789012:a"}}},
            "onSuccess=OnSuccess(destination=arn:aws:iam::123456789012:a), onFailure=null) is inv",
        ),
        ("update_function_event_invoke_config", AGE, f"{RECORDER}:$LATEST doesn't have an Event"),
        ("get_function_event_invoke_config", {"Qualifier": "1"}, f"{RECORDER}:1 doesn't have an"),
        ("add_permission", permission(Qualifier="$LATEST"), "adding policies for $LATEST."),
        ("add_permission", permission(Qualifier="nope"), f"alias arn: {RECORDER}:nope"),
        ("add_permission", permission(Qualifier="42"), f"Function not found: {RECORDER}:42"),
        ("add_permission", permission(RevisionId="old"), "match the latest Revision Id. Call"),
        ("get_policy", {"Qualifier": "42"}, "The resource you requested does not exist."),
        ("remove_permission", {"StatementId": "1"}, "No policy is associated with the given"),
        (
            "remove_permission",
            {"FunctionName": "nope", "StatementId": "1"},
            "No policy found for: arn:aws:lambda:us-east-1",
        ),
    ],
)
def test_a_change_that_lambda_does_not_make_is_refused(
    account: Account, operation: str, parameters: dict[str, Any], words: str
) -> None:
    call = getattr(account.client("lambda"), operation)

    assert words in refusal(call, **{"FunctionName": "recorder", **parameters})[1]


def test_each_version_and_alias_has_its_own_policy(account: Account) -> None:
    client = account.client("lambda")
    for qualifier in ({}, {"Qualifier": "1"}, {"Qualifier": "live"}):
        client.add_permission(
            FunctionName="recorder", **permission(SourceArn="arn:aws:s3:::b", **qualifier)
        )

    policy = client.get_policy(FunctionName="recorder", Qualifier="live")

    assert json.loads(policy["Policy"])["Statement"] == [
        {
            "Sid": "1",
            "Effect": "Allow",
            "Principal": {"Service": "s3.amazonaws.com"},
            "Action": "lambda:InvokeFunction",
            "Resource": f"{RECORDER}:live",
            "Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:s3:::b"}},
        }
    ]
    alias = client.get_alias(FunctionName="recorder", Name="live")
    assert policy["RevisionId"] == alias["RevisionId"]
    unknown = refusal(client.remove_permission, FunctionName="recorder", StatementId="2")
    assert unknown[1] == "Statement 2 is not found in resource policy."
    for qualifier in ({}, {"Qualifier": "1"}, {"Qualifier": "live"}):
        client.remove_permission(FunctionName="recorder", StatementId="1", **qualifier)


def test_each_version_and_alias_has_its_own_asynchronous_settings(account: Account) -> None:
    client = account.client("lambda")
    for name in ("recorder", "recorder:live", f"{RECORDER}:1"):
        client.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=1)
    client.update_function_event_invoke_config(FunctionName="recorder:live", **AGE)

    found = client.list_function_event_invoke_configs(FunctionName="recorder")
    first = client.list_function_event_invoke_configs(FunctionName="recorder", MaxItems=1)

    configs = found["FunctionEventInvokeConfigs"]
    assert [one["FunctionArn"] for one in configs] == [
        f"{RECORDER}:$LATEST",
        f"{RECORDER}:1",
        f"{RECORDER}:live",
    ]
    assert [one.get("MaximumEventAgeInSeconds") for one in configs] == [None, None, 60]
    assert (first["FunctionEventInvokeConfigs"], first["NextMarker"]) == (configs[:1], "1")
    for qualifier in ("$LATEST", "1", "live"):
        client.delete_function_event_invoke_config(FunctionName="recorder", Qualifier=qualifier)


def test_a_version_is_described_by_lists_and_aliases_as_lambda_does(account: Account) -> None:
    client = account.client("lambda")

    found = client.get_function(FunctionName="recorder:live")["Configuration"]
    versions = client.list_versions_by_function(FunctionName="recorder")["Versions"]
    aliases = client.list_aliases(FunctionName="recorder", FunctionVersion="2")["Aliases"]

    assert (found["FunctionArn"], found["Version"]) == (f"{RECORDER}:live", "1")
    assert [one["Version"] for one in versions] == ["$LATEST", "1", "2"]
    assert len({one["RevisionId"] for one in versions}) == 3
    assert not any(one.keys() & {"State", "RuntimeVersionConfig"} for one in versions)
    assert aliases == []


@pytest.mark.parametrize(
    ("operation", "parameters", "words"),
    [
        ("tag_resource", {"Resource": f"{RECORDER}:1", "Tags": {"a": "b"}}, "aliases and versions"),
        ("tag_resource", {"Resource": RECORDER, "Tags": {}}, "request cannot be processed."),
        ("untag_resource", {"Resource": RECORDER, "TagKeys": []}, "Value null at 'tagKeys'"),
        ("list_tags", {"Resource": f"{RECORDER}-gone"}, f"Function not found: {RECORDER}-gone"),
    ],
)
def test_tags_that_lambda_does_not_take_are_refused(
    account: Account, operation: str, parameters: dict[str, Any], words: str
) -> None:
    assert words in refusal(getattr(account.client("lambda"), operation), **parameters)[1]


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
