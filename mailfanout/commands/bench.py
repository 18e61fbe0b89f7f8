"""`mailfanout bench`: both designs side by side, measured on this machine."""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path
from typing import Any

import click

from mailfanout import prices
from mailfanout.bench import SIZES, YOUNG_RATE, Run, bench
from mailfanout.commands.console import say, show, writing
from mailfanout.commands.options import PATH, WholeNumber, json_option
from mailfanout.show import bars, chart


@click.command("bench")
@click.option(
    "--recipients",
    "sizes",
    metavar="N",
    type=WholeNumber(1, 1_000_000),
    multiple=True,
    default=SIZES,
    show_default=True,
    help="How many recipients; may be given several times.",
)
@json_option
@click.option("--plot", type=PATH, help="Draw the seconds per recipient into this SVG file.")
def bench_command(sizes: tuple[int, ...], as_json: bool, plot: Path | None) -> None:
    """Measure both designs side by side: speed, API calls, and dollars per million recipients.

    Each run has a sandbox of its own, which ends with it. Your own sandbox is left alone.
    """
    if plot:
        with writing(plot), plot.open("a"):
            pass  # rather than to fail when all has been measured
    with say.status("Starting …") as status:
        runs = bench(sizes, progress=status.update)
    if as_json:
        click.echo(json.dumps({"prices": prices.AS_OF, "runs": [r.to_dict() for r in runs]}))
    else:
        _show(runs)
    if plot:
        _write(plot, runs)


def _show(runs: list[Run]) -> None:
    for size, pair in groupby(runs, lambda run: run.recipients):
        _show_pair(size, list(pair))
    plans = ", ".join(f"{dollars:g} ({plan})" for plan, dollars in prices.SES_PLANS.items())
    said = f"Prices of {prices.AS_OF}, us-east-1. SES itself, dollars per million: {plans}."
    show.print(said)


def _show_pair(size: int, pair: list[Run]) -> None:
    show.print(f"{size:,} recipients", style="bold")
    show.print(f"{'':<40}" + "".join(f"{run.design:>14}" for run in pair))
    for name, figures in _rows(pair).items():
        show.print(f"  {name:<38}" + "".join(f"{figure:>14}" for figure in figures))
    show.print("recipients a second")
    show.print(bars({run.design: run.recipients_per_second for run in pair}))
    show.print()


def _rows(pair: list[Run]) -> dict[str, list[str]]:
    at_young_rate = [run.calls_per_recipient_at(YOUNG_RATE) for run in pair]
    rows = {
        "recipients a second": [f"{run.recipients_per_second:,.0f}" for run in pair],
        "seconds per recipient": [f"{1 / run.recipients_per_second:.5f}" for run in pair],
        "API calls per recipient": [f"{run.calls_per_recipient:.3f}" for run in pair],
        f"  at {YOUNG_RATE} mails a second, reckoned": [f"{calls:.3f}" for calls in at_young_rate],
        "dollars per million, beside SES": [f"{run.dollars_per_million:.2f}" for run in pair],
        "MB of the largest function": [f"{run.memory_mb:.0f}" for run in pair],
    }
    calls = sorted({name for run in pair for name in _by_name(run)})
    return rows | {
        f"  {name}": [f"{_by_name(run).get(name, 0):.4f}" for run in pair] for name in calls
    }


def _by_name(run: Run) -> dict[str, float]:
    """Calls per recipient by operation, whichever function makes them."""
    found: dict[str, float] = {}
    for operations in run.calls.values():
        for operation, number in operations.items():
            found[operation] = found.get(operation, 0.0) + number
    return found


def _write(path: Path, runs: list[Run]) -> None:
    series: dict[str, Any] = {}
    for run in runs:
        series.setdefault(run.design, []).append((run.recipients, run.seconds / run.recipients))
    drawn = chart("Both designs", series, across="number of recipients", up="seconds per recipient")
    with writing(path):
        path.write_text(drawn._repr_html_(), encoding="utf-8")
