"""EventBridge's cron expressions: six fields, and whether a minute of UTC is theirs.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

_MONTHS = {
    name: number
    for number, name in enumerate(
        "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(), start=1
    )
}
_WEEKDAYS = {
    name: number for number, name in enumerate("SUN MON TUE WED THU FRI SAT".split(), start=1)
}
_FIRST_YEAR, _LAST_YEAR = 1970, 2199


@dataclass(frozen=True)
class Cron:
    """A cron expression. One of the two fields of days is None, and the other one says the days.

    A day of the month is a number, `L` or `LW`, or as `15W`; a day of the week is a number from
    Sunday's 1 on, or as `6L` or `6#3`.
    """

    minutes: Collection[int]
    hours: Collection[int]
    days: Collection[int | str] | None
    months: Collection[int]
    weekdays: Collection[int | str] | None
    years: Collection[int]

    def includes(self, at: datetime) -> bool:
        """Whether the minute is one of its own."""
        is_time = at.minute in self.minutes and at.hour in self.hours
        is_in = at.month in self.months and at.year in self.years
        return is_time and is_in and self._includes_day(at)

    def _includes_day(self, at: datetime) -> bool:
        last = monthrange(at.year, at.month)[1]
        if self.days is not None:
            return any(_day(one, at, last) == at.day for one in self.days)
        weekday, which = at.isoweekday() % 7 + 1, (at.day - 1) // 7 + 1
        own = {weekday, f"{weekday}#{which}", *([f"{weekday}L"] if at.day + 7 > last else [])}
        return not own.isdisjoint(self.weekdays or ())


@cache
def read_cron(expression: str) -> Cron | None:
    """The expression, or None for what EventBridge does not take."""
    found = re.fullmatch(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)", expression)
    if found is None or (found[3] == "?") is (found[5] == "?"):
        return None
    minutes, hours = _numbers(found[1], 0, 59), _numbers(found[2], 0, 23)
    months = _numbers(found[4], 1, 12, _MONTHS)
    years = _numbers(found[6], _FIRST_YEAR, _LAST_YEAR)
    days = None if found[3] == "?" else _special(found[3], r"L|LW|([1-9]|[12]\d|3[01])W", 31)
    weekdays = None if found[5] == "?" else _weekdays(found[5])
    if days is None and weekdays is None:
        return None
    if minutes and hours and months and years:
        return Cron(minutes, hours, days, months, weekdays, years)
    return None


def _weekdays(text: str) -> Collection[int | str] | None:
    named = re.sub("|".join(_WEEKDAYS), lambda name: str(_WEEKDAYS[name[0]]), text)
    return _special("7" if named == "L" else named, r"[1-7](L|#[1-5])", 7)


def _special(text: str, pattern: str, high: int) -> Collection[int | str] | None:
    """What is of this pattern, or else numbers from 1."""
    return {text} if re.fullmatch(pattern, text) else _numbers(text, 1, high)


def _numbers(
    text: str, low: int, high: int, names: Mapping[str, int] | None = None
) -> frozenset[int] | None:
    """The numbers of a field: `*`, or some of `5`, `1-5`, `0/15` and `8-17/3`, with commas."""
    numbers: set[int] = set()
    for part in text.split(","):
        found = re.fullmatch(r"(\*|([A-Z\d]+)(?:-([A-Z\d]+))?)(?:/(\d{1,4}))?", part, re.ASCII)
        if found is None:
            return None
        ends = [_number(one, names or {}) for one in (found[2], found[3]) if one is not None]
        first = ends[0] if ends else low
        last = ends[-1] if len(ends) == 2 or (ends and not found[4]) else high
        step = int(found[4] or 1)
        if first is None or last is None or not low <= first <= last <= high or not step:
            return None
        numbers.update(range(first, last + 1, step))
    return frozenset(numbers)


def _number(text: str, names: Mapping[str, int]) -> int | None:
    return names.get(text, int(text) if re.fullmatch(r"\d{1,4}", text, re.ASCII) else None)


def _day(one: int | str, at: datetime, last: int) -> int | None:
    """The day of the month that is meant, in the month of the time."""
    if isinstance(one, int):
        return one
    if one == "L":
        return last
    day = last if one == "LW" else int(one[:-1])
    if day > last:
        return None
    # Saturday is the sixth. The nearest day of work does not lie in another month.
    past_friday = at.replace(day=day).isoweekday() - 5
    if past_friday == 1:
        return day - 1 if day > 1 else 3
    if past_friday == 2:
        return day + 1 if day < last else day - 2
    return day
