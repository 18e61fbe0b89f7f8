"""Rules on a schedule invoke functions, as EventBridge does it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from mailfanout.sandbox.event_sources import Schedules, rule_targets
from mailfanout.sandbox.event_sources.schedules import period_seconds
from support.sandboxes.account_in_sandbox import RECORD, RECORD_AND_FAIL, Account
from support.waiting import wait_until

RULE = "sweep"
FUNCTION_ARN = "arn:aws:lambda:us-east-1:123456789012:function:sweeper"
# Runs until the test puts a file beside the event.
RECORD_AND_HOLD = f"""
{RECORD}    while not path.with_name("enough").exists():
        time.sleep(0.01)
"""


def put_rule(events: Any, target: dict[str, Any], expression: str = "rate(1 minute)") -> str:
    """A rule with one target; its ARN."""
    arn: str = events.put_rule(Name=RULE, ScheduleExpression=expression)["RuleArn"]
    events.put_targets(Rule=RULE, Targets=[{"Id": "function", **target}])
    return arn


@pytest.fixture
def schedule(account: Account) -> Callable[..., str]:
    """A function on a schedule that may invoke it; the rule's ARN."""

    def schedule(source: str = RECORD, **target: Any) -> str:
        function_arn = account.function(source)
        rule_arn = put_rule(account.client("events"), {"Arn": function_arn, **target})
        account.allow("events", rule_arn)
        return rule_arn

    return schedule


def test_rule_invokes_its_function_again_and_again(
    account: Account, schedule: Callable[..., str]
) -> None:
    rule_arn = schedule()

    event, other = account.wait_for(2, account.events)[:2]
    assert event.pop("id") != other.pop("id")
    assert event.pop("time")[-1] == "Z"
    assert event == {
        "version": "0",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "123456789012",
        "region": "us-east-1",
        "resources": [rule_arn],
        "detail": {},
    }


def test_target_can_have_an_input_of_its_own(
    account: Account, schedule: Callable[..., str]
) -> None:
    schedule(Input=json.dumps({"campaign": "7"}))

    assert account.wait_for(1, account.events)[0] == {"campaign": "7"}


def test_rule_without_the_functions_permission_invokes_nothing(
    account: Account, schedule: Callable[..., str]
) -> None:
    schedule(Input='"allowed"')
    other_arn = account.function(RECORD, name="other")
    target = {"Id": "other", "Arn": other_arn, "Input": '"not allowed"'}
    account.client("events").put_targets(Rule=RULE, Targets=[target])

    account.wait_for(2, account.events)
    assert "not allowed" not in account.events()


def test_disabled_rule_rests_until_it_is_enabled(
    account: Account, schedule: Callable[..., str]
) -> None:
    schedule()
    events = account.client("events")
    events.disable_rule(Name=RULE)
    target = {"Id": "function", "Arn": function_arn(account), "Input": '"enabled"'}
    events.put_targets(Rule=RULE, Targets=[target])
    assert events.describe_rule(Name=RULE)["State"] == "DISABLED"
    assert "enabled" not in account.events()

    events.enable_rule(Name=RULE)
    wait_until(lambda: "enabled" in account.events())
    assert events.list_targets_by_rule(Rule=RULE)["Targets"] == [target]


def function_arn(account: Account) -> str:
    answer = account.client("lambda").get_function_configuration(FunctionName="recorder")
    arn: str = answer["FunctionArn"]
    return arn


def test_rule_goes_once_it_has_no_targets(account: Account, schedule: Callable[..., str]) -> None:
    schedule()
    events = account.client("events")
    with pytest.raises(ClientError, match="since it has targets"):
        events.delete_rule(Name=RULE)

    events.remove_targets(Rule=RULE, Ids=["function"])
    events.delete_rule(Name=RULE)

    assert events.list_rules()["Rules"] == []


def test_function_that_runs_is_not_started_again_and_keeps_nobody_waiting(
    account: Account, schedule: Callable[..., str], tmp_path: Path
) -> None:
    schedule(RECORD_AND_HOLD)
    account.wait_for(1, account.events)

    account.wait_until_quiet()
    account.function(RECORD, name="another")
    account.invoke("another")
    assert len(account.events()) == 2

    (tmp_path / "enough").touch()
    account.wait_for(3, account.events)


def test_scheduled_function_that_fails_is_tried_twice_more(
    account: Account, schedule: Callable[..., str]
) -> None:
    schedule(RECORD_AND_FAIL)

    events = account.wait_for(4, account.events)[:4]
    assert [event["id"] == events[0]["id"] for event in events] == [True, True, True, False]


