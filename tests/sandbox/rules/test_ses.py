"""What SES refuses of templates, of mails by their size, and of topics that are not there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.http import ApiError, Refused
from mailfanout.sandbox.rules import check_rules
from support.calls.on_the_wire import operation
from support.calls.refusals import refusal
from support.sandboxes.account_in_sandbox import ACCOUNT_ID, Account

MEGABYTE = 2**20
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT_ID}:nope"


def simple(size: int, *attachments: int) -> dict[str, Any]:
    files = [{"FileName": "a.txt", "RawContent": b"x" * one} for one in attachments]
    body = {"Text": {"Data": "x" * size}}
    return {"Subject": {"Data": ""}, "Body": body, "Attachments": files}


MESSAGE = {"Subject": {"Data": ""}, "Body": {"Text": {"Data": ""}}}
NOBODY = "nobody@example.com"
TWICE = b"From: a@example.com\r\nTo: b@example.com\r\nfrom: c@example.com\r\n\r\nFrom: d"


TAG = {"Name": "a", "Value": "b"}
FILE = {
    "Attachments": [
        {"FileName": "a", "RawContent": b"", "ContentType": "x/y\r\nBcc: evil@example.com"}
    ]
}


SCRIPT = {"Attachments": [{"FileName": "run.EXE", "RawContent": b""}]}
RAW_SCRIPT = b'To: b@example.com\r\n\r\nContent-Disposition: attachment; filename="a b.js"\r\n\r\n'


def sending(service: str, name: str, parameters: dict[str, Any]) -> ApiCall:
    return ApiCall(
        service, name, parameters, "query", "us-east-1", "", model=operation(service, name)
    )


@pytest.mark.parametrize(
    ("service", "name", "made"),
    [
        ("ses", "SendRawEmail", lambda: {"RawMessage": {"Data": b"x" * (10 * MEGABYTE + 1)}}),
        ("ses", "SendEmail", lambda: {"Message": simple(10 * MEGABYTE + 1)}),
        ("sesv2", "SendEmail", lambda: {"Content": {"Raw": {"Data": b"x" * (40 * MEGABYTE + 1)}}}),
        (
            "sesv2",
            "SendEmail",
            lambda: {"Content": {"Simple": simple(10 * MEGABYTE, 30 * MEGABYTE)}},
        ),
    ],
)
def test_a_mail_that_is_too_large_is_refused(
    service: str, name: str, made: Callable[[], dict[str, Any]]
) -> None:
    with pytest.raises(ApiError, match=r"Message length is more than [14]\d+ bytes long: '\d+'"):
        check_rules(sending(service, name, made()), ACCOUNT_ID)


@pytest.mark.parametrize(
    ("service", "name", "parameters", "words"),
    [
        ("ses", "SendRawEmail", {"RawMessage": {"Data": TWICE}}, "Duplicate header 'From'."),
        ("sesv2", "SendEmail", {"Content": {"Raw": {"Data": TWICE}}}, "Duplicate header 'From'."),
        ("ses", "SendEmail", {"Message": {"Subject": {"Charset": "x"}}}, "character set <x>"),
        ("sesv2", "SendEmail", {"Content": {"Simple": {}, "Raw": {}}}, "must have exactly one"),
        ("sesv2", "SendEmail", {"Content": {"Simple": FILE}}, "type of an attachment"),
        ("sesv2", "SendEmail", {"Content": {"Simple": SCRIPT}}, "Illegal filename 'run.EXE'."),
        ("ses", "SendRawEmail", {"RawMessage": {"Data": RAW_SCRIPT}}, "Illegal filename 'a b.js'"),
        ("sesv2", "SendEmail", {"ListManagementOptions": {}}, "does not do ListManagementOptions"),
        ("sesv2", "SendEmail", {"EmailTags": [TAG, TAG]}, "Duplicate message tag name <a>"),
        ("ses", "SendBulkTemplatedEmail", {"Destinations": []}, "At least one destination"),
        ("sesv2", "SendBulkEmail", {"BulkEmailEntries": []}, "At least one destination"),
        (
            "sesv2",
            "SendBulkEmail",
            {"BulkEmailEntries": [{}], "DefaultContent": {}},
            "The template must be specified",
        ),
        ("sesv2", "CreateEmailIdentity", {"EmailIdentity": "an address"}, "Invalid domain"),
        ("sesv2", "CreateEmailIdentity", {"EmailIdentity": "com"}, "Invalid domain name <com>."),
        ("ses", "VerifyEmailIdentity", {"EmailAddress": "x"}, "Missing final '@domain'"),
        ("ses", "CreateTemplate", {"Template": {"TemplateName": "a b"}}, "name <a b> is invalid"),
        ("ses", "CreateConfigurationSet", {"ConfigurationSet": {"Name": "a b"}}, "Invalid conf"),
        ("sesv2", "CreateConfigurationSet", {"ConfigurationSetName": "a" * 65}, "Invalid conf"),
        (
            "sesv2",
            "CreateConfigurationSetEventDestination",
            {"EventDestination": {"MatchingEventTypes": ["SEND"]}},
            "exactly one place",
        ),
        (
            "sesv2",
            "CreateConfigurationSetEventDestination",
            {"EventDestination": {"MatchingEventTypes": [], "SnsDestination": {}}},
            "at least one type",
        ),
    ],
)
def test_headers_names_and_destinations_that_ses_does_not_take_are_refused(
    service: str, name: str, parameters: dict[str, Any], words: str
) -> None:
    with pytest.raises((ApiError, Refused), match=words):
        check_rules(sending(service, name, parameters), ACCOUNT_ID)


@pytest.mark.parametrize("content", [{}, {"Simple": MESSAGE, "Template": {}}])
def test_a_mail_has_one_content(content: dict[str, Any]) -> None:
    with pytest.raises(ApiError, match="exactly one of Simple, Raw and Template"):
        check_rules(sending("sesv2", "SendEmail", {"Content": content}), ACCOUNT_ID)


def test_v2_takes_what_is_too_large_for_v1() -> None:
    content = {"Raw": {"Data": b"x" * (40 * MEGABYTE)}}

    check_rules(sending("sesv2", "SendEmail", {"Content": content}), ACCOUNT_ID)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"Text": "x"}, "The subject must be specified."),
        ({"Subject": "x", "Html": "{{#if a}}"}, "The block {{#if}} has no {{/if}}."),
        ({"Subject": "x", "Text": "x" * 500 * 1024}, "The template is larger than 500 KB."),
    ],
)
def test_a_template_that_ses_does_not_take_is_refused(
    account: Account, content: dict[str, str], words: str
) -> None:
    create = account.client("sesv2").create_email_template
    create_v1 = account.client("ses").create_template
    content_v1 = {f"{name}Part": text for name, text in content.items()}

    assert refusal(create, TemplateName="new", TemplateContent=content) == (
        "BadRequestException",
        words,
    )
    assert refusal(create_v1, Template={"TemplateName": "new", **content_v1}) == (
        "InvalidTemplate",
        words,
    )


@pytest.fixture(scope="module", autouse=True)
def configuration_set(account: Account) -> None:
    account.client("sesv2").create_configuration_set(ConfigurationSetName="events")


@pytest.mark.parametrize(
    ("service", "method", "given", "code", "words"),
    [
        (
            "ses",
            "create_configuration_set_event_destination",
            {
                "EventDestination": {
                    "Name": "topic",
                    "MatchingEventTypes": ["send"],
                    "SNSDestination": {"TopicARN": TOPIC},
                },
                "ConfigurationSetName": "events",
            },
            "InvalidSNSDestination",
            f"SNS topic <{TOPIC}> not found.",
        ),
        (
            "sesv2",
            "create_configuration_set_event_destination",
            {
                "ConfigurationSetName": "events",
                "EventDestinationName": "topic",
                "EventDestination": {
                    "MatchingEventTypes": ["SEND"],
                    "SnsDestination": {"TopicArn": TOPIC},
                },
            },
            "BadRequestException",
            f"SNS topic <{TOPIC}> not found.",
        ),
        (
            "ses",
            "set_identity_notification_topic",
            {"Identity": "a@example.com", "NotificationType": "Bounce", "SnsTopic": TOPIC},
            "InvalidParameterValue",
            f"SNS topic {TOPIC} is invalid.",
        ),
    ],
)
def test_a_topic_that_is_not_there_is_told_of_no_mail(
    account: Account, service: str, method: str, given: dict[str, Any], code: str, words: str
) -> None:
    assert refusal(getattr(account.client(service), method), **given) == (code, words)


@pytest.mark.parametrize(
    ("service", "given"),
    [
        ("ses", {"Message": MESSAGE, "Source": "a@example.com", "ReturnPath": NOBODY}),
        (
            "sesv2",
            {
                "Content": {"Simple": MESSAGE},
                "FromEmailAddress": "a@example.com",
                "FeedbackForwardingEmailAddress": NOBODY,
            },
        ),
    ],
)
def test_where_bounces_go_has_to_be_verified(
    account: Account, service: str, given: dict[str, Any]
) -> None:
    send, to = account.client(service).send_email, {"ToAddresses": ["b@example.com"]}

    code, words = refusal(send, Destination=to, **given)

    assert code == "MessageRejected"
    assert words.endswith(f"failed the check in region US-EAST-1: a@example.com, {NOBODY}")
