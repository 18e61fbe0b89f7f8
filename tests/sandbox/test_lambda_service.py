"""Functions as the API of AWS Lambda creates, changes, invokes and deletes them."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest
from account_in_sandbox import (
    EVERYTHING,
    Account,
    allow,
    queue_arn,
    zip_of,
)
from botocore.exceptions import ClientError

ECHO = "def lambda_handler(event, context):\n    return event\n"
FAIL = "def lambda_handler(event, context):\n    raise ValueError('no such mail')\n"
CONTEXT = """
def lambda_handler(event, context):
    return {
        "arn": context.invoked_function_arn,
        "version": context.function_version,
        "stream": context.log_stream_name,
    }
"""


def test_function_is_invoked_and_its_result_comes_back(account: Account) -> None:
    account.function(ECHO)

    response = account.invoke(event={"to": "山田太郎"})

    assert response["StatusCode"] == 200
    assert response["Payload"] == {"to": "山田太郎"}
    assert response["ExecutedVersion"] == "$LATEST"
    assert "FunctionError" not in response


def test_function_that_raises_is_answered_with_a_function_error(account: Account) -> None:
    account.function(FAIL)

    response = account.invoke()

    assert (response["StatusCode"], response["FunctionError"]) == (200, "Unhandled")
    assert response["Payload"]["errorType"] == "ValueError"
    assert response["Payload"]["errorMessage"] == "no such mail"
    assert response["Payload"]["requestId"] == response["ResponseMetadata"]["RequestId"]


def test_event_is_accepted_at_once_and_handled_later(account: Account) -> None:
    account.function()

    response = account.invoke(event={"n": 1}, InvocationType="Event")

    assert (response["StatusCode"], response["Payload"]) == (202, None)
    assert account.wait_for(1, account.events) == [{"n": 1}]


def test_dry_run_runs_nothing(account: Account) -> None:
    account.function()

    response = account.invoke(InvocationType="DryRun")
    account.invoke(event="the only one")

    assert response["StatusCode"] == 204
    assert account.events() == ["the only one"]


def test_missing_function_is_not_found(account: Account) -> None:
    with pytest.raises(ClientError) as refusal:
        account.invoke("nobody")

    assert refusal.value.response["Error"] == {
        "Code": "ResourceNotFoundException",
        "Message": "Function not found: arn:aws:lambda:us-east-1:123456789012:function:nobody",
    }


def test_payload_that_is_no_json_is_refused(account: Account) -> None:
    account.function(ECHO)

    with pytest.raises(ClientError, match="InvalidRequestContentException"):
        account.client("lambda").invoke(FunctionName="recorder", Payload=b"{")


@pytest.mark.parametrize(("kind", "limit"), [("RequestResponse", 6 * 2**20), ("Event", 2**20)])
def test_payload_above_the_limit_is_refused(account: Account, kind: str, limit: int) -> None:
    account.function(ECHO)

    with pytest.raises(ClientError, match=f"RequestTooLarge.*{limit + 1} byte payload"):
        account.invoke(event="x" * (limit + 1 - len('""')), InvocationType=kind)


def test_tail_of_the_log_comes_with_the_result(account: Account) -> None:
    account.function("def lambda_handler(event, context):\n    print('hello')\n")

    response = account.invoke(LogType="Tail")

    start, hello, end, report = base64.b64decode(response["LogResult"]).decode().splitlines()
    request_id = response["ResponseMetadata"]["RequestId"]
    assert start == f"START RequestId: {request_id} Version: $LATEST"
    assert hello == "hello"
    assert end == f"END RequestId: {request_id}"
    assert re.fullmatch(
        rf"REPORT RequestId: {request_id}\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\t"
        r"Memory Size: 128 MB\tMax Memory Used: \d+ MB\tInit Duration: [\d.]+ ms",
        report,
    )


def test_client_context_reaches_the_handler(account: Account) -> None:
    account.function(
        "def lambda_handler(event, context):\n    return context.client_context.custom\n"
    )
    context = base64.b64encode(json.dumps({"custom": {"lesson": "4"}}).encode()).decode()

    assert account.invoke(ClientContext=context)["Payload"] == {"lesson": "4"}


def test_log_is_in_the_group_and_the_stream_that_the_context_names(account: Account) -> None:
    account.function(CONTEXT)
    streams = {account.invoke()["Payload"]["stream"] for _ in range(2)}

    (stream,) = streams
    events = log_events(account)
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", stream)
    assert [event["logStreamName"] for event in events] == [stream] * 6
    assert [event["message"].split()[0] for event in events] == ["START", "END", "REPORT"] * 2


@pytest.mark.parametrize("missing", ["CreateLogGroup", "CreateLogStream", "PutLogEvents"])
def test_nothing_is_logged_where_the_role_lacks_a_permission(
    account: Account, missing: str
) -> None:
    needed = {"logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"}
    account.role(allow(*needed - {f"logs:{missing}"}))
    account.function(ECHO)

    assert account.invoke()["StatusCode"] == 200

    assert log_events(account) == []


def test_role_that_may_write_to_an_existing_group_needs_not_create_it(account: Account) -> None:
    account.role(allow("logs:CreateLogStream", "logs:PutLogEvents"))
    account.client("logs").create_log_group(logGroupName="/aws/lambda/recorder")
    account.function(ECHO)

    account.invoke()

    assert len(log_events(account)) == 3


def test_reserved_concurrency_of_zero_throttles(account: Account) -> None:
    account.function(ECHO)
    account.client("lambda").put_function_concurrency(
        FunctionName="recorder", ReservedConcurrentExecutions=0
    )

    with pytest.raises(ClientError) as refusal:
        account.invoke()

    response = refusal.value.response
    assert response["Error"] == {
        "Code": "TooManyRequestsException",
        "Message": "Rate Exceeded.",
    }
    assert response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 429


def test_function_runs_again_when_its_reserved_concurrency_is_deleted(account: Account) -> None:
    account.function(ECHO)
    client = account.client("lambda")
    client.put_function_concurrency(FunctionName="recorder", ReservedConcurrentExecutions=0)
    client.delete_function_concurrency(FunctionName="recorder")

    assert account.invoke(event=1)["Payload"] == 1


def test_published_version_keeps_the_code_that_it_was_published_with(account: Account) -> None:
    account.function("def lambda_handler(event, context):\n    return 'old'\n")
    client = account.client("lambda")
    client.publish_version(FunctionName="recorder")
    client.update_function_code(
        FunctionName="recorder",
        ZipFile=zip_of("def lambda_handler(event, context):\n    return 'new'\n"),
    )

    assert account.invoke(Qualifier="1")["Payload"] == "old"
    assert account.invoke()["Payload"] == "new"


@pytest.mark.parametrize(
    ("qualifier", "version"), [("1", "1"), ("live", "1"), ("$LATEST", "$LATEST")]
)
def test_qualifier_chooses_the_version_and_is_in_the_arn(
    account: Account, qualifier: str, version: str
) -> None:
    arn = account.function(CONTEXT)
    client = account.client("lambda")
    client.publish_version(FunctionName="recorder")
    client.create_alias(FunctionName="recorder", Name="live", FunctionVersion="1")

    response = account.invoke(Qualifier=qualifier)

    assert response["ExecutedVersion"] == version
    assert response["Payload"]["version"] == version
    assert response["Payload"]["arn"] == f"{arn}:{qualifier}"
    assert f"/[{version}]" in response["Payload"]["stream"]


@pytest.mark.parametrize("form", ["{name}", "{name}:live", "{arn}", "{arn}:live"])
def test_function_is_invoked_by_name_and_by_arn(account: Account, form: str) -> None:
    arn = account.function(CONTEXT)
    client = account.client("lambda")
    client.publish_version(FunctionName="recorder")
    client.create_alias(FunctionName="recorder", Name="live", FunctionVersion="1")

    invoked = account.invoke(form.format(name="recorder", arn=arn))["Payload"]["arn"]

    assert invoked == (f"{arn}:live" if form.endswith(":live") else arn)


def test_alias_and_its_version_share_an_environment(account: Account) -> None:
    account.function("import os\ndef lambda_handler(event, context):\n    return os.getpid()\n")
    client = account.client("lambda")
    client.publish_version(FunctionName="recorder")
    client.create_alias(FunctionName="recorder", Name="live", FunctionVersion="1")

    processes = [account.invoke(Qualifier=qualifier)["Payload"] for qualifier in ("1", "live")]

    assert processes[0] == processes[1]


def test_moved_alias_invokes_the_other_version(account: Account) -> None:
    account.function(CONTEXT)
    client = account.client("lambda")
    client.publish_version(FunctionName="recorder")
    client.create_alias(FunctionName="recorder", Name="live", FunctionVersion="1")
    client.update_alias(FunctionName="recorder", Name="live", FunctionVersion="$LATEST")

    assert account.invoke(Qualifier="live")["ExecutedVersion"] == "$LATEST"


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


def test_dead_letter_config_is_shown_changed_and_removed(account: Account) -> None:
    account.queue()
    account.function(ECHO, DeadLetterConfig={"TargetArn": queue_arn()})
    client = account.client("lambda")
    shown = [client.get_function_configuration(FunctionName="recorder")["DeadLetterConfig"]]

    for target_arn in ("arn:aws:sns:us-east-1:123456789012:failures", ""):
        client.update_function_configuration(
            FunctionName="recorder", DeadLetterConfig={"TargetArn": target_arn}
        )
        configuration = client.get_function_configuration(FunctionName="recorder")
        shown.append(configuration.get("DeadLetterConfig"))

    assert shown == [
        {"TargetArn": queue_arn()},
        {"TargetArn": "arn:aws:sns:us-east-1:123456789012:failures"},
        None,
    ]


@pytest.mark.parametrize(
    ("target_arn", "words"),
    [
        (queue_arn(), "SendMessage on SQS"),
        ("arn:aws:sns:us-east-1:123456789012:failures", "Publish on SNS"),
    ],
)
def test_dead_letter_config_that_the_role_cannot_use_is_refused(
    account: Account, target_arn: str, words: str
) -> None:
    account.role(allow("logs:*"))

    with pytest.raises(ClientError) as refusal:
        account.function(ECHO, DeadLetterConfig={"TargetArn": target_arn})

    assert refusal.value.response["Error"] == {
        "Code": "InvalidParameterValueException",
        "Message": f"The provided execution role does not have permissions to call {words}",
    }


def test_event_invoke_config_that_is_put_again_replaces_the_first(account: Account) -> None:
    account.function(ECHO)
    client = account.client("lambda")
    client.put_function_event_invoke_config(
        FunctionName="recorder", MaximumRetryAttempts=0, MaximumEventAgeInSeconds=60
    )
    client.put_function_event_invoke_config(FunctionName="recorder", MaximumRetryAttempts=1)

    config = client.get_function_event_invoke_config(FunctionName="recorder")
    assert config["MaximumRetryAttempts"] == 1
    assert "MaximumEventAgeInSeconds" not in config


def test_update_of_an_event_invoke_config_keeps_what_it_does_not_name(account: Account) -> None:
    account.function(ECHO)
    client = account.client("lambda")
    client.put_function_event_invoke_config(
        FunctionName="recorder", MaximumRetryAttempts=0, MaximumEventAgeInSeconds=60
    )
    client.update_function_event_invoke_config(FunctionName="recorder", MaximumRetryAttempts=1)

    config = client.get_function_event_invoke_config(FunctionName="recorder")
    assert (config["MaximumRetryAttempts"], config["MaximumEventAgeInSeconds"]) == (1, 60)


def test_destination_that_the_role_cannot_use_is_refused(account: Account) -> None:
    account.role(allow("logs:*"))
    account.function(ECHO)

    with pytest.raises(ClientError) as refusal:
        account.client("lambda").put_function_event_invoke_config(
            FunctionName="recorder",
            DestinationConfig={"OnFailure": {"Destination": queue_arn()}},
        )

    assert refusal.value.response["Error"] == {
        "Code": "InvalidParameterValueException",
        "Message": "The function's execution role does not have permissions to call "
        f"SendMessage on {queue_arn()}",
    }


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


def test_function_acts_in_the_name_of_its_role(account: Account) -> None:
    account.role(allow("logs:*"))
    account.function(
        "import boto3\n"
        "def lambda_handler(event, context):\n"
        "    return boto3.client('sqs').list_queues()\n"
    )

    message = account.invoke()["Payload"]["errorMessage"]

    assert "arn:aws:sts::123456789012:assumed-role/function-role/recorder" in message


def test_reset_leaves_nothing_of_an_event_that_was_under_way(account: Account) -> None:
    account.function("import time\ndef lambda_handler(event, context):\n    time.sleep(60)\n")
    account.invoke(InvocationType="Event")

    account.reset()

    account.wait_until_quiet()
    assert account.client("logs").describe_log_groups()["logGroups"] == []


def log_events(account: Account) -> list[Any]:
    """The events of the function's log; none where it has no log group."""
    logs = account.client("logs")
    if not logs.describe_log_groups()["logGroups"]:
        return []
    events: list[Any] = logs.filter_log_events(logGroupName="/aws/lambda/recorder")["events"]
    return events
