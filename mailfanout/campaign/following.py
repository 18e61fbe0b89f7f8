"""An upload to the reliable design, followed in the ledger until it is over or paused."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from mailfanout.campaign.records import Status
from mailfanout.campaign.steering import OVER, status
from mailfanout.errors import SendIncomplete
from mailfanout.stack import Stack
from mailfanout.target import Target

# A short campaign is looked at often, a long one twice a second; on AWS every second or two.
SANDBOX_PAUSES_SECONDS = (0.05, 0.5)
AWS_PAUSES_SECONDS = (1.0, 2.0)
# A look reads every chunk. So many times as long as it took, the campaign is left alone.
REST_FACTOR = 10


@dataclass(frozen=True)
class Followed:
    """How a campaign stands in the end, and the seconds to its first mail and to its last."""

    campaign: Status
    seconds_to_first: float
    seconds: float


def follow(
    target: Target,
    stack: Stack,
    upload: Callable[[], str],
    *,
    progress: Callable[[int], None],
    stall_limit_seconds: float,
) -> Followed:
    """Upload a mail, and return when its campaign is over or paused; `upload` returns its key.

    Raises SendIncomplete if nothing has moved for so long, and says how to go on.
    """
    before = {one["campaign"] for one in status(target, stack)}
    began = moved_at = time.monotonic()
    key = upload()
    found: Status | None = None
    first_after, look_seconds, seen = 0.0, 0.0, ""
    while True:
        pause_seconds = _pause_seconds(target, time.monotonic() - began)
        target.sleep(max(pause_seconds, REST_FACTOR * look_seconds))
        looked_at = time.monotonic()
        found = _look(target, stack, found, before, key)
        now, moved = time.monotonic(), str(found)
        look_seconds = now - looked_at
        if moved != seen:
            seen, moved_at = moved, now
            if found:
                progress(found["states"]["sent"])
                first_after = first_after or (now - began if found["states"]["sent"] else 0.0)
        if found and found["state"] in (*OVER, "paused"):
            return Followed(found, first_after, now - began)
        if now - moved_at > stall_limit_seconds:
            raise _stalled(stack, found)


def _look(
    target: Target, stack: Stack, found: Status | None, before: set[str], key: str
) -> Status | None:
    """The campaign as it is now; None until sendQueue has begun with it."""
    if found:
        return status(target, stack, found["campaign"])[0]
    fresh = [one for one in status(target, stack) if one["campaign"] not in before]
    return next((one for one in fresh if one["key"] == key), None)


def _pause_seconds(target: Target, elapsed_seconds: float) -> float:
    shortest, longest = SANDBOX_PAUSES_SECONDS if target.sandbox else AWS_PAUSES_SECONDS
    return max(shortest, min(longest, elapsed_seconds / 20))


def _stalled(stack: Stack, found: Status | None) -> SendIncomplete:
    if found is None:
        message = f"No campaign began. Look into the log of {stack.send_queue_name}."
        return SendIncomplete(message, sent=0, expected=0)
    states = ", ".join(f"{number} {state}" for state, number in found["states"].items() if number)
    message = (
        f"Nothing moves just now: {states}. The campaign goes on by itself, unless there are dead "
        "letters: these go back with mailfanout redrive. To see how it stands, type: "
        f"mailfanout status {found['campaign']}"
    )
    return SendIncomplete(message, sent=found["states"]["sent"], expected=found["recipients"])
