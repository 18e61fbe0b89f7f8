"""Send a mail to every recipient: check it, upload it, watch it go out, report."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from mailfanout import provision
from mailfanout.campaign.accepted import AcceptedMail, count_accepted, inbox
from mailfanout.campaign.following import follow, pause_between
from mailfanout.campaign.mail import MailText, check_for_campaign, require_mail
from mailfanout.campaign.watching import Watch, count_flagged
from mailfanout.errors import InputError, MailfanoutError, ResourceMissing
from mailfanout.ledger import Status
from mailfanout.recipients import read_items, read_refused
from mailfanout.stack import Stack
from mailfanout.target import Target, retry
from mailfanout.wording import counted

STALL_LIMIT_SECONDS = 60.0
# A short send is looked at often, a long one every quarter of a second; AWS every second.
SANDBOX_PAUSES_SECONDS = (0.02, 0.25)
AWS_PAUSES_SECONDS = (1.0, 1.0)
# What was asked may be done nevertheless.
_REPLY_LOST = (ConnectionClosedError, ReadTimeoutError)


@dataclass(frozen=True)
class Report:
    """What a send came to. `mails` is empty if SES does not show what it sent."""

    recipients: int
    sent: int
    mails: tuple[AcceptedMail, ...]
    seconds_to_first: float
    seconds: float
    # In the reliable design, the campaign as its ledger has it.
    campaign: Status | None = None

    @property
    def counted(self) -> str:
        """How many mails were sent, of how many, in words; what is too many is another upload's."""
        if self.sent <= self.recipients:
            return f"{self.sent} of {self.recipients} mails sent"
        people = counted(self.recipients, "recipient")
        return f"{self.sent} mails sent to {people} (with those of an earlier upload)"

    def __repr__(self) -> str:
        return f"Report({self.sent} of {self.recipients} mails in {self.seconds:.1f} s)"


def count_recipients(target: Target, stack: Stack) -> int:
    """How many recipients a send reaches now: no error, and no opt-out."""
    return count_flagged(target, stack, "haserror", 0)


def upload(target: Target, stack: Stack, mail: MailText) -> str:
    """Put the mail into the bucket, which sets everything off; returns its key.

    Raises ResourceMissing if there is no bucket, and InputError if it is no mail.
    """
    require_mail(mail)
    _upload(target, stack, mail)
    return mail.name


def _upload(target: Target, stack: Stack, mail: MailText) -> str:
    """As upload; returns the id of the request, by which the event knows it, too.

    If only the reply was lost, a second upload would be a second mail to everybody: so what boto3
    would send again is sent again only if S3 says that it did nothing.
    """
    put = partial(
        target.client("s3", is_retried=False).put_object,
        Bucket=stack.bucket_name,
        Key=mail.name,
        Body=mail.data,
    )
    try:
        answer = retry(put, while_error=_did_nothing, sleep=target.sleep)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchBucket":
            raise
        raise ResourceMissing("Bucket", stack.bucket_name) from error
    return str(answer["ResponseMetadata"].get("RequestId", ""))


def _did_nothing(error: ClientError) -> bool:
    return bool(error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500)


def _upload_to_watch(target: Target, stack: Stack, mail: MailText) -> str:
    """As _upload; if the reply is lost, returns nothing: what follows shows whether it came."""
    try:
        return _upload(target, stack, mail)
    except _REPLY_LOST:
        return ""


def send_one(target: Target, stack: Stack, mail: MailText, *, to: str) -> str:
    """Send a mail to one address, past the pipeline; returns SES's message id.

    Raises MailfanoutError if the reply is lost: sent again, it would be a second mail.
    """
    require_mail(mail)
    try:
        sent = target.client("sesv2", is_retried=False).send_email(
            FromEmailAddress=stack.sender,
            ReplyToAddresses=[stack.sender],
            Destination={"ToAddresses": [to]},
            Content={
                "Simple": {
                    "Subject": {"Data": mail.subject, "Charset": "UTF-8"},
                    "Body": {"Text": {"Data": mail.body, "Charset": "UTF-8"}},
                }
            },
        )
    except _REPLY_LOST as error:
        raise MailfanoutError(
            f"Whether {to} gets the mail is unknown, since SES's reply was lost. Look for it there "
            "before you send it again."
        ) from error
    return str(sent["MessageId"])


