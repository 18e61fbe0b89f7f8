"""What the sweep sets going, and what it leaves alone."""

from __future__ import annotations

import pytest

from support.reliable.books import campaigns
from support.reliable.feedback import event_of, tell
from support.reliable.invocations import DIES_AFTER, REPLY_LOST
from support.reliable.memory_aws import CHUNKS
from support.reliable.pipeline import Pipeline
from support.reliable.scenes import (
    EVERYBODY,
    a_pipeline,
    a_planned,
    a_sending,
    are_open,
    campaign_of,
    gate,
    message_comes_twice,
    people,
    states,
    sweeps,
    waiting_chunks,
    work_off,
)


def message_is_lost(pipeline: Pipeline) -> None:
    pipeline.aws.sqs.queues[CHUNKS].messages.clear()


def a_paused(*emails: str) -> Pipeline:
    """A campaign that a person has paused, and whose messages are done with."""
    pipeline = a_planned(*emails)
    pipeline.let("pause", campaign_of(pipeline))
    pipeline.drain()
    assert waiting_chunks(pipeline) == 0
    return pipeline


def test_chunks_whose_messages_wait_get_no_more_of_them() -> None:
    pipeline = a_planned(*people(6))

    sweeps(pipeline, seconds=180)

    assert waiting_chunks(pipeline) == 3


def test_chunks_of_a_paused_campaign_get_no_messages() -> None:
    pipeline = a_paused(*EVERYBODY)

    sweeps(pipeline, seconds=180)

    assert waiting_chunks(pipeline) == 0


def test_chunk_that_somebody_has_gets_no_message_and_keeps_its_lease() -> None:
    pipeline, owner = a_sending(*EVERYBODY, calls=3)
    message_is_lost(pipeline)

    pipeline.finish(pipeline.sweep())

    assert waiting_chunks(pipeline) == 0
    assert set(states(pipeline).values()) == {"pending"}
    pipeline.finish(owner)
    assert set(states(pipeline).values()) == {"sent"}


def test_only_who_is_pending_in_it_is_doubted_when_a_lease_expires() -> None:
    pipeline, _ = a_sending(*EVERYBODY, calls=3, fault=DIES_AFTER)
    sent = pipeline.aws.ses.sent[0].email
    tell(pipeline, event_of(pipeline, "Send"))

    sweeps(pipeline, seconds=180)

    assert states(pipeline) == dict.fromkeys(EVERYBODY, "unknown") | {sent: "sent"}


def test_who_is_unknown_in_it_waits_while_somebody_has_the_chunk() -> None:
    pipeline, owner = a_sending(
        *EVERYBODY, calls=3, fault=REPLY_LOST, UNKNOWN_POLICY="at_least_once"
    )
    message_comes_twice(pipeline)
    pipeline.finish(owner)
    settle = pipeline.commands.settle
    settle(pipeline.control, campaign_of(pipeline), "pending", to="r0@example.com")
    pipeline.step(pipeline.receive(), 2)  # it has claimed the chunk, and read

    pipeline.finish(pipeline.sweep())

    assert states(pipeline)["r1@example.com"] == "unknown"


def test_chunk_in_which_nobody_is_pending_gets_no_message() -> None:
    pipeline, owner = a_sending(*EVERYBODY, calls=3, fault=REPLY_LOST)
    pipeline.finish(owner)

    sweeps(pipeline, seconds=120)

    assert waiting_chunks(pipeline) == 0


@pytest.mark.parametrize("trouble", ["entries throttled", "call throttled"])
def test_chunk_that_ses_throttled_does_not_wait_for_the_messages_of_others(
    trouble: str,
) -> None:
    pipeline = a_planned(*people(6))
    pipeline.aws.ses.trouble = trouble
    pipeline.finish(pipeline.receive())
    assert waiting_chunks(pipeline) == 2

    sweeps(pipeline, seconds=180)

    assert waiting_chunks(pipeline) == 3


def test_whoever_is_settled_does_not_wait_for_the_messages_of_others() -> None:
    pipeline, owner = a_sending(
        *people(6), calls=3, fault=REPLY_LOST, UNKNOWN_POLICY="at_least_once"
    )
    pipeline.finish(owner)

    sweeps(pipeline, seconds=180)

    assert waiting_chunks(pipeline) == 3


