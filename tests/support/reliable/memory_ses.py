"""SES in memory: what it takes, how it refuses, and the events that follow."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from support.reliable.memory_errors import client_error

Item = dict[str, Any]

SENDER = "sender@example.com"
UNVERIFIED = "Email address is not verified. The following identities failed the check: "
# How SES answers each entry, and how it refuses a whole call.
ENTRY_TROUBLES = {
    "entries throttled": ("ACCOUNT_THROTTLED", "Maximum sending rate exceeded."),
    "transient failure": ("TRANSIENT_FAILURE", "Try again."),
    "daily quota": ("ACCOUNT_DAILY_QUOTA_EXCEEDED", "Daily message quota exceeded."),
    "sender not verified": ("MESSAGE_REJECTED", UNVERIFIED + SENDER),
}
CALL_TROUBLES = {
    "call throttled": ("TooManyRequestsException", 400),
    "no configuration set": ("NotFoundException", 400),
    "account paused": ("SendingPausedException", 400),
    "server error": ("InternalFailure", 500),
}
TROUBLES = (*ENTRY_TROUBLES, *CALL_TROUBLES)


class Sent(NamedTuple):
    """One mail that SES took: `fate` is what its last event says."""

    message_id: str
    email: str
    tags: dict[str, str]
    text: str
    fate: str
    headers: dict[str, str]


class Ses:
    """The sending operations, with boto3's parameters and answers."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._ids = itertools.count(1)
        self.rate = 14.0
        self.room = 1_000_000  # of the daily quota
        self.trouble = ""
        self.troubled_entries = 1_000  # so many of each call's entries meet the trouble
        self.sent: list[Sent] = []
        self.event_delay_seconds = 1.0
        self.events: list[tuple[float, str]] = []  # when, and the message

    def get_account(self) -> Item:
        quota = {"MaxSendRate": self.rate, "Max24HourSend": 1e6, "SentLast24Hours": 1e6 - self.room}
        return {"SendQuota": quota}

    def send_bulk_email(self, *, BulkEmailEntries: list[Item], **common: Any) -> Item:
        self._refuse_call(common)
        if len(BulkEmailEntries) > 50:
            raise client_error("BadRequestException", "Recipient count exceeds 50.")
        addresses = [entry["Destination"]["ToAddresses"][0] for entry in BulkEmailEntries]
        if any(address.startswith("bad") for address in addresses):
            raise client_error("BadRequestException", "Missing final '@domain'")
        results = []
        for number, entry in enumerate(BulkEmailEntries):
            results.append(self._answer(number, entry, common))
        return {"BulkEmailEntryResults": results}

    def send_email(self, *, Destination: Item, Content: Item, **common: Any) -> Item:
        self._refuse_call(common)
        simple = Content["Simple"]
        text = "\n\n".join((simple["Subject"]["Data"], simple["Body"]["Text"]["Data"]))
        address = Destination["ToAddresses"][0]
        return {"MessageId": self._take(address, {}, text, {}, common)}

    def counted(self) -> Counter[str]:
        """How many mails each address got."""
        return Counter(mail.email for mail in self.sent)

    def due_events(self) -> list[tuple[float, str]]:
        """The events whose time has come, once, with that time."""
        now = self._now()
        due = [event for event in self.events if event[0] <= now]
        self.events = [event for event in self.events if event[0] > now]
        return due

    def _refuse_call(self, common: Item) -> None:
        if common["FromEmailAddress"] != SENDER:
            raise client_error("MessageRejected", UNVERIFIED + common["FromEmailAddress"])
        if self.trouble in CALL_TROUBLES:
            code, status = CALL_TROUBLES[self.trouble]
            raise client_error(code, "Because.", status=status)

    def _answer(self, number: int, entry: Item, common: Item) -> Item:
        if self.trouble in ENTRY_TROUBLES and number < self.troubled_entries:
            return dict(zip(("Status", "Error"), ENTRY_TROUBLES[self.trouble], strict=True))
        address = entry["Destination"]["ToAddresses"][0]
        if address.startswith("unverified"):
            return {"Status": "MESSAGE_REJECTED", "Error": UNVERIFIED + address}
        template = common["DefaultContent"]["Template"]["TemplateContent"]
        replacement = entry["ReplacementEmailContent"]["ReplacementTemplate"]
        data = json.loads(replacement["ReplacementTemplateData"])
        text = "\n\n".join((template["Subject"], template["Text"]))
        for name, value in data.items():
            text = text.replace("{{" + name + "}}", value)
        tags = {tag["Name"]: tag["Value"] for tag in entry.get("ReplacementTags", ())}
        headers = {h["Name"]: h["Value"] for h in entry.get("ReplacementHeaders", ())}
        return {
            "Status": "SUCCESS",
            "MessageId": self._take(address, tags, text, headers, common),
        }

    def _take(
        self, email: str, tags: Item, text: str, headers: dict[str, str], common: Item
    ) -> str:
        """Take a mail. Its address tells its fate, as those of the mailbox simulator do."""
        fate = email.partition("-")[0]
        if "{{" in text or fate not in ("bounce", "complaint", "reject"):
            fate = "render" if "{{" in text else "delivery"
        message_id = f"ses-{next(self._ids)}"
        self.sent.append(Sent(message_id, email, tags, text, fate, headers))
        if common.get("ConfigurationSetName"):
            for told in _events(message_id, email, tags, fate):
                due = self._now() + self.event_delay_seconds
                self.events.append((due, json.dumps(told)))
        return message_id


def _events(message_id: str, email: str, tags: dict[str, str], fate: str) -> list[Item]:
    named = {name: [value] for name, value in tags.items()}
    mail = {"messageId": message_id, "destination": [email], "tags": named}
    send = {"eventType": "Send", "send": {}, "mail": mail}
    delivery = {"eventType": "Delivery", "delivery": {}, "mail": mail}
    bounce = {"eventType": "Bounce", "bounce": {"bounceType": "Permanent"}, "mail": mail}
    complaint = {"eventType": "Complaint", "complaint": {}, "mail": mail}
    return {
        "delivery": [send, delivery],
        "bounce": [send, bounce],
        "complaint": [send, delivery, complaint],
        "reject": [send, {"eventType": "Reject", "reject": {}, "mail": mail}],
        "render": [{"eventType": "Rendering Failure", "failure": {}, "mail": mail}],
    }[fate]
