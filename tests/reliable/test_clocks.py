"""A lease that was taken by a clock that is ahead."""

from __future__ import annotations

import pytest

from support.reliable.invocations import Invocation
from support.reliable.pipeline import Pipeline
from support.reliable.scenes import EVERYBODY, HOUR, ONCE_EACH, a_planned, mailed, sweeps, work_off

DAY = 24 * HOUR


def claimed_a_day_ahead(pipeline: Pipeline) -> Invocation:
    """The chunk's owner, whose clock was a day ahead when it claimed that."""
    pipeline.aws.sleep(DAY)
    owner = pipeline.receive()
    pipeline.step(owner)
    pipeline.aws.sleep(-DAY)
    owner.context.deadline -= DAY
    return owner


def test_a_dead_owner_whose_clock_was_ahead_keeps_nobody_waiting() -> None:
    pipeline = a_planned(*EVERYBODY)
    owner = claimed_a_day_ahead(pipeline)
    owner.kill()

    work_off(pipeline, seconds=HOUR)

    assert mailed(pipeline) == ONCE_EACH


def test_an_owner_whose_clock_is_ahead_has_its_time() -> None:
    pipeline = a_planned(*EVERYBODY, UNKNOWN_POLICY="at_least_once")
    owner = claimed_a_day_ahead(pipeline)
    sweeps(pipeline, seconds=20, every=10)
    pipeline.drain()

    pipeline.finish(owner)
    work_off(pipeline, seconds=HOUR)

    assert mailed(pipeline) == ONCE_EACH


@pytest.mark.parametrize("seconds_behind", [HOUR, DAY])
def test_a_sweep_whose_clock_is_behind_ends_no_lease(seconds_behind: int) -> None:
    pipeline = a_planned(*EVERYBODY, UNKNOWN_POLICY="at_least_once")
    owner = pipeline.receive()
    pipeline.step(owner)
    pipeline.aws.sleep(-seconds_behind)
    pipeline.finish(pipeline.sweep())
    pipeline.aws.sleep(seconds_behind)
    pipeline.finish(pipeline.sweep())
    pipeline.drain()

    pipeline.finish(owner)
    work_off(pipeline, seconds=HOUR)

    assert mailed(pipeline) == ONCE_EACH


def test_a_lease_that_is_too_long_is_seen_anew_for_each_owner() -> None:
    pipeline = a_planned(*EVERYBODY, UNKNOWN_POLICY="at_least_once")
    owner = claimed_a_day_ahead(pipeline)
    sweeps(pipeline, seconds=20, every=10)
    owner.kill()
    sweeps(pipeline, seconds=100, every=10)  # it is over, and another message is there
    another = claimed_a_day_ahead(pipeline)
    sweeps(pipeline, seconds=20, every=10)
    pipeline.drain()

    pipeline.finish(another)
    work_off(pipeline, seconds=HOUR)

    assert mailed(pipeline) == ONCE_EACH
