"""Dead-letter queues and destinations as they are set, shown and refused."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from support.parts.function_sources import ECHO
from support.sandboxes.account_in_sandbox import (
    Account,
    allow,
    queue_arn,
)

pytestmark = pytest.mark.slow


def test_dead_letter_config_is_shown_changed_and_removed(account: Account) -> None:
    account.queue()
    account.function(ECHO, DeadLetterConfig={"TargetArn": queue_arn()})
    client = account.client("lambda")
    shown = [client.get_function_configuration(FunctionName="recorder")["DeadLetterConfig"]]

    topic = {"TargetArn": "arn:aws:sns:us-east-1:123456789012:failures"}
    for config in (topic, {}, {"TargetArn": ""}):
        client.update_function_configuration(FunctionName="recorder", DeadLetterConfig=config)
        account.wait_for_function()
        configuration = client.get_function_configuration(FunctionName="recorder")
        shown.append(configuration.get("DeadLetterConfig"))

    assert shown == [{"TargetArn": queue_arn()}, topic, topic, None]


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
    account.queue()
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
