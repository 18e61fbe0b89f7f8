"""Every change to moto still fits what it replaces, and moto still needs it.

A failure here means that a new moto has moved or mended something: see the seam of that name.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import moto
import pytest
from moto.awslambda.models import LambdaFunction
from moto.core import responses
from moto.sns.models import SMS
from moto.utilities.aws_headers import gen_amzn_requestid_long

from mailfanout.sandbox.seams import cloudformation
from mailfanout.sandbox.seams import installation as seams
from mailfanout.sandbox.seams.replacement import LACKS, Replacement
from support.sandboxes.plain_moto import Client, create_function

pytestmark = pytest.mark.slow


# Those of CloudFormation import most of moto, which no other test needs at its beginning.
SEAMS = seams.at_start(Mock(), Mock(), Mock())


def name_of(seam: Replacement) -> str:
    owner = getattr(seam.owner, "__name__", type(seam.owner).__name__)
    return f"{owner.rpartition('.')[2]}.{seam.name}"


@pytest.mark.parametrize("seam", SEAMS, ids=name_of)
def test_seam_fits_what_it_replaces(seam: Replacement) -> None:
    check_fit(seam)


@pytest.mark.parametrize("seam", SEAMS, ids=name_of)
def test_file_of_moto_that_a_seams_reason_names_exists(seam: Replacement) -> None:
    check_files(seam)


def test_seams_of_cloudformation_fit_and_name_files_of_moto(subtests: pytest.Subtests) -> None:
    found = cloudformation.replacements(Mock())
    assert found
    for seam in found:
        with subtests.test(name_of(seam)):
            check_fit(seam)
            check_files(seam)


def test_these_are_all_seams() -> None:
    every = seams.replacements(Mock(), Mock(), Mock(), Mock())

    assert len(every) == len(SEAMS) + len(cloudformation.replacements(Mock()))


def check_fit(seam: Replacement) -> None:
    """Fail if moto has changed what the seam replaces, or has by now what it lacked."""
    if seam.reason == LACKS:
        assert not hasattr(seam.owner, seam.name)
        return
    original = getattr(seam.owner, seam.name)
    if inspect.isclass(original):
        assert issubclass(seam.value, original)
    elif callable(original):
        call_as(original, seam.value)
    elif isinstance(original, bool | dict | list):
        assert isinstance(seam.value, type(original))


def call_as(original: Callable[..., Any], value: Callable[..., Any]) -> None:
    """Fail where a call with every parameter of the original's would not fit the value."""
    parameters = inspect.signature(original).parameters.values()
    named = [one for one in parameters if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)]
    options = {
        one.name: one.default
        for one in named
        if one.default is not one.empty or one.kind is one.KEYWORD_ONLY
    }
    required = [one for one in named if one.name not in options]
    inspect.signature(value).bind(*required, **options)


def check_files(seam: Replacement) -> None:
    for file_name in re.findall(r"\b[\w/]+\.py\b", seam.reason):
        assert (Path(moto.__file__).parent / file_name).is_file()


def test_moto_keeps_every_instance_of_its_models() -> None:
    message = SMS("id", "+15550100", "hello")

    assert message in SMS.instances_tracked  # type: ignore[attr-defined]


@pytest.mark.parametrize("step", ["call_action", "parse_parameters", "serialized"])
def test_moto_looks_for_the_operation_that_a_path_names_in_every_step(step: str) -> None:
    assert "self._get_action()" in inspect.getsource(getattr(responses.BaseResponse, step))


def test_moto_runs_functions_in_docker_alone() -> None:
    assert "import docker" in inspect.getsource(LambdaFunction._invoke_lambda)


def test_moto_answers_with_another_request_id_than_it_is_given() -> None:
    assert gen_amzn_requestid_long({"x-amzn-requestid": "mine"}) != "mine"


def test_moto_takes_roles_that_lambda_cannot_assume_and_reserved_variables(client: Client) -> None:
    assert create_function(client, Environment={"Variables": {"AWS_REGION": "eu-west-1"}})


def test_moto_forgets_the_dead_letter_config(client: Client) -> None:
    create_function(client, DeadLetterConfig={"TargetArn": "arn:aws:sqs:us-east-1:1:queue"})

    configuration = client("lambda").get_function_configuration(FunctionName="recorder")
    assert "DeadLetterConfig" not in configuration


def test_moto_updates_code_twice(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    create_function(client)
    update, calls = LambdaFunction.update_function_code, []
    monkeypatch.setattr(
        LambdaFunction,
        "update_function_code",
        lambda self, spec: calls.append(spec) or update(self, spec),  # type: ignore[func-returns-value]
    )

    client("lambda").update_function_code(FunctionName="recorder", ZipFile=b"PK")

    assert len(calls) == 2


def test_moto_reads_the_first_of_all_event_invoke_configs(client: Client) -> None:
    create_function(client)
    for retries in (0, 1):
        client("lambda").put_function_event_invoke_config(
            FunctionName="recorder", MaximumRetryAttempts=retries
        )

    config = client("lambda").get_function_event_invoke_config(FunctionName="recorder")
    assert config["MaximumRetryAttempts"] == 0


def test_moto_drops_settings_that_an_update_leaves_out(client: Client) -> None:
    create_function(client)
    answer = client("lambda").put_function_event_invoke_config(
        FunctionName="recorder", MaximumRetryAttempts=0, MaximumEventAgeInSeconds=60
    )
    answer = client("lambda").update_function_event_invoke_config(
        FunctionName="recorder", MaximumRetryAttempts=1
    )

    assert "MaximumEventAgeInSeconds" not in answer


def test_moto_adds_a_permission_a_second_time(client: Client) -> None:
    create_function(client)
    for _ in range(2):
        client("lambda").add_permission(
            FunctionName="recorder",
            StatementId="s3",
            Action="lambda:InvokeFunction",
            Principal="s3.amazonaws.com",
        )

    policy = json.loads(client("lambda").get_policy(FunctionName="recorder")["Policy"])
    assert len(policy["Statement"]) == 2


def test_moto_finds_no_mapping_no_rule_and_no_identity_by_its_tags(client: Client) -> None:
    tags = [{"Key": "room", "Value": "5"}]
    create_function(client)
    url = client("sqs").create_queue(QueueName="queue")["QueueUrl"]
    asked = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    client("lambda").create_event_source_mapping(
        FunctionName="recorder", EventSourceArn=asked["Attributes"]["QueueArn"], Tags={"room": "5"}
    )
    client("events").put_rule(Name="rule", ScheduleExpression="rate(1 minute)", Tags=tags)
    client("sesv2").create_email_identity(EmailIdentity="a@example.com", Tags=tags)

    found = client("resourcegroupstaggingapi").get_resources()["ResourceTagMappingList"]

    arn = "arn:aws:ses:us-east-1:123456789012:email-identity/a@example.com"
    assert [one["ResourceARN"] for one in found] == [arn]
