"""Both designs side by side, measured in sandboxes of their own: speed, calls, and what they cost.

What is counted are the calls of the functions, at a sweep a minute as on AWS. Both designs have the
consumers that Lambda gives to a queue at once, since SES takes 10,000 mails a second here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import psutil

from mailfanout import campaign, prices, provision, recipients
from mailfanout.errors import InputError, SendIncomplete
from mailfanout.forecast import FIRST_CONSUMERS, MAX_CHUNK_SIZE, Calls, Figures
from mailfanout.sandbox import control
from mailfanout.stack import NO_PREFIX, Design, Stack
from mailfanout.target import Target, connect, stack_for

DESIGNS: tuple[Design, ...] = ("simple", "reliable")
SIZES = (100, 1_000)
MAX_SEND_RATE = 10_000
YOUNG_RATE = 14  # what SES gives many accounts at first
WARM_UP_RECIPIENTS = 250
STALL_LIMIT_SECONDS = 120.0
LOOK_SECONDS = 0.1
SWEEPS_A_SECOND = 1 / 60
# Here SES's events rest until the mails are out, and not for AWS's 30 seconds. Then all are there.
FEEDBACK_DELAY_SECONDS = 0
FEEDBACK_WINDOW_SECONDS = 1
# Campaigns of a moment are sent again, in turns with the other design's: so a machine that is slow
# for a while is slow for both, and what else it does counts little.
MEASURED_SECONDS = 2.5
TURNS = 3
TURN_SECONDS = 1.0
CAMPAIGNS_A_TURN = 3

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Run:
    """One campaign of one design, measured. `calls` are per recipient, by function and operation.

    `seconds` are those to the last mail, without what is recorded of SES's events after it.
    `memory_mb` is what the largest of the functions' processes had in the end.
    """

    design: Design
    recipients: int
    seconds: float
    calls: Calls
    memory_mb: float

    @property
    def recipients_per_second(self) -> float:
        return self.recipients / self.seconds

    @property
    def calls_per_recipient(self) -> float:
        return _total(self.calls)

    def counted(self, *functions: str) -> dict[str, int]:
        """How many calls these functions made, by function and operation in one name."""
        return {
            f"{function} {operation}": round(each * self.recipients)
            for function in functions
            for operation, each in sorted(self.calls.get(function, {}).items())
        }

    @property
    def dollars_per_million(self) -> float:
        """Beside what SES takes itself."""
        return prices.dollars_per_million(self.design, self.calls)

    def calls_per_recipient_at(self, rate: float) -> float:
        """The same, reckoned, if the account sends so many mails a second.

        The reliable design then has chunks of at most that many entries, and the sweep looks on
        more often while it sends.
        """
        if self.design == "simple":
            return self.calls_per_recipient
        chunk_size = Figures(recipients=1, sending_rate=rate).chunk_size
        factors = {"readMessageAndSendMail": MAX_CHUNK_SIZE / chunk_size, "sweepCampaigns": 0.0}
        calls = sum(
            factors.get(function, 1.0) * sum(operations.values())
            for function, operations in self.calls.items()
        )
        return calls + CALLS_OF_A_SWEEP * SWEEPS_A_SECOND / rate

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON has it; dollars are per million recipients."""
        beside = self.dollars_per_million
        return {
            "design": self.design,
            "recipients": self.recipients,
            "seconds": self.seconds,
            "recipients_per_second": self.recipients_per_second,
            "seconds_per_recipient": 1 / self.recipients_per_second,
            "calls_per_recipient": self.calls_per_recipient,
            f"calls_per_recipient_at_{YOUNG_RATE}_a_second": self.calls_per_recipient_at(
                YOUNG_RATE
            ),
            "calls": self.calls,
            "dollars_per_million": {
                "beside SES": beside,
                **{plan: beside + dollars for plan, dollars in prices.SES_PLANS.items()},
            },
            "memory_mb": self.memory_mb,
        }


# The directory, the last sweep, one campaign, its chunks, the record; and three queues' counts.
CALLS_OF_A_SWEEP = 8


def bench(
    sizes: Iterable[int] = SIZES,
    *,
    designs: Sequence[Design] = DESIGNS,
    progress: Progress = lambda said: None,
) -> list[Run]:
    """A campaign of each design at each size, in fresh sandboxes. Raises SendIncomplete."""
    found = []
    for size in sorted({*sizes}):
        with ExitStack() as sandboxes:
            ready = [sandboxes.enter_context(_ready(one, size, progress)) for one in designs]
            found += middle_runs(*ready)
    return found


