"""Functions as the API of AWS Lambda invokes them."""

from __future__ import annotations

import base64
import json
import re
import sys

import pytest
from botocore.exceptions import ClientError

from support.parts.function_sources import ECHO, FAIL
from support.sandboxes.account_in_sandbox import (
    Account,
    allow,
)
from support.waiting import wait_until

pytestmark = pytest.mark.slow


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


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a template")
def test_environments_begin_with_boto3_once_there_is_a_role_or_a_function(account: Account) -> None:
    source = "import sys\ndef lambda_handler(event, context):\n    return [*sys.modules]\n"

    def modules() -> list[str]:
        account.reset()
        account.function(source)
        return list(account.invoke()["Payload"])

    wait_until(lambda: "botocore.client" in modules())


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
        "Message": "Function not found: "
        "arn:aws:lambda:us-east-1:123456789012:function:nobody:$LATEST",
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
        r"Memory Size: 128 MB\tMax Memory Used: \d+ MB\tInit Duration: [\d.]+ ms\t",
        report,
    )


def test_client_context_reaches_the_handler(account: Account) -> None:
    account.function(
        "def lambda_handler(event, context):\n    return context.client_context.custom\n"
    )
    context = base64.b64encode(json.dumps({"custom": {"lesson": "4"}}).encode()).decode()

    assert account.invoke(ClientContext=context)["Payload"] == {"lesson": "4"}


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
