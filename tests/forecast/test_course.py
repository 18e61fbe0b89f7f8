"""How a campaign goes on: nothing is lost sight of, and it takes as long as in the sandbox."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mailfanout import bench, campaign, forecast, provision, show
from mailfanout.errors import InputError
from mailfanout.forecast import Figures
from mailfanout.target import Target, stack_for

DAY = 86_400

figures = st.builds(
    Figures,
    recipients=st.integers(1, 10**8),
    design=st.sampled_from(["simple", "reliable"]),
    sending_rate=st.floats(1, 10_000),
    daily_quota=st.floats(1e6, 1e9),
    refused=st.floats(0, 0.5),
    consumers=st.none() | st.integers(2, 1_000),
    call_seconds=st.floats(0.001, 0.1),
)


@settings(max_examples=30)
@given(figures)
@example(Figures(recipients=1, design="reliable", sending_rate=1, refused=0.5))  # half a mail
def test_every_planned_mail_waits_or_was_sent_or_is_lost(given_figures: Figures) -> None:
    found = forecast.reckon(given_figures)

    for moment in found.moments:
        known = moment.waiting + moment.sent + moment.lost
        # Between two sweeps, what SES refused waits outside of the queue.
        assert known <= moment.planned * 1.001 + 1
        assert min(moment.waiting, moment.sent, moment.lost) >= 0
    for before, after in pairwise(found.moments):
        assert after.seconds > before.seconds
        assert after.sent >= before.sent
    assert 0 <= found.reached <= given_figures.recipients
    if given_figures.design == "reliable":
        assert (found.unreached, found.doubled) == (0, 0)


def test_ses_sets_the_time_of_a_reliable_campaign() -> None:
    found = forecast.reckon(Figures(recipients=50_000, sending_rate=14))

    assert found.seconds == pytest.approx(50_000 / 14, rel=0.01)
    assert found.bound_by == "SES's rate"


def test_the_daily_quota_lets_it_wait_for_the_next_days() -> None:
    found = forecast.reckon(Figures(recipients=120_000, sending_rate=100, daily_quota=50_000))

    assert 2 * DAY < found.seconds < 2.2 * DAY
    assert found.bound_by == "SES's quota"


def test_the_sweep_reads_the_chunks_only_while_mails_go_out() -> None:
    in_days, at_once = (
        forecast.reckon(Figures(recipients=120_000, sending_rate=100, daily_quota=quota))
        for quota in (50_000, 1e9)
    )

    reads_in_days, reads_at_once = (
        found.calls["sweepCampaigns"]["dynamodb:Query"] - found.seconds / 60
        for found in (in_days, at_once)
    )
    assert reads_in_days == pytest.approx(reads_at_once, rel=0.05)


def test_the_simple_planner_starts_over_and_never_comes_further() -> None:
    found = forecast.reckon(
        Figures(recipients=1_000_000, design="simple", sending_rate=10_000, daily_quota=1e9)
    )

    reach = 900 / 0.011  # an update for each, a batch for ten
    assert found.reached == pytest.approx(reach, rel=0.01)
    assert found.doubled == pytest.approx(2 * reach, rel=0.01)


def test_refused_mails_are_lost_by_one_design_and_wait_in_the_other() -> None:
    some = Figures(recipients=1_000, refused=0.2, sending_rate=10_000)
    simple, reliable = forecast.reckon(replace(some, design="simple")), forecast.reckon(some)

    assert simple.unreached == pytest.approx(200, abs=2)
    assert reliable.unreached == 0
    assert reliable.seconds > 4 * 60  # a sweep after the other


@pytest.mark.parametrize(
    ("name", "value"),
    [("recipients", 0), ("sending_rate", -1), ("refused", 1.0), ("consumers", 1), ("design", "x")],
)
def test_a_number_that_makes_no_sense_is_named(name: str, value: Any) -> None:
    with pytest.raises(InputError, match=name):
        replace(Figures(recipients=10), **{name: value})


@pytest.mark.slow
def test_the_sandbox_takes_as_long_as_the_rate_says(mailfanout_target: Target) -> None:
    target, stack = mailfanout_target, stack_for(mailfanout_target)
    assert target.sandbox
    target.sandbox.change_settings(max_send_rate=50)
    provision.deploy(target, stack, design="reliable")

    measured = bench.measure_here(target, stack, 200)

    # The last two chunks are sent at once, and nobody waits for their time to be over.
    reckoned = forecast.reckon(Figures(recipients=200, sending_rate=50)).seconds
    assert reckoned - 2.5 < measured.seconds < reckoned + 2.5


@pytest.mark.slow
def test_the_sandbox_loses_what_comes_faster_than_the_rate(mailfanout_target: Target) -> None:
    target, stack = mailfanout_target, stack_for(mailfanout_target)
    assert target.sandbox
    provision.deploy(target, stack)
    bench.measure_here(target, stack, 60)  # and the environments are warm
    before = target.sandbox.count_mails()
    target.sandbox.change_settings(max_send_rate=5, enforce_quota=True)

    campaign.upload(target, stack, campaign.example_mail())
    show.outcomes(target, stack, stack.read_message_name, at_least=60, after=60)
    target.sandbox.wait_until_quiet()
    sent = target.sandbox.count_mails() - before
    lines = show.outcomes(target, stack, stack.read_message_name, after=60)
    counts = lines["outcome"].value_counts().to_dict()
    assert counts == {"sent": sent, "failed": 60 - sent, "Resend Skip": 60 - sent}
    quick, slow = (
        forecast.reckon(
            Figures(recipients=60, design="simple", sending_rate=5, call_seconds=seconds)
        )
        for seconds in (0.003, 0.1)
    )
    assert quick.reached <= sent <= slow.reached < 60
