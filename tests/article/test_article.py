"""The article's own handlers run on the sandbox, with what they do well and what they lose."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mailfanout import campaign, provision, recipients
from mailfanout.stack import Stack
from mailfanout.target import Target, stack_for
from support.waiting import wait_for_function, wait_until

pytestmark = pytest.mark.slow

ARTICLE = Path(__file__).parent


@pytest.fixture
def stack(mailfanout_target: Target) -> Stack:
    """The pipeline with the article's functions in it, and its three recipients."""
    stack = stack_for(mailfanout_target)
    provision.deploy(mailfanout_target, stack)
    recipients.seed(mailfanout_target, stack, recipients.example().recipients)
    client = mailfanout_target.client("lambda")
    for name in provision.function_names(stack):
        code = provision.zip_handler(ARTICLE / name / "lambda_function.py")
        client.update_function_code(FunctionName=name, ZipFile=code)
        wait_for_function(client, name)
    return stack


def log_of(target: Target, stack: Stack) -> str:
    group = stack.log_group_name(stack.read_message_name)
    events = target.client("logs").filter_log_events(logGroupName=group)["events"]
    return "".join(event["message"] for event in events)


def test_articles_handlers_send_a_mail_to_each(mailfanout_target: Target, stack: Stack) -> None:
    report = campaign.send(mailfanout_target, stack, campaign.example_mail())
    assert sorted(mail.to for mail in report.mails) == [
        "sato@example.com",
        "tanaka@example.com",
        "yamada@example.com",
    ]
    assert {mail.subject for mail in report.mails} == {"メール配信テスト"}
    assert {mail.body for mail in report.mails} == {"このメールはテストです。"}


def test_message_delivered_twice_is_skipped_by_the_old_value_of_the_flag(
    mailfanout_target: Target, stack: Stack
) -> None:
    campaign.send(mailfanout_target, stack, campaign.example_mail())
    attributes = {"username": "山田", "bucketname": stack.bucket_name, "filename": "example.txt"}
    record = {
        "messageId": "1",
        "body": "yamada@example.com",
        "messageAttributes": {name: {"stringValue": v} for name, v in attributes.items()},
    }
    answer = mailfanout_target.client("lambda").invoke(
        FunctionName=stack.read_message_name, Payload=json.dumps({"Records": [record]})
    )
    assert "FunctionError" not in answer
    assert "Resend Skip" in log_of(mailfanout_target, stack)
    assert len(campaign.inbox(mailfanout_target)) == 3


def test_articles_handlers_drop_all_but_the_first_line_of_the_body(
    mailfanout_target: Target, stack: Stack
) -> None:
    mail = campaign.check_mail("two-lines.txt", b"subject\n\nfirst\nsecond\n")
    report = campaign.send(mailfanout_target, stack, mail)
    assert {mail.body for mail in report.mails} == {"first"}


def test_empty_mail_that_reaches_the_articles_handlers_ends_in_the_dead_letter_queue(
    mailfanout_target: Target, stack: Stack
) -> None:
    assert mailfanout_target.sandbox is not None
    mailfanout_target.sandbox.call("PUT", "/settings", {"time_scale": 0.0001})
    mailfanout_target.client("s3").put_object(Bucket=stack.bucket_name, Key="empty.txt", Body=b"")
    wait_until(
        lambda: (
            sum(provision.read_depth(mailfanout_target, stack.dead_letter_queue_name) or ()) == 3
        )
    )
    assert campaign.inbox(mailfanout_target) == ()
