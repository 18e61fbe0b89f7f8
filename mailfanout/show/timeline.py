"""The timeline of a function: which of its execution environments worked on whom, and when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from mailfanout.campaign import LoggedInvocation, invocations
from mailfanout.show.patience import lines_once_there
from mailfanout.show.svg import Point, picture, text
from mailfanout.stack import Stack
from mailfanout.target import Target
from mailfanout.wording import counted

if TYPE_CHECKING:
    import pandas

WIDTH = 860
SHOWN_LANES = 16
_COLUMNS = ["environment", "began_seconds", "outcome", "recipient"]
_TRACK = (118.0, 836.0)
_TOP, _LANE, _BAR = 70, 32, 24
_STEPS_MS = [step * 10**power for power in range(12) for step in (1, 2, 5)]


class Scale(NamedTuple):
    """From milliseconds to pixels."""

    began_ms: float
    ended_ms: float

    @property
    def length_ms(self) -> float:
        return max(self.ended_ms - self.began_ms, 1.0)

    def x(self, at_ms: float) -> float:
        left, right = _TRACK
        return left + (right - left) * (at_ms - self.began_ms) / self.length_ms


@dataclass(frozen=True)
class Consumers:
    """The finished invocations of a function: counted in a terminal, a timeline in Jupyter.

    The text has what is the same in every run. How many execution environments shared the
    work, and how long it took, is in the picture and in `frame()` alone.
    """

    function_name: str
    invocations: tuple[LoggedInvocation, ...]

    def __repr__(self) -> str:
        counts = Counter(str(o["outcome"]) for run in self.invocations for o in run.outcomes)
        said = ", ".join(f"{number:,} {outcome}" for outcome, number in sorted(counts.items()))
        return f"{self.function_name}: {said or 'nothing yet'}"

    def _repr_html_(self) -> str:
        return draw(self.function_name, self.invocations)

    def frame(self) -> pandas.DataFrame:
        """One row per outcome, in the order in which the invocations began.

        Columns: environment, counted from 1; began_seconds, since the first; outcome; recipient.
        """
        import pandas

        numbers = {stream: number for number, stream in enumerate(_lanes(self.invocations), 1)}
        first_ms = self.invocations[0].began_ms if self.invocations else 0.0
        rows = [
            (
                numbers[run.stream],
                round((run.began_ms - first_ms) / 1000, 3),
                outcome["outcome"],
                outcome.get("recipient", ""),
            )
            for run in self.invocations
            for outcome in run.outcomes
        ]
        return pandas.DataFrame(rows, columns=_COLUMNS)


def draw(function_name: str, invocations: tuple[LoggedInvocation, ...]) -> str:
    """The timeline as inline SVG: a lane per execution environment, a bar per invocation."""
    lanes = _lanes(invocations)
    shown = list(lanes.values())[:SHOWN_LANES]
    bottom = _TOP + _LANE * len(shown)
    shapes = [text((20, 36), function_name, "title")]
    said = "It has not run yet."
    if shown:
        scale = Scale(
            min(run.began_ms - run.init_ms for run in invocations),
            max(run.began_ms + run.duration_ms for run in invocations),
        )
        said = _summary(len(lanes), invocations, scale)
        shapes += [
            *_axis(scale, bottom),
            *(shape for number, lane in enumerate(shown) for shape in _lane(number, lane, scale)),
        ]
    shapes.append(text((20, 55), said, "quiet"))
    return picture((WIDTH, bottom + 36), f"Timeline of {function_name}", said, shapes)


def _lanes(invocations: tuple[LoggedInvocation, ...]) -> dict[str, list[LoggedInvocation]]:
    """The invocations of each execution environment, in the order in which they began."""
    lanes: dict[str, list[LoggedInvocation]] = {}
    for run in invocations:
        lanes.setdefault(run.stream, []).append(run)
    return lanes


def _summary(environments: int, invocations: tuple[LoggedInvocation, ...], scale: Scale) -> str:
    handled = sum(len(run.outcomes) for run in invocations)
    shown = f" (the first {SHOWN_LANES} are shown)" if environments > SHOWN_LANES else ""
    return (
        f"{counted(environments, 'execution environment')}{shown}, "
        f"{counted(len(invocations), 'invocation')}, {counted(handled, 'outcome')} in "
        f"{scale.length_ms / 1000:.2f} s. Number: outcomes. Faint: a cold start. Red: some failed."
    )


def _axis(scale: Scale, bottom: float) -> Iterator[str]:
    step_ms = next(step for step in _STEPS_MS if scale.length_ms / step <= 8)
    for number in range(int(scale.length_ms // step_ms) + 1):
        x = scale.x(scale.began_ms + number * step_ms)
        yield f'<path class="line off" d="M{x:.1f} {_TOP}V{bottom}"/>'
        yield text((round(x, 1), bottom + 18), f"{number * step_ms / 1000:g} s", "faint middle")


def _lane(number: int, runs: list[LoggedInvocation], scale: Scale) -> Iterator[str]:
    y = _TOP + number * _LANE + (_LANE - _BAR) / 2
    yield text((20, y + 16), f"environment {number + 1}", "quiet")
    for run in runs:
        yield _bar(run, y, scale)


def _bar(run: LoggedInvocation, y: float, scale: Scale) -> str:
    start, begin = scale.x(run.began_ms - run.init_ms), scale.x(run.began_ms)
    end = scale.x(run.began_ms + run.duration_ms)
    failed = any(outcome["outcome"] == "failed" for outcome in run.outcomes)
    who = ", ".join(str(outcome.get("recipient", outcome["outcome"])) for outcome in run.outcomes)
    choices = (words for words in (who, str(len(run.outcomes))) if _fits(words, end - begin))
    return (
        f"<g><title>{escape(who)}</title>"
        f"{_block('function', (start, begin), y, 0.18)}"
        f"{_block('role' if failed else 'function', (begin, end), y, 0.4)}"
        f"{text((round(begin + 6, 1), y + 16), next(choices, ''), 'small')}</g>"
    )


def _fits(words: str, width: float) -> bool:
    return 6.2 * len(words) < width - 8


def _block(css: str, span: Point, y: float, opacity: float) -> str:
    left, right = span
    return (
        f'<rect class="{css}" x="{left:.1f}" y="{y:g}" width="{max(right - left - 1, 0):.1f}" '
        f'height="{_BAR}" rx="5" fill="currentColor" fill-opacity="{opacity}"/>'
    )


def consumers(
    target: Target,
    stack: Stack,
    *,
    at_least: int = 0,
    after: int = 0,
) -> Consumers:
    """Who handled which recipient when: a lane per execution environment, a bar per invocation.

    They are the environments of readMessageAndSendMail. The text counts the outcomes and is the
    same in every run; the picture is not. `at_least` waits for so many structured log lines, and
    `after` leaves out the first so many, as in `outcomes`.
    """
    name = stack.read_message_name
    runs = invocations(lines_once_there(target, stack, name, after + at_least))
    handled = accumulate(len(run.outcomes) for run in runs)
    shown = (run for run, number in zip(runs, handled, strict=True) if number > after)
    return Consumers(name, tuple(shown))
