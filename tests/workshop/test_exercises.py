"""Each exercise's check in the states that a learner can bring about."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mailfanout import campaign, provision, show, workshop
from mailfanout.sandbox.control import Sandbox
from mailfanout.stack import Stack
from mailfanout.target import Target
from mailfanout.workshop.exercises import CHECKS, pipeline, scale
from mailfanout.workshop.exercises.verdicts import CORRECT, Verdict
from support.parts.people import COMPLETE, put

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("exercise", CHECKS)
def test_every_check_has_a_task_that_a_table_shows_whole(exercise: str) -> None:
    task = (CHECKS[exercise].__doc__ or "").partition("\n")[0]

    assert 0 < len(task) <= 50


@pytest.mark.parametrize("exercise", CHECKS)
def test_nothing_is_correct_in_an_empty_sandbox(mailfanout_target: Target, exercise: str) -> None:
    assert workshop.check(exercise).verdict != CORRECT


@pytest.mark.parametrize("lesson", workshop.LESSONS)
def test_nothing_is_correct_when_a_lesson_has_just_begun(
    mailfanout_target: Target, lesson: str
) -> None:
    workshop.start(lesson)

    assert [one for one in CHECKS if workshop.check(one).verdict == CORRECT] == []


def test_an_exercise_of_another_lesson_is_not_checked(mailfanout_target: Target) -> None:
    workshop.start("05")

    said = "not yet, because lesson 05 stands in the sandbox: run notebook 00 from its first cell."
    assert str(workshop.check("00-2").verdict) == said


def test_a_check_answers_though_nobody_knows_which_lesson_stands(
    mailfanout_target: Target, sandbox: Sandbox
) -> None:
    workshop.start("06")
    sandbox.write_note({})

    assert all(workshop.check(exercise) for exercise in CHECKS)


@pytest.mark.parametrize("exercise", ["00-2", "05-2"])
def test_a_mail_that_nobody_sent_is_neither_gone_nor_sent_again(
    mailfanout_target: Target, exercise: str
) -> None:
    stack = workshop.start("06").stack

    assert "run the cells above" in CHECKS[exercise](mailfanout_target, stack).because


def test_an_upload_for_everybody_is_not_a_mail_for_one(mailfanout_target: Target) -> None:
    stack, mail = workshop.start("06").stack, campaign.example_mail()
    for _ in range(2):
        campaign.send(mailfanout_target, stack, mail)
    found = CHECKS["05-2"](mailfanout_target, stack)
    assert (found.outcome, found.hint[:9]) == ("not attempted", "an upload")

    put(mailfanout_target, {**COMPLETE, "email": {"S": "sato@example.com"}})
    texts = {"username": "x", "bucketname": stack.bucket_name, "filename": mail.name}
    attributes = {n: {"stringValue": text, "dataType": "String"} for n, text in texts.items()}
    record = {"messageId": "1", "body": "sato@example.com", "messageAttributes": attributes}
    provision.invoke(mailfanout_target, stack.read_message_name, {"Records": [record]})
    assert CHECKS["05-2"](mailfanout_target, stack) == CORRECT


@pytest.mark.parametrize("is_sandbox", [True, False])
def test_a_stack_that_never_stood_was_not_removed(
    mailfanout_target: Target, learners_copy: Path, is_sandbox: bool
) -> None:
    def said() -> Verdict:
        found = mailfanout_target if is_sandbox else replace(mailfanout_target, sandbox=None)
        return CHECKS["12-1"](found, lesson.stack)

    lesson = workshop.start("12")
    provision.deploy(mailfanout_target, lesson.stack)
    assert workshop.neighbours(mailfanout_target, lesson.stack) == {lesson.stack.stack_name: 9}
    assert "nobody was beside you" in said().because

    beside = lesson.stack.with_prefix("2-")
    provision.deploy(mailfanout_target, beside)
    assert list(workshop.neighbours(mailfanout_target, lesson.stack).values()) == [8, 9]
    provision.teardown(mailfanout_target, beside)
    assert said() == CORRECT

    workshop.start("12")
    assert "nobody was beside you" in said().because


@pytest.mark.parametrize(
    ("variables", "because"),
    [({}, "CONSUMERS is ''. "), ({"CONSUMERS": "four"}, "CONSUMERS is 'four'. ")],
)
def test_variables_that_were_replaced_are_named(
    mailfanout_target: Target, variables: dict[str, str], because: str
) -> None:
    stack = workshop.start("06").stack
    mailfanout_target.client("lambda").update_function_configuration(
        FunctionName=stack.read_message_name, Environment={"Variables": variables}
    )

    found = scale.share_the_rate(mailfanout_target, stack)

    assert because in found.because


def test_who_replaced_all_variables_by_the_right_one_has_lost_the_others(
    mailfanout_target: Target,
) -> None:
    stack = workshop.start("10").stack
    provision.deploy(mailfanout_target, replace(stack, consumers=4), design="reliable")
    assert CHECKS["10-1"](mailfanout_target, stack) == CORRECT

    functions, name = mailfanout_target.client("lambda"), stack.read_message_name
    variables = {"Variables": {"CONSUMERS": "4"}}
    functions.update_function_configuration(FunctionName=name, Environment=variables)

    assert "is gone. " in CHECKS["10-1"](mailfanout_target, stack).because


def test_the_example_was_there_though_a_file_that_is_no_mail_came_after_it(
    mailfanout_target: Target,
) -> None:
    lesson = workshop.start("06")
    campaign.send(mailfanout_target, lesson.stack, campaign.example_mail())
    campaign.upload(
        mailfanout_target, lesson.stack, replace(campaign.example_mail(), name="x.txt", data=b"")
    )
    show.outcomes(mailfanout_target, lesson.stack, lesson.stack.send_queue_name, at_least=2)
    lesson.client("s3").delete_object(Bucket=lesson.stack.bucket_name, Key="example.txt")

    assert CHECKS["00-2"](mailfanout_target, lesson.stack) == CORRECT


@pytest.mark.parametrize(
    ("events", "because"),
    [
        (["s3:ObjectCreated:*"], ""),
        (["s3:ObjectCreated:Put", "s3:ObjectCreated:Copy"], ""),
        (["s3:ObjectRemoved:*"], "the event is s3:ObjectRemoved:*."),
        (["s3:ObjectCreated:Copy"], "the event is s3:ObjectCreated:Copy."),
    ],
)
def test_only_who_still_hears_of_uploads_has_announced_text_files(
    mailfanout_target: Target, events: list[str], because: str
) -> None:
    stack = workshop.start("06").stack
    s3, bucket = mailfanout_target.client("s3"), {"Bucket": stack.bucket_name}
    [notification] = s3.get_bucket_notification_configuration(**bucket)[
        "LambdaFunctionConfigurations"
    ]
    rules = {"Key": {"FilterRules": [{"Name": "suffix", "Value": ".txt"}]}}
    wanted = {**notification, "Events": events, "Filter": rules}
    s3.put_bucket_notification_configuration(
        **bucket, NotificationConfiguration={"LambdaFunctionConfigurations": [wanted]}
    )

    found = pipeline.announce_only_text_files(mailfanout_target, stack)

    assert (found == CORRECT) == (not because)
    assert found.because.endswith(because)


@pytest.mark.parametrize(
    ("exercise", "change"),
    [
        ("05-1", {"BatchSize": 5}),
        ("06-3", {"ScalingConfig": {"MaximumConcurrency": 2}}),
    ],
)
def test_who_has_switched_a_mapping_off_has_not_limited_it(
    mailfanout_target: Target, exercise: str, change: dict[str, Any]
) -> None:
    stack = workshop.start("06").stack
    mapping = provision.find_mapping(mailfanout_target, stack)
    assert mapping
    update = mailfanout_target.client("lambda").update_event_source_mapping
    update(UUID=mapping["UUID"], **change)
    assert CHECKS[exercise](mailfanout_target, stack) == CORRECT

    provision.set_polling(mailfanout_target, stack.read_message_name, enabled=False)

    assert "is disabled" in CHECKS[exercise](mailfanout_target, stack).because


@pytest.mark.parametrize(
    ("protocol", "outcome"),
    [("email", "correct"), ("email-json", "correct"), ("sms", "not yet")],
)
def test_whoever_has_notices_mailed_is_told_of_them(
    mailfanout_target: Target, protocol: str, outcome: str
) -> None:
    endpoint = "+4915112345678" if protocol == "sms" else "ops@example.com"
    sns, stack = mailfanout_target.client("sns"), Stack()
    topic_arn = sns.create_topic(Name=stack.notices_arn.rpartition(":")[2])["TopicArn"]
    sns.subscribe(TopicArn=topic_arn, Protocol=protocol, Endpoint=endpoint)

    assert CHECKS["09-2"](mailfanout_target, stack).outcome == outcome


@pytest.mark.parametrize(
    ("schedule", "outcome"),
    [
        ("rate(1 minute)", "not attempted"),
        ("rate(5 minutes)", "correct"),
        ("cron(0/5 * * * ? *)", "correct"),
        ("rate(5 hours)", "not yet"),
    ],
)
def test_every_five_minutes_may_be_written_in_either_way(
    mailfanout_target: Target, schedule: str, outcome: str
) -> None:
    events = mailfanout_target.client("events")
    events.put_rule(Name=Stack().rule_name, ScheduleExpression=schedule)

    assert CHECKS["10-2"](mailfanout_target, Stack()).outcome == outcome


@pytest.mark.parametrize("protocol", ["email", "email-json"])
def test_whoever_has_every_event_mailed_is_told_which_topic_is_for_people(
    mailfanout_target: Target, protocol: str
) -> None:
    sns, stack = mailfanout_target.client("sns"), Stack()
    topic_arn = sns.create_topic(Name=stack.feedback_topic_arn.rpartition(":")[2])["TopicArn"]
    sns.subscribe(TopicArn=topic_arn, Protocol=protocol, Endpoint="ops@example.com")

    assert "every event of every mail" in CHECKS["09-2"](mailfanout_target, stack).because


@pytest.mark.parametrize(
    ("address", "outcome"), [("ops@example.com", "correct"), ("oops@example.com", "not yet")]
)
def test_alarms_write_to_the_address_that_the_exercise_names(address: str, outcome: str) -> None:
    given = {"ParameterKey": "NotificationAddress", "ParameterValue": address}
    made = {"LogicalResourceId": "NoticesEmail", "PhysicalResourceId": "any"}
    cloudformation = SimpleNamespace(
        describe_stack_resources=lambda **_: {"StackResources": [made]},
        describe_stacks=lambda **_: {"Stacks": [{"Parameters": [given]}]},
    )
    target: Any = SimpleNamespace(client=lambda _: cloudformation)

    assert CHECKS["11-1"](target, Stack()).outcome == outcome


@pytest.mark.parametrize(
    ("status", "resource"),
    [("UPDATE_ROLLBACK_COMPLETE", "NoticesTopic"), ("DELETE_FAILED", "Bucket")],
)
def test_a_stack_that_cannot_tell_anybody_is_named(status: str, resource: str) -> None:
    made = {"LogicalResourceId": resource, "PhysicalResourceId": "any"}
    cloudformation = SimpleNamespace(
        describe_stack_resources=lambda **_: {"StackResources": [made]},
        describe_stacks=lambda **_: {"Stacks": [{"StackStatus": status, "Parameters": []}]},
    )
    target: Any = SimpleNamespace(client=lambda _: cloudformation)

    found = CHECKS["11-1"](target, Stack())

    assert f"the stack is {status}" in found.because + found.hint


class TestPollTheDeadLetterQueueLong:
    @pytest.mark.parametrize(
        ("wait_seconds", "verdict"),
        [
            (0, "not attempted"),
            (5, "not yet, because ReceiveMessageWaitTimeSeconds is 5, and not 20."),
            (20, "correct"),
        ],
    )
    def test_the_wait_time_decides(
        self, mailfanout_target: Target, wait_seconds: int, verdict: str
    ) -> None:
        queue_url = provision.create_dead_letter_queue(mailfanout_target, Stack())
        mailfanout_target.client("sqs").set_queue_attributes(
            QueueUrl=queue_url, Attributes={"ReceiveMessageWaitTimeSeconds": str(wait_seconds)}
        )

        found = pipeline.poll_the_dead_letter_queue_long(mailfanout_target, Stack())

        assert str(found) == verdict
