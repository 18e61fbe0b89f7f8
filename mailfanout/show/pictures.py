"""The pipeline's picture: a box for each part, and arrows for what goes from one to another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mailfanout.show.patience import rest
from mailfanout.show.stages import Stage, read_stages
from mailfanout.show.svg import Point, arrow, fitted, halves, picture, text
from mailfanout.stack import Stack
from mailfanout.target import Target

SIZE = (860, 494)

_ICONS = {
    "bucket": '<path d="M5 7.5 7 19h10l2-11.5"/><ellipse cx="12" cy="7" rx="7" ry="2.3"/>',
    "function": '<path d="M7 5h3l6.5 14H19M11.7 9.4 7 19"/>',
    "queue": '<path d="M4 7h3.6v10H4zM10.2 7h3.6v10h-3.6zM16.4 7H20v10h-3.6z"/>',
    "table": '<path d="M6 5h12a2 2 0 0 1 2 2v12H4V7a2 2 0 0 1 2-2zM4 10h16M4 14.5h16M10 5v14"/>',
    "identity": '<rect x="4" y="6" width="16" height="12" rx="2"/><path d="m4.5 7.5 7.5 6 7.5-6"/>',
    "role": '<circle cx="8" cy="12" r="3.5"/><path d="M11.5 12H20v3.4M16.4 12v2.6"/>',
    "topic": '<circle cx="6" cy="12" r="2.4"/><path d="M8.4 12H20M8 10.5 19 5M8 13.5 19 19"/>',
    "part": '<rect x="5" y="5" width="14" height="14" rx="3"/>',
    "clock": '<circle cx="12" cy="12" r="7.5"/><path d="M12 7.5V12l3.2 2"/>',
    "poller": '<path d="M19 12a7 7 0 1 1-2.2-5.1M17 3.5V7h-3.5"/>',
}


@dataclass(frozen=True)
class Box:
    """Where a part is drawn, in which colour, and with which icon, if not that of the colour."""

    look: str
    x: float
    y: float
    width: float = 128
    height: float = 108
    icon: str = ""

    def at(self, across: float, down: float) -> Point:
        """A point by its distance from the upper left corner."""
        return self.x + across, self.y + down

    @property
    def top(self) -> Point:
        return self.at(self.width / 2, 0)

    @property
    def bottom(self) -> Point:
        return self.at(self.width / 2, self.height)

    @property
    def left(self) -> Point:
        return self.at(0, self.height / 2)

    @property
    def right(self) -> Point:
        return self.at(self.width, self.height / 2)


_BOXES = {
    "table": Box("table", 320, 16, 220),
    "bucket": Box("bucket", 10, 174),
    "send_queue": Box("function", 188, 174),
    "queue": Box("queue", 366, 174),
    "read_message": Box("function", 544, 174),
    "identity": Box("identity", 722, 174),
    "dead_letter_queue": Box("queue", 320, 326, 220, 96),
    "role": Box("role", 186, 442, 488, 38),
}


# In a box that is not wide, a name with more characters takes two lines.
_WIDE, _LONG = 200, 14
# Parts that are drawn as arrows between boxes.
_ARROWS = ("notification", "mapping")
# The others stand in rows below, each with the colour and the icon of its kind.
_ROW, _IN_A_ROW = 76, 4
_LOOKS = {
    "DynamoDB table": ("table", "table"),
    "SQS queue": ("queue", "queue"),
    "Dead-letter queue": ("queue", "queue"),
    "SNS topic": ("queue", "topic"),
    "Lambda function": ("function", "function"),
    "Event source mapping": ("function", "poller"),
    "EventBridge rule": ("function", "clock"),
    "IAM role": ("role", "role"),
    "SES configuration set": ("identity", "identity"),
}


@dataclass(frozen=True)
class Pipeline:
    """The parts of the pipeline, to be shown: a list in a terminal, a picture in Jupyter."""

    stages: tuple[Stage, ...]

    def __repr__(self) -> str:
        return "\n".join(map(str, self.stages))

    def _repr_html_(self) -> str:
        return draw(self.stages)


def draw(stages: tuple[Stage, ...]) -> str:
    """The picture as inline SVG, the same for the same parts."""
    found = {stage.key: stage for stage in stages}
    is_whole = all(stage.exists for stage in stages)
    standing = f"{sum(stage.exists for stage in stages)} of {len(stages)} parts stand"
    shapes = [
        text((20, 38), "The mail fan-out", "title"),
        text((20, 58), standing, "quiet"),
        *([] if is_whole else [text((20, 75), "dashed: not built yet", "faint")]),
        *_arrows(found),
        *(_card(stage, _BOXES[key]) for key, stage in found.items() if key in _BOXES),
    ]
    others = [stage for key, stage in found.items() if key not in _BOXES and key not in _ARROWS]
    # The reliable design has a role for each function, below, and not one for both.
    top = SIZE[1] if "role" in found else _BOXES["role"].y
    shapes += [_card(stage, _small_box(number, stage, top)) for number, stage in enumerate(others)]
    size = SIZE[0], top + _ROW * -(-len(others) // _IN_A_ROW)
    return picture(size, f"The pipeline: {standing}", "\n".join(map(str, stages)), shapes)


def _small_box(number: int, stage: Stage, top: float) -> Box:
    """The place of a part that has none of its own: in rows below the others."""
    row, column = divmod(number, _IN_A_ROW)
    look, icon = _LOOKS.get(stage.kind, ("role", "part"))
    return Box(look, 10 + 212 * column, top + _ROW * row, 204, _ROW - 10, icon)


def _arrows(found: dict[str, Stage]) -> list[str]:
    """The arrows of events, messages and mails; pale if a part at either end is missing."""
    send, queue, read = _BOXES["send_queue"], _BOXES["queue"], _BOXES["read_message"]
    # In the reliable design each function has a role of its own, and no flag is shared.
    is_simple = "role" in found

    def stand(*keys: str) -> bool:
        return all(found[key].exists for key in keys)

    return [
        _step(_BOXES["bucket"], send, "events", on=stand("notification")),
        _step(send, queue, "messages", on=stand("send_queue", "queue")),
        _step(queue, read, "batches", on=stand("mapping")),
        _step(read, _BOXES["identity"], "mails", on=stand("read_message", "identity")),
        _asks(send, _BOXES["table"].left, on=stand("send_queue", "table")),
        text(send.at(56, -34), "who gets it?", "faint end"),
        text(send.at(56, -19), "issend becomes 0" if is_simple else "", "faint end"),
        _asks(read, _BOXES["table"].right, on=stand("read_message", "table")),
        text(read.at(76, -34), "sent already?" if is_simple else "error or opt-out?", "faint"),
        text(read.at(76, -19), "issend becomes 1" if is_simple else "", "faint"),
        arrow(queue.bottom, _BOXES["dead_letter_queue"].top, on=bool(found["queue"].note)),
        text(queue.at(78, 134), found["queue"].note, "faint"),
        *(_runs_as(function, found["role"]) for function in (send, read) if is_simple),
    ]


def _step(start: Box, end: Box, label: str, *, on: bool) -> str:
    """An arrow to the next box of the row, with what goes along it."""
    middle = (start.right[0] + end.left[0]) / 2, start.right[1] - 10
    return arrow(start.right, end.left, on=on) + fitted(
        middle, label, "faint middle", width=42, size=10
    )


def _asks(function: Box, table: Point, *, on: bool) -> str:
    return arrow(function.top, (function.top[0], table[1]), table, on=on)


def _runs_as(function: Box, role: Stage) -> str:
    """A dotted line from the function down to its role."""
    x, y = function.bottom
    css = "role" if role.exists else "absent"
    dots = 'stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-dasharray="0 6"'
    return f'<path class="{css}" d="M{x:g} {y + 6:g}V{_BOXES["role"].y:g}" {dots}/>'


def _card(stage: Stage, box: Box) -> str:
    """A part's frame, icon and words; dashed and pale if it does not exist."""
    css, dashes = (box.look, "") if stage.exists else ("absent", ' stroke-dasharray="5 4"')
    return (
        f'<g class="{css}"><rect class="card" x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" '
        f'height="{box.height:g}" rx="12" stroke="currentColor" stroke-width="1.5"{dashes}/>'
        f"{_icon(box)}</g>" + "".join(_words(stage, box))
    )


