"""Whatever breaks, and in whatever order: everybody gets the mail once, and the books say so."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from support.reliable.schedules import Schedules
from support.reliable.simple_schedules import Doubled, DoublingSchedules, Lost, SimpleSchedules

pytestmark = pytest.mark.slow

SCHEDULES = settings(
    max_examples=1_000,
    stateful_step_count=12,
    derandomize=True,
    deadline=None,
    database=None,
    report_multiple_bugs=False,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)


def test_reliable_design_keeps_its_promise() -> None:
    run_state_machine_as_test(Schedules, settings=SCHEDULES)


@pytest.mark.benchmark
@pytest.mark.parametrize("steps", [10, 20, 40, 80])
def test_reliable_design_keeps_its_promise_in_100_000_schedules(steps: int) -> None:
    more = settings(SCHEDULES, max_examples=25_000, stateful_step_count=steps)
    run_state_machine_as_test(Schedules, settings=more)


@pytest.mark.parametrize(
    ("machine", "flaw"), [(SimpleSchedules, Lost), (DoublingSchedules, Doubled)]
)
def test_simple_design_loses_and_doubles(machine: type[SimpleSchedules], flaw: type) -> None:
    few = settings(SCHEDULES, max_examples=200, phases=[Phase.generate])

    with pytest.raises(flaw):
        run_state_machine_as_test(machine, settings=few)
