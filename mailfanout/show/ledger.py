"""The ledger of the reliable design: each campaign, its chunks, and each recipient's state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape

from mailfanout import campaign
from mailfanout.campaign import Row, Status
from mailfanout.show.patience import wait
from mailfanout.show.svg import Point, picture, shorten, text
from mailfanout.stack import Stack
from mailfanout.target import Target
from mailfanout.wording import counted

SHOWN_CHUNKS = 12
_TOP, _HEAD, _LINE = 96, 34, 20
_LEFT, _STEP, _SIDE = 100, 14.6, 12
_LETTER, _NARROWEST, _LONGEST = 6.6, 420, 120

_BELOW_A_SIGN = 0.3  # so full is a square in which a sign is read
# A state's colour, how full its square is, and its sign: nobody has to tell colours apart.
_LOOKS = {
    "pending": ("absent", 0.0, ""),
    "sent": ("bucket", 0.75, ""),
    "failed": ("role", 0.25, "×"),
    "suppressed": ("absent", 0.3, "–"),
    "unknown": ("function", 0.3, "?"),
    "cancelled": ("absent", 0.0, "/"),
}


@dataclass(frozen=True)
class Campaign:
    """A campaign as it stands: its numbers, and its chunks with their recipients."""

    status: Status
    chunks: tuple[tuple[str, list[Row]], ...]


@dataclass(frozen=True)
class Ledger:
    """Campaigns, oldest first: counted in a terminal, a square for each recipient in Jupyter."""

    campaigns: tuple[Campaign, ...]

    def __repr__(self) -> str:
        lines = campaign.printable("\n".join(self._lines()))
        return lines or "The ledger holds no campaign yet."

    def _lines(self) -> Iterator[str]:
        for one in self.campaigns:
            yield _title(one)
            for name, rows in one.chunks:
                yield f"  {name}  {_counted(rows)}"

    def _repr_html_(self) -> str:
        shapes, y = [text((20, 36), "The ledger", "title"), *_legend(self.campaigns)], float(_TOP)
        for one in self.campaigns:
            shapes.append(text((20, y + 8), shorten(_title(one), _LONGEST), "name"))
            y += _HEAD - 12
            for name, rows in one.chunks[:SHOWN_CHUNKS]:
                shapes += _chunk(name, rows, y)
                y += _LINE
            if len(one.chunks) > SHOWN_CHUNKS:
                more = counted(len(one.chunks) - SHOWN_CHUNKS, "more chunk")
                shapes.append(text((_LEFT, y + 10), f"and {more}", "quiet"))
                y += _LINE
            y += 14
        return picture((self._width(), y + 4), "The ledger", repr(self), shapes)

    def _width(self) -> float:
        """As much as the longest line takes: the narrower a picture, the larger it is shown."""
        titles = [20 + _LETTER * min(len(_title(one)), _LONGEST) for one in self.campaigns]
        chunks = [_LEFT + _STEP * len(rows) for one in self.campaigns for _, rows in one.chunks]
        return max([_NARROWEST, *titles, *chunks]) + 20


def ledger(
    target: Target,
    stack: Stack,
    *,
    last: int | None = None,
    once: Mapping[str, int] | None = None,
) -> Ledger:
    """Every campaign, or the last few, with the state of each recipient.

    `once` waits until at least so many recipients of these campaigns are in a state, as long as
    `pipeline` does: `once={"unknown": 20}`. Raises ResourceMissing if the reliable design is not
    deployed.
    """
    found: list[Campaign] = []

    def is_there() -> bool:
        found[:] = _read(target, stack, last)
        states = Counter(row["state"] for one in found for _, rows in one.chunks for row in rows)
        return all(states[state] >= number for state, number in (once or {}).items())

    said = ", ".join(f"{number} {state}" for state, number in (once or {}).items())
    wait(target, is_there, f"the ledger has fewer recipients than these: {said}")
    return Ledger(tuple(found))


def _read(target: Target, stack: Stack, last: int | None) -> list[Campaign]:
    begun = [one["campaign"] for one in campaign.status(target, stack)]
    return [_read_one(target, stack, one) for one in begun[-last if last else None :]]


def _read_one(target: Target, stack: Stack, campaign_id: str) -> Campaign:
    # The chunks first: if they are as they shall be, so is the state that follows from them.
    chunks = campaign.chunks(target, stack, campaign_id)
    [found] = campaign.status(target, stack, campaign_id)
    return Campaign(found, tuple(chunks))


def _title(one: Campaign) -> str:
    state, reason = one.status["state"], one.status["reason"]
    said = f"{state} ({reason})" if reason else state
    return f"{one.status['key']}: {said}, policy {one.status['policy']}"


def _counted(rows: Iterable[Row]) -> str:
    states = Counter(row["state"] for row in rows)
    doubled = sum(len(row["message_ids"]) > 1 for row in rows)
    said = [f"{states[state]} {state}" for state in _LOOKS if states[state]]
    return ", ".join([*said, f"{doubled} doubled"] if doubled else said)


def _legend(campaigns: Iterable[Campaign]) -> Iterator[str]:
    """Each state that is there, with its square, and how many recipients are in it."""
    states = Counter(row["state"] for one in campaigns for _, rows in one.chunks for row in rows)
    x = 20.0
    for state in _LOOKS:
        if states[state]:
            words = f"{states[state]:,} {state}"
            yield _square((x, 52), state)
            yield text((x + 18, 62), words, "quiet")
            x += 40 + 7 * len(words)


def _chunk(name: str, rows: list[Row], y: float) -> Iterator[str]:
    yield text((36, y + 10), name, "quiet")
    for number, row in enumerate(rows):
        sign = str(len(row["message_ids"])) if len(row["message_ids"]) > 1 else None
        title = ", ".join(filter(None, [row["email"], row["state"], row["reason"]]))
        square = _square((_LEFT + _STEP * number, y), row["state"], sign)
        yield f"<g><title>{escape(title)}</title>{square}</g>"


def _square(at: Point, state: str, sign: str | None = None) -> str:
    colour, fullness, own_sign = _LOOKS[state]
    if sign:
        fullness = _BELOW_A_SIGN
    x, y = at
    return (
        f'<rect class="{colour}" x="{x:g}" y="{y:g}" width="{_SIDE}" height="{_SIDE}" rx="3" '
        f'fill="currentColor" fill-opacity="{fullness}" stroke="currentColor"/>'
        + text((x + _SIDE / 2, y + 9.5), own_sign if sign is None else sign, "small name middle")
    )
