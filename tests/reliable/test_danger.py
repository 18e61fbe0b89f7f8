"""A campaign whose mails bounce, or are complained of, pauses before SES pauses the account."""

from __future__ import annotations

import pytest

from support.reliable.books import campaigns
from support.reliable.feedback import (
    BOUNCING,
    COMPLAINING,
    FINE,
    counted,
    event_of,
    haserror,
    sent_to,
    tell,
    tell_only,
)
from support.reliable.memory_aws import FEEDBACK
from support.reliable.pipeline import TIMEOUT_SECONDS, Pipeline
from support.reliable.scenes import (
    a_planned,
    are_open,
    campaign_of,
    gate,
    record_feedback,
    shown,
    sweeps,
    work_off,
)


def test_too_many_bounces_pause_the_campaign_and_tell_a_person() -> None:
    pipeline = sent_to(*BOUNCING, *FINE)
    pipeline.finish(pipeline.sweep())
    assert are_open(pipeline) == [False]

    record_feedback(pipeline)
    sweeps(pipeline, seconds=120)

    assert gate(pipeline) == ("paused", "6 of 106 mails bounced")
    assert paused_as_told(pipeline) == ["paused: 6 of 106 mails bounced"]
    assert are_open(pipeline) == [False]


def paused_as_told(pipeline: Pipeline) -> list[str]:
    """What people were told of pauses."""
    return [
        line
        for said in pipeline.aws.sns.published
        for line in said.splitlines()
        if "paused" in line
    ]


@pytest.mark.parametrize("code", ["InternalError", "NotFound"])
def test_whoever_cannot_be_told_of_a_pause_is_told_later_though_the_campaign_is_over(
    code: str,
) -> None:
    pipeline = sent_to(*BOUNCING, *FINE)
    record_feedback(pipeline)
    pipeline.aws.sns.refuses = code
    sweeps(pipeline, seconds=120)
    assert paused_as_told(pipeline) == []

    pipeline.aws.sns.refuses = ""
    sweeps(pipeline, seconds=120)

    assert paused_as_told(pipeline) == ["paused: 6 of 106 mails bounced"]
    assert are_open(pipeline) == [False]


def test_pause_while_the_sweep_closes_the_campaign_is_told() -> None:
    pipeline = sent_to(*BOUNCING, *FINE)
    sweep = pipeline.sweep()
    pipeline.step(sweep, calls=2)  # it has read the campaign, which was not paused

    record_feedback(pipeline)
    pipeline.finish(sweep)
    assert are_open(pipeline) == [True]
    sweeps(pipeline, seconds=120)

    assert paused_as_told(pipeline) == ["paused: 6 of 106 mails bounced"]
    assert are_open(pipeline) == [False]


def test_pause_that_nobody_can_be_told_of_keeps_no_other_campaign_from_going_on() -> None:
    pipeline = sent_to(*BOUNCING, *FINE)
    record_feedback(pipeline)
    pipeline.aws.sns.refuses = "InternalError"

    pipeline.upload()
    work_off(pipeline, seconds=120)

    assert [item["gate"]["S"] for item in campaigns(pipeline.aws).values()] == ["paused", "open"]
    assert len(pipeline.aws.ses.sent) == 206


def test_whoever_resumes_while_people_are_told_hears_of_the_next_pause() -> None:
    pipeline = sent_to(*BOUNCING, *FINE)
    record_feedback(pipeline)
    sweep = pipeline.sweep()
    while not paused_as_told(pipeline):
        pipeline.step(sweep)
    pipeline.let("resume", campaign_of(pipeline))
    pipeline.finish(sweep)

    tell(pipeline, *(event_of(pipeline, "Send", number) for number in range(100)))
    tell(pipeline, *(event_of(pipeline, "Bounce", number) for number in range(6, 12)))
    pipeline.finish(pipeline.sweep())

    assert len(paused_as_told(pipeline)) == 2


@pytest.mark.parametrize("calls", range(1, 12))
def test_of_two_sweeps_at_once_one_tells(calls: int) -> None:
    pipeline = sent_to(*BOUNCING, *FINE)
    record_feedback(pipeline)
    sweep = pipeline.sweep()
    pipeline.step(sweep, calls)

    pipeline.finish(pipeline.sweep())
    pipeline.finish(sweep)

    assert len(paused_as_told(pipeline)) == 1


def test_another_sweep_tells_if_the_one_that_was_about_to_died() -> None:
    pipeline = sent_to(*BOUNCING, *FINE)
    record_feedback(pipeline)
    sweep = pipeline.sweep()
    while not is_about_to_tell(pipeline):
        pipeline.step(sweep)
    sweep.kill()

    pipeline.finish(pipeline.sweep())
    assert paused_as_told(pipeline) == []

    pipeline.pass_time(TIMEOUT_SECONDS["sweepCampaigns"] + 1)
    pipeline.finish(pipeline.sweep())
    assert len(paused_as_told(pipeline)) == 1


def is_about_to_tell(pipeline: Pipeline) -> bool:
    return "telling_until" in campaigns(pipeline.aws)[campaign_of(pipeline)]


