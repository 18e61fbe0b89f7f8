"""Functions as the API of AWS Lambda creates, changes and deletes them."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from support.parts.function_sources import ECHO, FAIL
from support.parts.zips import zip_of
from support.sandboxes.account_in_sandbox import (
    EVERYTHING,
    Account,
)


def test_changed_configuration_holds_from_the_next_event_on(account: Account) -> None:
    account.function(
        "import os\ndef lambda_handler(event, context):\n    return os.environ['VALUE']\n"
    )
    client = account.client("lambda")
    for value in ("1", "2"):
        client.update_function_configuration(
            FunctionName="recorder", Environment={"Variables": {"VALUE": value}}
        )
        assert account.invoke()["Payload"] == value
        account.wait_for_function()


def test_dry_run_of_an_update_leaves_the_code_alone(account: Account) -> None:
    account.function("def lambda_handler(event, context):\n    return 'old'\n")
    account.client("lambda").update_function_code(
        FunctionName="recorder", ZipFile=zip_of(ECHO), DryRun=True
    )

    assert account.invoke()["Payload"] == "old"


def test_update_can_publish_the_new_code(account: Account) -> None:
    account.function(FAIL)
    answer = account.client("lambda").update_function_code(
        FunctionName="recorder", ZipFile=zip_of(ECHO), Publish=True
    )

    assert answer["Version"] == "1"
    assert account.invoke(event="published", Qualifier="1")["Payload"] == "published"


def test_deleted_function_can_be_created_again(account: Account) -> None:
    account.function("def lambda_handler(event, context):\n    return 'old'\n")
    account.invoke()
    account.client("lambda").delete_function(FunctionName="recorder")
    account.function("def lambda_handler(event, context):\n    return 'new'\n")

    assert account.invoke()["Payload"] == "new"


def test_role_that_does_not_trust_lambda_is_refused(account: Account) -> None:
    trust: dict[str, Any] = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service": "ec2.amazonaws.com"},
            "Action": "sts:AssumeRole",
        },
    }
    account.role(EVERYTHING, trust=trust)

    with pytest.raises(ClientError) as refusal:
        account.function(ECHO)

    assert refusal.value.response["Error"] == {
        "Code": "InvalidParameterValueException",
        "Message": "The role defined for the function cannot be assumed by Lambda.",
    }


def test_update_to_a_role_that_is_missing_is_refused(account: Account) -> None:
    account.function(ECHO)

    with pytest.raises(ClientError, match="cannot be assumed by Lambda"):
        account.client("lambda").update_function_configuration(
            FunctionName="recorder", Role="arn:aws:iam::123456789012:role/nobody"
        )


def test_reserved_environment_variables_are_refused(account: Account) -> None:
    variables = {"AWS_REGION": "eu-west-1", "LAMBDA_TASK_ROOT": "/", "TABLE_NAME": "mailaddress"}

    with pytest.raises(ClientError) as refusal:
        account.function(ECHO, Environment={"Variables": variables})

    error = refusal.value.response["Error"]
    assert error["Code"] == "InvalidParameterValueException"
    assert error["Message"].endswith(
        "Reserved keys used in this request: AWS_REGION, LAMBDA_TASK_ROOT"
    )


def test_update_with_a_reserved_environment_variable_is_refused(account: Account) -> None:
    account.function(ECHO)

    with pytest.raises(ClientError, match="Reserved keys used in this request: AWS_REGION"):
        account.client("lambda").update_function_configuration(
            FunctionName="recorder", Environment={"Variables": {"AWS_REGION": "eu-west-1"}}
        )


def test_upload_that_is_no_zip_is_refused(account: Account) -> None:
    account.function(ECHO)

    with pytest.raises(ClientError, match="Could not unzip uploaded file"):
        account.client("lambda").update_function_code(FunctionName="recorder", ZipFile=b"PK")


def test_permission_of_the_same_statement_id_is_refused(account: Account) -> None:
    account.function(ECHO)
    permission = {
        "FunctionName": "recorder",
        "StatementId": "s3",
        "Action": "lambda:InvokeFunction",
        "Principal": "s3.amazonaws.com",
    }
    account.client("lambda").add_permission(**permission)

    with pytest.raises(ClientError) as refusal:
        account.client("lambda").add_permission(**permission)

    assert refusal.value.response["Error"] == {
        "Code": "ResourceConflictException",
        "Message": "The statement id (s3) provided already exists. Please provide a new "
        "statement id, or remove the existing statement.",
    }


def test_permission_for_calls_of_the_functions_url_says_so(account: Account) -> None:
    account.function(ECHO)

    answer = account.client("lambda").add_permission(
        FunctionName="recorder",
        StatementId="url",
        Action="lambda:InvokeFunction",
        Principal="*",
        InvokedViaFunctionUrl=True,
    )

    condition = json.loads(answer["Statement"])["Condition"]
    assert condition == {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}


def test_a_dry_run_tells_of_the_code_and_changes_none(account: Account) -> None:
    account.function("def lambda_handler(event, context):\n    return 'old'\n")
    client, code = account.client("lambda"), zip_of("a = 1\n")

    told = client.update_function_code(
        FunctionName="recorder", ZipFile=code, DryRun=True, Publish=True
    )

    assert told["CodeSize"] == len(code)
    assert told["CodeSha256"] == base64.b64encode(hashlib.sha256(code).digest()).decode()
    assert account.invoke()["Payload"] == "old"
    assert len(client.list_versions_by_function(FunctionName="recorder")["Versions"]) == 1


def test_an_empty_environment_has_no_variables(account: Account) -> None:
    account.function("def lambda_handler(event, context): ...")

    told = account.client("lambda").update_function_configuration(
        FunctionName="recorder", Environment={}
    )

    assert told["Environment"] == {"Variables": {}}


def test_a_policy_is_told_without_spaces(account: Account) -> None:
    arn = account.function(ECHO)
    client, named = account.client("lambda"), {"FunctionName": "recorder"}
    called = {"Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}

    told = client.add_permission(**named, StatementId="s3", **called)["Statement"]

    assert told == (
        '{"Sid":"s3","Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},'
        f'"Action":"lambda:InvokeFunction","Resource":"{arn}"}}'
    )
    policy = client.get_policy(**named)["Policy"]
    assert policy == f'{{"Version":"2012-10-17","Id":"default","Statement":[{told}]}}'


def test_a_zip_is_told_of_with_its_key(account: Account) -> None:
    account.function(ECHO)
    client, named = account.client("lambda"), {"FunctionName": "recorder"}
    key = {"SourceKMSKeyArn": "arn:aws:kms:us-east-1:123456789012:key/1"}

    client.update_function_code(**named, ZipFile=zip_of(ECHO), **key)
    assert key.items() <= client.get_function(**named)["Code"].items()

    account.wait_for_function()
    client.update_function_code(**named, ZipFile=zip_of(ECHO))
    assert not key.keys() & client.get_function(**named)["Code"].keys()


def test_a_function_that_may_not_run_is_told_of_so(account: Account) -> None:
    account.function(ECHO)
    client, named = account.client("lambda"), {"FunctionName": "recorder"}
    none = {"ReservedConcurrentExecutions": 0}

    client.put_function_concurrency(**named, **none)

    assert client.get_function(**named)["Concurrency"] == none


def test_an_update_changes_the_architecture_and_the_key(account: Account) -> None:
    account.function(ECHO)
    client, named = account.client("lambda"), {"FunctionName": "recorder"}
    key = "arn:aws:kms:us-east-1:123456789012:key/1"

    client.update_function_code(**named, ZipFile=zip_of(ECHO), Architectures=["arm64"])
    account.wait_for_function()
    client.update_function_configuration(**named, KMSKeyArn=key)
    account.wait_for_function()

    found = client.get_function_configuration(**named)
    assert (found["Architectures"], found["KMSKeyArn"]) == (["arm64"], key)
