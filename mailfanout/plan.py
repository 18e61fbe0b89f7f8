"""What a deploy would make, and what it costs: said before anything is made.

    from mailfanout import plan

    plan.make(target, stack)

reads who we are, what SES and Lambda allow the account, and which parts stand already.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import Any

from botocore.exceptions import ClientError

from mailfanout import prices, provision
from mailfanout.stack import Design, Stack
from mailfanout.target import Target, is_denied, unless_missing
from mailfanout.wording import counted

# A new account may run so many functions at once that a class notices.
FEW_EXECUTIONS = 100


@dataclass(frozen=True)
class Sending:
    """What SES lets the account do, and its plan's price of a million mails, if it is known."""

    in_sandbox: bool
    plan: str
    dollars_per_million: float | None
    mails_a_second: float
    mails_a_day: float
    sent_today: float


@dataclass(frozen=True)
class Plan:
    """What a deploy would make; in a terminal and in Jupyter, a paragraph for each question.

    `parts` says of each part's title whether it stands already. What may not be read is None.
    """

    place: str
    caller_arn: str
    stack: Stack
    design: Design
    parts: dict[str, bool]
    sending: Sending | None
    sender_status: str | None
    executions_at_once: int | None

    def lines(self) -> list[str]:
        """The plan, line by line; what belongs to a line before it is indented."""
        return [*self._where(), *self._what(), *self._costs(), *self._ses(), *self._lambda()]

    def __repr__(self) -> str:
        return "\n".join(self.lines())

    def _repr_html_(self) -> str:
        return f"<pre>{escape(repr(self))}</pre>"

    @property
    def is_first(self) -> bool:
        """Whether nothing of the stack stands yet."""
        return not any(self.parts.values())

    def as_json(self) -> dict[str, Any]:
        """The same as one JSON object."""
        return {
            "account": self.stack.account_id,
            "caller": self.caller_arn,
            "region": self.stack.region,
            "prefix": self.stack.prefix,
            "design": self.design,
            "parts": self.parts,
            "dollars_a_month_idle": round(prices.dollars_idle(self.design), 2),
            "dollars_per_thousand_mails": self._dollars_per_thousand(),
            "ses": vars(self.sending) if self.sending else None,
            "sender": self.stack.sender,
            "sender_status": self.sender_status,
            "concurrent_executions": self.executions_at_once,
        }

    def _where(self) -> list[str]:
        prefix = self.stack.prefix
        named = f"every name begins with {prefix}-" if prefix else "names have no prefix"
        return [f"{self.place}, as {self.caller_arn}; {named}"]

    def _what(self) -> list[str]:
        standing = sum(self.parts.values())
        said = f"{counted(len(self.parts), 'part')} of the {self.design} design"
        there = f", {standing} of them there already" if standing else ""
        titles = [f"    {'✓' if found else '+'} {title}" for title, found in self.parts.items()]
        return [f"{said}{there}:", *titles]

    def _costs(self) -> list[str]:
        reason = prices.IDLE[self.design][0].because
        return [
            f"Costs, about, at us-east-1's prices of {prices.AS_OF}, without free tiers:",
            f"    {prices.dollars_idle(self.design):.2f} dollars a month while nobody sends: "
            f"{reason}",
            f"    {self._mails_cost()}",
        ]

    def _mails_cost(self) -> str:
        beside = self._beside_ses()
        each = self._dollars_per_thousand()
        if each is None:
            return f"{beside:.3f} dollars for a thousand mails, and what SES's plan takes for them"
        return f"{each:.3f} dollars for a thousand mails, {each - beside:.3f} of them for SES"

    def _beside_ses(self) -> float:
        return prices.dollars_per_million(self.design, prices.CALLS[self.design]) / 1000

    def _dollars_per_thousand(self) -> float | None:
        if self.sending is None or self.sending.dollars_per_million is None:
            return None
        return round(self._beside_ses() + self.sending.dollars_per_million / 1000, 4)

    def _ses(self) -> list[str]:
        if self.sending is None:
            denied = "SES: its limits are unknown, because you may not call ses:GetAccount"
            return [denied, f"    {self._sender()}"]
        one = self.sending
        allowed = (
            f"SES, plan {one.plan}: up to {one.mails_a_second:g} mails a second, "
            f"{one.mails_a_day:,.0f} in 24 hours, {one.sent_today:,.0f} of them used"
        )
        only = [
            "    the account is in SES's sandbox: mails go only to verified addresses and to SES's",
            "    mailbox simulator. To leave it, request production access in the SES console",
        ]
        return [allowed, *(only if one.in_sandbox else []), f"    {self._sender()}"]

    def _sender(self) -> str:
        address, region = self.stack.sender, self.stack.region
        if self.sender_status == "SUCCESS":
            return f"the sender {address} is verified"
        if address.endswith(("@example.com", "@example.org", "@example.net")):
            return f"the sender {address} is nobody's: set MAILFANOUT_SENDER to an address of yours"
        if self.sender_status is None:
            return f"the sender {address} is not verified: {_VERIFY.format(address, region)}"
        return (
            f"the sender {address} is not verified yet ({self.sender_status}): follow the link in "
            "the mail that AWS sent to it"
        )

    def _lambda(self) -> list[str]:
        number = self.executions_at_once
        if number is None:
            return ["Lambda: its quota is unknown: you may not call lambda:GetAccountSettings"]
        said = f"Lambda: up to {number:,} functions at once, for all of the account in this Region"
        few = "    that is few: in the Service Quotas console, Lambda, Concurrent executions"
        return [said, *([few] if number < FEW_EXECUTIONS else [])]


