"""Changes to moto's alarms, with their reasons.

See https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
"""

from __future__ import annotations

from typing import Any

from moto.cloudwatch.models import Alarm, CloudWatchBackend

from mailfanout.sandbox.seams.replacement import Method, Replacement, around

_STATE = ("history", "state_reason", "state_reason_data", "state_value", "state_updated_timestamp")


def replacements() -> list[Replacement]:
    """Every change to alarms, for setattr."""
    reason = "takes a new alarm for one that is well, and forgets the state of one that is changed"
    return [*around(CloudWatchBackend, reason, put_metric_alarm=_put_metric_alarm)]


def _put_metric_alarm(
    original: Method, self: CloudWatchBackend, name: str, *given: Any, **named: Any
) -> Alarm:
    before = self.alarms.get(name)
    alarm: Any = original(self, name, *given, **named)
    if before is None:
        alarm.state_value = "INSUFFICIENT_DATA"
    else:
        vars(alarm).update({one: vars(before)[one] for one in _STATE})
    found: Alarm = alarm
    return found
