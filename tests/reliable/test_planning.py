"""Whoever dies while a campaign is planned: everybody is in one chunk, and each chunk is sent."""

from __future__ import annotations

from support.reliable.books import campaigns, chunks, lines
from support.reliable.invocations import DIES_AFTER, DIES_BEFORE, REFUSED
from support.reliable.memory_aws import CHUNK_LETTERS, FAILED_EVENTS
from support.reliable.pipeline import BUCKET, Pipeline
from support.reliable.scenes import (
    HOUR,
    a_pipeline,
    campaign_of,
    mailed,
    people,
    shown,
    states,
    sweeps,
    waiting_chunks,
    work_off,
)

EVERYBODY = people(6)
ONCE_EACH = dict.fromkeys(EVERYBODY, 1)
# The calls of the planner: read the campaign, the mail, the account; write; read; scan; write.
UNTIL_THE_FIRST_CHUNKS_ARE_WRITTEN = 7


def plan_of(pipeline: Pipeline) -> str:
    [item] = campaigns(pipeline.aws).values()
    return str(item["plan"]["S"])


def test_pause_while_planning_does_not_lose_the_rest_of_the_plan() -> None:
    pipeline = a_pipeline(*EVERYBODY, chunks_at_once=1)
    planner = pipeline.start_event()
    pipeline.step(planner, UNTIL_THE_FIRST_CHUNKS_ARE_WRITTEN)

    pipeline.let("pause", campaign_of(pipeline))
    pipeline.step(planner, fault=DIES_BEFORE)
    pipeline.let("resume", campaign_of(pipeline))
    work_off(pipeline, seconds=HOUR)

    assert mailed(pipeline) == ONCE_EACH
    assert shown(pipeline)["state"] == "done"


def test_page_of_more_chunks_than_a_transaction_takes_is_planned_in_several() -> None:
    everybody = people(170)
    pipeline = a_pipeline(*everybody, chunk_size=1)

    pipeline.finish(pipeline.start_event())

    parts = sorted(part for _, part in chunks(pipeline.aws))
    assert parts == [f"c{number:06}" for number in range(1, 171)]
    assert plan_of(pipeline) == "planned"


def test_plan_goes_on_inside_a_page_after_the_last_address_that_was_planned() -> None:
    pipeline = a_pipeline(*EVERYBODY, chunks_at_once=1)
    pipeline.step(pipeline.start_event(), UNTIL_THE_FIRST_CHUNKS_ARE_WRITTEN, DIES_AFTER)

    pipeline.finish(pipeline.start_event())

    assert sorted(line.entry["email"] for line in lines(pipeline.aws)) == EVERYBODY
    assert plan_of(pipeline) == "planned"


def test_chunks_that_the_planner_wrote_before_it_died_are_sent() -> None:
    pipeline = a_pipeline(*EVERYBODY)
    pipeline.step(pipeline.start_event(), UNTIL_THE_FIRST_CHUNKS_ARE_WRITTEN, DIES_AFTER)
    pipeline.finish(pipeline.start_event())
    assert (plan_of(pipeline), waiting_chunks(pipeline)) == ("planned", 0)

    work_off(pipeline, seconds=HOUR)

    assert mailed(pipeline) == ONCE_EACH


def test_planner_that_is_out_of_time_ends_and_the_sweep_has_it_go_on() -> None:
    pipeline = a_pipeline(*EVERYBODY, chunks_at_once=1)
    planner = pipeline.start_event()
    pipeline.step(planner, UNTIL_THE_FIRST_CHUNKS_ARE_WRITTEN)
    pipeline.pass_time(895)
    pipeline.finish(planner)
    assert (planner.error, plan_of(pipeline)) == (None, "planning")

    sweeps(pipeline, seconds=120)
    pipeline.drain()

    assert mailed(pipeline) == ONCE_EACH