@pytest.mark.parametrize(
    ("expression", "seconds"),
    [
        ("rate(1 minute)", 60),
        ("rate(5 minutes)", 300),
        ("rate(1 hour)", 3600),
        ("rate(2 days)", 172_800),
        ("rate(1 minutes)", None),
        ("rate(5 minute)", None),
        ("rate(0 minutes)", None),
        ("rate(1 second)", None),
        ("rate(1 minute) and more", None),
    ],
)
def test_rate_is_read_as_aws_reads_it(
    account: Account, expression: str, seconds: int | None
) -> None:
    assert period_seconds(expression) == seconds
    events = account.client("events")
    if seconds is None:
        with pytest.raises(ClientError, match="ScheduleExpression is not valid"):
            events.put_rule(Name=RULE, ScheduleExpression=expression)
    else:
        assert events.put_rule(Name=RULE, ScheduleExpression=expression)


class Service:
    """Stands for Lambda: what was submitted, and whether that is still under way."""

    def __init__(self) -> None:
        self.asynchronous = self
        self.submitted: list[str] = []
        self.is_busy = False

    def submit(self, function_arn: str, payload: bytes, *, schedule: str) -> None:
        self.submitted.append(function_arn)

    def is_under_way(self, schedule: str) -> bool:
        return self.is_busy


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class Watched:
    """Schedules under a clock that a test moves, with one rule of a minute."""

    def __init__(self) -> None:
        self.clock, self.service, self.is_watched = Clock(), Service(), True
        self.schedules = Schedules(
            self.service,  # type: ignore[arg-type]
            scale=lambda: 1 / 60,
            is_watching=lambda: self.is_watched,
            clock=self.clock,
            wall=self.clock,
        )

    def starts_after(self, seconds: float) -> int:
        """How often the function is started by a look so many seconds later."""
        before = len(self.service.submitted)
        self.clock.seconds += seconds
        self.schedules.look()
        return len(self.service.submitted) - before


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    monkeypatch.setattr(rule_targets, "may_notify", lambda *args, **kwargs: True)
    monkeypatch.setattr("mailfanout.sandbox.awslambda.destinations.is_there", lambda arn: True)
    with mock_aws():
        put_rule(boto3.client("events", "us-east-1"), {"Arn": FUNCTION_ARN})
        yield Watched()


def test_minute_is_a_second_by_the_sandboxs_scale(watched: Watched) -> None:
    assert [watched.starts_after(seconds) for seconds in (0, 0.9, 0.1, 0.5, 0.5)] == [0, 0, 1, 0, 1]


def test_cron_starts_what_is_due_once_in_each_of_its_minutes(watched: Watched) -> None:
    rule = {"Name": RULE, "ScheduleExpression": "cron(0/2 * * * ? *)"}
    boto3.client("events", "us-east-1").put_rule(**rule)

    starts = [watched.starts_after(seconds) for seconds in (1, 59, 59, 1, 1, 60, 300)]

    assert starts == [0, 0, 0, 1, 0, 0, 1]


def test_looks_that_come_late_do_not_pile_up(watched: Watched) -> None:
    assert [watched.starts_after(seconds) for seconds in (0, 10, 0.1)] == [0, 1, 0]


def test_nothing_is_started_while_nobody_is_watching(watched: Watched) -> None:
    watched.starts_after(0)
    watched.is_watched = False
    assert watched.starts_after(5) == 0

    watched.is_watched = True
    assert watched.starts_after(1) == 1


def test_function_is_not_started_while_its_last_event_is_under_way(watched: Watched) -> None:
    watched.starts_after(0)
    watched.service.is_busy = True
    assert watched.starts_after(5) == 0


def test_target_that_cannot_be_told_keeps_no_other_one_waiting(watched: Watched) -> None:
    targets = [{"Id": "0", "Arn": "arn:aws:sqs"}, {"Id": "1", "Arn": FUNCTION_ARN}]
    boto3.client("events", "us-east-1").remove_targets(Rule=RULE, Ids=["function"])
    boto3.client("events", "us-east-1").put_targets(Rule=RULE, Targets=targets)

    assert [watched.starts_after(seconds) for seconds in (0, 1, 0.1, 0.9)] == [0, 1, 0, 1]


def test_functions_of_enabled_rules_are_known_by_name(watched: Watched) -> None:
    watched.schedules.look()
    assert watched.schedules.function_names == {"sweeper"}

    boto3.client("events", "us-east-1").disable_rule(Name=RULE)
    watched.schedules.look()
    assert watched.schedules.function_names == frozenset()


def test_moto_takes_schedules_that_aws_refuses() -> None:
    with mock_aws():
        events = boto3.client("events", "us-east-1")
        assert events.put_rule(Name=RULE, ScheduleExpression="rate(0 minutes)")
