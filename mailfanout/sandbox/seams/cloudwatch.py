"""Changes to moto's alarms, with their reasons.

See https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
"""

from __future__ import annotations

from typing import Any

from moto.cloudwatch.models import Alarm, CloudWatchBackend

from mailfanout.sandbox.seams import alarms
from mailfanout.sandbox.seams.replacement import Method, Replacement, around

_STATE = (
    "history",
    "state_reason",
    "state_reason_data",
    "state_transitioned_timestamp",
    "state_updated_timestamp",
    "state_value",
)


def replacements() -> list[Replacement]:
    """Every change to alarms, for setattr."""
    reason = "takes a new alarm for one that is well, and forgets the state of one that is changed"
    return [
        *around(CloudWatchBackend, reason, put_metric_alarm=_put_metric_alarm),
        *around(Alarm, "tells nobody when the state changes", update_state=_update_state),
    ]


def _put_metric_alarm(
    original: Method, self: CloudWatchBackend, name: str, *given: Any, **named: Any
) -> Alarm:
    before = self.alarms.get(name)
    alarm: Any = original(self, name, *given, **named)
    if before is None:
        alarm.state_value, alarm.state_reason_data = "INSUFFICIENT_DATA", None
        alarm.state_transitioned_timestamp = alarm.state_updated_timestamp
    else:
        vars(alarm).update({one: vars(before)[one] for one in _STATE})
    alarm.metric_data_queries = alarm.metric_data_queries or None  # is told as it is
    found: Alarm = alarm
    return found


def _update_state(original: Method, self: Any, *given: Any, **named: Any) -> None:
    old_state = self.state_value
    original(self, *given, **named)
    if self.state_value != old_state:
        self.state_transitioned_timestamp = self.state_updated_timestamp
        if self.actions_enabled:
            alarms.tell(self, old_state)
