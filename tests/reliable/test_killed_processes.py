"""The functions' processes are killed in the middle of a campaign, again and again."""

from __future__ import annotations

from functools import partial

import pytest

from mailfanout.target import Target
from support.reliable.mailing import LONG_SECONDS, Mailing
from support.reliable.stories import kill_every_function
from support.waiting import wait_until

RECIPIENTS = 5_000
KILLS = 10


def are_sent(mailing: Mailing, number: int) -> bool:
    return mailing.sandbox.count_mails() >= number


@pytest.mark.benchmark
def test_everybody_gets_one_mail_though_all_processes_are_killed_ten_times(
    mailfanout_target: Target,
) -> None:
    mailing = Mailing.deployed(mailfanout_target)
    people = mailing.seed_people(RECIPIENTS)

    campaign = mailing.begun()
    killed = 0
    for number in range(KILLS):
        sent = (2 * number + 1) * RECIPIENTS // (2 * KILLS)
        wait_until(partial(are_sent, mailing, sent), limit_seconds=LONG_SECONDS)
        killed += kill_every_function(mailfanout_target)
    mailing.wait_for("done")
    mailing.wait_until_quiet()

    shown = mailing.status(campaign)
    assert killed >= KILLS
    assert shown["states"]["sent"] == shown["recipients"] == RECIPIENTS
    assert shown["doubled"] == 0
    assert mailing.mails_by_recipient() == dict.fromkeys(people, 1)
    listed = {one for row in mailing.rows().values() for one in row["message_ids"]}
    assert listed == {mail["message_id"] for mail in mailing.mails()}
    print(f"\n{killed} processes killed, {shown['concerned']} recipients concerned")
