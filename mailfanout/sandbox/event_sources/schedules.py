"""EventBridge's rules on a schedule: functions, queues and topics hear of them at a rate.

moto keeps the rules.
See https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
"""

from __future__ import annotations

import logging
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from moto.events.models import Rule, events_backends

from mailfanout.sandbox.awslambda import LambdaService
from mailfanout.sandbox.event_sources.rule_targets import tell
from mailfanout.sandbox.events import scheduled_event

LOOK_SECONDS = 0.1

Clock = Callable[[], float]

log = logging.getLogger(__name__)


class Schedules:
    """Tells the targets of every enabled rule when its time has come.

    `scale` turns AWS's minutes into a lesson's. While nobody `is_watching`, nothing is started. A
    function is not started while the same rule's last event for it is still under way.
    """

    def __init__(
        self,
        service: LambdaService,
        *,
        scale: Callable[[], float],
        is_watching: Callable[[], bool],
        clock: Clock = time.monotonic,
    ) -> None:
        self._service = service
        self._scale = scale
        self._is_watching = is_watching
        self._clock = clock
        self._due: dict[tuple[str, str], float] = {}
        self.function_names: frozenset[str] = frozenset()

    def start(self) -> None:
        """Look after the rules in the background, until the process ends."""
        threading.Thread(target=self._look_after, name="schedules", daemon=True).start()

    def look(self) -> None:
        """Start what is due. A rule that is new, changed or enabled again is due a period later."""
        now, due = self._clock(), {}
        rules = list(_enabled_rules())
        for rule, period_seconds in rules:
            next_at = now + period_seconds * self._scale()
            key = (rule.arn, str(rule.scheduled_expression))
            due[key] = self._due.get(key, next_at)
            if due[key] <= now:
                due[key] = next_at
                self._tell(rule)
        self._due = due
        arns = [target["Arn"].split(":") for rule, _ in rules for target in rule.targets]
        self.function_names = frozenset(arn[6] for arn in arns if arn[2] == "lambda")

    def _look_after(self) -> None:
        while True:
            time.sleep(LOOK_SECONDS)
            try:
                self.look()
            except Exception:
                log.exception("The schedules failed")

    def _tell(self, rule: Rule) -> None:
        if not self._is_watching():
            return
        for target in list(rule.targets):
            event = scheduled_event(rule.arn, str(uuid.uuid4()), datetime.now(UTC))
            tell(self._service, target, rule, event, schedule=f"{rule.arn}#{target['Id']}")


def period_seconds(expression: str) -> int | None:
    """The period of a rate such as `rate(5 minutes)`; None for anything else.

    A value of 1 takes the singular, any other one the plural.
    """
    rate = re.fullmatch(r"rate\(([1-9][0-9]*) (minute|hour|day)(s?)\)", expression)
    if rate is None or (rate[1] == "1") == bool(rate[3]):
        return None
    return int(rate[1]) * {"minute": 60, "hour": 3600, "day": 86400}[rate[2]]


def _enabled_rules() -> Iterator[tuple[Rule, int]]:
    """With their periods."""
    backends = [one for regions in list(events_backends.values()) for one in list(regions.values())]
    buses = [bus for backend in backends for bus in list(backend.event_buses.values())]
    for rule in [rule for bus in buses for rule in list(bus.rules.values())]:
        seconds = period_seconds(rule.scheduled_expression or "")
        if seconds and rule.state == "ENABLED":
            yield rule, seconds
