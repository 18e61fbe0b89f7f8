"""The template as text: what a linter says, what stands in it, what refers to what."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, get_args

import pytest
import yaml

from mailfanout import provision
from mailfanout.stack import Design, Stack
from mailfanout.template import logical_id, render

DESIGNS = get_args(Design)
QUEUES = ("SQS queue", "Dead-letter queue")


class Loader(yaml.SafeLoader):  # type: ignore[misc]
    """Reads `!Ref Queue` as the text `Ref Queue`."""


def _reference(loader: Any, suffix: str, node: Any) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return f"{suffix} {loader.construct_scalar(node)}"
    return [suffix, *loader.construct_sequence(node, deep=True)]


Loader.add_multi_constructor("!", _reference)


@cache
def template(design: Design, **options: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.load(render(design, **options), Loader=Loader)
    return found


def of_type(design: Design, resource_type: str) -> dict[str, Any]:
    resources = template(design)["Resources"]
    return {
        key: one["Properties"] for key, one in resources.items() if one["Type"] == resource_type
    }


@pytest.mark.slow
@pytest.mark.parametrize("design", DESIGNS)
def test_a_linter_finds_nothing(design: Design) -> None:
    # Two seconds of imports.
    from cfnlint.api import lint

    assert [str(one) for one in lint(render(design, kind="aws"))] == []


@pytest.mark.parametrize("design", DESIGNS)
def test_every_part_of_the_list_is_in_the_template(design: Design) -> None:
    resources = template(design)["Resources"]

    # A notification is a property of its bucket.
    parts = [part for part in provision.parts_of(design) if part.kind != "S3 notification"]
    assert {logical_id(part.key) for part in parts} <= resources.keys()
    assert resources["Bucket"]["Properties"]["NotificationConfiguration"]


@pytest.mark.parametrize("design", DESIGNS)
def test_every_function_keeps_its_log_for_a_month_and_is_watched(design: Design) -> None:
    functions = of_type(design, "AWS::Serverless::Function")
    logs = of_type(design, "AWS::Logs::LogGroup")
    alarms = of_type(design, "AWS::CloudWatch::Alarm")

    assert len(functions) == len(provision.function_names(Stack(), design=design))
    for name in functions:
        assert logs[f"{name}Log"]["RetentionInDays"] == 30
        assert alarms[f"{name}ErrorsAlarm"]["MetricName"] == "Errors"


@pytest.mark.parametrize("design", DESIGNS)
def test_every_queue_is_watched_and_every_alarm_tells_the_topic(design: Design) -> None:
    alarms = of_type(design, "AWS::CloudWatch::Alarm")
    queues = [part for part in provision.parts_of(design) if part.kind in QUEUES]

    watched = {(one["MetricName"], str(one.get("Dimensions"))) for one in alarms.values()}
    for part in queues:
        metric = (
            "ApproximateAgeOfOldestMessage"
            if part.kind == "SQS queue"
            else "ApproximateNumberOfMessagesVisible"
        )
        name = f"GetAtt {logical_id(part.key)}.QueueName"
        dimensions = [{"Name": "QueueName", "Value": name}]
        assert (metric, str(dimensions)) in watched
    rates = {one["MetricName"] for one in alarms.values() if one["Namespace"] == "AWS/SES"}
    assert rates == {"Reputation.BounceRate", "Reputation.ComplaintRate"}
    assert {str(one["AlarmActions"]) for one in alarms.values()} == {"['Ref NoticesTopic']"}


def test_each_function_of_the_reliable_design_has_a_role_to_itself() -> None:
    functions = of_type("reliable", "AWS::Serverless::Function")

    roles = {name: one["Role"] for name, one in functions.items()}
    assert roles == {name: f"GetAtt RoleOf{name}.Arn" for name in functions}


@pytest.mark.parametrize("design", DESIGNS)
def test_whatever_can_carry_tags_says_which_stack_it_is_of(design: Design) -> None:
    resources = template(design)["Resources"]

    for part in provision.parts_of(design):
        if part.tags(Stack()):
            tags = resources[logical_id(part.key)]["Properties"]["Tags"]
            assert "Sub ${Prefix}mailfanout" in json.dumps(tags)


def test_the_bucket_waits_for_the_permission_which_does_not_refer_to_it() -> None:
    resources = template("simple")["Resources"]

    assert resources["Bucket"]["DependsOn"] == ["Permission"]
    assert "Ref Bucket" not in str(resources["Permission"])
    assert resources["Permission"]["Properties"]["SourceArn"].startswith("Sub arn:${AWS::Partition")


def test_an_unsubscribe_address_that_is_not_given_is_no_variable() -> None:
    functions = of_type("reliable", "AWS::Serverless::Function")

    variables = functions["ReadMessage"]["Environment"]["Variables"]
    condition = ["If", "HasUnsubscribeUrl", "Ref UnsubscribeUrl", "Ref AWS::NoValue"]
    assert variables["UNSUBSCRIBE_URL"] == condition


def test_a_prefix_that_is_named_is_what_the_parameter_begins_with() -> None:
    assert template("simple", prefix="anna")["Parameters"]["Prefix"]["Default"] == "anna-"


@pytest.mark.parametrize("design", DESIGNS)
def test_nothing_refers_to_the_identity_which_another_stack_may_have(design: Design) -> None:
    text = template(design)

    assert text["Conditions"]["CreatesIdentity"] == ["Equals", "Ref CreateIdentity", "yes"]
    assert text["Resources"]["Identity"]["Condition"] == "CreatesIdentity"
    assert "Ref Identity" not in str(text)
    assert "${Identity" not in str(text)
