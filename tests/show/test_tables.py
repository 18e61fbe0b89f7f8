"""Recipients and outcomes as tables."""

from __future__ import annotations

import time

from mailfanout import provision, show
from mailfanout.campaign.logs import Line, LoggedInvocation, invocations, outcomes
from mailfanout.stack import Stack
from mailfanout.target import Target

SEND_QUEUE = Stack().send_queue_name

REPORT = (
    "REPORT RequestId: 1\tDuration: 20.00 ms\tBilled Duration: 520 ms\tInit Duration: 500.00 ms"
)


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

    def test_a_line_of_a_log_that_a_browser_would_choke_on_is_cut(
        self, mailfanout_target: Target
    ) -> None:
        logs = mailfanout_target.client("logs")
        place = {"logGroupName": f"/aws/lambda/{SEND_QUEUE}", "logStreamName": "one"}
        logs.create_log_group(logGroupName=place["logGroupName"])
        logs.create_log_stream(**place)
        printed = {"timestamp": int(time.time() * 1000), "message": 200_000 * "x"}
        logs.put_log_events(**place, logEvents=[printed])

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
