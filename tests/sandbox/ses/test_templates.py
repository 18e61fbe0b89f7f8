"""Templates, and mails in bulk from them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mailfanout.sandbox.ses.refusals import AwsError
from mailfanout.sandbox.ses.sending import Ses
from support.calls.refusals import refusal

SENDER = "sender@example.com"
GREETING = {"Subject": "Dear {{username}}", "Text": "{{ username }}, you are number {{n}}"}


def an_entry(recipient: str, data: Any = None, **fields: Any) -> dict[str, Any]:
    content = {"ReplacementTemplate": {"ReplacementTemplateData": json.dumps(data or {})}}
    destination = {"ToAddresses": [recipient]}
    return {"Destination": destination, "ReplacementEmailContent": content} | fields


def test_inline_template_is_filled_in(send: Any, ses: Ses) -> None:
    data = json.dumps({"username": "山田", "n": 7})
    template = {"TemplateContent": GREETING, "TemplateData": data}

    send(Content={"Template": template})

    assert [(mail.subject, mail.text) for mail in ses.outbox] == [
        ("Dear 山田", "山田, you are number 7")
    ]


def test_stored_template_serves_both_versions(send: Any, sesv2: Any, sesv1: Any, ses: Ses) -> None:
    sesv2.create_email_template(TemplateName="greeting", TemplateContent=GREETING)
    data = '{"username": "A", "n": 1}'

    send(Content={"Template": {"TemplateName": "greeting", "TemplateData": data}})
    sesv1.send_templated_email(
        Source=SENDER,
        Destination={"ToAddresses": ["a@example.com"]},
        Template="greeting",
        TemplateData=data,
    )

    assert [mail.text for mail in ses.outbox] == ["A, you are number 1"] * 2


def test_template_may_be_named_by_its_arn(send: Any, sesv2: Any, ses: Ses) -> None:
    sesv2.create_email_template(TemplateName="greeting", TemplateContent=GREETING)
    arn = "arn:aws:ses:us-east-1:123456789012:template/greeting"

    send(Content={"Template": {"TemplateArn": arn, "TemplateData": '{"username": "A", "n": 1}'}})

    assert [mail.text for mail in ses.outbox] == ["A, you are number 1"]


@pytest.mark.parametrize("data", ["{", "[]"])
def test_data_to_render_is_a_json_object(sesv2: Any, sesv1: Any, data: str) -> None:
    part = {"TemplateName": "plain", "SubjectPart": "a", "TextPart": "b"}
    sesv1.create_template(Template=part)
    asked = {"TemplateName": "plain", "TemplateData": data}

    assert refusal(sesv1.test_render_template, **asked)[0] == "InvalidRenderingParameter"
    assert refusal(sesv2.test_render_email_template, **asked)[0] == "BadRequestException"


def test_rendering_shows_the_mail_or_what_is_missing(sesv2: Any, sesv1: Any) -> None:
    sesv2.create_email_template(TemplateName="greeting", TemplateContent=GREETING)
    data, missing = (
        '{"username": "A", "n": 1}',
        "Attribute 'n' is not present in the rendering data.",
    )
    both = {
        "BadRequestException": sesv2.test_render_email_template,
        "MissingRenderingAttribute": sesv1.test_render_template,
    }

    for code, test_render in both.items():
        shown = test_render(TemplateName="greeting", TemplateData=data)["RenderedTemplate"]
        assert "Subject: Dear A" in shown.splitlines()
        assert "A, you are number 1" in shown.splitlines()
        answer = refusal(test_render, TemplateName="greeting", TemplateData='{"username": "A"}')
        assert answer == (code, missing)


def test_templates_of_the_first_api_are_those_of_the_second(sesv1: Any, sesv2: Any) -> None:
    parts = {"TemplateName": "short", "SubjectPart": "a", "TextPart": "b"}
    sesv1.create_template(Template=parts)
    [made] = sesv1.list_templates()["TemplatesMetadata"]

    assert sesv1.get_template(TemplateName="short")["Template"] == parts
    assert refusal(sesv1.create_template, Template=parts) == (
        "AlreadyExists",
        "Template short already exists.",
    )
    sesv1.update_template(Template={**parts, "TextPart": "c"})
    content = sesv2.get_email_template(TemplateName="short")["TemplateContent"]
    assert content == {"Subject": "a", "Text": "c"}
    assert sesv1.list_templates()["TemplatesMetadata"] == [made]
    none = ("TemplateDoesNotExist", "Template none does not exist.")
    assert refusal(sesv1.get_template, TemplateName="none") == none
    assert refusal(sesv1.update_template, Template={**parts, "TemplateName": "none"}) == none


def test_unknown_template_is_refused(send: Any, sesv1: Any) -> None:
    message = "Template none does not exist."
    content = {"Template": {"TemplateName": "none"}}

    assert refusal(send, Content=content) == ("NotFoundException", message)
    answer = refusal(
        sesv1.send_templated_email,
        Source=SENDER,
        Destination={"ToAddresses": ["a@example.com"]},
        Template="none",
        TemplateData="{}",
    )
    assert answer == ("TemplateDoesNotExist", message)


@pytest.mark.parametrize("data", ["{", "[]"])
def test_template_data_that_is_no_object_is_refused(send: Any, data: str) -> None:
    content = {"Template": {"TemplateContent": GREETING, "TemplateData": data}}

    assert refusal(send, Content=content)[0] == "BadRequestException"


def test_template_without_name_or_content_is_refused(send: Any) -> None:
    assert refusal(send, Content={"Template": {"TemplateData": "{}"}})[0] == "BadRequestException"


def test_mail_with_a_variable_without_data_is_accepted_and_never_sent(
    send_bulk: Any, ses: Ses
) -> None:
    results = send_bulk(an_entry("a@example.com"))

    assert results[0]["Status"] == "SUCCESS"
    assert results[0]["MessageId"]
    assert not list(ses.outbox)


def test_bulk_entries_replace_data_headers_and_tags(send_bulk: Any, ses: Ses) -> None:
    template = {
        "TemplateContent": GREETING,
        "TemplateData": '{"username": "friend", "n": 1}',
        "Headers": [{"Name": "X-Kind", "Value": "news"}, {"Name": "X-Who", "Value": "all"}],
    }
    entry = an_entry(
        "b@example.com",
        {"username": "B"},
        ReplacementHeaders=[{"Name": "x-who", "Value": "b"}],
        ReplacementTags=[{"Name": "recipient", "Value": "b"}],
    )

    results = send_bulk(
        an_entry("a@example.com"),
        entry,
        DefaultContent={"Template": template},
        DefaultEmailTags=[{"Name": "campaign", "Value": "c1"}],
        ReplyToAddresses=[SENDER],
    )

    first, second = ses.outbox
    assert [result["MessageId"] for result in results] == [first.message_id, second.message_id]
    assert (first.text, second.text) == ("friend, you are number 1", "B, you are number 1")
    assert first.headers == (("X-Kind", "news"), ("X-Who", "all"))
    assert second.headers == (("X-Kind", "news"), ("x-who", "b"))
    assert (first.tags, second.tags) == (
        {"campaign": "c1"},
        {"campaign": "c1", "recipient": "b"},
    )
    assert first.reply_to == (SENDER,)


def test_one_bad_bulk_entry_does_not_stop_the_others(send_bulk: Any, ses: Ses) -> None:
    ses.refuse = lambda recipient: (
        AwsError("MESSAGE_REJECTED", "No.") if recipient.startswith("no") else None
    )
    data = {"username": "A"}

    results = send_bulk(
        an_entry("a@example.com", data),
        an_entry("bad", data),
        an_entry("no@example.com", data),
        an_entry("b@example.com", data),
    )

    statuses = [result["Status"] for result in results]
    assert statuses == ["SUCCESS", "INVALID_PARAMETER", "MESSAGE_REJECTED", "SUCCESS"]
    assert results[1]["Error"] == "Missing final '@domain'"
    assert "MessageId" not in results[1]
    assert [mail.to for mail in ses.outbox] == [("a@example.com",), ("b@example.com",)]


def test_bulk_entries_beyond_the_quota_say_so_one_by_one(send_bulk: Any, ses: Ses) -> None:
    entries = [an_entry(f"{name}@example.com", {"username": name}) for name in "abcd"]
    ses.settings.enforce_quota = True
    ses.settings.max_24_hour_send = 3
    ses.settings.max_send_rate = 2

    throttled = [result["Status"] for result in send_bulk(*entries[:3])]
    ses.settings.max_24_hour_send = 2
    exhausted = [result["Status"] for result in send_bulk(entries[3])]

    assert throttled == ["SUCCESS", "SUCCESS", "ACCOUNT_THROTTLED"]
    assert exhausted == ["ACCOUNT_DAILY_QUOTA_EXCEEDED"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"FromEmailAddress": "other@example.com"}, "MessageRejected"),
        ({"ConfigurationSetName": "none"}, "NotFoundException"),
        ({"DefaultContent": {"Template": {"TemplateName": "none"}}}, "NotFoundException"),
        ({"BulkEmailEntries": [an_entry("a@example.com")] * 51}, "BadRequestException"),
    ],
)
def test_what_concerns_all_bulk_entries_fails_the_call(
    send_bulk: Any, fields: dict[str, Any], code: str
) -> None:
    assert refusal(send_bulk, an_entry("a@example.com"), **fields)[0] == code


def test_v1_bulk_answers_in_the_words_of_v1(sesv1: Any, sesv2: Any, ses: Ses) -> None:
    sesv2.create_email_template(TemplateName="greeting", TemplateContent=GREETING)
    everyone = [
        {
            "Destination": {"ToAddresses": ["a@example.com"]},
            "ReplacementTemplateData": '{"username": "A"}',
        },
        {"Destination": {"ToAddresses": ["bad"]}},
    ]

    answer = sesv1.send_bulk_templated_email(
        Source=SENDER, Template="greeting", DefaultTemplateData='{"n": 1}', Destinations=everyone
    )

    statuses = [status["Status"] for status in answer["Status"]]
    assert statuses == ["Success", "InvalidParameterValue"]
    assert [mail.text for mail in ses.outbox] == ["A, you are number 1"]