def test_campaign_that_a_person_resumes_does_not_wait_for_the_messages_of_others() -> None:
    pipeline = a_paused(*EVERYBODY)
    paused = campaign_of(pipeline)
    pipeline.upload()
    pipeline.finish(pipeline.start_event())
    assert waiting_chunks(pipeline) == 1

    pipeline.let("resume", paused)
    pipeline.finish(pipeline.start_event())

    bodies = [message.body for message in pipeline.aws.sqs.queues[CHUNKS].messages]
    assert [paused in body for body in bodies] == [False, True]


def test_campaign_that_is_over_is_swept_no_more() -> None:
    pipeline = a_planned(*EVERYBODY)

    work_off(pipeline, seconds=120)

    assert are_open(pipeline) == [False]


def test_cancelled_campaign_is_swept_no_more_whether_it_is_planned_or_not() -> None:
    pipeline = a_pipeline(*people(6), chunks_at_once=1)
    pipeline.step(pipeline.start_event(), 7, DIES_AFTER)
    pipeline.events.clear()

    pipeline.let("cancel", campaign_of(pipeline))
    sweeps(pipeline, seconds=60)

    assert are_open(pipeline) == [False]


def test_cancelled_campaign_is_swept_while_somebody_in_its_first_chunk_is_unknown() -> None:
    pipeline, owner = a_sending(*people(4), calls=3, fault=REPLY_LOST)
    pipeline.aws.ses.events.clear()
    pipeline.finish(owner)

    pipeline.let("cancel", campaign_of(pipeline))
    sweeps(pipeline, seconds=60)

    assert sorted(states(pipeline).values()) == 2 * ["cancelled"] + 2 * ["unknown"]
    assert are_open(pipeline) == [True]


def test_campaign_that_is_not_planned_whole_is_swept_though_nobody_is_pending() -> None:
    pipeline = a_pipeline(*people(6), chunks_at_once=1)
    pipeline.step(pipeline.start_event(), 8, DIES_AFTER)
    pipeline.events.clear()
    pipeline.finish(pipeline.receive())

    pipeline.finish(pipeline.sweep())

    assert list(states(pipeline).values()) == ["sent", "sent"]
    assert are_open(pipeline) == [True]


def test_planner_is_called_only_for_a_plan_that_has_stopped() -> None:
    pipeline = a_pipeline(*people(6), chunks_at_once=1)
    planner = pipeline.start_event()
    pipeline.step(planner, 7)
    pipeline.finish(pipeline.sweep())
    pipeline.step(planner, 3)
    pipeline.finish(pipeline.sweep())
    assert pipeline.events == []

    pipeline.finish(planner)
    sweeps(pipeline, seconds=180)

    assert pipeline.events == []


def a_waiting_for_quota() -> Pipeline:
    pipeline = a_planned(*EVERYBODY)
    pipeline.aws.ses.trouble, pipeline.aws.ses.room = "daily quota", 0
    pipeline.finish(pipeline.receive())
    assert gate(pipeline) == ("paused", "daily quota")
    return pipeline


@pytest.mark.parametrize(
    ("most", "sent", "is_opened"),
    [(200, 199, True), (200, 200, False), (200, 201, False), (0, 0, False), (-1, 5, True)],
)
def test_daily_quota_has_room_below_its_limit_or_without_one(
    most: int, sent: int, is_opened: bool
) -> None:
    pipeline = a_waiting_for_quota()
    quota = {"Max24HourSend": most, "SentLast24Hours": sent}
    vars(pipeline.aws.ses)["get_account"] = lambda: {"SendQuota": quota}

    pipeline.finish(pipeline.sweep())

    assert gate(pipeline)[0] == ("open" if is_opened else "paused")
    assert waiting_chunks(pipeline) == is_opened


def test_ses_is_asked_for_its_quota_only_for_a_campaign_that_waits_for_it() -> None:
    pipeline = a_paused(*EVERYBODY)
    pipeline.aws.story.clear()

    sweeps(pipeline, seconds=120)

    assert not any("get_account" in line for line in pipeline.aws.story)


def test_each_campaign_of_two_is_judged_by_its_own_chunks() -> None:
    pipeline = a_paused(*EVERYBODY)
    pipeline.upload()

    work_off(pipeline, seconds=120)

    assert sorted(are_open(pipeline)) == [False, True]
    assert sorted(item["gate"]["S"] for item in campaigns(pipeline.aws).values()) == [
        "open",
        "paused",
    ]
