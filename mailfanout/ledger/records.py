"""What is known of a campaign, as records; and where its ledger is reached."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypedDict

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
