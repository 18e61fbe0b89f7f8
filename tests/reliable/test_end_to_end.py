"""A campaign from the upload to the books, on the sandbox: who gets what, and what is recorded."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes, policy
from pathlib import Path
from typing import get_args

import pytest
from click.testing import CliRunner

from mailfanout import bench, campaign, faults
from mailfanout.__main__ import cli
from mailfanout.stack import Design
from mailfanout.target import Target
from support.reliable.mailing import MAIL, Mailing, typed
from support.waiting import wait_until

pytestmark = pytest.mark.slow

SIMULATOR = "simulator.amazonses.com"
# EICAR's test file in two parts, so that no scanner finds it here.
VIRUS = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def test_everybody_gets_one_mail_and_the_books_say_so(mailing: Mailing) -> None:
    people = mailing.seed_people(120)

    campaign = mailing.send()

    assert (campaign["state"], campaign["recipients"]) == ("done", 120)
    assert campaign["states"]["sent"] == 120
    assert mailing.mails_by_recipient() == dict.fromkeys(people, 1)
    ids = {mail["message_id"] for mail in mailing.mails()}
    assert {one for row in mailing.rows().values() for one in row["message_ids"]} == ids


@pytest.mark.parametrize("design", get_args(Design))
def test_an_upload_whose_reply_is_lost_is_one_mail_to_each(
    mailfanout_target: Target, design: Design
) -> None:
    mailing = Mailing.deployed(mailfanout_target, design=design)
    people = mailing.seed_people(3)
    faults.lose_reply(mailfanout_target, "s3:PutObject")

    campaign.send(mailfanout_target, mailing.stack, campaign.check_mail("mail.txt", MAIL))

    mailing.wait_until_quiet()
    assert mailing.mails_by_recipient() == dict.fromkeys(people, 1)


def test_two_sends_of_one_file_name_follow_a_campaign_each(mailing: Mailing) -> None:
    mailing.seed_people(3)
    mails = [f"Mail {number}\n\nText\n".encode() for number in range(4)]

    with ThreadPoolExecutor(len(mails)) as pool:
        campaigns = [*pool.map(mailing.send, mails)]

    assert len({one["campaign"] for one in campaigns}) == len(mails)
    # Whose mail was replaced before it was planned is told so.
    for number, one in enumerate(campaigns):
        assert one["subject"] == f"Mail {number}" or "was replaced" in one["reason"]


@pytest.mark.parametrize(("username", "exit_code"), [("User", 0), ("", 1)])
def test_send_ends_with_1_if_somebody_could_not_be_sent_to(
    mailing: Mailing, tmp_path: Path, username: str, exit_code: int
) -> None:
    mailing.seed("yamada@example.com", username=username)
    mailing.seed("sato@example.com")
    (tmp_path / "mail.txt").write_bytes(MAIL)

    foretold = typed("send", str(tmp_path / "mail.txt"), "--dry-run")
    result = CliRunner().invoke(cli, ["send", str(tmp_path / "mail.txt")])

    assert ("1 recipient would get none, for want of a username" in foretold) == bool(exit_code)
    assert (mailing.status()["state"], result.exit_code) == ("done", exit_code)


def test_placeholders_are_filled_in(mailing: Mailing) -> None:
    mailing.seed("yamada@example.com", username="山田太郎")

    mailing.send()

    [mail] = mailing.mails()
    assert mail["subject"] == "Hello 山田太郎"
    assert mail["text"] == "This is for yamada@example.com."


def test_mail_carries_the_headers_to_unsubscribe_with_one_click(mailfanout_target: Target) -> None:
    typed("deploy", "--design", "reliable", "--unsubscribe-url", "https://example.com/u?a=")
    mailing = Mailing.deployed(mailfanout_target, unsubscribe_url="https://example.com/u?a=")
    mailing.seed("a+b@example.com")

    mailing.send()

    [mail] = mailing.mails()
    parsed = message_from_bytes(
        mailing.sandbox.mail_bytes(mail["message_id"]), policy=policy.default
    )
    assert parsed["List-Unsubscribe"] == "<https://example.com/u?a=a%2Bb%40example.com>"
    assert parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_permanent_bounce_sets_haserror(mailing: Mailing) -> None:
    mailing.seed(f"bounce@{SIMULATOR}", "fine@example.com")

    mailing.send()
    mailing.wait_until_quiet()

    assert mailing.status()["bounces"] == 1
    assert mailing.item(f"bounce@{SIMULATOR}")["haserror"] == {"N": "1"}
    assert mailing.item("fine@example.com")["haserror"] == {"N": "0"}
    assert mailing.status()["states"]["sent"] == 2


def test_transient_bounce_sets_nothing(mailing: Mailing) -> None:
    mailing.seed(f"ooto@{SIMULATOR}")

    mailing.send()
    mailing.wait_until_quiet()

    assert mailing.item(f"ooto@{SIMULATOR}")["haserror"] == {"N": "0"}
    assert mailing.status()["bounces"] == 0


def test_complaint_sets_haserror_and_is_counted(mailing: Mailing) -> None:
    mailing.seed(f"complaint@{SIMULATOR}")

    mailing.send()
    mailing.wait_until_quiet()

    assert mailing.status()["complaints"] == 1
    assert mailing.item(f"complaint@{SIMULATOR}")["haserror"] == {"N": "1"}


def test_mail_that_ses_rejects_later_is_failed(mailing: Mailing) -> None:
    mailing.seed("fine@example.com")
    mailing.seed("virus@example.com", username=VIRUS)

    mailing.send()
    mailing.wait_until_quiet()

    rows = mailing.rows()
    assert (rows["virus@example.com"]["state"], rows["virus@example.com"]["reason"]) == (
        "failed",
        "Reject",
    )
    assert rows["fine@example.com"]["state"] == "sent"


def test_campaign_pauses_itself_when_many_mails_bounce(mailfanout_target: Target) -> None:
    mailing = Mailing.deployed(mailfanout_target, rate=50)
    mailing.seed(*(f"bounce+{number}@{SIMULATOR}" for number in range(500)))

    campaign = mailing.send()

    assert campaign["state"] == "paused"
    assert campaign["reason"].endswith("mails bounced")
    assert campaign["states"]["pending"] > 0


def test_unsubscribed_recipient_is_left_out_by_the_planner(mailing: Mailing) -> None:
    mailing.seed("stays@example.com", "goes@example.com")
    typed("unsubscribe", "goes@example.com")

    campaign = mailing.send()

    assert campaign["recipients"] == 1
    assert mailing.mails_by_recipient() == {"stays@example.com": 1}


def test_recipient_who_unsubscribes_midway_is_suppressed(mailing: Mailing) -> None:
    mailing.seed("stays@example.com", "goes@example.com")
    mailing.set_mapping(mailing.stack.read_message_name, enabled=False)
    mailing.begun()
    mailing.wait_for("sending")
    typed("unsubscribe", "goes@example.com")
    mailing.set_mapping(mailing.stack.read_message_name, enabled=True)

    mailing.wait_for("done")

    row = mailing.rows()["goes@example.com"]
    assert (row["state"], row["reason"]) == ("suppressed", "optedout")
    assert mailing.mails_by_recipient() == {"stays@example.com": 1}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the mail is empty"),
        (b"Subject\n\n\xff\n", "the mail is not UTF-8"),
        (b"Subject\n\nHello\n{{name}}\n", "line 4: {{ without username}} or email}}"),
    ],
)
def test_mail_that_cannot_be_sent_fails_and_nobody_gets_anything(
    mailing: Mailing, data: bytes, reason: str
) -> None:
    mailing.seed_people(3)

    mailing.begun(data)
    mailing.wait_until_quiet()

    campaign = mailing.status()
    assert (campaign["state"], campaign["recipients"]) == ("failed", 0)
    assert campaign["reason"].startswith(reason)
    assert mailing.mails() == []


def test_event_that_comes_twice_makes_one_campaign(mailing: Mailing) -> None:
    people = mailing.seed_people(10)
    typed("sandbox", "fault", "s3-event-twice")

    mailing.send()
    wait_until(lambda: not mailing.sandbox.faults())
    mailing.wait_until_quiet()

    assert mailing.mails_by_recipient() == dict.fromkeys(people, 1)


def test_a_recipient_takes_a_fraction_of_the_calls_of_the_simple_design() -> None:
    """Which makes 4.1, as the test of `mailfanout bench` counts."""
    [reliable] = bench.bench([2_000], designs=["reliable"])

    # What does not grow with the recipients weighs five times as much as among 10,000.
    assert reliable.calls_per_recipient < 0.11
    assert sum(reliable.calls["readMessageAndSendMail"].values()) == pytest.approx(0.08)


@pytest.mark.benchmark
def test_ten_thousand_recipients_take_a_tenth_of_a_call_each() -> None:
    [reliable] = bench.bench([10_000], designs=["reliable"])

    assert reliable.calls_per_recipient <= 0.1
