"""What the sweep sets going, and what it leaves alone."""

from __future__ import annotations

from typing import Any

import pytest

from support.reliable.books import campaigns, places
from support.reliable.feedback import event_of, tell
from support.reliable.invocations import DIES_AFTER, DIES_BEFORE, REPLY_LOST
from support.reliable.memory_aws import CHUNKS, FEEDBACK, FEEDBACK_LETTERS
from support.reliable.memory_sqs import Message
from support.reliable.pipeline import Pipeline
from support.reliable.scenes import (
    EVERYBODY,
    HOUR,
    a_pipeline,
    a_planned,
    a_sending,
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


def are_open(pipeline: Pipeline) -> list[bool]:
    return [place["is_open"]["BOOL"] for place in places(pipeline.aws)]


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


def an_unknown() -> Pipeline:
    """Somebody who is unknown for so long, and of whom SES tells nothing, that it may settle."""
    pipeline, _ = a_sending(*EVERYBODY, calls=3, fault=DIES_BEFORE)
    message_is_lost(pipeline)
    sweeps(pipeline, seconds=180)
    pipeline.pass_time(HOUR)
    return pipeline


def an_event_is_under_way(pipeline: Pipeline, queue_name: str = FEEDBACK) -> Any:
    queue = pipeline.aws.sqs.queues[queue_name]
    queue.add(Message("event", "{}"), now=pipeline.aws.now)
    return queue.messages


def test_what_is_unknown_settles_at_the_second_look_at_which_feedback_is_done() -> None:
    pipeline = an_unknown()
    events = an_event_is_under_way(pipeline)
    pipeline.finish(pipeline.sweep())
    events.clear()
    pipeline.pass_time(80)
    pipeline.finish(pipeline.sweep())
    assert set(states(pipeline).values()) == {"unknown"}

    pipeline.pass_time(80)
    pipeline.finish(pipeline.sweep())

    assert set(states(pipeline).values()) == {"pending"}


@pytest.mark.parametrize("queue_name", [FEEDBACK, FEEDBACK_LETTERS])
def test_nothing_settles_at_a_look_at_which_feedback_is_not_done(queue_name: str) -> None:
    pipeline = an_unknown()
    pipeline.finish(pipeline.sweep())
    pipeline.pass_time(80)
    an_event_is_under_way(pipeline, queue_name)

    pipeline.finish(pipeline.sweep())

    assert set(states(pipeline).values()) == {"unknown"}


def test_of_two_sweeps_at_once_one_settles() -> None:
    pipeline = an_unknown()
    pipeline.finish(pipeline.sweep())
    pipeline.pass_time(80)
    late = pipeline.sweep()
    pipeline.step(late, 5)  # it has read the record of the last look
    an_event_is_under_way(pipeline)
    pipeline.finish(pipeline.sweep())
    pipeline.aws.sqs.queues[FEEDBACK].messages.clear()

    pipeline.finish(late)

    assert set(states(pipeline).values()) == {"unknown"}


def test_what_is_unknown_settles_though_the_clock_was_a_day_ahead_at_the_last_look() -> None:
    pipeline = an_unknown()
    pipeline.aws.sleep(24 * HOUR)
    pipeline.finish(pipeline.sweep())
    pipeline.aws.sleep(-24 * HOUR)

    sweeps(pipeline, seconds=240)

    assert set(states(pipeline).values()) == {"pending"}


def test_looks_that_follow_each_other_fast_settle_as_soon_as_one_look_a_minute() -> None:
    pipeline = an_unknown()

    sweeps(pipeline, seconds=80, every=5)

    assert set(states(pipeline).values()) == {"pending"}


def test_each_campaign_of_two_is_judged_by_its_own_chunks() -> None:
    pipeline = a_paused(*EVERYBODY)
    pipeline.upload()

    work_off(pipeline, seconds=120)

    assert sorted(are_open(pipeline)) == [False, True]
    assert sorted(item["gate"]["S"] for item in campaigns(pipeline.aws).values()) == [
        "open",
        "paused",
    ]
