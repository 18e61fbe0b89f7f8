"""What a schedule starts is nobody's use of the sandbox: it ends all the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from mailfanout.sandbox import control
from mailfanout.target import connect
from support.sandboxes.account_in_sandbox import RECORD, Account
from support.waiting import wait_until

pytestmark = pytest.mark.slow

# Ends after six seconds without use, where others wait for hours.
IMPATIENT = """
from mailfanout.sandbox import server
server.IDLE_LIMIT_SECONDS, server.LOOK_SECONDS = 6.0, 0.1
server.main()
"""
RECORD_AND_CALL = f"import boto3\n{RECORD}    boto3.client('sqs').list_queues()\n"


def test_sandbox_ends_though_a_schedule_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILFANOUT_HOME", str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", IMPATIENT], env=os.environ) as process:
        wait_until(control.find)
        account = Account(connect("sandbox"), tmp_path)
        start_calling_every_second(account)

        account.wait_for(2, account.events)
        psutil.wait_procs([psutil.Process(process.pid)], timeout=30)
        assert process.poll() == 0


def start_calling_every_second(account: Account) -> None:
    function_arn = account.function(RECORD_AND_CALL)
    events = account.client("events")
    rule_arn = events.put_rule(Name="sweep", ScheduleExpression="rate(1 minute)")["RuleArn"]
    account.allow("events", rule_arn)
    events.put_targets(Rule="sweep", Targets=[{"Id": "function", "Arn": function_arn}])
