"""Whoever dies while a chunk is sent, and whatever SES refuses: nobody is lost or doubled."""

from __future__ import annotations

import pytest

from support.reliable.books import chunks
from support.reliable.invocations import DIES_AFTER, DIES_BEFORE, REPLY_LOST
from support.reliable.memory_aws import CHUNK_LETTERS, CHUNKS, FEEDBACK
from support.reliable.memory_ses import SENDER
from support.reliable.scenes import (
    EVERYBODY,
    HOUR,
    ONCE_EACH,
    READER_TIMEOUT_SECONDS,
    SENT,
    a_planned,
    a_sending,
    campaign_of,
    entry_of,
    gate,
    mailed,
    message_comes_twice,
    people,
    record_feedback,
    shown,
    states,
    sweeps,
    waiting_chunks,
    work_off,
)


def test_chunk_whose_only_message_went_while_its_owner_died_is_sent() -> None:
    pipeline, owner = a_sending(*EVERYBODY, calls=1)
    message_comes_twice(pipeline)
    pipeline.finish(pipeline.receive())
    queue = pipeline.aws.sqs.queues[CHUNKS]
    queue.delete(queue.messages[0], now=pipeline.aws.now)
    owner.kill()

    work_off(pipeline, seconds=HOUR)

    assert mailed(pipeline) == ONCE_EACH


def test_waiting_for_the_daily_quota_makes_no_dead_letter() -> None:
    pipeline = a_planned(*EVERYBODY)
    pipeline.aws.ses.trouble, pipeline.aws.ses.room = "daily quota", 0
    work_off(pipeline, seconds=24 * HOUR)
    assert gate(pipeline) == ("paused", "daily quota")

    pipeline.aws.ses.trouble, pipeline.aws.ses.room = "", 1000
    work_off(pipeline, seconds=HOUR)

    assert mailed(pipeline) == ONCE_EACH
    assert pipeline.aws.sqs.queues[CHUNK_LETTERS].messages == []


def test_a_quota_that_returns_bit_by_bit_is_told_once_until_a_person_resumes() -> None:
    pipeline = a_planned(*EVERYBODY)
    pipeline.aws.ses.trouble, pipeline.aws.ses.room = "daily quota", 1

    work_off(pipeline, seconds=HOUR)
    told = len(pipeline.aws.sns.published)
    pipeline.let("resume", campaign_of(pipeline))
    work_off(pipeline, seconds=HOUR)

    assert (told, len(pipeline.aws.sns.published)) == (1, 2)


def test_message_of_a_paused_campaign_is_done_with() -> None:
    pipeline = a_planned(*EVERYBODY)
    pipeline.let("pause", campaign_of(pipeline))

    pipeline.finish(pipeline.receive())
    pipeline.pass_time(HOUR)

    assert waiting_chunks(pipeline) == 0
    assert set(states(pipeline).values()) == {"pending"}


def test_event_that_comes_before_the_record_is_kept() -> None:
    pipeline, owner = a_sending(*EVERYBODY, calls=3, fault=REPLY_LOST)
    pipeline.pass_time(40)
    record_feedback(pipeline)

    pipeline.finish(owner)

    assert states(pipeline) == SENT


def test_claim_whose_reply_was_lost_is_ones_own() -> None:
    pipeline, owner = a_sending(*EVERYBODY, calls=1, fault=REPLY_LOST)

    pipeline.finish(owner)

    assert mailed(pipeline) == ONCE_EACH
    assert states(pipeline) == SENT


def test_record_whose_reply_was_lost_is_done_once() -> None:
    pipeline, owner = a_sending(*EVERYBODY, calls=4, fault=REPLY_LOST)

    pipeline.finish(owner)

    assert states(pipeline) == SENT
    assert shown(pipeline)["doubled"] == 0


def test_write_from_before_a_claim_does_not_erase_the_lease() -> None:
    pipeline, _ = a_sending(*EVERYBODY, calls=3, fault=DIES_AFTER, UNKNOWN_POLICY="at_least_once")
    sweeps(pipeline, seconds=120)
    feedback = pipeline.receive(FEEDBACK, limit=10)
    pipeline.step(feedback, 2)  # it has read the chunk
    message_comes_twice(pipeline)
    pipeline.step(pipeline.receive(), 2)  # it has claimed the chunk

    pipeline.finish(feedback)

    chunk = pipeline.aws.dynamodb.tables["maildelivery"].items[campaign_of(pipeline), "c000001"]
    assert "lease_owner" in chunk


def test_crashing_sender_sends_three_mails_at_most_then_a_person_decides() -> None:
    pipeline = a_planned("r@example.com", UNKNOWN_POLICY="at_least_once")
    pipeline.aws.ses.event_delay_seconds = 10 * HOUR
    for _ in range(6):
        if waiting_chunks(pipeline):
            pipeline.step(pipeline.receive(), 3, DIES_AFTER)
        sweeps(pipeline, seconds=HOUR / 2)

    assert mailed(pipeline) == {"r@example.com": 3}
    assert entry_of(pipeline, "r@example.com")["state"] == "unknown"
    assert entry_of(pipeline, "r@example.com")["person"]