def middle_runs(*campaigns: Callable[[], Run]) -> list[Run]:
    """Of several runs of each, in turns, the one in the middle by its seconds."""
    runs: list[list[Run]] = [[] for _ in campaigns]
    for _ in range(TURNS):
        for run_once, so_far in zip(campaigns, runs, strict=True):
            so_far += _turn(run_once)
        if min(_seconds(so_far) for so_far in runs) >= MEASURED_SECONDS:
            break
    return [sorted(those, key=lambda run: run.seconds)[len(those) // 2] for those in runs]


def _turn(run_once: Callable[[], Run]) -> list[Run]:
    runs: list[Run] = []
    while _seconds(runs) < TURN_SECONDS and len(runs) < CAMPAIGNS_A_TURN:
        runs.append(run_once())
    return runs


def _seconds(runs: list[Run]) -> float:
    return sum(run.seconds for run in runs)


@contextmanager
def _ready(design: Design, size: int, progress: Progress) -> Iterator[Callable[[], Run]]:
    """What sends a campaign, in a sandbox whose functions a small one has started."""
    with private_sandbox() as target:
        stack = stack_for(target, prefix=NO_PREFIX)
        durations = replace(
            stack.durations,
            feedback_delay=FEEDBACK_DELAY_SECONDS,
            feedback_window=FEEDBACK_WINDOW_SECONDS,
        )
        stack = replace(stack, durations=durations, consumers=FIRST_CONSUMERS)
        progress(f"{design}, {size:,} recipients: deploying")
        provision.deploy(target, stack, design=design)
        few = min(size, WARM_UP_RECIPIENTS)
        _seed(target, stack, few)
        _send(target, stack, few, progress=lambda sent: None)
        progress(f"{design}, {size:,} recipients: seeding")
        _seed(target, stack, size)
        yield lambda: _measured(target, stack, design, size, progress)


def measure_here(target: Target, stack: Stack, size: int) -> Run:
    """One campaign of the design that stands in this sandbox, to so many recipients.

    Recipients are added until so many are due. Raises InputError if it is no sandbox, or if more
    are due already.
    """
    target.require_sandbox("Only the sandbox counts calls, and has no bill for so many mails.")
    due = campaign.count_recipients(target, stack)
    if due > size:
        raise InputError(
            f"{due:,} recipients are due already: measure more of them, or begin the lesson again."
        )
    _seed(target, stack, size, first=due)
    design = provision.find_design(target, stack) or "simple"
    return _measured(target, stack, design, size, lambda said: None)


@contextmanager
def _undisturbed(target: Target, stack: Stack) -> Iterator[None]:
    """For the block, no sweep comes, and SES's events rest in their queue.

    A sweep queues chunks that are about to be queued anyway, and events may meet chunks whose
    outcomes are not written yet. Both cost calls that nobody reckons. And both take the time of a
    machine that sends, which on AWS is another one's.
    """
    assert target.sandbox
    with provision.sweep_held(target, stack):
        target.sandbox.wait_until_quiet()
        provision.set_polling(target, stack.record_feedback_name, enabled=False)
        try:
            yield
        finally:
            provision.set_polling(target, stack.record_feedback_name, enabled=True)


@contextmanager
def private_sandbox() -> Iterator[Target]:
    """A sandbox of its own for the block, whose SES has room, and whose minutes last minutes."""
    with control.private_home():
        target = connect("sandbox")
        assert target.sandbox
        target.sandbox.change_settings(max_send_rate=MAX_SEND_RATE, time_scale=1)
        yield target


def _seed(target: Target, stack: Stack, size: int, *, first: int = 0) -> None:
    numbers = range(first, size)
    people = (recipients.Recipient(f"r{n}@example.com", f"Recipient {n}") for n in numbers)
    recipients.seed(target, stack, people)


def _measured(target: Target, stack: Stack, design: Design, size: int, progress: Progress) -> Run:
    assert target.sandbox
    with _undisturbed(target, stack) if design == "reliable" else nullcontext():
        target.sandbox.reset_calls()
        seconds = _send(
            target,
            stack,
            size,
            progress=lambda sent: progress(f"{design}, {size:,} recipients: {sent:,} sent"),
        )
    target.sandbox.wait_until_quiet(timeout_seconds=STALL_LIMIT_SECONDS + size / 10)
    calls = {
        function: {operation: number / size for operation, number in operations.items()}
        for function, operations in target.sandbox.calls().items()
        if function in provision.function_names(stack, design=design)
    }
    children = psutil.Process(target.sandbox.pid).children(recursive=True)
    memory_mb = max(child.memory_info().rss for child in children) / 2**20
    return Run(design, size, seconds, calls, round(memory_mb, 1))


def _send(target: Target, stack: Stack, size: int, *, progress: Callable[[int], None]) -> float:
    """Upload a mail; how many seconds later SES had taken it for everybody.

    By the time that the last mail has itself: whoever looks on more often slows the sandbox down.
    Returns when all is quiet. Raises SendIncomplete if nothing moves any more.
    """
    assert target.sandbox
    before = target.sandbox.count_mails()
    began, moved_at = datetime.now(UTC), time.monotonic()
    campaign.upload(target, stack, campaign.example_mail())
    sent = 0
    while sent < size:
        time.sleep(LOOK_SECONDS)
        now_sent, now = target.sandbox.count_mails() - before, time.monotonic()
        if now_sent != sent:
            sent, moved_at = now_sent, now
            progress(sent)
        elif now - moved_at > STALL_LIMIT_SECONDS:
            said = f"Nothing moves any more: {sent} of {size} mails went out."
            raise SendIncomplete(said, sent=sent, expected=size)
    last = next(target.sandbox.mails(after=before + size - 1, longest=0))
    target.sandbox.wait_until_quiet(timeout_seconds=STALL_LIMIT_SECONDS + size / 10)
    return (datetime.fromisoformat(last["accepted_at"]) - began).total_seconds()


def _total(calls: Calls) -> float:
    return sum(sum(operations.values()) for operations in calls.values())
