"""Each exercise's check in the states that a learner can bring about."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mailfanout import campaign, provision, recipients, show, workshop
from mailfanout.sandbox.control import Sandbox
from mailfanout.stack import Stack
from mailfanout.target import Target
from mailfanout.workshop.exercises import CHECKS, pipeline, scale
from mailfanout.workshop.exercises.verdicts import CORRECT, NOT_ATTEMPTED, Verdict
from support.parts.people import COMPLETE, NUMBER_0, put

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


class TestAddARecipient:
    @pytest.fixture
    def target(self, mailfanout_target: Target) -> Target:
        provision.create_table(mailfanout_target, Stack())
        recipients.seed(mailfanout_target, Stack(), recipients.example().recipients)
        return mailfanout_target

    def test_the_articles_recipients_are_no_attempt(self, target: Target) -> None:
        assert pipeline.add_a_recipient(target, Stack()) == NOT_ATTEMPTED

    def test_a_complete_item_is_correct(self, target: Target) -> None:
        put(target, COMPLETE)

        assert pipeline.add_a_recipient(target, Stack()) == CORRECT

    @pytest.mark.parametrize(
        ("missing", "because"), [("username", "no username"), ("haserror", "the Number 0")]
    )
    def test_what_an_item_lacks_is_named(self, target: Target, missing: str, because: str) -> None:
        put(target, {name: value for name, value in COMPLETE.items() if name != missing})

        assert because in pipeline.add_a_recipient(target, Stack()).because

    def test_who_has_opted_out_cannot_be_sent_to(self, target: Target) -> None:
        put(target, {**COMPLETE, "optedout": {"N": "1"}})

        assert "optedout" in pipeline.add_a_recipient(target, Stack()).because

    def test_what_is_no_address_is_named(self, target: Target) -> None:
        put(target, {**COMPLETE, "email": {"S": "not an address"}})

        assert "'not an address' is no" in pipeline.add_a_recipient(target, Stack()).because


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


@pytest.mark.parametrize("exercise", ["02-1", "02-2"])
def test_who_is_in_the_table_but_would_get_no_mail_is_not_added(
    mailfanout_target: Target, exercise: str
) -> None:
    provision.create_table(mailfanout_target, Stack())
    if exercise == "02-1":
        names = ["success", "bounce", "complaint"]
        people = [recipients.Recipient(f"{one}@simulator.amazonses.com", one) for one in names]
    else:
        people = [recipients.Recipient("takahashi@example.com", "高橋四郎")]
    for one in people:
        item = {"email": {"S": one.email}, "username": {"S": one.username}}
        put(mailfanout_target, item)

    found = CHECKS[exercise](mailfanout_target, Stack())

    assert found.because == "haserror and issend have to be there, both the Number 0."
    recipients.seed(mailfanout_target, Stack(), people)
    assert CHECKS[exercise](mailfanout_target, Stack()) == CORRECT


def test_a_recipient_that_the_update_made_was_not_left_out(mailfanout_target: Target) -> None:
    stack = workshop.start("04").stack
    provision.create_function(mailfanout_target, stack, stack.send_queue_name)
    event = {"Records": [{"s3": {"bucket": {"name": "any"}, "object": {"key": "any.txt"}}}]}
    provision.invoke(mailfanout_target, stack.send_queue_name, event)

    put(mailfanout_target, {"email": {"S": "nobody@example.com"}, "haserror": {"N": "1"}})
    provision.invoke(mailfanout_target, stack.send_queue_name, event)
    found = pipeline.leave_out_a_recipient(mailfanout_target, stack)
    assert "sendQueue enqueues 3, as before" in found.because

    put(mailfanout_target, {**COMPLETE, "email": {"S": "sato@example.com"}, "haserror": {"N": "1"}})
    provision.invoke(mailfanout_target, stack.send_queue_name, event)
    assert pipeline.leave_out_a_recipient(mailfanout_target, stack) == CORRECT


def test_who_was_deleted_was_given_no_username(
    mailfanout_target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    provision.create_table(mailfanout_target, Stack())
    monkeypatch.setattr(pipeline, "read_depth", lambda target, name: (1, 0))
    office = workshop.crowd(mailfanout_target, pipeline.NAMELESS)[-1]
    recipients.seed(mailfanout_target, Stack(), [office])
    assert pipeline.give_everybody_a_username(mailfanout_target, Stack()) == CORRECT

    mailfanout_target.client("dynamodb").delete_item(
        TableName=Stack().table_name, Key={"email": {"S": office.email}}
    )
    found = pipeline.give_everybody_a_username(mailfanout_target, Stack())
    assert "info@branch38.example.com is not in the table any more" in found.because


def test_a_username_for_a_wrong_key_is_named(
    mailfanout_target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    provision.create_table(mailfanout_target, Stack())
    monkeypatch.setattr(pipeline, "read_depth", lambda target, name: (1, 0))
    put(mailfanout_target, {"email": {"S": "info@branch38"}, "haserror": NUMBER_0})
    put(mailfanout_target, {"email": {"S": "info@branch83"}, "username": {"S": "第38支店"}})

    found = pipeline.give_everybody_a_username(mailfanout_target, Stack())

    assert "the key 'info@branch83' was new" in found.because


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
