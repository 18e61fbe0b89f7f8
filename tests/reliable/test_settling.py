"""What is `unknown` waits for SES's events, and what waits for a person stays until one decides."""

from __future__ import annotations

import pytest

from support.reliable.invocations import DIES_AFTER, DIES_BEFORE, REPLY_LOST
from support.reliable.memory_aws import FEEDBACK, FEEDBACK_LETTERS
from support.reliable.pipeline import Pipeline
from support.reliable.scenes import (
    EVERYBODY,
    HOUR,
    ONCE_EACH,
    SENT,
    a_planned,
    a_sending,
    campaign_of,
    entry_of,
    gate,
    mailed,
    people,
    record_feedback,
    shown,
    states,
    sweeps,
    waiting_chunks,
    work_off,
)

UNKNOWN = dict.fromkeys(EVERYBODY, "unknown")


def test_nothing_settles_while_feedback_is_down() -> None:
    pipeline, owner = a_sending(*EVERYBODY, calls=3, fault=REPLY_LOST)
    pipeline.finish(owner)

    sweeps(pipeline, seconds=3 * HOUR)
    assert states(pipeline) == UNKNOWN
    work_off(pipeline, seconds=HOUR)

    assert mailed(pipeline) == ONCE_EACH
    assert states(pipeline) == SENT


def test_nothing_settles_while_events_lie_among_the_dead_letters() -> None:
    pipeline, owner = a_sending(*EVERYBODY, calls=3, fault=REPLY_LOST)
    pipeline.finish(owner)
    give_up_feedback(pipeline)

    sweeps(pipeline, seconds=3 * HOUR)
    assert states(pipeline) == UNKNOWN
    assert pipeline.redrive()["feedback"] == 4
    work_off(pipeline, seconds=HOUR)

    assert mailed(pipeline) == ONCE_EACH
    assert states(pipeline) == SENT


def test_two_looks_at_counts_that_lag_settle_nothing_whose_event_is_about_to_be_a_dead_letter() -> (
    None
):
    pipeline, owner = a_sending(*EVERYBODY, calls=3, fault=REPLY_LOST)
    pipeline.finish(owner)
    give_up_feedback(pipeline)
    pipeline.aws.sqs.queues[FEEDBACK_LETTERS].count_lag_seconds = 60

    sweeps(pipeline, seconds=120, every=5)

    assert mailed(pipeline) == ONCE_EACH
    assert states(pipeline) == UNKNOWN


def test_unknown_is_sent_again_when_no_event_has_come_in_time() -> None:
    pipeline, _ = a_sending(*EVERYBODY, calls=3, fault=DIES_BEFORE)
    work_off(pipeline, seconds=900)
    assert mailed(pipeline) == {}

    work_off(pipeline, seconds=900)

    assert mailed(pipeline) == ONCE_EACH


def test_event_later_than_settling_lists_a_double() -> None:
    pipeline, _ = a_sending(*EVERYBODY, calls=3, fault=DIES_AFTER)
    pipeline.aws.ses.events = [
        (due_at + 2 * HOUR, event) for due_at, event in pipeline.aws.ses.events
    ]

    work_off(pipeline, seconds=3 * HOUR)

    assert mailed(pipeline) == dict.fromkeys(EVERYBODY, 2)
    assert shown(pipeline)["doubled"] == 2
    rows = pipeline.commands.report(pipeline.control, campaign_of(pipeline))
    assert [len(row["message_ids"]) for row in rows] == [2, 2]


def test_campaign_is_not_done_while_somebody_is_unknown() -> None:
    pipeline, owner = a_sending(*EVERYBODY, calls=3, fault=REPLY_LOST)

    pipeline.finish(owner)

    assert shown(pipeline)["state"] == "sending"
    assert shown(pipeline)["states"]["unknown"] == 2


def test_resume_that_dies_after_it_opened_the_gate_is_not_stuck() -> None:
    pipeline = a_planned(*EVERYBODY)
    pipeline.let("pause", campaign_of(pipeline))
    pipeline.finish(pipeline.receive())

    pipeline.let("resume", campaign_of(pipeline), calls=2, fault=DIES_AFTER)
    work_off(pipeline, seconds=HOUR)

    assert mailed(pipeline) == ONCE_EACH


def test_cancel_that_dies_after_it_closed_the_gate_is_not_stuck() -> None:
    pipeline = a_planned(*EVERYBODY)

    pipeline.let("cancel", campaign_of(pipeline), calls=2, fault=DIES_AFTER)
    work_off(pipeline, seconds=HOUR)

    assert mailed(pipeline) == {}
    assert states(pipeline) == dict.fromkeys(EVERYBODY, "cancelled")
    assert shown(pipeline)["state"] == "cancelled"


