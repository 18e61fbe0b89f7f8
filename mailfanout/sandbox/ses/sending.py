"""What SES accepts: its checks and its quotas, and what follows once a mail is taken."""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from threading import Lock
from typing import Any, cast

from mailfanout.sandbox.calls import bare_address, identity_for
from mailfanout.sandbox.control import positive, switch
from mailfanout.sandbox.ses import feedback, outcomes
from mailfanout.sandbox.ses.addresses import address_fault, simulator_scenario
from mailfanout.sandbox.ses.header import has_control_characters
from mailfanout.sandbox.ses.mail import Mail, Outbox
from mailfanout.sandbox.ses.refusals import AwsError, invalid
from mailfanout.sandbox.ses.set_options import find_configuration_set, options_of

Clock = Callable[[], float]
Publish = Callable[[Iterable[feedback.TopicMessage]], object]
Refuse = Callable[[str], "AwsError | None"]

RECIPIENT_LIMIT = 50
LONGEST_TAG = 255

# EICAR's test file, in two parts, so that no scanner finds it here. SES takes it for a virus.
VIRUS = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


MOST_RECIPIENTS = 10**9


@dataclass
class SendSettings:
    """The account's standing and limits at SES. They may be changed at any time.

    Without `production` it is an account in the SES sandbox, which sends to verified addresses
    and the mailbox simulator only; on AWS its quotas are then 200 recipients in 24 hours and
    1 a second. The quotas are always reported, and refuse mails only with `enforce_quota`.
    """

    production: bool = switch(True, "true, or false for an account in the SES sandbox")
    enforce_quota: bool = switch(False, "true, or false")
    max_send_rate: float = positive(
        14.0, "a number of recipients a second, above 0", most=MOST_RECIPIENTS
    )
    max_24_hour_send: float = positive(
        50_000.0, "a number of recipients in 24 hours, above 0", most=MOST_RECIPIENTS
    )


