"""A forecast's dollars and its table."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from mailfanout import forecast, prices
from mailfanout.forecast import Figures

MILLION = Figures(recipients=1_000_000, daily_quota=1e9)


def test_ses_is_paid_for_what_it_took() -> None:
    found = forecast.reckon(replace(MILLION, sending_rate=1_000))

    assert found.dollars["SES"] == pytest.approx(prices.SES_PLANS["à la carte"], rel=0.001)
    assert sum(found.dollars.values()) - found.dollars["SES"] < 5


def test_a_slow_campaign_pays_for_the_sweeps_and_for_waiting() -> None:
    slow, seldom, fast = (
        forecast.reckon(replace(MILLION, sending_rate=rate, sweep_seconds=seconds))
        for rate, seconds in ((14, 60), (14, 600), (1_000, 60))
    )

    assert fast.dollars["DynamoDB"] < seldom.dollars["DynamoDB"] < slow.dollars["DynamoDB"]
    assert fast.dollars["Lambda"] < slow.dollars["Lambda"]


def test_the_sweep_costs_a_slow_million_what_the_readme_says() -> None:
    each_minute, never = (
        sum(forecast.reckon(replace(MILLION, sweep_seconds=seconds)).dollars.values())
        for seconds in (60, 1e9)
    )
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")

    [said] = re.findall(r"reckoned to cost (\d+) dollars a million", readme)
    assert each_minute - never == pytest.approx(int(said), abs=0.5)


def test_dollars_by_service_add_up() -> None:
    calls = {"sendQueue": {"s3:GetObject": 1.0}}

    by_service = prices.dollars_by_service("reliable", calls)

    assert sum(by_service.values()) == prices.dollars_per_million("reliable", calls)
    assert by_service["S3"] == pytest.approx(0.40)


def test_the_table_speaks_as_a_person_would() -> None:
    table = forecast.table(
        forecast.reckon(replace(MILLION, design="simple")), forecast.reckon(MILLION)
    )

    assert list(table["takes"]) == ["48 min", "19.8 h"]
    assert list(table["get it"]) == ["32,350", "1,000,000"]
