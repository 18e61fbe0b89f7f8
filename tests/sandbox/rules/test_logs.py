"""What CloudWatch Logs refuses of groups, streams and the tokens of pages."""

from __future__ import annotations

import time
from typing import Any

import pytest

from support.calls.refusals import refusal
from support.sandboxes.account_in_sandbox import Account

GROUP, STREAM = {"logGroupName": "group"}, {"logGroupName": "group", "logStreamName": "stream"}
DAYS_KEPT = (
    "[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, "
    "3288, 3653]"
)
NO_STREAM = {"logGroupName": "group", "logStreamName": "nope"}


NOW_MS, HOUR_MS = time.time_ns() // 1_000_000, 3_600_000


def events(*hours: float, message: str = "event") -> list[dict[str, Any]]:
    """Events of so many hours from now."""
    return [{"timestamp": NOW_MS + int(one * HOUR_MS), "message": message} for one in hours]


@pytest.fixture(scope="module", autouse=True)
def group(account: Account) -> None:
    logs = account.client("logs")
    logs.create_log_group(**GROUP)
    logs.create_log_stream(**STREAM)


@pytest.mark.parametrize(
    ("operation", "parameters", "code", "message"),
    [
        (
            "create_log_group",
            {"logGroupName": "g" * 513},
            "InvalidParameterException",
            "Invalid LogGroup or LogStream, both must have length less than or equal to 512.",
        ),
        (
            "filter_log_events",
            {**GROUP, "filterPattern": "{ $.n = }"},
            "InvalidParameterException",
            "Invalid filter pattern",
        ),
        (
            "filter_log_events",
            {**GROUP, "filterPattern": " [a, b]"},
            "UnknownOperationException",
            "The sandbox does not do patterns of fields, such as [a, b].",
        ),
        (
            "create_log_stream",
            STREAM,
            "ResourceAlreadyExistsException",
            "The specified log stream already exists",
        ),
        *(
            (
                operation,
                NO_STREAM,
                "ResourceNotFoundException",
                "The specified log stream does not exist.",
            )
            for operation in ("get_log_events", "delete_log_stream")
        ),
        (
            "describe_log_groups",
            {"logGroupNamePrefix": "g", "logGroupNamePattern": "g"},
            "InvalidParameterException",
            "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
        ),
        (
            "describe_log_streams",
            {**GROUP, "logGroupIdentifier": "group"},
            "ValidationException",
            "LogGroup name and LogGroup ARN are mutually exclusive parameters.",
        ),
        (
            "filter_log_events",
            {**GROUP, "logStreamNames": ["stream", "nope"]},
            "ResourceNotFoundException",
            "The specified log stream does not exist.",
        ),
        (
            "filter_log_events",
            {**GROUP, "logStreamNames": ["stream"], "logStreamNamePrefix": "s"},
            "InvalidParameterException",
            "LogStream names and LogStream name prefix are mutually exclusive parameters.",
        ),
        (
            "put_log_events",
            {**STREAM, "logEvents": events(0, message="x" * 2**20)},
            "InvalidParameterException",
            "Upload too large: 1048602 bytes exceeds limit of 1048576",
        ),
        (
            "put_log_events",
            {**STREAM, "logEvents": events(-25, 0)},
            "InvalidParameterException",
            "The batch of log events in a single PutLogEvents request cannot span more than 24 "
            "hours.",
        ),
        (
            "put_log_events",
            {**STREAM, "logEvents": events(0, -48)},
            "InvalidParameterException",
            "Log events in a single PutLogEvents request must be in chronological order.",
        ),
        (
            "create_log_group",
            {"logGroupName": "aws/mail"},
            "InvalidParameterException",
            "Log groups starting with AWS/ are reserved for AWS.",
        ),
        *(
            (
                operation,
                {**names, "nextToken": token},
                "InvalidParameterException",
                "The specified nextToken is invalid.",
            )
            for operation, names, token in (
                ("get_log_events", STREAM, "none of ours"),
                ("get_log_events", STREAM, f"f/{9:056}"),
                ("filter_log_events", GROUP, "none of ours"),
                ("filter_log_events", GROUP, "group@stream@-1"),
                ("describe_log_streams", GROUP, "x"),
                ("describe_log_groups", {}, "AAAA"),
            )
        ),
        (
            "put_retention_policy",
            {**GROUP, "retentionInDays": 2},
            "InvalidParameterException",
            "1 validation error detected: Value '2' at 'retentionInDays' failed to satisfy "
            f"constraint: Member must satisfy enum value set: {DAYS_KEPT}",
        ),
        (
            "get_log_events",
            {**STREAM, "limit": 10_001},
            "InvalidParameterException",
            "1 validation error detected: Value '10001' at 'limit' failed to satisfy constraint: "
            "Member must have value less than or equal to 10000",
        ),
    ],
)
def test_what_logs_does_not_take_is_refused(
    account: Account, operation: str, parameters: dict[str, Any], code: str, message: str
) -> None:
    call = getattr(account.client("logs"), operation)

    assert refusal(call, **parameters) == (code, message)


