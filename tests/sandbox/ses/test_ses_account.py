"""SES beside sending: quotas, identities, suppression list, templates."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from mailfanout.sandbox.seams.replacement import LACKS
from mailfanout.sandbox.seams.ses import replacements
from mailfanout.sandbox.ses.sending import Ses
from support.calls.refusals import refusal

SENDER = "sender@example.com"


def test_account_and_quota_say_the_same_in_both_versions(sesv2: Any, sesv1: Any, ses: Ses) -> None:
    ses.settings.production = False
    ses.settings.max_send_rate = 1
    ses.settings.max_24_hour_send = 200
    everyone = [SENDER, "bounce@simulator.amazonses.com"]
    sesv2.send_email(
        FromEmailAddress=SENDER,
        Destination={"ToAddresses": everyone},
        Content={"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "y"}}}},
    )

    account, quota = sesv2.get_account(), sesv1.get_send_quota()

    assert account["ProductionAccessEnabled"] is False
    assert account["SendingEnabled"] is True
    assert account["EnforcementStatus"] == "HEALTHY"
    expected = {"Max24HourSend": 200.0, "MaxSendRate": 1.0, "SentLast24Hours": 1.0}
    assert account["SendQuota"] == expected
    assert {name: quota[name] for name in expected} == expected


def test_new_account_has_the_quotas_of_production(sesv2: Any) -> None:
    account = sesv2.get_account()

    assert account["ProductionAccessEnabled"] is True
    assert account["SendQuota"]["MaxSendRate"] == 14
    assert account["SendQuota"]["Max24HourSend"] == 50_000


def test_account_that_paused_sending_sends_nothing(sesv2: Any, sesv1: Any, send: Any) -> None:
    sesv2.put_account_sending_attributes(SendingEnabled=False)

    assert refusal(send)[0] == "SendingPausedException"
    assert sesv2.get_account()["SendingEnabled"] is sesv1.get_account_sending_enabled()["Enabled"]
    sesv1.update_account_sending_enabled(Enabled=True)
    assert send()


def test_account_keeps_what_is_said_of_it(sesv2: Any) -> None:
    details = {"MailType": "TRANSACTIONAL", "WebsiteURL": "https://example.com"}

    sesv2.put_account_details(**details)
    sesv2.put_account_suppression_attributes(SuppressedReasons=["BOUNCE"])

    account = sesv2.get_account()
    assert account["Details"] == details
    assert account["SuppressionAttributes"] == {"SuppressedReasons": ["BOUNCE"]}


def test_address_identity_is_verified_at_once(sesv2: Any, sesv1: Any) -> None:
    created = sesv2.create_email_identity(EmailIdentity="new@example.com")
    sesv1.verify_email_identity(EmailAddress="v1@example.com")

    assert created["VerifiedForSendingStatus"] is True
    for name in ("new@example.com", "v1@example.com"):
        identity = sesv2.get_email_identity(EmailIdentity=name)
        assert identity["VerifiedForSendingStatus"] is True


def test_identity_exists_once_and_goes_once(sesv2: Any) -> None:
    assert refusal(sesv2.create_email_identity, EmailIdentity=SENDER) == (
        "AlreadyExistsException",
        f"Email identity {SENDER} already exist.",
    )

    sesv2.delete_email_identity(EmailIdentity=SENDER)

    assert refusal(sesv2.get_email_identity, EmailIdentity=SENDER)[0] == "NotFoundException"
    assert refusal(sesv2.delete_email_identity, EmailIdentity=SENDER)[0] == "NotFoundException"


def test_suppression_list_is_kept(sesv2: Any, ses: Ses) -> None:
    for name, reason in (("A@example.com", "BOUNCE"), ("b@example.com", "COMPLAINT")):
        sesv2.put_suppressed_destination(EmailAddress=name, Reason=reason)

    found = sesv2.get_suppressed_destination(EmailAddress="a@example.com")["SuppressedDestination"]
    assert (found["EmailAddress"], found["Reason"]) == ("a@example.com", "BOUNCE")
    assert found["LastUpdateTime"] == ses.now()
    assert _suppressed(sesv2) == ["a@example.com", "b@example.com"]
    assert _suppressed(sesv2, Reasons=["COMPLAINT"]) == ["b@example.com"]
    later = ses.now() + timedelta(seconds=1)
    assert _suppressed(sesv2, StartDate=later) == []
    assert _suppressed(sesv2, EndDate=later) == ["a@example.com", "b@example.com"]
    sesv2.delete_suppressed_destination(EmailAddress="a@example.com")
    assert _suppressed(sesv2) == ["b@example.com"]


def test_address_that_is_not_suppressed_is_not_found(sesv2: Any) -> None:
    name = {"EmailAddress": "a@example.com"}

    assert refusal(sesv2.get_suppressed_destination, **name)[0] == "NotFoundException"
    assert refusal(sesv2.delete_suppressed_destination, **name)[0] == "NotFoundException"


def test_long_list_comes_in_pages(sesv2: Any) -> None:
    for number in range(3):
        sesv2.put_suppressed_destination(EmailAddress=f"{number}@example.com", Reason="BOUNCE")

    first = sesv2.list_suppressed_destinations(PageSize=2)
    second = sesv2.list_suppressed_destinations(PageSize=2, NextToken=first["NextToken"])

    assert len(first["SuppressedDestinationSummaries"]) == 2
    assert len(second["SuppressedDestinationSummaries"]) == 1
    assert "NextToken" not in second


def test_email_template_is_made_read_changed_and_deleted(sesv2: Any, sesv1: Any) -> None:
    name = {"TemplateName": "greeting"}
    sesv2.create_email_template(**name, TemplateContent={"Subject": "One", "Text": "text"})
    assert (
        refusal(sesv2.create_email_template, **name, TemplateContent={})[0]
        == "AlreadyExistsException"
    )

    sesv2.update_email_template(**name, TemplateContent={"Subject": "Two", "Html": "<p>"})

    content = {"Subject": "Two", "Html": "<p>"}
    assert sesv2.get_email_template(**name)["TemplateContent"] == content
    assert sesv1.get_template(**name)["Template"]["SubjectPart"] == "Two"
    listed = sesv2.list_email_templates()["TemplatesMetadata"]
    assert [item["TemplateName"] for item in listed] == ["greeting"]
    sesv2.delete_email_template(**name)
    assert refusal(sesv2.get_email_template, **name)[0] == "NotFoundException"
    assert refusal(sesv2.delete_email_template, **name)[0] == "NotFoundException"


def test_template_of_the_first_api_that_is_gone_is_no_error(sesv1: Any) -> None:
    sesv1.delete_template(TemplateName="nope")


def test_moto_still_has_what_is_replaced_and_lacks_what_is_added() -> None:
    for owner, name, _, reason in replacements(Ses(lambda *_: None)):
        added = reason == LACKS
        assert hasattr(owner, name) is not added, f"{owner.__name__}.{name}: {reason}"


def _suppressed(sesv2: Any, **wanted: Any) -> list[str]:
    listed = sesv2.list_suppressed_destinations(**wanted)["SuppressedDestinationSummaries"]
    return [item["EmailAddress"] for item in listed]
