"""What policies may ask of a mail: its sender and its recipients."""

from __future__ import annotations

from typing import Any

import pytest

from mailfanout.sandbox.access.keys import Keys
from mailfanout.sandbox.access.mail_requests import CONDITION_KEYS, condition_key
from mailfanout.sandbox.calls import ApiCall
from support.calls.refusals import refusal
from support.calls.signed_calls import ACCOUNT_ID, called
from support.sandboxes.account_setup import IDENTITY, MAIL, MESSAGE, TO, Clients, Make, allow

pytestmark = pytest.mark.slow

OWNER = Keys(ACCOUNT_ID).owner
FROM = "Mail Desk <sender@example.com>"
MANY = {
    "ToAddresses": ["Yamada <a@example.com>"],
    "CcAddresses": ["b@example.com"],
    "BccAddresses": ["c@example.com"],
}
RAW = (
    b"From: Mail Desk <sender@example.com>\r\nTo: a@example.com, B <b@example.com>\r\n"
    b"Cc: c@example.com\r\n\r\nHello"
)
TEMPLATE = {"TemplateName": "t", "TemplateData": "{}"}
KEYS = {
    "ses:fromaddress": "sender@example.com",
    "ses:fromdisplayname": "Mail Desk",
    "ses:recipients": ["a@example.com", "b@example.com", "c@example.com"],
}


@pytest.mark.parametrize(
    "service, method, parameters",
    [
        ("ses", "send_email", {"Source": FROM, "Destination": MANY, "Message": MESSAGE}),
        ("ses", "send_raw_email", {"RawMessage": {"Data": RAW}}),
        (
            "ses",
            "send_bulk_templated_email",
            {
                "Source": FROM,
                "Template": "t",
                "DefaultTemplateData": "{}",
                "Destinations": [{"Destination": {kind: people}} for kind, people in MANY.items()],
            },
        ),
        (
            "sesv2",
            "send_email",
            {"FromEmailAddress": FROM, "Destination": MANY, "Content": {"Simple": MESSAGE}},
        ),
        ("sesv2", "send_email", {"Content": {"Raw": {"Data": RAW}}}),
        (
            "sesv2",
            "send_bulk_email",
            {
                "FromEmailAddress": FROM,
                "DefaultContent": {"Template": TEMPLATE},
                "BulkEmailEntries": [
                    {"Destination": {kind: people}} for kind, people in MANY.items()
                ],
            },
        ),
    ],
)
def test_every_way_to_send_names_its_sender_and_its_recipients(
    service: str, method: str, parameters: dict[str, Any]
) -> None:
    assert condition_keys(called(OWNER, service, method, **parameters)) == KEYS


def test_recipients_that_a_call_names_stand_in_for_those_of_its_raw_mail() -> None:
    raw = {"RawMessage": {"Data": RAW}, "Destinations": ["d@example.com"]}

    keys = condition_keys(called(OWNER, "ses", "send_raw_email", **raw))

    assert keys["ses:recipients"] == ["d@example.com"]


def test_a_sender_without_a_display_name_has_none_to_ask_for() -> None:
    request = called(OWNER, "sesv2", "send_email", **MAIL, Content={"Simple": MESSAGE})

    assert "ses:fromdisplayname" not in condition_keys(request)


def condition_keys(call: ApiCall) -> dict[str, Any]:
    return {key: value for key in CONDITION_KEYS if (value := condition_key(call, key))}


def test_a_call_that_sends_nothing_has_no_such_keys() -> None:
    assert condition_keys(called(OWNER, "ses", "verify_email_identity", EmailAddress="a@b.c")) == {}
    assert condition_keys(called(OWNER, "sqs", "send_message", QueueUrl="q", MessageBody="a")) == {}


@pytest.mark.parametrize("service", ["ses", "sesv2"])
def test_a_role_for_one_sender_sends_as_no_other(admin: Clients, role: Make, service: str) -> None:
    for address in ("sender@example.com", "other@example.com"):
        admin("ses").verify_email_identity(EmailAddress=address)
    client = role(service, only_if("StringEquals", "ses:FromAddress", "sender@example.com"))

    assert client.send_email(**mail_of(service, "Mail Desk <sender@example.com>"))
    assert refusal(client.send_email, **mail_of(service, "other@example.com"))[0].startswith(
        "AccessDenied"
    )


def test_a_role_for_one_display_name_sends_under_no_other(admin: Clients, role: Make) -> None:
    admin("ses").verify_email_identity(EmailAddress="sender@example.com")
    client = role("sesv2", only_if("StringLike", "ses:FromDisplayName", "Mail*"))

    assert client.send_email(**mail_of("sesv2", FROM))
    assert refusal(client.send_email, **mail_of("sesv2", "sender@example.com"))


def test_a_role_for_one_domain_sends_to_nobody_elsewhere(admin: Clients, role: Make) -> None:
    admin("ses").verify_email_identity(EmailAddress="sender@example.com")
    client = role("sesv2", only_if("ForAllValues:StringLike", "ses:Recipients", "*@example.com"))
    elsewhere = {"ToAddresses": [*TO["ToAddresses"], "suzuki@example.jp"]}
    mail = mail_of("sesv2", "sender@example.com")

    assert client.send_email(**mail)
    assert refusal(client.send_email, **mail | {"Destination": elsewhere})


def only_if(operator: str, key: str, value: Any) -> dict[str, Any]:
    resource = IDENTITY.rpartition("/")[0] + "/*"
    return allow("ses:SendEmail", resource, Condition={operator: {key: value}})


def mail_of(service: str, source: str) -> Any:
    if service == "ses":
        return {"Source": source, "Destination": TO, "Message": MESSAGE}
    return {"FromEmailAddress": source, "Destination": TO, "Content": {"Simple": MESSAGE}}
