"""Lessons begin the same, whatever was there before."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from moto import mock_aws

from mailfanout import campaign, provision, recipients, show, workshop
from mailfanout.errors import InputError
from mailfanout.provision import describe
from mailfanout.stack import Stack
from mailfanout.target import Target, connect, stack_for
from support import notebooks

pytestmark = pytest.mark.slow

NEWEST_PART = {
    "02": "table mailaddress with 0 recipients",
    "03": "table mailaddress with 3 recipients",
    "04": "queues mailsendqueue0000001-dlq, mailsendqueue0000001",
    "05": "function sendQueue",
    "06": "event source mapping of readMessageAndSendMail",
    "07": "event source mapping of readMessageAndSendMail",
    "08": "event source mapping of readMessageAndSendMail",
    "99": "event source mapping of readMessageAndSendMail",
}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Target]:
    """moto in this process, in the place of AWS."""
    monkeypatch.setenv("MAILFANOUT_TARGET", "aws")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield connect()


@pytest.mark.parametrize("number", NEWEST_PART)
def test_a_lesson_begins_with_what_the_one_before_it_built(
    mailfanout_target: Target, number: str
) -> None:
    assert workshop.start(number).standing[-1] == NEWEST_PART[number]


@pytest.mark.parametrize("number", ["00", "01"])
def test_the_first_lessons_begin_with_nothing(mailfanout_target: Target, number: str) -> None:
    provision.create_table(mailfanout_target, Stack())

    lesson = workshop.start(number)

    assert str(lesson) == f"Lesson {number} begins. The sandbox holds: nothing yet."


def test_the_lessons_build_what_deploy_builds(mailfanout_target: Target) -> None:
    workshop.start("06")
    built = describe(mailfanout_target, Stack())
    workshop.reset()
    provision.deploy(mailfanout_target, Stack())

    assert built == describe(mailfanout_target, Stack())


def test_a_lesson_begins_the_same_after_any_mess(mailfanout_target: Target) -> None:
    before = str(workshop.start("06"))
    stack = Stack()
    campaign.send(mailfanout_target, stack, campaign.example_mail())
    provision.delete_queue(mailfanout_target, stack)
    recipients.seed(mailfanout_target, stack, [recipients.Recipient("a@example.com", "a")])
    mailfanout_target.client("sqs").create_queue(QueueName="of-my-own")

    lesson = workshop.start("06")

    assert str(lesson) == before
    assert len(show.inbox(mailfanout_target)) == 0
    assert set(show.table(mailfanout_target, stack)["issend"]) == {0}
    assert show.log(mailfanout_target, stack, "sendQueue").text.endswith("nothing yet.")
    assert len(lesson.client("sqs").list_queues()["QueueUrls"]) == 2


def test_a_lesson_that_ends_gives_settings_back(mailfanout_target: Target) -> None:
    assert mailfanout_target.sandbox
    lesson = workshop.start("00")
    before = mailfanout_target.sandbox.settings()
    mailfanout_target.sandbox.change_settings(time_scale=0.5, max_send_rate=3, production=False)

    lesson.end()

    assert mailfanout_target.sandbox.settings() == before


def test_a_lesson_is_shown_as_a_list_of_what_stands(mailfanout_target: Target) -> None:
    lesson = workshop.start("02")

    assert str(lesson).splitlines() == [
        "Lesson 02 begins. The sandbox holds:",
        "- table mailaddress with 0 recipients",
    ]
    assert "<li>table mailaddress with 0 recipients</li>" in lesson._repr_html_()


def test_what_is_of_a_kind_stands_in_one_line(mailfanout_target: Target) -> None:
    standing = workshop.start("09").standing

    assert len(standing) == 10
    assert "tables mailaddress with 3 recipients, maildelivery" in standing
    assert "event source mappings of readMessageAndSendMail, recordFeedback" in standing


def test_the_aws_cli_is_found_and_finds_the_sandbox(
    mailfanout_target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "environ", {**os.environ, "AWS_PROFILE": "work"})

    workshop.start("00").prepare_shell()

    assert shutil.which("aws")
    assert os.environ["AWS_ENDPOINT_URL"] == mailfanout_target.endpoint_url
    assert "AWS_PROFILE" not in os.environ


def test_a_lesson_that_there_is_not_is_named() -> None:
    with pytest.raises(InputError, match="no lesson '3'. Choose one of: 00, 01, .*, 99"):
        workshop.start("3")


def test_a_mistake_in_a_notebook_shows_its_message_and_no_traceback(
    kernel: notebooks.Kernel,
) -> None:
    notebooks.run(kernel, ["from mailfanout import workshop"])

    reply = kernel.execute_interactive('workshop.start("3")', output_hook=lambda message: None)

    [line] = reply["content"]["traceback"]
    assert line.startswith("InputError: There is no lesson '3'.")


def test_on_aws_a_lesson_builds_what_is_missing_and_keeps_what_is_there(aws: Target) -> None:
    stack = stack_for(aws)
    provision.create_table(aws, stack)
    recipients.seed(aws, stack, [recipients.Recipient("a@example.com", "a")])

    lesson = workshop.start("04")

    assert list(show.table(aws, stack)["email"]) == ["a@example.com"]
    assert str(lesson).splitlines()[:2] == [
        "Lesson 04 begins. AWS account 123456789012, us-east-1, holds:",
        "- table moto-mailaddress with 1 recipient",
    ]


def test_on_aws_the_aws_cli_keeps_the_credentials_that_it_has(
    aws: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = dict(os.environ)
    monkeypatch.setattr(os, "environ", {**before})

    workshop.start("00").prepare_shell()

    changed = {name for name, value in os.environ.items() if before.get(name) != value}
    assert changed == {"AWS_PAGER", "PATH"}


def test_on_aws_the_recipients_are_those_of_the_mailbox_simulator(aws: Target) -> None:
    workshop.start("03")

    emails = show.table(aws, stack_for(aws))["email"]
    assert len(emails) == 3
    assert emails.str.endswith("@simulator.amazonses.com").all()


def test_on_aws_a_lesson_does_not_begin_where_its_work_is_done_already(aws: Target) -> None:
    provision.create_table(aws, stack_for(aws))

    with pytest.raises(InputError, match="already: table moto-mailaddress.*teardown --target aws"):
        workshop.start("01")

    assert "table moto-mailaddress" in describe(aws, stack_for(aws))


def test_on_aws_a_sender_that_somebody_else_verified_is_in_the_way_of_its_own_lesson_alone(
    aws: Target,
) -> None:
    aws.client("sesv2").create_email_identity(EmailIdentity=stack_for(aws).sender)

    assert [workshop.start(number).number for number in ("00", "04")] == ["00", "04"]
    with pytest.raises(InputError, match="already: identity sender@.*, which .* MAILFANOUT_SENDER"):
        workshop.start("05")
    assert "identity sender@example.com" in workshop.start("06").standing


def test_on_aws_nothing_is_broken_on_purpose(aws: Target) -> None:
    with pytest.raises(InputError, match="for the sandbox alone"):
        workshop.start("07")
    with pytest.raises(InputError, match="Only the sandbox can be broken on demand"):
        workshop.Books(aws, stack_for(aws))

    assert describe(aws, stack_for(aws)) == {}


def test_on_aws_a_rehearsed_lesson_builds_nothing_and_is_no_rehearsal(aws: Target) -> None:
    lesson = workshop.start("12")

    assert str(lesson) == (
        "Lesson 12 begins. AWS account 123456789012, us-east-1, holds: nothing yet."
    )
    assert lesson.stack == stack_for(aws)
    assert provision.remaining(aws, lesson.stack) == []


def test_a_rehearsal_says_so_and_names_things_as_on_aws(
    mailfanout_target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    lesson = workshop.start("12")
    monkeypatch.setenv("MAILFANOUT_PREFIX", "anna")

    assert str(lesson).startswith("Lesson 12 begins. This is a rehearsal: the sandbox plays AWS")
    assert lesson.stack.prefix == "learner"
    assert workshop.start("12").stack.prefix == "anna"


def test_reset_leaves_nothing(mailfanout_target: Target) -> None:
    provision.deploy(mailfanout_target, Stack())

    workshop.reset()

    assert provision.remaining(mailfanout_target, Stack()) == []


def test_only_the_sandbox_can_be_reset(aws: Target) -> None:
    with pytest.raises(InputError, match="mailfanout teardown --target aws"):
        workshop.reset()
