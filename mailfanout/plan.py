"""What a deploy would make, and what it costs: said before anything is made.

    from mailfanout import plan

    plan.make(target, stack)

reads who we are, what SES and Lambda allow the account, and which parts stand already.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mailfanout import account, prices, provision
from mailfanout.provision import Part
from mailfanout.stack import Design, Stack, State
from mailfanout.target import Target, side_by_side, unless_denied
from mailfanout.wording import counted, without_password

_SIGNS = {True: "✓", False: "+", None: "?"}


@dataclass(frozen=True)
class Plan:
    """What a deploy would make; in a terminal and in Jupyter, a paragraph for each question.

    `parts` says of each part's title whether it stands already; `is_first`, that nothing of this
    stack's own is known to. What may not be read is None.
    """

    place: str
    caller_arn: str
    stack: Stack
    design: Design
    parts: dict[str, bool | None]
    is_first: bool
    sending: account.Sending | None
    sender_status: str | None
    executions_at_once: int | None

    def lines(self) -> list[str]:
        """The plan, line by line; what belongs to a line before it is indented."""
        return [*self._where(), *self._what(), *self._costs(), *self._ses(), *self._lambda()]

    def __repr__(self) -> str:
        return "\n".join(self.lines())

    def _repr_html_(self) -> str:
        from mailfanout.show import Text  # which a command line need not import

        return Text(repr(self))._repr_html_()

    def as_json(self) -> dict[str, Any]:
        """The same as one JSON object."""
        return {
            "account": self.stack.account_id,
            "caller": self.caller_arn,
            "region": self.stack.region,
            "prefix": self.stack.prefix,
            "design": self.design,
            "parts": self.parts,
            "dollars_a_month_idle": round(self._dollars_idle(), 2),
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
        standing = sum(found is True for found in self.parts.values())
        said = f"{counted(len(self.parts), 'part')} of the {self.design} design"
        there = f", {standing} of them there already" if standing else ""
        unknown = "; ? may not be read" if None in self.parts.values() else ""
        titles = [f"    {_SIGNS[found]} {title}" for title, found in self.parts.items()]
        return [f"{said}{there}{unknown}:", *titles]

    def _costs(self) -> list[str]:
        reason = prices.IDLE[self.design][0].because
        return [
            f"Costs, about, at us-east-1's prices of {prices.AS_OF}, without free tiers:",
            f"    {self._dollars_idle():.2f} dollars a month while nobody sends: {reason}",
            f"    {self._mails_cost()}",
        ]

    def _dollars_idle(self) -> float:
        return prices.dollars_idle(self.design, with_feedback=self.stack.reports_feedback)

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
        sender = f"    {account.about_sender(self.stack, self.sender_status)}"
        if self.sending is None:
            denied = "SES: its limits are unknown, because you may not call ses:GetAccount"
            return [denied, sender]
        only = [f"    {line}" for line in account.IN_SES_SANDBOX] if self.sending.in_sandbox else []
        paused = [f"    {self.sending.paused}"] if self.sending.paused else []
        return [f"SES, {self.sending}", *paused, *only, sender]

    def _lambda(self) -> list[str]:
        number = self.executions_at_once
        if number is None:
            return ["Lambda: its quota is unknown: you may not call lambda:GetAccountSettings"]
        said = f"Lambda: up to {number:,} functions at once, for all of the account in this Region"
        few = "    that is few: in the Service Quotas console, Lambda, Concurrent executions"
        return [said, *([few] if number < account.FEW_EXECUTIONS else [])]


def make(target: Target, stack: Stack, *, design: Design = "simple") -> Plan:
    """What `provision.deploy` of this design would make. Nothing is changed.

    Raises InputError for a design that there is not, and CredentialsMissing.
    """
    caller = target.caller()
    parts = provision.parts_of(design, with_feedback=stack.reports_feedback)
    found = _read_parts(target, stack, parts)
    return Plan(
        place=place_of(target, stack),
        caller_arn=caller.arn,
        stack=stack,
        design=design,
        parts={
            part.title(stack): found[part] is not None if part in found else None for part in parts
        },
        # The sender's identity may be older, or another stack's.
        is_first=not any(
            state is not None and one.ours(stack, state) for one, state in found.items()
        ),
        sending=account.sending_of(target),
        sender_status=account.sender_status(target, stack),
        executions_at_once=account.executions_at_once(target),
    )


def design_of(target: Target, stack: Stack) -> Design:
    """The design that is deployed; the simple one if none is, or if that may not be read."""
    return unless_denied(lambda: provision.find_design(target, stack)) or "simple"


def _read_parts(target: Target, stack: Stack, parts: Sequence[Part]) -> dict[Part, State | None]:
    """The state of each part that may be read; None if it is not there."""
    states = side_by_side(lambda part: unless_denied(lambda: (part.read(target, stack),)), parts)
    return {part: found[0] for part, found in zip(parts, states, strict=True) if found}


def place_of(target: Target, stack: Stack) -> str:
    """Where the pipeline stands, in words."""
    if target.kind == "aws":
        return f"AWS account {stack.account_id}, {stack.region}"
    return "the sandbox" if target.kind == "sandbox" else without_password(str(target.endpoint_url))
