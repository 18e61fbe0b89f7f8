"""One mail's way to one recipient: what the logs, the queue, the table and SES say of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mailfanout import campaign, provision
from mailfanout.campaign import Line, outcomes, read_lines
from mailfanout.recipients import read_items
from mailfanout.show.svg import picture, shorten, text
from mailfanout.stack import Stack
from mailfanout.target import Target
from mailfanout.wording import counted

_TOP, _ROW, _DOT = 74, 34, 100
_CHARACTERS, _LETTER = 78, 6.6


@dataclass(frozen=True)
class Step:
    """Something that was done with a mail, or how things stand in the end, `at_ms` None."""

    at_ms: float | None
    where: str
    what: str
    look: str
    is_bad: bool = False


@dataclass(frozen=True)
class Track:
    """A mail's way: its steps in order, then what it came to; a timeline in Jupyter.

    The text leaves the times out, and is the same in every run that did the same.
    """

    email: str
    began_ms: float
    steps: tuple[Step, ...]

    def __repr__(self) -> str:
        width = max((len(step.where) for step in self.steps), default=0)
        said = (f"  {step.where:<{width}}  {step.what}" for step in self.steps)
        return "\n".join([f"The mail to {self.email}", *said])

    def _repr_html_(self) -> str:
        height = _TOP + _ROW * len(self.steps) + 8
        last = _TOP + _ROW * (len(self.steps) - 1)
        shapes = [
            text((20, 36), f"The mail to {self.email}", "title"),
            f'<path class="line off" d="M{_DOT} {_TOP}V{last}"/>',
            *(shape for number, step in enumerate(self.steps) for shape in self._row(number, step)),
        ]
        longest = max((len(step.what) for step in self.steps), default=0)
        width = self._second_column() + _LETTER * min(max(longest, 40), _CHARACTERS) + 20
        return picture((width, height), f"The mail to {self.email}", repr(self), shapes)

    def _second_column(self) -> float:
        """Where what was done stands: to the right of where it was."""
        return _DOT + 34 + _LETTER * max((len(step.where) for step in self.steps), default=0)

    def _row(self, number: int, step: Step) -> Iterator[str]:
        y = _TOP + _ROW * number
        when = "in the end" if step.at_ms is None else f"{step.at_ms - self.began_ms:,.0f} ms"
        css = "name alert" if step.is_bad else "name"
        yield text((_DOT - 16, y + 4), when, "faint end")
        yield (
            f'<circle class="{step.look}" cx="{_DOT}" cy="{y}" r="7" stroke="currentColor" '
            f'stroke-width="2" fill="currentColor" fill-opacity="{0.15 if step.at_ms else 1}"/>'
        )
        yield text((_DOT + 20, y + 4), step.where, "quiet")
        yield text((self._second_column(), y + 4), shorten(step.what, _CHARACTERS), css)


def track(target: Target, stack: Stack, email: str, *, since_ms: float, subject: str) -> Track:
    """The way of one mail to one recipient, since a time in Unix milliseconds.

    The logs have only the first letter of an address and its domain: whoever shares both is
    shown, too.
    """
    names = (stack.send_queue_name, stack.read_message_name)
    lines = [line for name in names for line in _lines(target, stack, name, since_ms)]
    lines.sort(key=lambda named: named[1].timestamp_ms)
    steps = [
        Step(since_ms, stack.bucket_name, f"{subject}.txt is uploaded", "bucket"),
        *(step for name, line in lines if (step := _step(name, line, email))),
        *_end(target, stack, email, subject, since_ms),
    ]
    return Track(email, since_ms, tuple(steps))


def _lines(target: Target, stack: Stack, name: str, since_ms: float) -> list[tuple[str, Line]]:
    return [(name, line) for line in read_lines(target, stack, name, since_ms=since_ms)]


def _step(name: str, line: Line, email: str) -> Step | None:
    """What a structured line says of somebody; None if it is about somebody else."""
    for outcome in outcomes([line]):
        if outcome.get("recipient", _shortened(email)) == _shortened(email):
            is_bad = outcome["outcome"] == "failed"
            return Step(line.timestamp_ms, name, _said(outcome), "function", is_bad)
    return None


def _said(outcome: dict[str, Any]) -> str:
    """The outcome, then what else the line says in numbers, or its reason."""
    numbers = [f"{number} {name}" for name, number in outcome.items() if type(number) is int]
    more = outcome.get("reason") or ", ".join(sorted(numbers))
    return f"{outcome['outcome']}: {more}" if more else str(outcome["outcome"])


def _end(target: Target, stack: Stack, email: str, subject: str, since_ms: float) -> Iterator[Step]:
    if provision.find_design(target, stack) == "reliable":
        yield from _in_ledger(target, stack, email, subject)
    else:
        yield from _in_table(target, stack, email)
    depth = sum(provision.read_depth(target, stack.dead_letter_queue_name) or ())
    yield Step(None, stack.dead_letter_queue_name, counted(depth, "dead letter"), "queue")
    mails = [mail for mail in campaign.inbox(target, to=email) if mail.subject == subject]
    yield Step(None, "SES", f"took {counted(len(mails), 'mail')}", "identity", len(mails) != 1)


def _in_table(target: Target, stack: Stack, email: str) -> Iterator[Step]:
    for item in read_items(target, stack):
        if item["email"]["S"] == email:
            flag = item.get("issend", {}).get("N", "missing")
            yield Step(None, stack.table_name, f"issend is {flag}", "table")


def _in_ledger(target: Target, stack: Stack, email: str, subject: str) -> Iterator[Step]:
    for one in campaign.status(target, stack):
        if one["key"] != f"{subject}.txt":
            continue
        for row in campaign.report(target, stack, one["campaign"]):
            if row["email"] == email:
                ids = counted(len(row["message_ids"]), "message id")
                said = f"{row['state']}, {ids}, decided by {row['decided_by']}"
                yield Step(None, stack.ledger_name, said, "table")


def _shortened(address: str) -> str:
    """As the functions log it."""
    name, _, domain = address.partition("@")
    return f"{name[:1]}***@{domain}"