class SendQuota:
    """Counts recipients against the sending rate (a token bucket) and over the last 24 hours."""

    def __init__(self, settings: SendSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._lock = Lock()
        self._tokens = settings.max_send_rate
        self._filled_at = clock()
        self._minutes: deque[list[int]] = deque()
        self._sent = 0

    def sent_last_24_hours(self) -> int:
        """How many recipients were taken in the last 24 hours, to the minute."""
        with self._lock:
            self._forget_yesterday(self._minute())
            return self._sent

    def take(self, recipients: int, *, counted: int) -> None:
        """Count recipients, or raise AwsError; `counted` of them count against the 24 hours.

        A mail to more recipients than the rate allows passes if the bucket is not empty. The mails
        after it wait longer.
        """
        with self._lock:
            minute = self._minute()
            self._forget_yesterday(minute)
            if self._settings.enforce_quota:
                self._enforce(counted)
                self._tokens -= recipients
            self._count(counted, minute)

    def _enforce(self, counted: int) -> None:
        if self._sent + counted > self._settings.max_24_hour_send:
            raise AwsError("ACCOUNT_DAILY_QUOTA_EXCEEDED", "Daily message quota exceeded.")
        now, rate = self._clock(), self._settings.max_send_rate
        refill = (now - self._filled_at) * rate
        self._tokens, self._filled_at = min(max(rate, 1.0), self._tokens + refill), now
        if self._tokens < 1:
            raise AwsError("ACCOUNT_THROTTLED", "Maximum sending rate exceeded.")

    def _minute(self) -> int:
        return int(self._clock() // 60)

    def _count(self, counted: int, minute: int) -> None:
        if not self._minutes or self._minutes[-1][0] != minute:
            self._minutes.append([minute, 0])
        self._minutes[-1][1] += counted
        self._sent += counted

    def _forget_yesterday(self, minute: int) -> None:
        oldest = minute - 24 * 60
        while self._minutes and self._minutes[0][0] <= oldest:
            self._sent -= self._minutes.popleft()[1]


class Ses:
    """The sending half of SES. moto keeps identities, configuration sets and templates.

    `publish(messages)` hands notifications to SNS, which are written as they are taken out. It must
    neither wait for the subscribers nor raise. `refuse(recipient)` is called with the address alone
    before a mail is accepted. It returns the error to refuse the mail with, or None. It may be
    assigned at any time.
    `backend` is always moto's SESBackend of the account and Region that a call is for.
    """

    def __init__(self, publish: Publish, *, clock: Clock = time.time) -> None:
        self.outbox = Outbox()
        self.publish = publish
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        """Forget every mail, count, setting and refusal, as if just made."""
        self.outbox.clear()
        self.settings = SendSettings()
        self._quotas: dict[str, SendQuota] = {}
        self.refuse: Refuse = lambda recipient: None

    def quota(self, region: str) -> SendQuota:
        """What counts the mails of a Region: each has its own quotas."""
        return self._quotas.setdefault(region, SendQuota(self.settings, self._clock))

    def now(self) -> datetime:
        """The time, aware UTC."""
        return datetime.fromtimestamp(self._clock(), UTC)

    def check_sender(self, mail: Mail, backend: Any, recipients: Iterable[str] = ()) -> None:
        """Raise AwsError unless the account may send, for this sender and configuration set.

        `recipients` are those that have to be verified, as the sender has to be.
        """
        if not account_attributes(backend).get("SendingEnabled", True):
            raise AwsError("ACCOUNT_SENDING_PAUSED", "Email sending is disabled for your account.")
        _require_verified([*_senders(mail), *recipients], backend)
        if name := mail.configuration_set:
            found = find_configuration_set(name, backend)
            if not options_of(found, "SendingOptions")["SendingEnabled"]:
                words = f"Email sending is disabled for configuration set <{name}>."
                raise AwsError("CONFIGURATION_SET_SENDING_PAUSED", words)

    def admit(self, mail: Mail, backend: Any, *, is_sender_checked: bool = False) -> None:
        """Check a mail and count it against the quotas. Raises AwsError."""
        _check_headers(mail)
        _check_recipients(mail)
        for name, value in mail.tags.items():
            _check_tag(name, value)
        outside = [name for name in mail.destinations if not simulator_scenario(name)]
        verified = [] if self.settings.production else outside
        if is_sender_checked:
            _require_verified(verified, backend)
        else:
            self.check_sender(mail, backend, verified)
        for recipient in mail.destinations:
            if error := self.refuse(bare_address(recipient)):
                raise error
        # The simulator's addresses count against the rate alone.
        self.quota(backend.region_name).take(len(mail.destinations), counted=len(outside))
        backend.sent_message_count += len(mail.destinations)

    def deliver(self, mail: Mail, backend: Any, listeners: feedback.Listeners) -> None:
        """Put an admitted mail in the outbox, unless it is a virus; report what becomes of it."""
        if mail.holds(VIRUS):
            return self.report(mail, [outcomes.REJECT], listeners)
        self.outbox.add(mail)
        suppressed = feedback.suppression_list(backend)
        is_listed = suppressed and _suppresses(mail, backend)
        asked = mail.destinations if is_listed else ()
        on_list = {one for one in asked if bare_address(one).lower() in suppressed}
        self.report(mail, outcomes.events_of(mail, on_list), listeners)

    def report(
        self, mail: Mail, events: Iterable[outcomes.MailEvent], listeners: feedback.Listeners
    ) -> None:
        """Tell every SNS topic that is to hear of it what became of a mail."""
        if listeners.identity_topics or listeners.event_topics:
            self.publish(feedback.notifications(mail, events, listeners))


def _suppresses(mail: Mail, backend: Any) -> bool:
    """Whether the account's suppression list counts: no reason to be on it switches it off.

    What a configuration set says goes before what the account says. See
    https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list-config-level.html
    """
    found = backend.config_sets.get(mail.configuration_set)
    options = options_of(found, "SuppressionOptions") if found else {}
    of_account = account_attributes(backend).get("SuppressionAttributes", {})
    return bool({**of_account, **options}.get("SuppressedReasons", True))


def account_attributes(backend: Any) -> dict[str, Any]:
    """What was put of the account's attributes in a Region, as GetAccount names it.

    It lives on moto's object, so that whatever resets moto empties it.
    """
    return cast("dict[str, Any]", vars(backend).setdefault("account_attributes", {}))


def _check_recipients(mail: Mail) -> None:
    if not mail.destinations:
        raise invalid("Missing required header 'To'.")
    if len(mail.destinations) > RECIPIENT_LIMIT:
        raise invalid(f"Recipient count exceeds {RECIPIENT_LIMIT}.")
    for mailbox in (mail.source, *mail.destinations, *mail.reply_to):
        if fault := address_fault(mailbox):
            raise invalid(fault)


def _check_headers(mail: Mail) -> None:
    if not mail.source:
        raise invalid("Missing required header 'From'.")
    subject = mail.subject if mail.raw_content is None else ""
    mailboxes = " ".join((mail.source, *mail.destinations, *mail.reply_to))
    for name, text in (("Subject", subject), ("From, To or Reply-To", mailboxes)):
        if has_control_characters(text):
            raise invalid(f"Control characters in header <{name}>.")
    for name, _ in mail.headers:
        if name.lower() in _SES_HEADERS:
            raise invalid(f"Header <{name}> is reserved.")


@lru_cache(maxsize=256)  # the mails of a bulk share most of theirs
def _check_tag(name: str, value: str) -> None:
    _check_part("name", name, _TAG_NAME, "'_',  '-'")
    _check_part("value", value, _TAG_VALUE, "'_',  '-' , '.', '@'")


def _check_part(part: str, text: str, allowed: re.Pattern[str], characters: str) -> None:
    reason = None
    if not text:
        reason = f"The tag {part} must be specified."
    elif len(text) > LONGEST_TAG:
        reason = f"Tag {part} cannot exceed {LONGEST_TAG} characters."
    elif not allowed.fullmatch(text):
        reason = (
            f"Invalid tag {part} <{text}>: only alphanumeric ASCII characters, {characters} are "
            "allowed."
        )
    if reason:
        raise invalid(reason)


def _senders(mail: Mail) -> list[str]:
    """Whom a mail is from; a raw one says so before the call does, if the call does."""
    if mail.raw_content is None:
        return [mail.source, *mail.also_verified]
    return [*mail.also_verified, mail.source]


def _require_verified(mailboxes: Iterable[str], backend: Any) -> None:
    """Raise AwsError, which names them all, unless an identity verifies each of these mailboxes."""
    wanted = dict.fromkeys(mailboxes)
    failed = [name for name in wanted if not identity_for(name, backend.email_identities)]
    if failed:
        raise AwsError(
            "MESSAGE_REJECTED",
            "Email address is not verified. The following identities failed the check in region "
            f"{backend.region_name.upper()}: {', '.join(failed)}",
        )


# SES writes two tags of its own names into the header Feedback-ID.
_TAG_NAME = re.compile(r"[A-Za-z0-9_-]+|ses:feedback-id-[ab]")
_TAG_VALUE = re.compile(r"[A-Za-z0-9_.@-]+")
_SES_HEADERS = set(
    """
    bcc cc content-disposition content-type date from message-id mime-version reply-to
    return-path subject to
    """.split()
)
