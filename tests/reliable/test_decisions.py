"""What a person decides of those who are unknown: of them alone, once, and for good."""

from __future__ import annotations

import pytest

from support.reliable.books import chunks
from support.reliable.feedback import event_of, tell, tell_only
from support.reliable.invocations import DIES_BEFORE, REPLY_LOST
from support.reliable.memory_aws import FEEDBACK
from support.reliable.pipeline import Pipeline
from support.reliable.scenes import (
    EVERYBODY,
    HOUR,
    SENT,
    a_sending,
    campaign_of,
    mailed,
    states,
    sweeps,
    work_off,
)


def test_of_those_who_are_unknown_some_are_left_to_a_person() -> None:
    pipeline, owner = a_sending(
        *EVERYBODY, calls=3, fault=REPLY_LOST, UNKNOWN_POLICY="at_most_once"
    )
    pipeline.finish(owner)
    count, campaign = pipeline.commands.count_left_to_person, campaign_of(pipeline)
    left = [count(pipeline.control, campaign)]

    pipeline.commands.settle(pipeline.control, campaign, "sent", to="r0@example.com")
    left.append(count(pipeline.control, campaign))

    assert left == [2, 1]
    other, owner = a_sending(*EVERYBODY, calls=3, fault=REPLY_LOST)
    other.finish(owner)
    assert other.commands.count_left_to_person(other.control, campaign_of(other)) == 0


def test_person_decides_for_one_address() -> None:
    pipeline, owner = a_sending(*EVERYBODY, calls=3, fault=REPLY_LOST)
    pipeline.finish(owner)

    settled = pipeline.commands.settle(
        pipeline.control, campaign_of(pipeline), "sent", to="r0@example.com"
    )

    assert settled == (1, 0)
    assert states(pipeline) == {"r0@example.com": "sent", "r1@example.com": "unknown"}
    rows = pipeline.commands.report(pipeline.control, campaign_of(pipeline))
    assert {row["email"]: row["decided_by"] for row in rows} == {
        "r0@example.com": "person",
        "r1@example.com": "mailfanout",
    }


def test_chunk_of_nobody_who_is_meant_is_not_written() -> None:
    pipeline, owner = a_sending(*EVERYBODY, calls=3, fault=REPLY_LOST)
    pipeline.finish(owner)
    before = chunks(pipeline.aws)

    settled = pipeline.commands.settle(
        pipeline.control, campaign_of(pipeline), "sent", to="nobody@example.com"
    )

    assert settled == (0, 0)
    assert chunks(pipeline.aws) == before


def test_what_becomes_of_whom_a_person_put_back_is_not_that_person_s_decision() -> None:
    pipeline, _ = a_sending(*EVERYBODY, calls=3, fault=DIES_BEFORE)
    campaign = campaign_of(pipeline)
    sweeps(pipeline, seconds=180)
    pipeline.commands.settle(pipeline.control, campaign, "pending", to="r0@example.com")
    pipeline.delete_recipient("r0@example.com")
    work_off(pipeline, seconds=300)

    rows = pipeline.commands.report(pipeline.control, campaign)

    decided = {row["email"]: (row["state"], row["decided_by"]) for row in rows}
    assert decided["r0@example.com"] == ("suppressed", "mailfanout")


def test_person_decides_for_nobody_who_is_not_unknown() -> None:
    pipeline, owner = a_sending(*EVERYBODY, calls=3, fault=REPLY_LOST)
    pipeline.finish(owner)
    tell(pipeline, event_of(pipeline, "Send"))
    sent, other = (mail.email for mail in pipeline.aws.ses.sent)

    settled = pipeline.commands.settle(pipeline.control, campaign_of(pipeline), "pending")

    assert settled == (1, 0)
    assert states(pipeline) == {sent: "sent", other: "pending"}


def test_decision_whose_reply_is_lost_is_counted() -> None:
    pipeline, owner = a_sending(*EVERYBODY, calls=3, fault=REPLY_LOST)
    pipeline.finish(owner)

    command = pipeline.let("settle", campaign_of(pipeline), "sent", calls=3, fault=REPLY_LOST)
    pipeline.finish(command)

    assert command.result == (2, 0)
    assert states(pipeline) == SENT