def test_groups_are_found_by_a_part_of_their_name(account: Account) -> None:
    logs = account.client("logs")

    [found] = logs.describe_log_groups(logGroupNamePattern="rou")["logGroups"]

    assert found["logGroupName"] == "group"
    assert found.keys() == {
        *("arn", "creationTime", "logGroupArn", "logGroupClass", "logGroupName"),
        "metricFilterCount",
    }


def test_groups_are_found_by_their_class(account: Account) -> None:
    logs, infrequent = account.client("logs"), "INFREQUENT_ACCESS"
    logs.create_log_group(logGroupName="seldom-read", logGroupClass=infrequent)

    for name in ("logGroupNamePrefix", "logGroupNamePattern"):
        groups = logs.describe_log_groups(logGroupClass=infrequent, **{name: "s"})["logGroups"]
        assert [one["logGroupName"] for one in groups] == ["seldom-read"]
    assert not logs.describe_log_groups(logGroupClass="DELIVERY")["logGroups"]


def test_what_a_stream_holds_is_counted_in_its_group_alone(account: Account) -> None:
    logs = account.client("logs")
    logs.put_log_events(**STREAM, logEvents=events(0))

    [stream] = logs.describe_log_streams(**GROUP)["logStreams"]
    [group] = logs.describe_log_groups(logGroupNamePrefix="group")["logGroups"]

    assert stream["storedBytes"] == 0
    assert group["storedBytes"] > 0


def test_no_stream_is_said_to_have_been_searched(account: Account) -> None:
    logs = account.client("logs")
    logs.put_log_events(**STREAM, logEvents=events(0))

    found = logs.filter_log_events(**GROUP)

    assert (bool(found["events"]), found["searchedLogStreams"]) == (True, [])


def test_a_pattern_that_cannot_be_tried_in_time_is_refused(account: Account) -> None:
    logs = account.client("logs")
    event = {"timestamp": time.time_ns() // 1_000_000, "message": "a" * 5_000}
    logs.put_log_events(**STREAM, logEvents=[event])

    code, message = refusal(logs.filter_log_events, **GROUP, filterPattern=f"%{'a*' * 20}[bc]%")

    assert (code, message.endswith(" takes too long.")) == ("InvalidParameterException", True)


def test_events_that_are_too_old_or_too_new_are_left_out_and_counted(account: Account) -> None:
    logs, day = account.client("logs"), 24

    answer = logs.put_log_events(**STREAM, logEvents=events(-15 * day, -15 * day, 0, 3, 4))

    assert answer["rejectedLogEventsInfo"] == {
        "tooOldLogEventEndIndex": 2,
        "tooNewLogEventStartIndex": 3,
    }


def test_an_end_is_read_by_one_operation_and_not_by_the_other(account: Account) -> None:
    logs = account.client("logs")
    stream = {"logGroupName": "group", "logStreamName": "ends"}
    logs.create_log_stream(**stream)
    logs.put_log_events(**stream, logEvents=events(-1, 0))
    arn = logs.describe_log_groups(logGroupNamePrefix="group")["logGroups"][0]["logGroupArn"]
    named = {"logGroupIdentifier": arn, "endTime": NOW_MS}

    got = logs.get_log_events(**named, logStreamName="ends")["events"]
    filtered = logs.filter_log_events(**named, logStreamNames=["ends"])["events"]

    assert (len(got), len(filtered)) == (1, 2)


def test_a_group_that_is_made_anew_has_no_metric_filters(account: Account) -> None:
    logs = account.client("logs")
    metric = {"metricName": "m", "metricNamespace": "n", "metricValue": "1"}
    named = {"logGroupName": "anew"}
    logs.create_log_group(**named)
    logs.put_metric_filter(
        **named, filterName="f", filterPattern="x", metricTransformations=[metric]
    )

    logs.delete_log_group(**named)
    logs.create_log_group(**named)

    assert logs.describe_metric_filters(**named)["metricFilters"] == []


def test_events_have_ids_of_56_digits_in_their_order(account: Account) -> None:
    logs = account.client("logs")
    logs.create_log_stream(**GROUP, logStreamName="numbered")
    logs.put_log_events(**GROUP, logStreamName="numbered", logEvents=events(-1, 0, 0))

    found = logs.filter_log_events(**GROUP, logStreamNames=["numbered"])["events"]

    ids = [one["eventId"] for one in found]
    assert sorted(set(ids)) == ids
    assert [len(one) for one in ids] == [56] * 3
