"""What is known of a campaign, as records; and where its ledger is reached."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypedDict, get_args

from mailfanout.stack import Stack
from mailfanout.target import Target

Item = dict[str, Any]
Entry = dict[str, Any]
Decision = Literal["sent", "pending"]

STATES = ("pending", "sent", "failed", "suppressed", "unknown", "cancelled")


@dataclass(frozen=True)
class Control:
    """The ledger, the functions that a command calls, and the boto3 clients that reach them."""

    dynamodb: Any
    functions: Any
    ledger_name: str
    sweep_name: str = "sweepCampaigns"
    clock: Callable[[], float] = time.time

    @classmethod
    def of(cls, target: Target, stack: Stack) -> Control:
        """That of a stack."""
        clients = target.client("dynamodb"), target.client("lambda")
        return cls(*clients, stack.ledger_name, stack.sweep_campaigns_name)


class Status(TypedDict):
    """One campaign in numbers. `states` add up to `recipients`, those planned so far."""

    campaign: str
    key: str
    subject: str
    state: str
    reason: str
    policy: str
    recipients: int
    concerned: int
    doubled: int
    states: dict[str, int]
    bounces: int
    complaints: int


class Row(TypedDict):
    """One recipient's line of a report. `time` is when the state was decided, in Unix seconds."""

    email: str
    state: str
    reason: str
    message_ids: list[str]
    tries: int
    decided_by: str
    time: float


class Settled(NamedTuple):
    """How many entries were settled, and how many chunks were busy: try those again."""

    entries: int
    busy_chunks: int


def row_of(entry: Entry) -> Row:
    """An entry of a chunk as a report shows it."""
    ids: dict[str, str] = entry.get("ids", {})
    # After a person has put one back, what became of it then is not that person's decision.
    person = entry.get("by") if entry["state"] in get_args(Decision) else None
    decided_by = "SES" if ids else person or "mailfanout"
    return {
        "email": entry["email"],
        "state": entry["state"],
        "reason": _reason(entry),
        "message_ids": list(ids),
        "tries": entry.get("tries", 0),
        "decided_by": decided_by,
        "time": entry.get("since", 0.0),
    }


def _reason(entry: Entry) -> str:
    """Why its state is what it is, and what SES reported of the mail: a bounce, or a complaint."""
    problem = entry.get("bounced", "").removesuffix("s")
    return ", ".join(filter(None, (entry.get("reason", ""), problem)))
