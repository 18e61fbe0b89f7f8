"""When the exercises that ask for a mail of one's own are done, and what else they say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest

from mailfanout import campaign, faults, provision, workshop
from mailfanout.stack import Stack
from mailfanout.target import Target
from mailfanout.workshop.exercises import CHECKS, mails
from mailfanout.workshop.exercises.verdicts import CORRECT
from support.parts.people import COMPLETE, put

pytestmark = pytest.mark.slow


def test_a_picture_is_no_mail(mailfanout_target: Target) -> None:
    provision.create_bucket(mailfanout_target, Stack())
    asked = "the exercise asks for a key of your own that ends in .txt"
    for key in ("a.png", campaign.example_mail().name):
        mailfanout_target.client("s3").put_object(Bucket=Stack().bucket_name, Key=key, Body=b"\n\n")

        found = mails.send_a_mail_of_your_own(mailfanout_target, Stack())

        assert found.because == f"{asked}, and yours is {key}."


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


def test_a_mail_that_others_lost_is_not_the_one_that_was_asked_for(
    mailfanout_target: Target,
) -> None:
    stack = workshop.start("06").stack

    def send(subject: str, to: str) -> str:
        faults.throttle_ses(mailfanout_target, to=to)
        mail = campaign.check_mail(f"{subject}.txt", f"{subject}\n\nbody\n".encode())
        campaign.upload(mailfanout_target, stack, mail)
        return CHECKS["07-1"](mailfanout_target, stack).because

    assert "somebody else got none" in send("one", "sato@example.com")
    assert "everybody got your last mail" in send("two", "nobody@example.com")
    assert send("three", "yamada@example.com") == ""