def test_two_complaints_pause_the_campaign_and_tell_a_person() -> None:
    pipeline = sent_to(*COMPLAINING, *FINE)

    record_feedback(pipeline)
    pipeline.finish(pipeline.sweep())

    assert gate(pipeline) == ("paused", "2 of 102 mails were complained of")
    assert paused_as_told(pipeline) == ["paused: 2 of 102 mails were complained of"]
    assert [haserror(pipeline, email) for email in COMPLAINING] == ["1", "1"]
    assert shown(pipeline)["complaints"] == 2


@pytest.mark.parametrize(
    ("mailed", "bounces", "complaints", "reason"),
    [
        (99, 99, 99, ""),
        (100, 5, 1, ""),
        (100, 6, 0, "6 of 100 mails bounced"),
        (100, 0, 2, "2 of 100 mails were complained of"),
        (2000, 0, 2, ""),
        (1999, 0, 2, "2 of 1999 mails were complained of"),
        (5000, 0, 5, ""),
    ],
)
def test_what_endangers_the_account_is_measured_by_the_mails(
    mailed: int, bounces: int, complaints: int, reason: str
) -> None:
    feedback = Pipeline().functions["recordFeedback"]

    assert feedback.danger_in(mailed, bounces, complaints) == reason


def test_resume_judges_the_campaign_by_what_comes_after_it() -> None:
    pipeline = sent_to(*BOUNCING, *FINE)
    record_feedback(pipeline)
    pipeline.let("resume", campaign_of(pipeline))

    for number in range(3):
        tell(pipeline, event_of(pipeline, "Send", number))

    assert gate(pipeline) == ("open", "")


def test_limits_do_not_replace_what_a_person_has_decided() -> None:
    pipeline = sent_to(*BOUNCING, *FINE)
    feedback = pipeline.receive(FEEDBACK, limit=1000)
    pipeline.step(feedback, len(BOUNCING) + 3)  # it has counted, and is about to pause
    assert pipeline.aws.sns.published

    pipeline.let("cancel", campaign_of(pipeline))
    pipeline.finish(feedback)

    assert gate(pipeline) == ("cancelled", "cancelled by a person")


def test_whoever_was_told_of_a_pause_is_not_told_of_it_with_each_event_that_follows() -> None:
    pipeline = sent_to(*BOUNCING, *FINE)
    record_feedback(pipeline)
    pipeline.finish(pipeline.sweep())
    told = list(pipeline.aws.sns.published)

    tell(pipeline, event_of(pipeline, "Delivery"))
    pipeline.finish(pipeline.sweep())

    assert pipeline.aws.sns.published == told


def test_a_person_who_has_paused_the_campaign_is_not_told_that_it_is_in_danger() -> None:
    pipeline = sent_to(*BOUNCING, *FINE)
    pipeline.let("pause", campaign_of(pipeline))

    record_feedback(pipeline)
    pipeline.finish(pipeline.sweep())

    assert gate(pipeline) == ("paused", "paused by a person")
    assert not any("paused" in said for said in pipeline.aws.sns.published)


def test_campaign_that_waits_for_the_daily_quota_waits_for_a_person_if_it_is_in_danger() -> None:
    pipeline = sent_to(*BOUNCING, *FINE)
    campaigns(pipeline.aws)[campaign_of(pipeline)] |= {
        "gate": {"S": "paused"},
        "reason": {"S": "daily quota"},
    }

    record_feedback(pipeline)
    pipeline.finish(pipeline.sweep())

    assert gate(pipeline) == ("paused", "6 of 106 mails bounced")


def test_mails_are_counted_by_their_send_and_by_no_other_event() -> None:
    pipeline = sent_to("r0@example.com")

    tell_only(pipeline, event_of(pipeline, "Send"), *2 * [event_of(pipeline, "Delivery")])

    assert counted(pipeline, "mailed") == 1


def test_each_campaign_is_judged_by_its_own_mails_if_one_batch_tells_of_several() -> None:
    pipeline = a_planned("bounce-1@example.com", chunk_size=50)
    pipeline.put_recipient("r1@example.com")
    pipeline.upload()
    work_off(pipeline, seconds=60)
    pipeline.pass_time(60)

    record_feedback(pipeline)

    numbers = {
        item["filename"]["S"]: [int(item[name]["N"]) for name in ("mailed", "bounces")]
        for item in campaigns(pipeline.aws).values()
    }
    assert numbers == {"mail 1.txt": [1, 1], "mail 2.txt": [2, 1]}
    assert len(pipeline.aws.sns.published) == 2


@pytest.mark.parametrize("code", ["NotFound", "AuthorizationError"])
def test_what_nobody_can_be_told_is_recorded_and_acted_on(code: str) -> None:
    pipeline = sent_to(*BOUNCING, *FINE)
    pipeline.aws.sns.refuses = code

    record_feedback(pipeline)

    assert gate(pipeline) == ("paused", "6 of 106 mails bounced")
    assert shown(pipeline)["bounces"] == 6


def test_what_people_cannot_be_told_at_the_moment_they_are_told_later() -> None:
    pipeline = sent_to(*BOUNCING, *FINE)
    pipeline.aws.sns.refuses = "InternalError"
    record_feedback(pipeline)
    pipeline.aws.sns.refuses = ""

    pipeline.pass_time(360)
    record_feedback(pipeline)

    told = "".join(pipeline.aws.sns.published)
    assert all(email in told for email in BOUNCING)
    assert shown(pipeline)["bounces"] == 6