@pytest.mark.parametrize(
    "trouble", ["sender not verified", "no configuration set", "account paused"]
)
def test_account_that_ses_refuses_pauses_the_campaign_and_fails_nobody(trouble: str) -> None:
    pipeline = a_planned(*EVERYBODY)
    pipeline.aws.ses.trouble = trouble

    pipeline.finish(pipeline.receive())
    pipeline.finish(pipeline.sweep())

    assert set(states(pipeline).values()) == {"pending"}
    paused, reason = gate(pipeline)
    assert paused == "paused"
    [notice] = pipeline.aws.sns.published
    assert notice == f"Campaign {campaign_of(pipeline)}\npaused: {reason}"


def test_refusal_of_the_account_pauses_nothing_that_a_person_has_decided() -> None:
    pipeline, owner = a_sending(*EVERYBODY, calls=2)
    pipeline.let("cancel", campaign_of(pipeline))
    pipeline.aws.ses.trouble = "account paused"

    pipeline.finish(owner)
    pipeline.finish(pipeline.sweep())

    assert gate(pipeline) == ("cancelled", "cancelled by a person")
    assert pipeline.aws.sns.published == []


@pytest.mark.parametrize("trouble", ["entries throttled", "transient failure", "call throttled"])
def test_throttled_entries_wait_and_the_campaign_goes_on(trouble: str) -> None:
    pipeline = a_planned(*EVERYBODY)
    pipeline.aws.ses.trouble = trouble
    pipeline.finish(pipeline.receive())
    assert set(states(pipeline).values()) == {"pending"}

    pipeline.aws.ses.trouble = ""
    work_off(pipeline, seconds=HOUR)

    assert mailed(pipeline) == ONCE_EACH


def test_entry_that_spoils_the_call_fails_alone() -> None:
    pipeline = a_planned("bad@example.com", *people(4), chunk_size=5)

    pipeline.finish(pipeline.receive())

    assert states(pipeline) == {"bad@example.com": "failed", **dict.fromkeys(people(4), "sent")}


@pytest.mark.parametrize("email", ["unverified@example.com", f"unverified-{SENDER}"])
def test_recipient_who_is_not_verified_fails_alone(email: str) -> None:
    pipeline = a_planned(email, "r0@example.com")

    pipeline.finish(pipeline.receive())

    assert states(pipeline) == {email: "failed", "r0@example.com": "sent"}
    assert gate(pipeline) == ("open", "")


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"haserror": 1}, "haserror"), ({"optedout": 1}, "optedout"), (None, "deleted")],
)
def test_whoever_may_not_be_mailed_any_more_is_suppressed(
    change: dict[str, str | int] | None, reason: str
) -> None:
    pipeline = a_planned("r@example.com")
    if change is None:
        pipeline.delete_recipient("r@example.com")
    else:
        pipeline.put_recipient("r@example.com", **change)

    pipeline.finish(pipeline.receive())

    assert mailed(pipeline) == {}
    assert entry_of(pipeline, "r@example.com")["reason"] == reason


def test_lease_outlives_the_function_that_holds_it() -> None:
    pipeline, owner = a_sending(*EVERYBODY, calls=2, UNKNOWN_POLICY="at_least_once")
    pipeline.pass_time(READER_TIMEOUT_SECONDS - 10)
    pipeline.finish(pipeline.sweep())
    message_comes_twice(pipeline)
    pipeline.finish(pipeline.receive())

    pipeline.finish(owner)

    assert mailed(pipeline) == ONCE_EACH


def test_chunk_is_released_if_there_is_too_little_time_to_send_it() -> None:
    pipeline, owner = a_sending(*EVERYBODY, calls=1)
    pipeline.pass_time(READER_TIMEOUT_SECONDS - 10)

    pipeline.finish(owner)
    assert mailed(pipeline) == {}
    work_off(pipeline, seconds=HOUR)

    assert mailed(pipeline) == ONCE_EACH
    assert shown(pipeline)["concerned"] == 0


def test_failure_to_read_releases_the_chunk_so_that_nobody_becomes_unknown() -> None:
    pipeline, owner = a_sending(*EVERYBODY, calls=2, fault="it is throttled")

    pipeline.finish(owner)
    work_off(pipeline, seconds=HOUR)

    assert shown(pipeline)["concerned"] == 0
    assert mailed(pipeline) == ONCE_EACH


def test_sender_that_dies_before_ses_leaves_nobody_without_a_mail() -> None:
    pipeline, _ = a_sending(*EVERYBODY, calls=3, fault=DIES_BEFORE)

    work_off(pipeline, seconds=HOUR)

    assert mailed(pipeline) == ONCE_EACH
    assert shown(pipeline)["concerned"] == 2


def test_each_write_of_a_chunk_has_a_later_rev() -> None:
    """Else who read it long ago could meet the `rev` that he read, and undo what came since."""
    pipeline, owner = a_sending(*EVERYBODY, calls=1)
    [claimed] = chunks(pipeline.aws).values()
    pipeline.finish(owner)
    [recorded] = chunks(pipeline.aws).values()

    assert [int(chunk["rev"]["N"]) for chunk in (claimed, recorded)] == [2, 3]
