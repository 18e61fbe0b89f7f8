"""EventBridge's rules on a schedule: functions, queues and topics hear of them in time.

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
from mailfanout.sandbox.event_sources.cron import read_cron
from mailfanout.sandbox.event_sources.rule_targets import tell
from mailfanout.sandbox.events import scheduled_event

LOOK_SECONDS = 0.1

Clock = Callable[[], float]

log = logging.getLogger(__name__)


class Schedules:
    """Tells the targets of every enabled rule when its time has come.

    `scale` turns AWS's minutes into a lesson's for a rate; cron expressions name minutes of UTC,
    which `wall` tells. While nobody `is_watching`, nothing is started. A
    function is not started while the same rule's last event for it is still under way.
    """

    def __init__(
        self,
        service: LambdaService,
        *,
        scale: Callable[[], float],
        is_watching: Callable[[], bool],
        clock: Clock = time.monotonic,
        wall: Clock = time.time,
    ) -> None:
        self._service = service
        self._scale = scale
        self._is_watching = is_watching
        self._clock = clock
        self._wall = wall
        self._due: dict[tuple[str, str], float] = {}
        self.function_names: frozenset[str] = frozenset()

    def start(self) -> None:
        """Look after the rules in the background, until the process ends."""
        threading.Thread(target=self._look_after, name="schedules", daemon=True).start()

    def look(self) -> None:
        """Start what is due. A rule that is new, changed or enabled again is due a period later.

        One with a cron expression is due in a minute of its own that begins after that.
        """
        due = {}
        rules = list(_enabled_rules())
        for rule in rules:
            key = (rule.arn, str(rule.scheduled_expression))
            is_due, due[key] = self._is_due(key[1], self._due.get(key))
            if is_due:
                self._tell(rule)
        self._due = due
        arns = [target["Arn"].split(":") for rule in rules for target in rule.targets]
        self.function_names = frozenset(arn[6] for arn in arns if arn[2] == "lambda")

    def _is_due(self, expression: str, before: float | None) -> tuple[bool, float]:
        """Whether a rule is due, and what to remember of it: when it is, or the last minute."""
        if cron := read_cron(expression):
            minute = self._wall() // 60
            is_new = before is not None and before < minute
            return is_new and cron.includes(datetime.fromtimestamp(minute * 60, UTC)), minute
        now = self._clock()
        next_at = now + (period_seconds(expression) or 0) * self._scale()
        if before is None or before > now:
            return False, next_at if before is None else before
        return True, next_at

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


def is_schedule(expression: str) -> bool:
    """Whether EventBridge takes it for a rule's schedule."""
    return period_seconds(expression) is not None or read_cron(expression) is not None


def _enabled_rules() -> Iterator[Rule]:
    backends = [one for regions in list(events_backends.values()) for one in list(regions.values())]
    buses = [bus for backend in backends for bus in list(backend.event_buses.values())]
    for rule in [rule for bus in buses for rule in list(bus.rules.values())]:
        if rule.state == "ENABLED" and is_schedule(rule.scheduled_expression or ""):
            yield rule
