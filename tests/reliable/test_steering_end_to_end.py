"""What a person does to a campaign on the sandbox, by the commands that a person types."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest
from click.testing import CliRunner

from mailfanout import faults, provision, show
from mailfanout.__main__ import cli
from mailfanout.campaign import steering
from mailfanout.errors import InputError
from mailfanout.ledger import Control, control
from mailfanout.stack import Stack
from mailfanout.target import Target, stack_for
from support.reliable.mailing import LONG_SECONDS, Mailing, typed, typed_json
from support.reliable.memory_errors import client_error
from support.waiting import wait_until

pytestmark = pytest.mark.slow


@pytest.fixture
def slow_mailing(mailfanout_target: Target) -> Mailing:
    """Ten recipients a second, and fifty of them: time to step in."""
    mailing = Mailing.deployed(mailfanout_target, rate=10)
    mailing.seed_people(50)
    return mailing


def test_paused_campaign_waits_and_resumed_it_goes_on(slow_mailing: Mailing) -> None:
    campaign = slow_mailing.begun()
    said = typed("pause", campaign)
    slow_mailing.wait_until_quiet()
    sent = len(slow_mailing.mails())

    assert "paused: paused by a person" in said
    assert slow_mailing.status()["state"] == "paused"
    assert sent < 50

    typed("resume", campaign)
    slow_mailing.wait_for("done")
    assert set(slow_mailing.mails_by_recipient().values()) == {1}
    assert len(slow_mailing.mails()) == 50


def test_cancelled_campaign_sends_to_nobody_more(slow_mailing: Mailing) -> None:
    campaign = slow_mailing.begun()
    wait_until(lambda: slow_mailing.status()["recipients"] == 50, limit_seconds=LONG_SECONDS)

    typed("cancel", campaign)
    slow_mailing.wait_until_quiet()
    slow_mailing.wait_for_entries("pending", 0)

    [shown] = typed_json("status")["campaigns"]
    mails = len(slow_mailing.mails())
    assert shown["state"] == "cancelled"
    assert shown["states"] | {"cancelled": 0, "sent": 0} == dict.fromkeys(shown["states"], 0)
    assert (shown["states"]["sent"], sum(shown["states"].values())) == (mails, 50)
    with pytest.raises(InputError, match="cancelled, which is for good"):
        typed("resume", campaign)


def test_person_settles_whom_nobody_can_know_of(mailfanout_target: Target) -> None:
    mailing = Mailing.deployed(mailfanout_target, unknown_policy="at_most_once")
    mailing.seed("has@example.com", "lacks@example.com")
    faults.kill_after_calls(mailfanout_target, mailing.stack.read_message_name, 2)
    campaign = mailing.begun()
    mailing.wait_for_entries("unknown", 2)

    typed("settle", campaign, "--as", "sent", "--to", "has@example.com")
    assert typed("settle", campaign, "--as", "pending") == "Settled as pending: 1 recipient\n"
    mailing.wait_for("done")

    assert mailing.mails_by_recipient() == {"lacks@example.com": 1}
    rows = mailing.rows()
    assert rows["has@example.com"]["decided_by"] == "person"
    assert rows["lacks@example.com"]["decided_by"] == "SES"


def test_report_has_a_line_for_each_recipient(mailing: Mailing, tmp_path: Path) -> None:
    people = [*mailing.seed("+1@example.com", "=1+1@example.com"), *mailing.seed_people(60)]
    campaign = mailing.send()["campaign"]
    file = tmp_path / "report.csv"

    typed("report", campaign, "--csv", str(file))

    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    # What looks like a formula is text in a spreadsheet.
    assert [row["email"] for row in rows] == ["'+1@example.com", "'=1+1@example.com", *people[2:]]
    assert {row["state"] for row in rows} == {"sent"}
    ids = {mail["message_id"] for mail in mailing.mails()}
    assert {row["message_ids"] for row in rows} == ids
    printed = typed("report", campaign[:8])
    assert printed == typed("report", campaign, "--csv", "-")
    assert [*csv.DictReader(printed.splitlines())] == rows


def test_beginning_of_several_campaigns_is_refused_with_their_ids(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ids = ["ab1", "ab2", "b"]
    monkeypatch.setattr(steering, "campaign_ids", lambda *_: ids)

    def whole(beginning: str) -> str:
        return steering.whole_id(cast(Target, None), Stack(), beginning)

    assert [whole(one) for one in ("ab1", "b", "c", "")] == ["ab1", "b", "c", ""]
    with pytest.raises(InputError, match="2 campaigns begin with ab. Name one of: ab1, ab2."):
        whole("ab")


@pytest.mark.parametrize("command", ["pause", "resume", "cancel"])
def test_command_waits_for_a_planner_s_transaction_on_the_campaign(
    mailing: Mailing, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    mailing.seed("r@example.com")
    mailing.set_mapping(mailing.stack.read_message_name, enabled=False)
    campaign = mailing.begun()
    wait_until(lambda: mailing.status()["recipients"] == 1, limit_seconds=LONG_SECONDS)
    refusals = [client_error("TransactionConflictException", "There is an ongoing transaction.")]
    write = getattr(control, command)

    def refuse_once(ledger: Control, campaign_id: str) -> None:
        if refusals:
            raise refusals.pop()
        write(ledger, campaign_id)

    monkeypatch.setattr(control, command, refuse_once)
    typed(command, campaign)

    assert not refusals


def test_upload_whose_planner_died_is_redriven(mailing: Mailing) -> None:
    people = mailing.seed_people(3)
    mailing.sandbox.change_settings(time_scale=0.001)
    faults.kill_at_start(mailing.target, mailing.stack.send_queue_name, times=3)
    mailing.upload()
    mailing.wait_until_quiet()
    assert mailing.depth(mailing.stack.failed_queue_name) == 1

    assert typed("redrive") == "upload: 1 dead letter\n"
    mailing.wait_for("done")

    assert mailing.mails_by_recipient() == dict.fromkeys(people, 1)
    assert typed("redrive") == "There is no dead letter.\n"


def test_chunk_whose_message_died_is_sent_without_a_person(mailing: Mailing) -> None:
    people = mailing.seed_people(3)
    faults.kill_at_start(mailing.target, mailing.stack.read_message_name, times=5)

    mailing.begun()
    mailing.wait_for("done")

    assert mailing.mails_by_recipient() == dict.fromkeys(people, 1)
    assert typed("redrive") == "chunk: 1 dead letter\n"


def test_reliable_design_works_off_what_the_simple_one_has_queued(
    mailfanout_target: Target,
) -> None:
    mailing = Mailing.deployed(mailfanout_target, design="simple")
    people = mailing.seed_people(30)
    mailing.set_mapping(mailing.stack.read_message_name, enabled=False)
    mailing.upload()
    mailing.wait_until_quiet()
    assert mailing.depth(mailing.stack.queue_name) == 30

    typed("deploy", "--design", "reliable")
    mailing.set_mapping(mailing.stack.read_message_name, enabled=True)
    mailing.wait_until_quiet()

    assert mailing.mails_by_recipient() == dict.fromkeys(people, 1)
    assert mailing.depth(mailing.stack.dead_letter_queue_name) == 0
    assert mailing.send()["states"]["sent"] == 30


def test_simple_design_does_not_come_back_while_a_campaign_is_open(slow_mailing: Mailing) -> None:
    campaign = slow_mailing.begun()
    typed("pause", campaign)

    with pytest.raises(InputError, match="the simple design cannot go on with it"):
        typed("deploy", "--design", "simple")
    with pytest.raises(InputError, match="the simple design cannot go on with it"):
        provision.deploy(slow_mailing.target, slow_mailing.stack, design="simple")

    typed("cancel", campaign)
    slow_mailing.wait_until_quiet()
    typed("deploy", "--design", "simple")
    assert (
        "LEDGER_NAME"
        not in slow_mailing.target.client("lambda").get_function_configuration(
            FunctionName=slow_mailing.stack.send_queue_name
        )["Environment"]["Variables"]
    )


def test_feedback_of_simple_mails_sets_haserror_where_the_reliable_design_has_stood(
    mailing: Mailing, tmp_path: Path
) -> None:
    bounces = "bounce@simulator.amazonses.com"
    mailing.seed(bounces, "fine@example.com")

    for _ in range(2):  # what a deploy does not name stays as it was
        typed("deploy", "--design", "simple")
    mailing.upload()
    mailing.wait_until_quiet()

    assert mailing.item(bounces)["haserror"] == {"N": "1"}
    assert mailing.item("fine@example.com")["haserror"] == {"N": "0"}
    people = tmp_path / "people.csv"
    people.write_text(f"email,username\n{bounces},A\nfine@example.com,B\n", encoding="utf-8")
    assert "Had haserror 1, and get mail again: 1 recipient." in typed("seed", str(people))


def test_feedback_of_simple_mails_sets_haserror_if_a_deploy_was_told_so(
    mailfanout_target: Target,
) -> None:
    for option in (["--feedback"], []):  # what a deploy does not name stays as it was
        typed("deploy", *option)
    assert mailfanout_target.sandbox
    mailing = Mailing(mailfanout_target, stack_for(mailfanout_target), mailfanout_target.sandbox)
    complains, _ = mailing.seed("complaint@simulator.amazonses.com", "fine@example.com")
    planned = json.loads(typed("plan", "--json"))["parts"]

    mailing.upload()
    mailing.wait_until_quiet()

    assert mailing.item(complains)["haserror"] == {"N": "1"}
    assert mailing.item("fine@example.com")["haserror"] == {"N": "0"}
    assert "recorded" in typed("log", "recordFeedback")
    assert planned == dict.fromkeys(provision.describe(mailing.target, mailing.stack), True)
    assert "[x] SES configuration set mailfeedback" in str(
        show.pipeline(mailing.target, mailing.stack)
    )
    typed("deploy", "--no-feedback")
    stands = provision.describe(mailing.target, mailing.stack)
    assert {*stands} == {part.title(mailing.stack) for part in provision.parts_of("simple")}
    typed("teardown", "--yes")
    assert provision.remaining(mailing.target, mailing.stack) == []


def test_whatever_was_uploaded_before_a_change_of_design_is_older_and_what_comes_then_is_not(
    mailfanout_target: Target,
) -> None:
    stack = stack_for(mailfanout_target)
    provision.deploy(mailfanout_target, stack)

    before = datetime.now(UTC)
    provision.deploy(mailfanout_target, stack, design="reliable")
    after = datetime.now(UTC)

    name, functions = stack.send_queue_name, mailfanout_target.client("lambda")
    variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    assert before < datetime.fromisoformat(variables["DESIGN_SINCE"]) <= after


def test_the_reliable_design_has_feedback_whatever_is_typed(mailing: Mailing) -> None:
    result = CliRunner().invoke(cli, ["deploy", "--no-feedback"])

    assert "The reliable design always has feedback." in str(result.exception)


def test_planned_and_paused_by_a_daily_quota_it_goes_on_by_itself(mailing: Mailing) -> None:
    mailing.sandbox.change_settings(enforce_quota=True, max_24_hour_send=20)
    people = mailing.seed_people(30)

    campaign = mailing.send()
    assert (campaign["state"], campaign["reason"]) == ("paused", "daily quota")

    mailing.sandbox.change_settings(max_24_hour_send=1_000)
    mailing.wait_for("done")
    assert mailing.mails_by_recipient() == dict.fromkeys(people, 1)


def test_refusal_of_the_account_pauses_the_campaign_and_fails_nobody(mailing: Mailing) -> None:
    people = mailing.seed_people(3)
    faults.suspend_ses(mailing.target, times=3)

    said = CliRunner().invoke(cli, ["send"]).stdout
    campaign = mailing.status()
    assert campaign["state"] == "paused"
    assert campaign["reason"].startswith("ACCOUNT_SUSPENDED")

    resume = f"mailfanout resume {campaign['campaign']}"
    assert resume in said
    typed(*resume.split()[1:])
    mailing.wait_for("done")
    assert mailing.mails_by_recipient() == dict.fromkeys(people, 1)
