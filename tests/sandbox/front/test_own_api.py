"""The sandbox's own API: mails, call counts, settings and status, over HTTP and from Python."""

from __future__ import annotations

from email import message_from_bytes, policy
from typing import Any

import pytest

from mailfanout import campaign
from mailfanout.errors import InputError, SandboxBusy
from mailfanout.sandbox.control import Sandbox
from mailfanout.stack import Stack
from mailfanout.target import Target

ARTICLE_RECIPIENTS = {"yamada@example.com", "tanaka@example.com", "sato@example.com"}


def send_mails(target: Target, count: int) -> None:
    ses = target.client("sesv2")
    ses.create_email_identity(EmailIdentity="sender@example.com")
    for number in range(count):
        ses.send_email(
            FromEmailAddress="sender@example.com",
            Destination={"ToAddresses": [f"user{number}@example.com"]},
            Content={
                "Simple": {"Subject": {"Data": str(number)}, "Body": {"Text": {"Data": "Body"}}}
            },
        )


def subjects(mails: Any) -> list[str]:
    return [mail["subject"] for mail in mails]


def test_mails_are_listed_page_by_page(
    mailfanout_target: Target, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailfanout.sandbox.control.client.PAGE_SIZE", 2)
    send_mails(mailfanout_target, 4)
    assert subjects(sandbox.mails()) == ["0", "1", "2", "3"]
    assert subjects(sandbox.mails(after=3)) == ["3"]
    assert subjects(sandbox.call("GET", "/mails?after=1&limit=2")) == ["1", "2"]


def test_mails_are_found_by_recipient(mailfanout_target: Target, sandbox: Sandbox) -> None:
    send_mails(mailfanout_target, 3)
    assert subjects(sandbox.mails(to="USER1@example.com")) == ["1"]
    assert sandbox.count_mails(to="user1@example.com") == 1
    assert sandbox.count_mails(to="nobody@example.com") == 0


def test_recipient_with_a_plus_is_found(mailfanout_target: Target, sandbox: Sandbox) -> None:
    send_mails(mailfanout_target, 1)
    mailfanout_target.client("sesv2").send_email(
        FromEmailAddress="sender@example.com",
        Destination={"ToAddresses": ["ada+news@example.com"]},
        Content={"Simple": {"Subject": {"Data": "News"}, "Body": {"Text": {"Data": "Body"}}}},
    )
    assert subjects(sandbox.mails(to="ada+news@example.com")) == ["News"]


def test_a_reset_forgets_the_mails(mailfanout_target: Target, sandbox: Sandbox) -> None:
    send_mails(mailfanout_target, 1)
    sandbox.reset()
    assert list(sandbox.mails()) == []
    assert sandbox.count_mails() == 0


def test_mails_own_bytes_are_rfc_5322(sandbox: Sandbox, sent: Stack) -> None:
    (mail,) = sandbox.mails(to="yamada@example.com")
    message = message_from_bytes(sandbox.mail_bytes(mail["message_id"]), policy=policy.default)
    assert message["To"] == "yamada@example.com"
    assert message["Subject"] == "メール配信テスト"
    assert message.get_content().strip() == "このメールはテストです。"


def test_calls_are_counted_by_caller_and_operation(sandbox: Sandbox, sent: Stack) -> None:
    calls = sandbox.calls()
    assert calls["sendQueue"] == {
        "dynamodb:Query": 1,
        "dynamodb:UpdateItem": 3,
        "sqs:SendMessageBatch": 1,
    }
    assert calls["readMessageAndSendMail"] == {
        "dynamodb:UpdateItem": 3,
        "s3:GetObject": 3,
        "sesv2:SendEmail": 3,
    }
    assert calls["learner"]["s3:PutObject"] == 1


def test_calls_are_counted_from_0_after_a_reset(
    mailfanout_target: Target, sandbox: Sandbox, sent: Stack
) -> None:
    sandbox.reset_calls()
    mailfanout_target.client("s3").list_buckets()
    assert sandbox.calls() == {"learner": {"s3:ListBuckets": 1}}


def test_settings_are_read_and_changed_one_by_one(
    mailfanout_target: Target, sandbox: Sandbox
) -> None:
    before = sandbox.settings()
    sandbox.change_settings(time_scale=0.5)
    sandbox.change_settings(production=False, max_send_rate=1)
    changed = {"time_scale": 0.5, "production": False, "max_send_rate": 1}
    assert sandbox.settings() == before | changed
    account = mailfanout_target.client("sesv2").get_account()
    assert account["ProductionAccessEnabled"] is False
    assert account["SendQuota"]["MaxSendRate"] == 1.0


def test_settings_are_as_before_after_a_reset(sandbox: Sandbox) -> None:
    before = sandbox.settings()
    numbers = {name: value * 2 for name, value in before.items() if isinstance(value, float)}
    switches = {name: not value for name, value in before.items() if isinstance(value, bool)}
    changed = {**before, **numbers, **switches, "pace": "aws"}
    sandbox.change_settings(**changed)
    assert sandbox.settings() == changed
    sandbox.reset()
    assert sandbox.settings() == before


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"time_scale": 0}, "^0 is no value for the setting time_scale. It is a number above 0; "),
        ({"time_scale": "fast"}, "^'fast' is no value"),
        ({"time_scale": True}, "^True is no value"),
        ({"time_scale": float("inf")}, "^inf is no value"),
        ({"production": "yes"}, "It is true, or false for an account in the SES sandbox"),
        ({"max_send_rate": -1}, "It is a number of recipients a second, above 0; "),
        ({"speed": 1}, "no setting speed. Choose one of: time_scale, pace, production"),
        ({"enforce_quota": True, "speed": 1}, "no setting speed"),
    ],
)
def test_setting_that_makes_no_sense_changes_nothing(
    sandbox: Sandbox, changes: dict[str, Any], words: str
) -> None:
    before = sandbox.settings()
    with pytest.raises(InputError, match=words):
        sandbox.change_settings(**changes)
    assert sandbox.settings() == before


