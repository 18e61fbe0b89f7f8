"""Recipients and outcomes as tables."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest

from mailfanout import provision, show
from mailfanout.campaign.logs import Line, LoggedInvocation, invocations, outcomes
from mailfanout.errors import InputError
from mailfanout.stack import Stack
from mailfanout.target import Target

SEND_QUEUE = Stack().send_queue_name

REPORT = (
    "REPORT RequestId: 1\tDuration: 20.00 ms\tBilled Duration: 520 ms\tInit Duration: 500.00 ms"
)


def put_lines(target: Target, stream: str, lines: dict[int, str]) -> None:
    """Write to a stream of sendQueue's log: each line, by its milliseconds of the epoch."""
    logs = target.client("logs")
    place = {"logGroupName": f"/aws/lambda/{SEND_QUEUE}", "logStreamName": stream}
    with suppress(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_group(logGroupName=place["logGroupName"])
    logs.create_log_stream(**place)
    events = [{"timestamp": at_ms, "message": text} for at_ms, text in lines.items()]
    logs.put_log_events(**place, logEvents=events)


class TestTable:
    def test_what_an_item_lacks_is_missing(self, mailfanout_target: Target) -> None:
        provision.create_table(mailfanout_target, Stack())
        item = {"email": {"S": "yamada@example.com"}, "issend": {"N": "1"}}
        mailfanout_target.client("dynamodb").put_item(TableName="mailaddress", Item=item)

        table = show.table(mailfanout_target, Stack())

        assert table.isna().to_dict("records") == [
            {"email": False, "username": True, "haserror": True, "issend": False}
        ]

    def test_there_are_no_rows_without_a_table(self, mailfanout_target: Target) -> None:
        table = show.table(mailfanout_target, Stack())

        assert list(table.columns) == ["email", "username", "haserror", "issend"]
        assert table.empty


class TestLogs:
    def test_a_function_that_never_ran_has_no_outcome(self, mailfanout_target: Target) -> None:
        assert show.outcomes(mailfanout_target, Stack(), SEND_QUEUE).empty
        log = show.log(mailfanout_target, Stack(), SEND_QUEUE)
        assert str(log) == "sendQueue has written nothing yet."

    def test_of_a_long_log_the_end_is_read_and_no_more(self, mailfanout_target: Target) -> None:
        now_ms = int(time.time() * 1000) - 1_000
        put_lines(mailfanout_target, "old", {now_ms - 7_200_000: "old"})
        for stream in ("one", "two"):
            put_lines(mailfanout_target, stream, {now_ms + n: f"{stream} {n}" for n in range(50)})
        sandbox = mailfanout_target.sandbox
        assert sandbox
        sandbox.reset_calls()

        log = str(show.log(mailfanout_target, Stack(), SEND_QUEUE, last=4))

        assert sorted(log.splitlines()) == ["one 48", "one 49", "two 48", "two 49"]
        assert sandbox.calls()["learner"] == {"logs:DescribeLogStreams": 1, "logs:GetLogEvents": 2}

    def test_a_log_that_is_shorter_than_asked_for_is_read_whole(
        self, mailfanout_target: Target
    ) -> None:
        put_lines(mailfanout_target, "one", {int(time.time() * 1000): "alone"})

        assert str(show.log(mailfanout_target, Stack(), SEND_QUEUE)) == "alone"

    def test_no_lines_of_a_log_are_none_to_ask_for(self, mailfanout_target: Target) -> None:
        with pytest.raises(InputError, match="last is 0, which is no number of lines"):
            show.log(mailfanout_target, Stack(), SEND_QUEUE, last=0)

    def test_a_line_of_a_log_that_a_browser_would_choke_on_is_cut(
        self, mailfanout_target: Target
    ) -> None:
        put_lines(mailfanout_target, "one", {int(time.time() * 1000): 200_000 * "x"})

        log = str(show.log(mailfanout_target, Stack(), SEND_QUEUE))

        assert log == f"{10_000 * 'x'}…"

    def test_lines_that_are_no_outcome_are_left_out(self) -> None:
        texts = ['{"outcome": "sent"}', '{"level": "INFO"}', "{not JSON", "START", "[1]"]

        assert outcomes([Line(0, "s", text) for text in texts]) == [{"outcome": "sent"}]

    def test_an_invocation_is_read_from_its_report(self) -> None:
        lines = [
            Line(1000, "one", '{"outcome": "sent"}'),
            Line(1001, "two", '{"outcome": "failed"}'),
            Line(1002, "one", REPORT),
            Line(1003, "one", '{"outcome": "of an invocation that has not ended"}'),
        ]

        assert invocations(lines) == [
            LoggedInvocation("one", 982.0, 20.0, 500.0, ({"outcome": "sent"},))
        ]
