"""`mailfanout log` shows what functions wrote: the command that an error about a send names."""

from __future__ import annotations

import pytest

from mailfanout.campaign.logs import how_to_read_log
from support.command_line import run

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("sent")]


def test_the_last_lines_of_one_function_are_shown() -> None:
    [program, *words] = how_to_read_log("sendQueue").rstrip(".").partition(": ")[2].split()

    finished = run(*words, "--last", "2")

    assert program == "mailfanout"
    name, end, report = finished.stdout.splitlines()
    assert name == "sendQueue:"
    assert end.startswith("END RequestId") and report.startswith("REPORT RequestId")


def test_every_function_is_shown_if_none_is_named() -> None:
    finished = run("log")

    for function in ("sendQueue", "readMessageAndSendMail"):
        assert f"{function}:\n" in finished.stdout


def test_a_function_that_there_is_not_is_named_with_those_that_there_are() -> None:
    finished = run("log", "sendqueue")

    assert finished.exit_code == 2
    assert "no function 'sendqueue'. Choose one of: sendQueue, readMessage" in finished.stderr


def test_a_function_that_never_ran_is_known_by_its_name_with_the_prefix_or_without() -> None:
    for name in ("sendQueue", "7-sendQueue"):
        finished = run("log", name, "--prefix", "7")

        assert finished.stdout == "7-sendQueue has written nothing yet.\n"
