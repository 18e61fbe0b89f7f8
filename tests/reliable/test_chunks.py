"""What the sender does with a chunk: whom it mails, and how fast."""

from __future__ import annotations

from support.reliable.books import chunks
from support.reliable.invocations import REFUSED
from support.reliable.memory_aws import CHUNKS
from support.reliable.scenes import (
    EVERYBODY,
    HOUR,
    ONCE_EACH,
    a_planned,
    a_sending,
    gate,
    mailed,
    states,
    work_off,
)


def test_who_has_a_mail_gets_no_other_one_with_the_rest_of_the_chunk() -> None:
    pipeline = a_planned(*EVERYBODY)
    pipeline.aws.ses.trouble, pipeline.aws.ses.troubled_entries = "entries throttled", 1
    pipeline.finish(pipeline.receive())
    assert sorted(states(pipeline).values()) == ["pending", "sent"]

    pipeline.aws.ses.trouble = ""
    pipeline.finish(pipeline.sweep())
    pipeline.finish(pipeline.receive())

    assert mailed(pipeline) == ONCE_EACH


def test_campaign_pauses_for_what_any_of_its_recipients_meets() -> None:
    pipeline = a_planned(*EVERYBODY)
    pipeline.delete_recipient("r0@example.com")
    pipeline.aws.ses.trouble = "daily quota"

    pipeline.finish(pipeline.receive())

    assert states(pipeline) == {"r0@example.com": "suppressed", "r1@example.com": "pending"}
    assert gate(pipeline) == ("paused", "daily quota")


def test_ses_is_called_for_no_chunk_in_which_nobody_may_be_mailed() -> None:
    pipeline = a_planned(*EVERYBODY)
    for email in EVERYBODY:
        pipeline.put_recipient(email, optedout=1)
    pipeline.aws.story.clear()

    pipeline.finish(pipeline.receive())

    assert set(states(pipeline).values()) == {"suppressed"}
    assert not any("sesv2" in line for line in pipeline.aws.story)


def test_consumers_together_stay_below_the_rate() -> None:
    pipeline = a_planned(*EVERYBODY)  # at two mails a second, by two consumers
    began = pipeline.aws.now

    pipeline.finish(pipeline.receive())

    assert pipeline.aws.now - began == 2


def test_message_whose_chunk_cannot_be_claimed_just_now_returns_to_the_queue() -> None:
    pipeline = a_planned(*EVERYBODY)
    sender = pipeline.receive()
    pipeline.step(sender, 1, REFUSED)
    pipeline.finish(sender)
    assert len(pipeline.aws.sqs.queues[CHUNKS].messages) == 1

    work_off(pipeline, seconds=600)

    assert mailed(pipeline) == ONCE_EACH


def test_sender_whose_lease_is_over_records_whom_ses_took_and_nothing_else() -> None:
    pipeline, late = a_sending(
        "r0@example.com", "unverified-1@example.com", calls=3, UNKNOWN_POLICY="at_least_once"
    )
    late.context.deadline += HOUR  # as if Lambda let it live on
    pipeline.aws.sqs.queues[CHUNKS].messages.clear()
    pipeline.pass_time(100)
    pipeline.finish(pipeline.sweep())
    pipeline.step(pipeline.receive(), 1)  # another one has claimed the chunk

    pipeline.finish(late)

    assert states(pipeline) == {"r0@example.com": "sent", "unverified-1@example.com": "pending"}
    [chunk] = chunks(pipeline.aws).values()
    assert "lease_owner" in chunk  # the other one's