def test_resume_does_not_skip_a_chunk_that_is_about_to_be_released() -> None:
    pipeline = a_planned(*EVERYBODY)
    pipeline.let("pause", campaign_of(pipeline))
    sender = pipeline.receive()
    pipeline.step(sender, 2)

    pipeline.let("resume", campaign_of(pipeline))
    pipeline.drain()
    pipeline.finish(sender)
    work_off(pipeline, seconds=HOUR)

    assert mailed(pipeline) == ONCE_EACH


def test_cancelled_campaign_still_finds_out_about_those_who_are_unknown() -> None:
    pipeline, owner = a_sending(*EVERYBODY, calls=3, fault=REPLY_LOST)
    pipeline.finish(owner)

    pipeline.let("cancel", campaign_of(pipeline))
    work_off(pipeline, seconds=HOUR)

    assert states(pipeline) == SENT


def test_quota_that_returns_opens_what_waited_for_it_alone() -> None:
    pipeline = a_planned(*EVERYBODY)
    pipeline.aws.ses.trouble, pipeline.aws.ses.room = "daily quota", 0
    pipeline.finish(pipeline.receive())
    assert gate(pipeline) == ("paused", "daily quota")
    pipeline.aws.ses.room = 1000
    sweep = pipeline.sweep()
    pipeline.step(sweep, 7)  # it has read the campaign and is about to open it

    pipeline.let("pause", campaign_of(pipeline))
    pipeline.finish(sweep)

    assert gate(pipeline) == ("paused", "paused by a person")
    assert waiting_chunks(pipeline) == 0


def test_sweep_reads_no_chunk_of_a_campaign_that_waits_for_the_daily_quota() -> None:
    pipeline = a_planned(*EVERYBODY)
    pipeline.aws.ses.trouble, pipeline.aws.ses.room = "daily quota", 0
    pipeline.finish(pipeline.receive())
    pipeline.aws.story.clear()

    pipeline.finish(pipeline.sweep())

    queries = [line for line in pipeline.aws.story if line.endswith("dynamodb query")]
    assert len(queries) == 1  # for the campaigns that are open


def test_lease_that_has_run_out_is_settled_though_the_campaign_waits_for_the_quota() -> None:
    pipeline, owner = a_sending(*people(4), calls=3, fault=REPLY_LOST)
    pipeline.finish(owner)
    campaign, settle = campaign_of(pipeline), pipeline.commands.settle
    [one, *_] = [email for email, state in states(pipeline).items() if state == "unknown"]
    settle(pipeline.control, campaign, "pending", to=one)
    pipeline.finish(pipeline.sweep())
    pipeline.aws.ses.trouble, pipeline.aws.ses.room = "daily quota", 0
    pipeline.finish(pipeline.receive())
    pipeline.step(pipeline.receive(), 2, DIES_AFTER)
    pipeline.pass_time(HOUR)
    assert settle(pipeline.control, campaign, "sent") == (0, 1)

    pipeline.tidy()
    pipeline.finish(pipeline.start_event())

    assert settle(pipeline.control, campaign, "sent") == (2, 0)


def test_person_can_send_again_to_the_last_one_who_was_unknown() -> None:
    pipeline, owner = a_sending(
        *EVERYBODY, calls=3, fault=REPLY_LOST, UNKNOWN_POLICY="at_most_once"
    )
    pipeline.aws.ses.sent.clear()
    pipeline.aws.ses.events.clear()
    pipeline.finish(owner)
    work_off(pipeline, seconds=HOUR)
    assert states(pipeline) == UNKNOWN

    pipeline.let("settle", campaign_of(pipeline), "pending")
    work_off(pipeline, seconds=HOUR)

    assert mailed(pipeline) == ONCE_EACH
    assert shown(pipeline)["state"] == "done"


@pytest.mark.parametrize("policy", ["at_most_once", "one that nobody knows"])
def test_at_most_once_leaves_to_a_person_whoever_may_have_a_mail(policy: str) -> None:
    pipeline, _ = a_sending(*EVERYBODY, calls=3, fault=DIES_BEFORE, UNKNOWN_POLICY=policy)

    work_off(pipeline, seconds=3 * HOUR)

    assert mailed(pipeline) == {}
    assert entry_of(pipeline, "r0@example.com")["person"]
    assert shown(pipeline)["concerned"] == 2


def give_up_feedback(pipeline: Pipeline) -> None:
    """Feedback fails so often that the events become dead letters."""
    pipeline.pass_time(HOUR)
    for _ in range(5):
        failing = pipeline.receive(FEEDBACK, limit=10)
        pipeline.step(failing, fault=DIES_BEFORE)
        pipeline.pass_time(HOUR)
    assert not pipeline.aws.sqs.queues[FEEDBACK].visible(pipeline.aws.now)


def test_feedback_that_was_recorded_settles_at_once() -> None:
    pipeline, owner = a_sending(*EVERYBODY, calls=3, fault=REPLY_LOST)
    pipeline.finish(owner)
    pipeline.pass_time(60)

    record_feedback(pipeline)

    assert states(pipeline) == SENT
    assert shown(pipeline)["state"] == "done"
