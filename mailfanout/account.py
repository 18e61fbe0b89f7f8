"""What an AWS account lets one do: how many mails SES takes and from whom, what Lambda runs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from mailfanout import prices
from mailfanout.stack import Stack
from mailfanout.target import Target, unless_denied, unless_missing
from mailfanout.wording import inflected

# A new account may run so many functions at once that a class notices.
FEW_EXECUTIONS = 100
# In two lines, as a terminal shows it.
IN_SES_SANDBOX = (
    "the account is in SES's sandbox: mails go only to verified addresses and to SES's",
    "mailbox simulator. To leave it, request production access in the SES console",
)


@dataclass(frozen=True)
class Sending:
    """What SES lets the account do, and its plan's price of a million mails, if it is known.

    `paused` is empty, or why nothing is sent at all, with what mends that. Below 0 mails a day are
    as many as one likes.
    """

    paused: str
    in_sandbox: bool
    plan: str
    dollars_per_million: float | None
    mails_a_second: float
    mails_a_day: float
    sent_today: float

    def __str__(self) -> str:
        mails = inflected(self.mails_a_second, "mail")
        a_day = f"{self.mails_a_day:,.0f}" if self.mails_a_day >= 0 else "any number"
        return (
            f"plan {self.plan}: up to {self.mails_a_second:g} {mails} a second, "
            f"{a_day} in 24 hours, {self.sent_today:,.0f} of them used"
        )


def about_sender(stack: Stack, status: str | None) -> str:
    """Whether mails can come from the stack's sender, and if not, what mends that."""
    address, region = stack.sender, stack.region
    if status == "SUCCESS":
        return f"the sender {address} is verified"
    if address.endswith(("@example.com", "@example.org", "@example.net")):
        return f"the sender {address} is nobody's: set MAILFANOUT_SENDER to an address of yours"
    if status is None:
        command = f"aws sesv2 create-email-identity --email-identity {address} --region {region}"
        return f"the sender {address} is not verified: {command}"
    return (
        f"the sender {address} is not verified yet ({status}): follow the link in "
        "the mail that AWS sent to it"
    )


def sending_of(target: Target) -> Sending | None:
    """What SES lets the account do; None if the caller may not ask."""
    account = unless_denied(target.client("sesv2").get_account)
    if account is None:
        return None
    plan = account.get("PricingAttributes", {}).get("CurrentPlan", "NONE")
    quota = account["SendQuota"]
    return Sending(
        paused=_why_paused(account, target.region),
        in_sandbox=not account["ProductionAccessEnabled"],
        plan=plan,
        dollars_per_million=prices.SES_PRICES.get(plan),
        mails_a_second=quota["MaxSendRate"],
        mails_a_day=quota["Max24HourSend"],
        sent_today=quota["SentLast24Hours"],
    )


def _why_paused(account: dict[str, Any], region: str) -> str:
    if account.get("EnforcementStatus") == "SHUTDOWN":
        return "AWS has paused the account's sending: see its case in AWS's Support Center"
    if account.get("SendingEnabled", True):
        return ""
    command = "aws sesv2 put-account-sending-attributes --sending-enabled"
    return f"the account's sending is paused: to go on, {command} --region {region}"


def sender_status(target: Target, stack: Stack) -> str | None:
    """`SUCCESS` if SES sends from the address or its domain, else the address's status in SES.

    None if SES does not know the address, or if the caller may not ask.
    """
    get = target.client("sesv2").get_email_identity
    names = (stack.sender, stack.sender.partition("@")[2])
    address, domain = (
        unless_denied(partial(unless_missing, get, EmailIdentity=name)) or {} for name in names
    )
    if address.get("VerifiedForSendingStatus") or domain.get("VerifiedForSendingStatus"):
        return "SUCCESS"
    status: str | None = address.get("VerificationStatus")
    return status


def executions_at_once(target: Target) -> int | None:
    """How many functions may run at once in the account's Region; None if one may not ask."""
    settings = unless_denied(target.client("lambda").get_account_settings)
    return settings and int(settings["AccountLimit"]["ConcurrentExecutions"])
