"""A campaign's whole forecast: how long, how many, how many calls, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailfanout import prices
from mailfanout.forecast.calls import Calls, calls_beside_it, calls_on_the_way
from mailfanout.forecast.course import (
    CALLS_OF_A_CHUNK,
    Moment,
    course_of,
    open_seconds,
    planning_spans,
    reach,
    sending_limits,
)
from mailfanout.forecast.figures import DAY_SECONDS, Figures

if TYPE_CHECKING:
    import pandas

MEMORY_GB = 0.25


@dataclass(frozen=True)
class Forecast:
    """What becomes of a campaign by these figures.

    `reached` recipients get at least one mail, and the others none; `doubled` are mails that
    somebody gets besides the first. `bound_by` names the limit that decides how long it takes.
    `dollars` are by service, `calls` by function and operation.
    """

    figures: Figures
    moments: tuple[Moment, ...]
    calls: Calls
    dollars: Mapping[str, float]
    reached: int
    doubled: int
    bound_by: str

    @property
    def seconds(self) -> float:
        """From the upload to the last mail."""
        return self.moments[-1].seconds

    @property
    def unreached(self) -> int:
        """How many recipients get no mail, which nobody is told."""
        return self.figures.recipients - self.reached

    def in_time(self, unit_seconds: float = 3_600.0) -> dict[str, list[tuple[float, float]]]:
        """The mails that wait, that SES took and that are lost, as points over time."""
        ways = {
            "waiting": [moment.waiting for moment in self.moments],
            "sent": [moment.sent for moment in self.moments],
            "lost": [moment.lost for moment in self.moments],
        }
        times = [moment.seconds / unit_seconds for moment in self.moments]
        return {
            name: list(zip(times, numbers, strict=True))
            for name, numbers in ways.items()
            if any(numbers)
        }


def table(*forecasts: Forecast) -> pandas.DataFrame:
    """A row for each forecast: how long, how many, and what SES and the other services cost."""
    import pandas

    rows = [
        {
            "design": one.figures.design,
            "recipients": f"{one.figures.recipients:,}",
            "takes": spoken(one.seconds),
            "get it": f"{one.reached:,}",
            "get none": f"{one.unreached:,}",
            "doubled": f"{one.doubled:,}",
            "USD to SES": f"{one.dollars['SES']:,.2f}",
            "to others": f"{sum(one.dollars.values()) - one.dollars['SES']:,.2f}",
            "bound by": one.bound_by,
        }
        for one in forecasts
    ]
    return pandas.DataFrame(rows)


def spoken(seconds: float) -> str:
    """A time in the unit that a person would say it in: 71 s, 12 min, 19.8 h, 19.0 days."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7_200:
        return f"{seconds / 60:.0f} min"
    if seconds < 172_800:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 86_400:.1f} days"


def reckon(figures: Figures) -> Forecast:
    """The forecast by these figures. The same figures give the same forecast."""
    moments = course_of(figures)
    last = moments[-1]
    attempts = len(planning_spans(figures)) if figures.design == "simple" else 1
    messages = reach(figures) * attempts if figures.design == "simple" else None
    on_the_way = calls_on_the_way(figures, messages=messages)
    beside_it = calls_beside_it(figures, last.seconds, open_seconds(figures, last.seconds))
    calls = on_the_way | beside_it
    reached = _reached(figures, last.sent, attempts)
    return Forecast(
        figures,
        moments,
        calls,
        _dollars(figures, calls, last),
        int(reached + 0.5),  # `round` takes half a mail for none
        round(last.sent - reached),
        _bound_by(figures, last.seconds),
    )


def _reached(figures: Figures, sent: float, attempts: int) -> float:
    """How many different people the mails went to; SES takes each mail with the same chance."""
    if figures.design == "reliable":
        return sent
    planned = reach(figures)
    share = sent / (planned * attempts)
    return planned * (1 - (1 - share) ** attempts)


def _dollars(figures: Figures, calls: Calls, last: Moment) -> dict[str, float]:
    """SES by its plan, the others by the calls, and Lambda's wait for the sending rate as well."""
    number = figures.recipients
    shares = {name: {op: n / number for op, n in ops.items()} for name, ops in calls.items()}
    by_service = prices.dollars_by_service(figures.design, shares)
    dollars = {service: each * number / 1_000_000 for service, each in by_service.items()}
    dollars["Lambda"] += _waiting_gb_seconds(figures) * prices.PER_MILLION["Lambda GB-second"] / 1e6
    return {"SES": last.sent * prices.SES_PLANS[figures.ses_plan] / 1_000_000, **dollars}


def _waiting_gb_seconds(figures: Figures) -> float:
    """The reliable design's consumers sleep so that they stay below the rate; that is paid for."""
    if figures.design == "simple":
        return 0.0
    busy = figures.chunks * CALLS_OF_A_CHUNK * figures.call_seconds
    paced = figures.recipients * figures.consumers_at(0.0) / figures.sending_rate
    return max(0.0, paced - busy) * MEMORY_GB


def _bound_by(figures: Figures, seconds: float) -> str:
    if figures.design == "simple":
        return "sendQueue"
    if seconds > DAY_SECONDS and figures.recipients > figures.daily_quota:
        return "SES's quota"
    limits = sending_limits(figures, seconds)
    return min(limits, key=limits.__getitem__)
