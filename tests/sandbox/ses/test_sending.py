"""What SES accepts, what it refuses, and how it says so in both API versions."""

from __future__ import annotations

from typing import Any

import pytest

from mailfanout.sandbox.ses.refusals import AwsError, BulkEmailStatus
from mailfanout.sandbox.ses.sending import Ses
from support.calls.refusals import refusal

SENDER = "sender@example.com"
RAW_OF_MANY = b"From: A <c@x.example>\nSender: d@x.example\nReturn-Path: <e@x.example>\n\nBody"
MESSAGE = {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Body"}}}


def test_accepted_mail_keeps_everything_that_the_request_said(
    send: Any, sesv2: Any, ses: Ses
) -> None:
    content = {
        "Simple": {
            "Subject": {"Data": "件名"},
            "Body": {"Text": {"Data": "本文"}, "Html": {"Data": "<p>本文</p>"}},
            "Headers": [{"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"}],
            "Attachments": [{"FileName": "a.txt", "RawContent": b"\xff"}],
        }
    }
    sesv2.create_configuration_set(ConfigurationSetName="events")

    message_id = send(
        Destination={"ToAddresses": ["to@a.example"], "BccAddresses": ["bcc@a.example"]},
        ReplyToAddresses=["reply@example.com"],
        EmailTags=[{"Name": "campaign", "Value": "c1"}],
        ConfigurationSetName="events",
        Content=content,
    )

    mail = ses.outbox.get(message_id)
    assert mail
    assert (mail.source, mail.to, mail.bcc) == (SENDER, ("to@a.example",), ("bcc@a.example",))
    assert (mail.subject, mail.text, mail.html) == ("件名", "本文", "<p>本文</p>")
    assert mail.headers == (("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),)
    assert (mail.reply_to, mail.tags) == (("reply@example.com",), {"campaign": "c1"})
    assert [file.content for file in mail.attachments] == [b"\xff"]
    assert mail.configuration_set == "events"
    assert mail.accepted_at == ses.now()


def test_v1_mail_comes_in_through_the_same_door(send_v1: Any, ses: Ses) -> None:
    message_id = send_v1(ReplyToAddresses=[SENDER], Tags=[{"Name": "campaign", "Value": "c1"}])

    mail = ses.outbox.get(message_id)
    assert mail
    assert (mail.to, mail.reply_to) == (("yamada@example.com",), (SENDER,))
    assert (mail.subject, mail.text, mail.tags) == ("Hello", "Body", {"campaign": "c1"})


@pytest.mark.parametrize(
    "recipient", ["nobody", "@example.com", "a@", "山田@example.com", "a@b..c"]
)
def test_invalid_address_is_refused(send: Any, send_v1: Any, ses: Ses, recipient: str) -> None:
    assert refusal(send, recipient)[0] == "BadRequestException"
    assert refusal(send_v1, recipient)[0] == "InvalidParameterValue"
    assert not list(ses.outbox)


def test_address_without_domain_is_refused_in_the_words_of_aws(send_v1: Any) -> None:
    answer = ("InvalidParameterValue", "Missing final '@domain'")
    assert refusal(send_v1, "nobody") == answer


def test_at_most_fifty_recipients(send: Any, ses: Ses) -> None:
    everyone = [f"r{number}@example.com" for number in range(51)]

    send(*everyone[:50])

    assert refusal(send, *everyone) == (
        "BadRequestException",
        "Recipient count exceeds 50.",
    )
    assert len(ses.outbox) == 1


def test_mail_to_nobody_is_refused(send: Any) -> None:
    assert refusal(send, Destination={})[0] == "BadRequestException"


@pytest.mark.parametrize("name", ["Subject", "Bcc", "Message-ID"])
def test_header_that_ses_writes_itself_is_refused(send: Any, name: str) -> None:
    content = {"Simple": {**MESSAGE, "Headers": [{"Name": name, "Value": "x"}]}}

    assert refusal(send, Content=content)[0] == "BadRequestException"


@pytest.mark.parametrize(("name", "value"), [("X-City", "東京"), ("X City", "Tokyo")])
def test_header_takes_printable_ascii_only(send: Any, name: str, value: str) -> None:
    content = {"Simple": {**MESSAGE, "Headers": [{"Name": name, "Value": value}]}}

    assert refusal(send, Content=content)[0] == "BadRequestException"


def test_tags_of_ses_and_addresses_as_values_are_taken(send: Any, ses: Ses) -> None:
    tags = {"ses:feedback-id-a": "c1", "ses:feedback-id-b": "a.b@example.com", "_-": "A"}

    send(EmailTags=[{"Name": name, "Value": value} for name, value in tags.items()])

    [mail] = ses.outbox
    assert mail.tags == tags


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("", "", "The tag name must be specified."),
        ("a", "", "The tag value must be specified."),
        ("a" * 256, "a", "Tag name cannot exceed 255 characters."),
        ("a", "a" * 256, "Tag value cannot exceed 255 characters."),
        (
            "a@b",
            "a" * 256,
            "Invalid tag name <a@b>: only alphanumeric ASCII characters, '_',  '-' are allowed.",
        ),
        (
            "ses:feedback-id-c",
            "a",
            "Invalid tag name <ses:feedback-id-c>: only alphanumeric ASCII characters, '_',  '-' "
            "are allowed.",
        ),
        (
            "a",
            "a/b",
            "Invalid tag value <a/b>: only alphanumeric ASCII characters, '_',  '-' , '.', '@' "
            "are allowed.",
        ),
    ],
)
def test_other_tags_are_refused_in_both_versions(
    send: Any, send_v1: Any, name: str, value: str, words: str
) -> None:
    tags = [{"Name": name, "Value": value}]

    assert refusal(send, EmailTags=tags) == ("BadRequestException", words)
    assert refusal(send_v1, Tags=tags) == ("InvalidParameterValue", words)


def test_unverified_sender_is_refused(send: Any, send_v1: Any, ses: Ses) -> None:
    answer = (
        "MessageRejected",
        "Email address is not verified. The following identities failed the check in region "
        "US-EAST-1: other@example.com",
    )

    assert refusal(send, FromEmailAddress="other@example.com") == answer
    assert refusal(send_v1, Source="other@example.com") == answer
    assert not list(ses.outbox)


@pytest.mark.parametrize("sender", ["a@example.org", "A <b@mail.Example.org>"])
def test_verified_domain_verifies_its_addresses_and_subdomains(
    send: Any, sesv2: Any, sender: str
) -> None:
    sesv2.create_email_identity(EmailIdentity="example.org")

    assert send(FromEmailAddress=sender)


def test_verified_address_verifies_itself_with_a_label_and_no_other_spelling(send: Any) -> None:
    assert send(FromEmailAddress="sender+label@example.com")
    for other in ("sender@EXAMPLE.com", "Sender@example.com", "+sender@example.com"):
        assert refusal(send, FromEmailAddress=other)[0] == "MessageRejected"


def test_unknown_configuration_set_is_refused(send: Any, send_v1: Any) -> None:
    message = "Configuration set <none> does not exist."

    assert refusal(send, ConfigurationSetName="none") == ("NotFoundException", message)
    assert refusal(send_v1, ConfigurationSetName="none") == (
        "ConfigurationSetDoesNotExist",
        message,
    )


def test_ses_sandbox_sends_to_verified_addresses_and_the_simulator_only(
    send: Any, ses: Ses
) -> None:
    ses.settings.production = False

    send(SENDER, "bounce+1@simulator.amazonses.com")

    code, message = refusal(send, SENDER, "yamada@example.com")
    assert code == "MessageRejected"
    assert message.endswith("failed the check in region US-EAST-1: yamada@example.com")


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({"FeedbackForwardingEmailAddress": "b@x.example"}, "a@x.example, b@x.example"),
        ({"Content": {"Raw": {"Data": RAW_OF_MANY}}}, "A <c@x.example>, d@x.example, e@x.example"),
        (
            {
                "Content": {"Raw": {"Data": RAW_OF_MANY}},
                "FromEmailAddress": "a@x.example",
                "FeedbackForwardingEmailAddress": "a@x.example",
            },
            "A <c@x.example>, d@x.example, e@x.example, a@x.example",
        ),
    ],
)
def test_all_that_is_not_verified_is_named_at_once(
    sesv2: Any, ses: Ses, asked: Any, named: str
) -> None:
    ses.settings.production = False
    simple = {"FromEmailAddress": "a@x.example", "Content": {"Simple": MESSAGE}}
    asked = asked if "Content" in asked else simple | asked
    to = {"ToAddresses": ["f@x.example", "bounce@simulator.amazonses.com"]}

    _, message = refusal(sesv2.send_email, Destination=to, **asked)

    assert message.endswith(f"failed the check in region US-EAST-1: {named}, f@x.example")


