"""The moment between SES's acceptance and the record of it: the function dies in it, for real."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from mailfanout import faults
from mailfanout.__main__ import cli
from mailfanout.campaign import following
from mailfanout.stack import UnknownPolicy
from mailfanout.target import Target
from support.reliable.mailing import Mailing

pytestmark = pytest.mark.slow

# The sender's calls for a chunk: claim, read, send, record.
BEFORE_SES, AFTER_SES = 2, 3
EVERYBODY = ["r0@example.com", "r1@example.com", "r2@example.com"]
# What a lesson waits for, and as much again for a machine that is busy.
SETTLED_WITHIN_SECONDS = 10


def killed(
    target: Target, *, policy: UnknownPolicy, after_calls: int, with_events: bool
) -> Mailing:
    """A campaign whose sender is killed once, with or without SES's events being recorded."""
    mailing = Mailing.deployed(target, unknown_policy=policy)
    mailing.seed(*EVERYBODY)
    if not with_events:
        mailing.set_mapping(mailing.stack.record_feedback_name, enabled=False)
    faults.kill_after_calls(target, mailing.stack.read_message_name, after_calls)
    mailing.begun()
    return mailing


@pytest.mark.parametrize("policy", ["settle", "at_least_once", "at_most_once"])
def test_events_tell_what_the_dead_function_could_not(
    mailfanout_target: Target, policy: UnknownPolicy
) -> None:
    mailing = killed(mailfanout_target, policy=policy, after_calls=AFTER_SES, with_events=True)

    campaign = mailing.wait_for("done")

    assert campaign["states"]["sent"] == len(EVERYBODY)
    assert mailing.mails_by_recipient() == dict.fromkeys(EVERYBODY, 1)


def test_unknown_settles_within_seconds_if_no_event_came(mailfanout_target: Target) -> None:
    mailing = killed(mailfanout_target, policy="settle", after_calls=BEFORE_SES, with_events=True)

    mailing.wait_for_entries("unknown", len(EVERYBODY))
    doubted_at = {row["time"] for row in mailing.rows().values()}
    campaign = mailing.wait_for("done")

    settled_at = {row["time"] for row in mailing.rows().values()}
    assert max(settled_at) - min(doubted_at) < 2 * SETTLED_WITHIN_SECONDS
    assert (campaign["concerned"], campaign["doubled"]) == (3, 0)
    assert mailing.mails_by_recipient() == dict.fromkeys(EVERYBODY, 1)


def test_settling_waits_for_events_that_nobody_has_recorded(mailfanout_target: Target) -> None:
    mailing = killed(mailfanout_target, policy="settle", after_calls=AFTER_SES, with_events=False)
    mailing.wait_for_entries("unknown", len(EVERYBODY))
    mailing.set_mapping(mailing.stack.record_feedback_name, enabled=True)

    campaign = mailing.wait_for("done")

    assert campaign["concerned"] == len(EVERYBODY)
    assert mailing.mails_by_recipient() == dict.fromkeys(EVERYBODY, 1)


def test_at_most_once_leaves_the_unknown_to_a_person_and_a_send_says_so(
    mailfanout_target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "EVENTS_SECONDS", 0.2)
    mailing = Mailing.deployed(mailfanout_target, unknown_policy="at_most_once")
    mailing.seed(*EVERYBODY)
    faults.kill_after_calls(mailfanout_target, mailing.stack.read_message_name, BEFORE_SES)

    ended = CliRunner().invoke(cli, ["send"])

    campaign = mailing.status()
    assert (campaign["state"], campaign["concerned"]) == ("sending", 3)
    assert (ended.exit_code, campaign["states"]["unknown"]) == (1, 3)
    assert mailing.mails() == []
    assert f"mailfanout settle {campaign['campaign']} --as sent" in ended.stdout


def test_at_least_once_doubles_and_lists_each_double(mailfanout_target: Target) -> None:
    mailing = killed(
        mailfanout_target, policy="at_least_once", after_calls=AFTER_SES, with_events=False
    )
    mailing.wait_for("done")
    assert mailing.mails_by_recipient() == dict.fromkeys(EVERYBODY, 2)

    mailing.set_mapping(mailing.stack.record_feedback_name, enabled=True)
    mailing.wait_until_quiet()

    assert mailing.status()["doubled"] == len(EVERYBODY)
    assert {len(row["message_ids"]) for row in mailing.rows().values()} == {2}
