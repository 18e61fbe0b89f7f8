"""How a campaign goes on in time: what is planned, what waits, what SES has taken, what is lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mailfanout.forecast.figures import (
    BATCH_SIZE,
    CHUNKS_IN_A_TRANSACTION,
    DAY_SECONDS,
    FUNCTION_SECONDS,
    RETRY_WAITS_SECONDS,
    WRITES_A_SECOND,
    Figures,
)

STEPS = 400
CALLS_OF_A_CHUNK = 4
CALLS_OF_A_MESSAGE = 3
# What a chunk's lease and its record write into the campaign's partition; and its planning, where
# a transaction costs double.
WRITE_UNITS_OF_A_CHUNK, WRITE_UNITS_TO_PLAN_IT = 14.0, 8.0


@dataclass(frozen=True)
class Moment:
    """So many seconds after the upload: mails planned, waiting in the queue, taken by SES, lost."""

    seconds: float
    planned: float
    waiting: float
    sent: float
    lost: float


def course_of(figures: Figures) -> tuple[Moment, ...]:
    """The campaign from the upload to its last mail, in some hundred steps."""
    walk = _reliable_course if figures.design == "reliable" else _simple_course
    return (Moment(0, 0, 0, 0, 0), *walk(figures))


def planning_rate(figures: Figures) -> float:
    """How many recipients sendQueue plans a second."""
    if figures.design == "simple":  # an update for each, and a batch for ten
        return min(1 / (figures.call_seconds * (1 + 1 / BATCH_SIZE)), WRITES_A_SECOND)
    in_a_transaction = CHUNKS_IN_A_TRANSACTION * figures.chunk_size
    calls = 1 + 1 + CHUNKS_IN_A_TRANSACTION / BATCH_SIZE  # a page, a transaction, its batches
    by_calls = in_a_transaction / (calls * figures.call_seconds)
    return min(by_calls, WRITES_A_SECOND / WRITE_UNITS_TO_PLAN_IT * figures.chunk_size)


def sending_limits(figures: Figures, seconds: float) -> dict[str, float]:
    """How many mails a second each limit lets out, so long after the upload."""
    consumers, size = figures.consumers_at(seconds), figures.chunk_size
    if figures.design == "simple":
        return {
            "consumers": consumers / (CALLS_OF_A_MESSAGE * figures.call_seconds),
            "one partition": WRITES_A_SECOND,
        }
    return {
        "SES's rate": figures.sending_rate,
        "consumers": consumers * size / (CALLS_OF_A_CHUNK * figures.call_seconds),
        "one partition": WRITES_A_SECOND / WRITE_UNITS_OF_A_CHUNK * size,
    }


def open_seconds(figures: Figures, seconds: float) -> float:
    """For how much of that time a reliable campaign does not wait for SES's daily quota."""
    rate = min(sending_limits(figures, 0.0).values()) * (1 - figures.refused)
    of_a_day = min(DAY_SECONDS, figures.daily_quota / rate)
    days, rest = divmod(seconds, DAY_SECONDS)
    return days * of_a_day + min(rest, of_a_day)


def reach(figures: Figures) -> float:
    """How many recipients the simple sendQueue comes to before its time is up."""
    return min(figures.recipients, FUNCTION_SECONDS * planning_rate(figures))


def planning_spans(figures: Figures) -> list[tuple[float, float]]:
    """When the simple sendQueue runs, in seconds: once, or three times if it never comes to an end.

    Each attempt begins anew, with the first recipient.
    """
    length = reach(figures) / planning_rate(figures)
    if reach(figures) == figures.recipients:
        return [(0.0, length)]
    begins = [0.0]
    for wait in RETRY_WAITS_SECONDS:
        begins.append(begins[-1] + length + wait)
    return [(begin, begin + length) for begin in begins]


def _reliable_course(figures: Figures) -> Iterator[Moment]:
    """What SES refuses waits for the next sweep, and beyond the daily quota for the next day."""
    rate = min(sending_limits(figures, 0.0).values())
    step = max(figures.recipients / rate / STEPS, 1 / rate)
    seconds = sent = again = today = 0.0
    open_ones = float(figures.recipients)  # who waits, or is not planned yet
    while sent + 0.5 < figures.recipients:
        room = figures.daily_quota - today
        if open_ones < 0.5:
            seconds += figures.sweep_seconds
            open_ones, again = open_ones + again, 0.0
        elif room < 0.5:
            seconds, today = (seconds // DAY_SECONDS + 1) * DAY_SECONDS, 0.0
        else:
            seconds += step
            waiting = open_ones - figures.recipients + _planned(figures, seconds)
            tried = max(0.0, min(rate * step, waiting, room))
            accepted = tried * (1 - figures.refused)
            open_ones, again = open_ones - tried, again + tried - accepted
            sent, today = sent + accepted, today + accepted
        planned = _planned(figures, seconds)
        yield Moment(seconds, planned, max(0.0, planned - sent - again), sent, 0.0)


def _planned(figures: Figures, seconds: float) -> float:
    return min(figures.recipients, planning_rate(figures) * seconds)


def _simple_course(figures: Figures) -> Iterator[Moment]:
    """Consumers take what there is. What SES does not take at once is lost: the flag is set.

    SES lets out a second's mails at once, and then those of the time that passes.
    """
    spans, rate = planning_spans(figures), planning_rate(figures)
    step = spans[-1][1] / STEPS
    seconds = planned = waiting = sent = lost = today = 0.0
    bucket = figures.sending_rate
    while seconds < spans[-1][1] or waiting > 0.5:
        worked = sum(
            max(0.0, min(end, seconds + step) - max(begin, seconds)) for begin, end in spans
        )
        planned, waiting = planned + worked * rate, waiting + worked * rate
        taken = min(waiting, step * min(sending_limits(figures, seconds).values()))
        bucket = min(bucket + step * figures.sending_rate, max(1.0, step) * figures.sending_rate)
        allowed = max(0.0, min(bucket, figures.daily_quota - today))
        accepted = min(taken * (1 - figures.refused), allowed)
        bucket -= accepted
        waiting, sent, lost = waiting - taken, sent + accepted, lost + taken - accepted
        seconds, today = seconds + step, today + accepted
        yield Moment(seconds, planned, waiting, sent, lost)