def send(
    target: Target,
    stack: Stack,
    mail: MailText,
    *,
    progress: Callable[[int], None] = lambda sent: None,
    stall_limit_seconds: float = STALL_LIMIT_SECONDS,
) -> Report:
    """Upload a mail and wait until every recipient has it; progress gets the number sent.

    In the reliable design it returns, too, when the campaign has failed, is cancelled or paused,
    and when only a person can settle what is left of it. In the simple one no mail, and no flag,
    says which upload it is of: of two sends at once, each counts the other's mails, too.
    Raises InputError if there is nobody to send to, and MailfanoutError for a part of the pipeline
    that is missing, before anything is uploaded. Raises SendIncomplete if nothing has moved for
    `stall_limit_seconds`, in the sandbox once nothing is under way, and at once if a part has gone.
    """
    require_mail(mail)
    expected = count_recipients(target, stack)
    if expected == 0:
        raise InputError(f"There is nobody to send to{_who_is_left_out(target, stack)}")
    design = provision.find_design(target, stack)
    provision.require_whole(target, stack, design=design or "simple")
    if design == "reliable":
        return _send_reliably(target, stack, mail, progress, stall_limit_seconds)
    return _send_watched(Watch(target, stack, expected), mail, progress, stall_limit_seconds)


def _who_is_left_out(target: Target, stack: Stack) -> str:
    """Why nobody in the table is due, and what to type next."""
    if refused := read_refused(target, stack):
        several = counted(len(refused), "recipient")
        return f": {several} bounced or complained. Type: mailfanout seed FILE, with them or others"
    if everybody := read_items(target, stack):
        several = counted(len(everybody), "recipient")
        return f": {several} opted out, for good. Type: mailfanout seed FILE, with others"
    return ". Type: mailfanout seed"


def send_unchecked(
    target: Target,
    stack: Stack,
    mail: MailText,
    expected: int,
    *,
    progress: Callable[[int], None] = lambda sent: None,
) -> Report:
    """As `send` in the simple design, by whoever has just built it, and knows how many are due."""
    return _send_watched(Watch(target, stack, expected), mail, progress, STALL_LIMIT_SECONDS)


def _send_watched(
    watch: Watch, mail: MailText, progress: Callable[[int], None], stall_limit_seconds: float
) -> Report:
    began = moved_at = time.monotonic()
    _upload_to_watch(watch.target, watch.stack, mail)
    first_after, sent = 0.0, 0
    pauses = SANDBOX_PAUSES_SECONDS if watch.target.sandbox else AWS_PAUSES_SECONDS
    while sent < watch.expected:
        time.sleep(pause_between(*pauses, time.monotonic() - began))
        now_sent, now = watch.count(), time.monotonic()
        if now_sent != sent:
            sent, moved_at = now_sent, now
            first_after = first_after or now - began
            progress(sent)
        elif now - moved_at > stall_limit_seconds or watch.settled(sent):
            raise watch.stalled(sent)
    seconds = time.monotonic() - began
    return Report(watch.expected, sent, watch.mails(), first_after, seconds)


def _send_reliably(
    target: Target,
    stack: Stack,
    mail: MailText,
    progress: Callable[[int], None],
    stall_limit_seconds: float,
) -> Report:
    check_for_campaign(mail)
    before = count_accepted(target)
    followed = follow(
        target,
        stack,
        mail.name,
        partial(_upload_to_watch, target, stack, mail),
        progress=progress,
        stall_limit_seconds=stall_limit_seconds,
    )
    campaign = followed.campaign
    return Report(
        campaign["recipients"],
        campaign["states"]["sent"],
        inbox(target, after=before),
        followed.seconds_to_first,
        followed.seconds,
        campaign,
    )
