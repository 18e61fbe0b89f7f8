"""What becomes of a mail: it is sent, rejected, delivered, bounces, is complained about.

See https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html and, for the addresses that
play a part,
https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html#send-email-simulator
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from datetime import datetime
from typing import NamedTuple

from mailfanout.sandbox.calls import bare_address
from mailfanout.sandbox.events import iso_time
from mailfanout.sandbox.json_objects import Json
from mailfanout.sandbox.ses.addresses import simulator_scenario
from mailfanout.sandbox.ses.mail import Mail, new_message_id


class MailEvent(NamedTuple):
    """One thing that became of a mail: AWS's name for it (`Bounce`, …) and the object beside it."""

    type: str
    detail: Json


SEND = MailEvent("Send", {})
REJECT = MailEvent("Reject", {"reason": "Bad content"})


def rendering_failure(template_name: str, message: str) -> MailEvent:
    """A template could not be filled in, so the mail is never sent."""
    return MailEvent("Rendering Failure", {"templateName": template_name, "errorMessage": message})


def events_of(mail: Mail, suppressed: Container[str]) -> Iterator[MailEvent]:
    """What becomes of a mail that was taken, found out one by one; some mailboxes get no mail."""
    yield SEND
    for recipient in mail.destinations:
        yield from _events_for(recipient, mail.accepted_at, suppressed=recipient in suppressed)


def _events_for(recipient: str, at: datetime, *, suppressed: bool) -> list[MailEvent]:
    """What becomes of one recipient's mail: the simulator's answer, a bounce, or a delivery."""
    address = bare_address(recipient)
    scenario = simulator_scenario(address)
    if kind := _ON_ACCOUNT_LIST if suppressed else _REFUSED.get(scenario or ""):
        return [_bounce(kind, address, at)]
    if scenario == "ooto":
        return [_delivery(address, at), _bounce(_OUT_OF_OFFICE, address, at)]
    if scenario == "complaint":
        return [_delivery(address, at), _complaint(address, at)]
    return [_delivery(address, at)]


_MTA = "dns; a8-96.smtp-out.amazonses.com"
_UNKNOWN_USER = {
    "bounceType": "Permanent",
    "bounceSubType": "General",
    "diagnosticCode": "smtp; 550 5.1.1 user unknown",
}
_ON_GLOBAL_LIST = {
    "bounceType": "Permanent",
    "bounceSubType": "Suppressed",
    "diagnosticCode": "Amazon SES has suppressed sending to this address because it has a recent "
    "history of bouncing as an invalid address.",
}
_ON_ACCOUNT_LIST = {
    "bounceType": "Permanent",
    "bounceSubType": "OnAccountSuppressionList",
    "diagnosticCode": "Amazon SES did not send the message to this address because it is on the "
    "suppression list for your account.",
}
_OUT_OF_OFFICE = {"bounceType": "Transient", "bounceSubType": "General"}
# By what the simulator plays.
_REFUSED = {"bounce": _UNKNOWN_USER, "suppressionlist": _ON_GLOBAL_LIST}


def _bounce(kind: dict[str, str], address: str, at: datetime) -> MailEvent:
    bounced = {"emailAddress": address}
    detail: Json = {
        "bounceType": kind["bounceType"],
        "bounceSubType": kind["bounceSubType"],
        "bouncedRecipients": [bounced],
        "timestamp": iso_time(at),
        "feedbackId": new_message_id(at),
    }
    if diagnostic_code := kind.get("diagnosticCode"):
        bounced |= {"action": "failed", "status": "5.1.1", "diagnosticCode": diagnostic_code}
        detail["reportingMTA"] = _MTA
    return MailEvent("Bounce", detail)


def _complaint(address: str, at: datetime) -> MailEvent:
    detail: Json = {
        "complainedRecipients": [{"emailAddress": address}],
        "timestamp": iso_time(at),
        "feedbackId": new_message_id(at),
        "complaintSubType": None,
        "userAgent": "Amazon SES Mailbox Simulator",
        "complaintFeedbackType": "abuse",
        "arrivalDate": iso_time(at),
    }
    return MailEvent("Complaint", detail)


def _delivery(address: str, at: datetime) -> MailEvent:
    detail = {
        "timestamp": iso_time(at),
        "processingTimeMillis": 0,
        "recipients": [address],
        "smtpResponse": "250 2.6.0 Message received",
        "remoteMtaIp": "127.0.0.1",
        "reportingMTA": "a8-96.smtp-out.amazonses.com",
    }
    return MailEvent("Delivery", detail)