@pytest.mark.parametrize("header", ["From", "Sender", "Return-Path"])
def test_a_raw_mail_is_from_nobody_that_is_not_verified(sesv1: Any, header: str) -> None:
    lines = {"From": SENDER, "To": "b@x.example", header: "<a@x.example>"}
    raw = "".join(f"{name}: {value}\n" for name, value in lines.items())
    asked = {"Source": SENDER, "RawMessage": {"Data": f"{raw}\nBody".encode()}}

    code, message = refusal(sesv1.send_raw_email, **asked)

    assert code == "MessageRejected"
    assert message.endswith("in region US-EAST-1: a@x.example")


def test_fault_refuses_a_chosen_recipient_only_while_it_lasts(send: Any, ses: Ses) -> None:
    asked = []

    def refuse_once(recipient: str) -> AwsError | None:
        asked.append(recipient)
        if recipient == "yamada@example.com" and asked.count(recipient) == 1:
            return AwsError("ACCOUNT_THROTTLED", "Maximum sending rate exceeded.")
        return None

    ses.refuse = refuse_once

    assert refusal(send, "山田 <yamada@example.com>")[0] == "TooManyRequestsException"
    send("tanaka@example.com")
    send("yamada@example.com")
    assert [mail.to for mail in ses.outbox] == [("tanaka@example.com",), ("yamada@example.com",)]


@pytest.mark.parametrize(
    ("status", "code_v1", "code_v2"),
    [
        ("MESSAGE_REJECTED", "MessageRejected", "MessageRejected"),
        ("ACCOUNT_SENDING_PAUSED", "AccountSendingPausedException", "SendingPausedException"),
        ("ACCOUNT_THROTTLED", "Throttling", "TooManyRequestsException"),
        ("ACCOUNT_DAILY_QUOTA_EXCEEDED", "Throttling", "LimitExceededException"),
    ],
)
def test_each_refusal_has_a_code_in_both_versions(
    send: Any,
    send_v1: Any,
    ses: Ses,
    status: BulkEmailStatus,
    code_v1: str,
    code_v2: str,
) -> None:
    ses.refuse = lambda recipient: AwsError(status, "Because.")

    assert refusal(send_v1) == (code_v1, "Because.")
    assert refusal(send) == (code_v2, "Because.")


def test_reset_forgets_mails_counts_settings_and_faults(send: Any, ses: Ses) -> None:
    send()
    ses.settings.production = False
    ses.refuse = lambda recipient: AwsError("MESSAGE_REJECTED", "Because.")

    ses.reset()

    assert (len(ses.outbox), ses.quota("us-east-1").sent_last_24_hours()) == (0, 0)
    assert send()
