"""What is `unknown` settles at the second of two looks at which all events were recorded."""

from __future__ import annotations

from typing import Any

import pytest

from support.reliable.invocations import DIES_BEFORE
from support.reliable.memory_aws import CHUNKS, FEEDBACK, FEEDBACK_LETTERS
from support.reliable.memory_sqs import Message
from support.reliable.pipeline import Pipeline
from support.reliable.scenes import EVERYBODY, HOUR, a_sending, states, sweeps


def an_unknown() -> Pipeline:
    """Somebody who is unknown for so long, and of whom SES tells nothing, that it may settle."""
    pipeline, _ = a_sending(*EVERYBODY, calls=3, fault=DIES_BEFORE)
    pipeline.aws.sqs.queues[CHUNKS].messages.clear()
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


def test_looks_are_so_far_apart_from_the_first_at_which_feedback_was_done() -> None:
    pipeline = an_unknown()
    events = an_event_is_under_way(pipeline)
    pipeline.finish(pipeline.sweep())
    events.clear()
    seen: list[str] = []

    for seconds in (10, 70, 10):
        pipeline.pass_time(seconds)
        pipeline.finish(pipeline.sweep())
        seen += set(states(pipeline).values())

    assert seen == ["unknown", "unknown", "pending"]


def test_looks_that_follow_each_other_fast_settle_as_soon_as_one_look_a_minute() -> None:
    pipeline = an_unknown()

    sweeps(pipeline, seconds=80, every=5)

    assert set(states(pipeline).values()) == {"pending"}