@pytest.mark.parametrize(
    ("method", "path", "body", "words"),
    [
        ("GET", "/moon", None, "There is no GET /moon"),
        ("POST", "/mails", None, "There is no POST /mails"),
        ("GET", "/mails/unknown.eml", None, "There is no GET /mails/unknown.eml"),
        ("GET", "/mails?after=-1", None, "after is a whole number from 0, not '-1'"),
        ("GET", "/mails?limit=many", None, "limit is a whole number from 0, not 'many'"),
        ("POST", "/faults", None, "The body is no JSON"),
        ("POST", "/faults", ["ses-throttle"], "A fault is an object with kind and any of on"),
        ("POST", "/faults", {"kind": "fail", "how": 1}, "A fault is an object with kind"),
        ("PUT", "/settings", [1], "Settings are an object"),
    ],
)
def test_call_that_makes_no_sense_is_answered_with_what_is_wrong(
    sandbox: Sandbox, method: str, path: str, body: Any, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        sandbox.call(method, path, body)


def test_sandbox_is_quiet_when_every_mail_is_sent(
    mailfanout_target: Target, sandbox: Sandbox, sent: Stack
) -> None:
    before = sandbox.count_mails()
    campaign.upload(mailfanout_target, sent, campaign.example_mail())
    sandbox.wait_until_quiet()
    found = sandbox.mails(after=before)
    assert {mail["destinations"]["to"][0] for mail in found} == ARTICLE_RECIPIENTS
    assert sandbox.call("GET", "/status") == {
        "pending_events": 0,
        "pending_messages": 0,
        "is_quiet": True,
    }


def test_sandbox_that_stays_busy_says_with_what(
    mailfanout_target: Target, sandbox: Sandbox, sent: Stack
) -> None:
    sandbox.wait_until_quiet()
    url = mailfanout_target.client("sqs").get_queue_url(QueueName=sent.queue_name)["QueueUrl"]
    mailfanout_target.client("sqs").send_message(QueueUrl=url, MessageBody="later", DelaySeconds=60)
    with pytest.raises(SandboxBusy, match="0 events, 1 messages"):
        sandbox.wait_until_quiet(timeout_seconds=0)
