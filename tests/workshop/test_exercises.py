"""Each exercise's check in the states that a learner can bring about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest

from mailfanout import campaign, provision, recipients, workshop
from mailfanout.sandbox.control import Sandbox
from mailfanout.stack import Stack
from mailfanout.target import Target
from mailfanout.workshop.exercises import CHECKS, mails, pipeline, scale
from mailfanout.workshop.exercises.verdicts import CORRECT, NOT_ATTEMPTED

pytestmark = pytest.mark.slow

NUMBER_0 = {"N": "0"}
COMPLETE = {
    "email": {"S": "suzuki@example.com"},
    "username": {"S": "鈴木四郎"},
    "haserror": NUMBER_0,
    "issend": NUMBER_0,
}


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


def test_a_stack_that_never_stood_was_not_removed(mailfanout_target: Target) -> None:
    lesson = workshop.start("12")
    provision.deploy(mailfanout_target, lesson.stack)
    assert "nobody was beside you" in workshop.check("12-1").verdict.because

    beside = lesson.stack.with_prefix("2-")
    provision.deploy(mailfanout_target, beside)
    provision.teardown(mailfanout_target, beside)
    assert workshop.check("12-1").verdict == CORRECT


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

    def test_what_is_no_address_is_named(self, target: Target) -> None:
        put(target, {**COMPLETE, "email": {"S": "not an address"}})

        assert "'not an address' is no" in pipeline.add_a_recipient(target, Stack()).because


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


def test_a_picture_is_no_mail(mailfanout_target: Target) -> None:
    provision.create_bucket(mailfanout_target, Stack())
    mailfanout_target.client("s3").put_object(Bucket=Stack().bucket_name, Key="a.png", Body=b"\n\n")

    found = mails.send_a_mail_of_your_own(mailfanout_target, Stack())

    assert found.because == "the exercise asks for a key that ends in .txt, and yours is a.png."


def test_a_mail_that_cannot_be_sent_is_none_though_another_object_was(
    mailfanout_target: Target,
) -> None:
    provision.create_bucket(mailfanout_target, Stack())
    provision.create_table(mailfanout_target, Stack())
    mailfanout_target.client("sesv2").create_email_identity(EmailIdentity=Stack().sender)
    put(mailfanout_target, COMPLETE)
    good = campaign.check_mail("hello.md", b"Hello\n\nHow are you?\n")
    campaign.upload(mailfanout_target, Stack(), good)
    campaign.send_one(mailfanout_target, Stack(), good, to=COMPLETE["email"]["S"])
    mailfanout_target.client("s3").put_object(
        Bucket=Stack().bucket_name, Key="hello.txt", Body=b"Hello\nHow are you?\n"
    )

    found = mails.send_a_mail_of_your_own(mailfanout_target, Stack())

    assert "The mail hello.txt has no empty second line." in found.because


def test_a_mail_is_due_to_those_who_can_be_sent_to(mailfanout_target: Target) -> None:
    provision.create_bucket(mailfanout_target, Stack())
    provision.create_table(mailfanout_target, Stack())
    mailfanout_target.client("sesv2").create_email_identity(EmailIdentity=Stack().sender)
    put(mailfanout_target, COMPLETE)
    nameless = {name: value for name, value in COMPLETE.items() if name != "username"}
    put(mailfanout_target, {**nameless, "email": {"S": "nameless@example.com"}})
    put(mailfanout_target, {**COMPLETE, "email": {"S": "gone@example.com"}, "optedout": {"N": "1"}})
    news = campaign.check_mail("news.txt", b"News\n\nHello\n")
    campaign.upload(mailfanout_target, Stack(), news)
    campaign.send_one(mailfanout_target, Stack(), news, to=COMPLETE["email"]["S"])

    assert mails.send_a_mail_of_your_own(mailfanout_target, Stack()) == CORRECT


def test_mails_are_waited_for_as_long_as_more_come(
    mailfanout_target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    provision.create_bucket(mailfanout_target, Stack())
    provision.create_table(mailfanout_target, Stack())
    mailfanout_target.client("sesv2").create_email_identity(EmailIdentity=Stack().sender)
    news = campaign.check_mail("news.txt", b"News\n\nHello\n")
    campaign.upload(mailfanout_target, Stack(), news)
    addresses = [f"{name}@example.com" for name in "abc"]
    for address in addresses:
        put(mailfanout_target, {**COMPLETE, "email": {"S": address}})

    def one_more_comes(condition: Callable[[], bool], *, limit_seconds: float) -> bool:
        assert not condition()
        campaign.send_one(mailfanout_target, Stack(), news, to=addresses.pop())
        return condition()

    monkeypatch.setattr(mails, "comes_true", one_more_comes)

    assert mails.send_a_mail_of_your_own(mailfanout_target, Stack()) == CORRECT


def test_the_mail_that_came_last_is_told_of() -> None:
    contents = [{"Key": key, "LastModified": at} for key, at in (("a.txt", 2), ("b.txt", 1))]
    s3 = SimpleNamespace(
        list_objects_v2=lambda **_: {"Contents": contents},
        get_object=lambda **_: {"Body": BytesIO(b"No body")},
    )
    target: Any = SimpleNamespace(client=lambda _: s3)

    assert "The mail a.txt has no" in mails.send_a_mail_of_your_own(target, Stack()).because


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


def test_elsewhere_a_mail_was_sent_once_the_log_and_the_flags_say_so(
    mailfanout_target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = workshop.start("06").stack
    elsewhere = replace(mailfanout_target, sandbox=None)
    news = campaign.check_mail("news.txt", b"News\n\nHello\n")
    with monkeypatch.context() as at_once:
        at_once.setattr(mails, "comes_true", lambda condition: condition())
        provision.delete_notification(mailfanout_target, stack)
        campaign.upload(mailfanout_target, stack, news)
        said = mails.send_a_mail_of_your_own(elsewhere, stack).because
        assert "sendQueue has not logged news.txt" in said

    provision.create_notification(mailfanout_target, stack)
    campaign.upload(mailfanout_target, stack, news)

    assert mails.send_a_mail_of_your_own(elsewhere, stack) == CORRECT


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


def put(target: Target, item: dict[str, Any]) -> None:
    target.client("dynamodb").put_item(TableName=Stack().table_name, Item=item)