def a_dead_owner() -> tuple[Pipeline, str, str]:
    """A chunk with one entry that is unknown, and one that its owner, who died, may have sent.

    The lease has expired, and no sweep has seen that. Also the two addresses, the latter first.
    """
    pipeline, owner = a_sending(*EVERYBODY, calls=3, fault=REPLY_LOST)
    pipeline.finish(owner)
    first, other = (mail.email for mail in pipeline.aws.ses.sent)
    pipeline.commands.settle(pipeline.control, campaign_of(pipeline), "pending", to=first)
    pipeline.finish(pipeline.sweep())
    pipeline.step(pipeline.receive(), 2, DIES_BEFORE)  # it has claimed the chunk
    pipeline.pass_time(HOUR)
    return pipeline, first, other


def test_chunk_whose_owner_may_have_sent_is_not_settled_before_the_sweep_has_seen_it() -> None:
    pipeline, first, other = a_dead_owner()

    settled = pipeline.commands.settle(pipeline.control, campaign_of(pipeline), "sent")

    assert settled == (0, 1)
    assert states(pipeline) == {first: "pending", other: "unknown"}


@pytest.mark.parametrize("decision", ["sent", "pending"])
def test_lease_that_has_expired_and_decides_nothing_keeps_nobody_from_settling(
    decision: str,
) -> None:
    pipeline, first, other = a_dead_owner()
    tell_only(pipeline, event_of(pipeline, "Send"))

    settled = pipeline.commands.settle(pipeline.control, campaign_of(pipeline), decision)
    work_off(pipeline, seconds=120)

    assert settled == (1, 0)
    assert states(pipeline) == SENT
    assert mailed(pipeline) == {first: 1, other: 1 + (decision == "pending")}


def test_decision_erases_nothing_that_was_written_meanwhile() -> None:
    pipeline, owner = a_sending(*EVERYBODY, calls=3, fault=REPLY_LOST)
    pipeline.finish(owner)
    first, other = (mail.email for mail in pipeline.aws.ses.sent)
    command = pipeline.let("settle", campaign_of(pipeline), "pending", calls=2)

    tell_only(pipeline, event_of(pipeline, "Send"))
    pipeline.finish(command)

    assert command.result == (1, 0)
    assert states(pipeline) == {first: "sent", other: "pending"}


def a_claimed_chunk_with_an_unknown() -> Pipeline:
    pipeline, owner = a_sending(*EVERYBODY, calls=3, fault=REPLY_LOST)
    pipeline.finish(owner)
    campaign = campaign_of(pipeline)
    pipeline.commands.settle(pipeline.control, campaign, "pending", to="r0@example.com")
    pipeline.finish(pipeline.sweep())
    pipeline.step(pipeline.receive(), 1)  # it has claimed the chunk
    return pipeline


def test_chunk_that_is_being_sent_is_not_settled() -> None:
    pipeline = a_claimed_chunk_with_an_unknown()

    settled = pipeline.commands.settle(pipeline.control, campaign_of(pipeline), "sent")

    assert settled == (0, 1)
    assert states(pipeline)["r1@example.com"] == "unknown"


def test_who_settles_one_address_waits_for_no_chunk_in_which_others_alone_are_unknown() -> None:
    pipeline = a_claimed_chunk_with_an_unknown()
    settle, campaign = pipeline.commands.settle, campaign_of(pipeline)

    assert settle(pipeline.control, campaign, "sent", to="r1@example.com") == (0, 1)
    assert settle(pipeline.control, campaign, "sent", to="r0@example.com") == (0, 0)


def test_decision_is_erased_by_nobody_who_read_the_chunk_before_it() -> None:
    pipeline, owner = a_sending(*EVERYBODY, calls=3, fault=REPLY_LOST)
    pipeline.finish(owner)
    pipeline.pass_time(60)
    feedback = pipeline.receive(FEEDBACK)  # of the first mail's Send
    pipeline.step(feedback, 2)

    pipeline.commands.settle(pipeline.control, campaign_of(pipeline), "pending")
    pipeline.finish(feedback)

    first, other = (mail.email for mail in pipeline.aws.ses.sent)
    assert states(pipeline) == {first: "sent", other: "pending"}


def test_a_decision_has_a_later_rev_too() -> None:
    """As each write of a chunk."""
    pipeline, owner = a_sending(*EVERYBODY, calls=3, fault=REPLY_LOST)
    pipeline.finish(owner)
    [before] = [int(chunk["rev"]["N"]) for chunk in chunks(pipeline.aws).values()]

    pipeline.let("settle", campaign_of(pipeline), "sent")

    [after] = [int(chunk["rev"]["N"]) for chunk in chunks(pipeline.aws).values()]
    assert after == before + 1