def test_function_never_sends_to_the_queue_or_function_that_started_it() -> None:
    pipeline = a_pipeline(*EVERYBODY, chunks_at_once=1)
    planner = pipeline.start_event()
    pipeline.step(planner, UNTIL_THE_FIRST_CHUNKS_ARE_WRITTEN)
    pipeline.pass_time(895)
    pipeline.finish(planner)
    assert not pipeline.events

    pipeline.let("pause", campaign_of(pipeline))
    pipeline.finish(pipeline.receive())

    assert waiting_chunks(pipeline) == 0


def test_upload_that_the_planner_gave_up_is_redriven_to_the_planner() -> None:
    pipeline = a_pipeline(*EVERYBODY)
    for _ in range(3):
        pipeline.step(pipeline.start_event(), fault=DIES_BEFORE)
    assert len(pipeline.aws.sqs.queues[FAILED_EVENTS].messages) == 1

    moved = pipeline.redrive()
    work_off(pipeline, seconds=HOUR)

    assert moved == {"upload": 1}
    assert mailed(pipeline) == ONCE_EACH
    assert pipeline.aws.sqs.queues[CHUNK_LETTERS].messages == []


def test_mail_that_was_replaced_before_it_was_planned_goes_to_nobody() -> None:
    pipeline = a_pipeline(*EVERYBODY)
    pipeline.aws.s3.put_object(Bucket=BUCKET, Key="mail 1.txt", Body=b"Other\n\nAnother mail\n")

    pipeline.finish(pipeline.start_event())

    assert mailed(pipeline) == {}
    assert shown(pipeline)["state"] == "failed"
    assert shown(pipeline)["reason"].endswith("was replaced before it was planned")


def test_mail_that_was_deleted_before_it_was_planned_goes_to_nobody() -> None:
    pipeline = a_pipeline(*EVERYBODY)
    pipeline.aws.s3.objects.clear()

    pipeline.finish(pipeline.start_event())

    assert shown(pipeline)["state"] == "failed"
    assert shown(pipeline)["reason"].endswith("mail 1.txt: was it deleted?")


def test_mail_that_cannot_be_read_just_now_is_planned_when_it_can() -> None:
    pipeline = a_pipeline(*EVERYBODY)
    pipeline.step(pipeline.start_event(), 2, REFUSED)
    assert campaigns(pipeline.aws) == {}

    work_off(pipeline, seconds=HOUR)

    assert mailed(pipeline) == ONCE_EACH


def test_upload_from_after_the_design_was_changed_goes_to_everybody() -> None:
    pipeline = a_pipeline(*EVERYBODY, DESIGN_SINCE="2026-11-25T09:00:00+00:00")

    work_off(pipeline, seconds=HOUR)

    assert mailed(pipeline) == ONCE_EACH


def test_upload_from_before_the_design_was_changed_goes_to_nobody() -> None:
    pipeline = a_pipeline(*EVERYBODY, DESIGN_SINCE="2026-11-26T09:00:00+00:00")

    pipeline.finish(pipeline.start_event())
    work_off(pipeline, seconds=HOUR)

    assert mailed(pipeline) == {}
    assert shown(pipeline)["reason"].endswith("upload it again")


def test_event_that_comes_again_plans_nothing_anew() -> None:
    pipeline = a_pipeline(*EVERYBODY)
    pipeline.events *= 2

    work_off(pipeline, seconds=HOUR)

    assert mailed(pipeline) == ONCE_EACH
    assert len(states(pipeline)) == len(EVERYBODY)


def test_uploads_that_s3_calls_by_the_same_version_null_are_a_campaign_each() -> None:
    pipeline = a_pipeline(*EVERYBODY)
    pipeline.upload()
    for _, event, _ in pipeline.events:
        event["Records"][0]["s3"]["object"] |= {"key": "mail+1.txt", "versionId": "null"}

    work_off(pipeline, seconds=HOUR)

    keys = [item["filename"]["S"] for item in campaigns(pipeline.aws).values()]
    assert keys == ["mail 1.txt", "mail 1.txt"]


def test_whoever_was_added_a_moment_ago_is_planned() -> None:
    pipeline = a_pipeline()
    pipeline.put_recipient("new@example.com")

    pipeline.finish(pipeline.start_event())

    assert list(states(pipeline)) == ["new@example.com"]
