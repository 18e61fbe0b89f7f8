"""An upload to the reliable design, followed in the ledger until it is over, or waits for us."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from mailfanout.campaign.logs import how_to_read_log, last_error
from mailfanout.campaign.steering import campaign_ids, count_left_to_person, find_upload, status
from mailfanout.errors import SendIncomplete
from mailfanout.ledger import OVER, Status
from mailfanout.stack import Stack
from mailfanout.target import Target

# A short campaign is looked at often, a long one twice a second; on AWS every second or two.
SANDBOX_PAUSES_SECONDS = (0.05, 0.5)
AWS_PAUSES_SECONDS = (1.0, 2.0)
# A look reads every chunk. So many times as long as it took, the campaign is left alone.
REST_FACTOR = 10
# SES's events may still tell what became of a mail. They come within seconds.
EVENTS_SECONDS = 10.0


@dataclass(frozen=True)
class Followed:
    """How a campaign stands in the end, and the seconds to its first mail and to its last."""

    campaign: Status
    seconds_to_first: float
    seconds: float


def follow(
    target: Target,
    stack: Stack,
    key: str,
    upload: Callable[[], str],
    *,
    progress: Callable[[int], None],
    stall_limit_seconds: float,
) -> Followed:
    """Upload a mail under a key, and return when its campaign is over or paused.

    `upload` returns the id of its request: others may upload under the same key at the same time.
    Raises SendIncomplete if nothing has moved for so long, and says how to go on.
    """
    before = frozenset(campaign_ids(target, stack))
    began_ms = time.time() * 1000
    began = moved_at = time.monotonic()
    request_id = upload()
    known_by = "" if target.kind == "endpoint" else request_id  # these tell ids of their own
    find = partial(find_upload, target, stack, known_by, key, besides=before)
    found: Status | None = None
    first_after, look_seconds, seen = 0.0, 0.0, ""
    pauses = SANDBOX_PAUSES_SECONDS if target.sandbox else AWS_PAUSES_SECONDS
    while True:
        pause_seconds = pause_between(*pauses, time.monotonic() - began)
        target.sleep(max(pause_seconds, REST_FACTOR * look_seconds))
        looked_at = time.monotonic()
        campaign_id = found["campaign"] if found else find()
        found = status(target, stack, campaign_id)[0] if campaign_id else None
        now, moved = time.monotonic(), str(found)
        if moved != seen:
            seen, moved_at = moved, now
            if found:
                progress(found["states"]["sent"])
                first_after = first_after or (now - began if found["states"]["sent"] else 0.0)
        still_seconds = now - moved_at
        if found and _is_over(target, stack, found, still_seconds):
            return Followed(found, first_after, now - began)
        if still_seconds > stall_limit_seconds:
            raise _stalled(target, stack, found, began_ms)
        look_seconds = time.monotonic() - looked_at


def pause_between(shortest: float, longest: float, elapsed_seconds: float) -> float:
    """How many seconds pass between two looks at a send that takes so long already."""
    return max(shortest, min(longest, elapsed_seconds / 20))


def _is_over(target: Target, stack: Stack, found: Status, still_seconds: float) -> bool:
    """Also if for some seconds everybody left has been one whom only a person can settle."""
    if found["state"] in (*OVER, "paused"):
        return True
    return still_seconds > EVENTS_SECONDS and _is_left_to_person(target, stack, found)


def _is_left_to_person(target: Target, stack: Stack, found: Status) -> bool:
    states = found["states"]
    if found["state"] != "sending" or states["pending"]:
        return False
    return count_left_to_person(target, stack, found["campaign"]) == states["unknown"]


def _stalled(target: Target, stack: Stack, found: Status | None, began_ms: float) -> SendIncomplete:
    names = (stack.send_queue_name, stack.read_message_name, stack.sweep_campaigns_name)
    error = last_error(target, stack, *names, since_ms=began_ms)
    said = f" The last error is in the log of {error[0]}: {error[1]}" if error else ""
    if found is None:
        name = error[0] if error else stack.send_queue_name
        message = f"No campaign began. {how_to_read_log(name)}{said}"
        return SendIncomplete(message, sent=0, expected=0)
    states = ", ".join(f"{number} {state}" for state, number in found["states"].items() if number)
    message = (
        f"Nothing moves just now: {states}.{said} The campaign goes on by itself, unless there "
        "are dead letters: these go back with mailfanout redrive. To see how it stands, type: "
        f"mailfanout status {found['campaign']}"
    )
    return SendIncomplete(message, sent=found["states"]["sent"], expected=found["recipients"])