_VERIFY = "aws sesv2 create-email-identity --email-identity {} --region {}"


def make(target: Target, stack: Stack, *, design: Design = "simple") -> Plan:
    """What `provision.deploy` of this design would make. Nothing is changed.

    Raises InputError for a design that there is not, CredentialsMissing, and AWS's own error if a
    part may not be read.
    """
    caller = target.caller()
    parts = provision.parts_of(design)
    return Plan(
        place=place_of(target, stack),
        caller_arn=caller.arn,
        stack=stack,
        design=design,
        parts={part.title(stack): part.read(target, stack) is not None for part in parts},
        sending=_sending(target),
        sender_status=_sender_status(target, stack),
        executions_at_once=_executions(target),
    )


def place_of(target: Target, stack: Stack) -> str:
    """Where the pipeline stands, in words."""
    if target.kind == "aws":
        return f"AWS account {stack.account_id}, {stack.region}"
    return "the sandbox" if target.kind == "sandbox" else str(target.endpoint_url)


def _sending(target: Target) -> Sending | None:
    account = _unless_denied(target.client("sesv2").get_account)
    if account is None:
        return None
    plan, quota = (
        account.get("PricingAttributes", {}).get("CurrentPlan", "NONE"),
        account["SendQuota"],
    )
    return Sending(
        in_sandbox=not account["ProductionAccessEnabled"],
        plan=plan,
        dollars_per_million=prices.SES_PRICES.get(plan),
        mails_a_second=quota["MaxSendRate"],
        mails_a_day=quota["Max24HourSend"],
        sent_today=quota["SentLast24Hours"],
    )


def _sender_status(target: Target, stack: Stack) -> str | None:
    """`SUCCESS`, if SES sends from the address or its domain; else how far it is; None: nothing."""
    get = target.client("sesv2").get_email_identity
    names = (stack.sender, stack.sender.partition("@")[2])
    address, domain = (
        _unless_denied(partial(unless_missing, get, EmailIdentity=name)) or {} for name in names
    )
    if address.get("VerifiedForSendingStatus") or domain.get("VerifiedForSendingStatus"):
        return "SUCCESS"
    status: str | None = address.get("VerificationStatus")
    return status


def _executions(target: Target) -> int | None:
    settings = _unless_denied(target.client("lambda").get_account_settings)
    return settings and int(settings["AccountLimit"]["ConcurrentExecutions"])


def _unless_denied(call: Callable[[], Any]) -> Any:
    """What the call returns, or None if the caller may not make it."""
    try:
        return call()
    except ClientError as error:
        if not is_denied(error):
            raise
    return None
