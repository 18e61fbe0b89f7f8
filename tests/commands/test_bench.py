"""`mailfanout bench`: both designs, measured, counted and priced."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from mailfanout import prices, provision, recipients
from mailfanout.bench import Run, measure_here, middle_runs
from mailfanout.commands.bench import bench_command
from mailfanout.errors import InputError
from mailfanout.sandbox import control
from mailfanout.stack import Design
from mailfanout.target import Target, stack_for


def a_run(**calls: dict[str, float]) -> Run:
    return Run("reliable", 1_000, seconds=2.0, calls=calls, memory_mb=50)


def test_smaller_chunks_of_a_lower_rate_take_more_calls() -> None:
    run = a_run(readMessageAndSendMail={"dynamodb:PutItem": 0.08}, sendQueue={"s3:GetObject": 0.01})

    at_14 = run.calls_per_recipient_at(14)

    assert run.calls_per_recipient == pytest.approx(0.09)
    assert at_14 == pytest.approx(0.08 * 50 / 14 + 0.01 + 8 / 60 / 14)


def test_calls_of_the_simple_design_do_not_depend_on_the_rate() -> None:
    run = Run("simple", 10, seconds=1, calls={"f": {"sesv2:SendEmail": 4.1}}, memory_mb=50)

    assert run.calls_per_recipient_at(14) == run.calls_per_recipient


@pytest.mark.parametrize(
    ("simple", "reliable", "counted"),
    [
        pytest.param([3.0], [3.0], [3.0, 3.0], id="once, if both are long"),
        pytest.param(
            [7.0, 4.0, 5.0],
            [*(0.6, 0.5), *(0.4, 0.3, 0.2), *(0.1, 0.3, 0.9)],
            [5.0, 0.4],
            id="in turns",
        ),
        pytest.param([0.4] * 9, [0.1] * 9, [0.4, 0.1], id="no more than nine times"),
    ],
)
def test_of_several_short_campaigns_the_middle_one_counts(
    simple: list[float], reliable: list[float], counted: list[float]
) -> None:
    left = {"simple": simple, "reliable": reliable}

    def send(design: Design) -> Run:
        return Run(design, 100, seconds=left[design].pop(0), calls={}, memory_mb=50)

    runs = middle_runs(lambda: send("simple"), lambda: send("reliable"))

    assert [run.seconds for run in runs] == counted
    assert left == {"simple": [], "reliable": []}


def test_dollars_follow_from_calls_and_recipients() -> None:
    none = prices.dollars_per_million("simple", {})
    some = prices.dollars_per_million("simple", {"readMessageAndSendMail": {"s3:GetObject": 1.0}})

    gigabyte_seconds = 0.01 * 0.25 * 16.6667
    assert some - none == pytest.approx(0.40 + gigabyte_seconds)


def test_everything_is_priced_in_units_that_have_a_price() -> None:
    rates = [rate for design in prices.RATES.values() for rate in design]

    assert {rate.unit for rate in rates} == set(prices.PER_MILLION)
    assert all(rate.because for rate in rates)


@pytest.mark.slow
def test_bench_measures_both_designs_and_leaves_nothing_behind(home: Path, tmp_path: Path) -> None:
    plot = tmp_path / "plot.svg"

    arguments = [*["--recipients", "40"] * 2, "--json", "--plot", str(plot)]
    result = CliRunner().invoke(bench_command, arguments, catch_exceptions=False)

    found = json.loads(result.stdout)
    assert [run["design"] for run in found["runs"]] == ["simple", "reliable"]
    simple, reliable = found["runs"]
    assert simple["calls_per_recipient"] == pytest.approx(4.1, abs=0.03)
    assert reliable["calls_per_recipient"] < 1
    assert set(reliable["calls"]) <= {
        "sendQueue",
        "readMessageAndSendMail",
        "recordFeedback",
        "sweepCampaigns",
    }
    assert plot.read_text(encoding="utf-8").startswith("<svg")
    assert control.find() is None


def test_where_no_plot_can_be_drawn_nothing_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measure = "mailfanout.commands.bench.bench"
    monkeypatch.setattr(measure, lambda *_, **__: pytest.fail("It was measured."))

    with pytest.raises(InputError, match="cannot be written: Is a directory"):
        CliRunner().invoke(bench_command, ["--plot", str(tmp_path)], catch_exceptions=False)


def test_a_sandbox_with_more_recipients_is_not_measured(mailfanout_target: Target) -> None:
    stack = stack_for(mailfanout_target)
    provision.create_table(mailfanout_target, stack)
    recipients.seed(mailfanout_target, stack, recipients.example().recipients)

    with pytest.raises(InputError, match="3 recipients are due already"):
        measure_here(mailfanout_target, stack, 2)