def _icon(box: Box) -> str:
    x, y = box.at(10, min(10, (box.height - 26) / 2))
    return (
        f'<rect x="{x:g}" y="{y:g}" width="26" height="26" rx="7" fill="currentColor" '
        f'fill-opacity=".14"/><g transform="translate({x + 1:g} {y + 1:g})" fill="none" '
        'stroke="currentColor" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round">'
        f"{_ICONS[box.icon or box.look]}</g>"
    )


def _words(stage: Stage, box: Box) -> Iterator[str]:
    """The kind, the name, and what the part holds."""
    css = "name" if stage.exists else "name faint"
    if stage.key == "role":
        yield text(box.at(44, 23), stage.kind, "quiet")
        yield fitted(box.at(104, 23), stage.name, css, width=200, size=12)
        yield text(box.at(476, 23), "both functions run with it", "faint end")
        return
    yield fitted(box.at(40, 27), stage.kind, "quiet", width=box.width - 44, size=11)
    if len(stage.name) > _LONG and box.width < _WIDE:
        for line, down in zip(halves(stage.name), (50, 63), strict=True):
            yield fitted(box.at(10, down), line, css, width=box.width - 20, size=12)
    else:
        yield fitted(box.at(10, 54), stage.name, css, width=box.width - 20, size=12)
    if stage.exists and stage.key in _BOXES:
        yield from _held(stage, box)


def _held(stage: Stage, box: Box) -> Iterator[str]:
    """The first count in large, and below it the others; a part without counts has its note."""
    if not stage.counts:
        yield text(box.at(10, 80), stage.note, "quiet")
        return
    (number, noun), *others = stage.counts
    css = "number alert" if number and stage.key == "dead_letter_queue" else "number"
    x, y = box.at(10, 84)
    yield (
        f'<text x="{x:g}" y="{y:g}"><tspan class="{css}">{number:,}</tspan>'
        f'<tspan class="quiet" dx="5">{noun}</tspan></text>'
    )
    yield text(box.at(10, 100), ", ".join(f"{number:,} {noun}" for number, noun in others), "quiet")


def pipeline(target: Target, stack: Stack, *, at_rest: bool = False) -> Pipeline:
    """The pipeline's picture: what exists so far, and how much stands at each stage now.

    With `at_rest` it first waits until nothing moves any more: right after the last mail, its
    message is still being deleted from the queue. Raises MailfanoutError after 30 s, and on
    other targets than the sandbox after five minutes.
    """
    if at_rest:
        rest(target, stack)
    return Pipeline(read_stages(target, stack))
