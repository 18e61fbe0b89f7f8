"""Whatever breaks, and in whatever order: everybody gets the mail once, and the books say so."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, settings
from schedules import Schedules

TestSchedules = Schedules.TestCase
TestSchedules.settings = settings(
    max_examples=300,
    stateful_step_count=30,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
