"""What EventBridge refuses of rules and their targets."""

from __future__ import annotations

from typing import Any

import pytest

from support.calls.refusals import refusal
from support.sandboxes.account_in_sandbox import ACCOUNT_ID, Account

ARN = f"arn:aws:lambda:us-east-1:{ACCOUNT_ID}:function:recorder"
MISSING = "Rule nope does not exist on EventBus default."


def target(number: int = 1, **more: Any) -> dict[str, Any]:
    return {"Id": str(number), "Arn": ARN, **more}


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("describe_rule", {"Name": "nope"}),
        ("enable_rule", {"Name": "nope"}),
        ("disable_rule", {"Name": "nope"}),
        ("list_targets_by_rule", {"Rule": "nope"}),
        ("put_targets", {"Rule": "nope", "Targets": [target()]}),
        ("remove_targets", {"Rule": "nope", "Ids": ["1"]}),
    ],
)
def test_rule_that_is_not_there_is_refused_with_its_bus(
    account: Account, operation: str, parameters: dict[str, Any]
) -> None:
    call = getattr(account.client("events"), operation)

    assert refusal(call, **parameters) == ("ResourceNotFoundException", MISSING)
    bus = {"EventBusName": "nope"}
    assert refusal(call, **parameters, **bus)[1] == "Event bus nope does not exist."


@pytest.mark.parametrize(
    ("targets", "code", "words"),
    [
        ([target(n) for n in range(6)], "LimitExceededException", "exceeds the maximum number"),
        ([target(Input="nope")], "ValidationException", "JSON syntax error in Input for target 1."),
        *(
            ([target(Input=text)], "ValidationException", "JSON syntax error in Input")
            for text in ('{"a": 1, "a": 2}', '[{"b": {"a": 1, "a": 2}}]', '{"a": NaN}')
        ),
        *(
            (
                [target(InputTransformer={"InputTemplate": text, "InputPathsMap": {"x": "$.id"}})],
                "ValidationException",
                "Invalid InputTemplate for target 1",
            )
            for text in ('{"a": <x>, "a": 2}', '{"a": <x>', '{"a": "<x>", "b": {"a": 1, "a": 2}}')
        ),
        ([target(Input="{}", InputPath="$.a")], "ValidationException", "Only one of Input"),
        (
            [{"Id": "1", "Arn": ARN.rpartition(":")[0]}],
            "ValidationException",
            "Provided Arn is not",
        ),
        ([{"Id": "1", "Arn": "arn:aws:sqs"}], "ValidationException", "Provided Arn is not"),
        ([target(), target()], "ValidationException", "1 is given more than once."),
        (
            [target(InputTransformer={"InputTemplate": '"<aws.events.rule-arn> <no>"'})],
            "ValidationException",
            "InputTemplate for target 1 contains invalid placeholder no.",
        ),
    ],
)
def test_targets_that_a_rule_cannot_have_are_refused(
    account: Account, targets: list[dict[str, Any]], code: str, words: str
) -> None:
    events = account.client("events")
    events.put_rule(Name="sweep", ScheduleExpression="rate(1 day)")

    found, message = refusal(events.put_targets, Rule="sweep", Targets=targets)

    assert (found, words in message) == (code, True)
    events.put_targets(Rule="sweep", Targets=[target(n) for n in range(5)])
    assert refusal(events.put_targets, Rule="sweep", Targets=[target(5)])[0].startswith("Limit")
    events.put_targets(Rule="sweep", Targets=[target(4)])
    events.remove_targets(Rule="sweep", Ids=[str(n) for n in range(5)])


def test_the_events_of_a_call_have_a_megabyte_together(account: Account) -> None:
    entry = {"Source": "mail", "DetailType": "sent", "Detail": f'"{"x" * 200_000}"'}

    assert refusal(account.client("events").put_events, Entries=[entry] * 6) == (
        "ValidationException",
        "Total size of the entries in the request is over the limit.",
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("rule/nope", MISSING),
        ("rule/nope/sweep", "Event bus nope does not exist."),
        ("event-bus/nope", "Event bus nope does not exist."),
    ],
)
def test_tags_of_what_is_not_there_are_refused(account: Account, name: str, words: str) -> None:
    events = account.client("events")
    arn = {"ResourceARN": f"arn:aws:events:us-east-1:{ACCOUNT_ID}:{name}"}

    for call, asked in (
        (events.list_tags_for_resource, {}),
        (events.tag_resource, {"Tags": [{"Key": "a", "Value": "b"}]}),
        (events.untag_resource, {"TagKeys": ["a"]}),
    ):
        assert refusal(call, **arn, **asked) == ("ResourceNotFoundException", words)


def test_a_prefix_of_rules_names_is_no_pattern(account: Account) -> None:
    events = account.client("events")
    for name in ("a.c", "abc"):
        events.put_rule(Name=name, ScheduleExpression="rate(1 day)", State="DISABLED")

    assert [one["Name"] for one in events.list_rules(NamePrefix="a.")["Rules"]] == ["a.c"]


def test_a_token_that_no_page_gave_is_refused(account: Account) -> None:
    events = account.client("events")
    for call in (events.list_rules, events.list_event_buses):
        assert refusal(call, NextToken="x")[0] == "ValidationException"
    for name in ("of-page-1", "of-page-2"):
        events.put_rule(Name=name, ScheduleExpression="rate(1 day)", State="DISABLED")
    first = events.list_rules(NamePrefix="of-page", Limit=1)
    last = events.list_rules(NamePrefix="of-page", Limit=1, NextToken=first["NextToken"])
    assert [one["Name"] for one in first["Rules"] + last["Rules"]] == ["of-page-1", "of-page-2"]
    (bus,) = events.list_event_buses()["EventBuses"]
    assert {name: events.describe_event_bus()[name] for name in bus} == bus
    assert bus.keys() == {"Arn", "CreationTime", "LastModifiedTime", "Name"}
