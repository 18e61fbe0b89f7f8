"""What CloudWatch refuses of alarms on one metric.

See https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.http import ApiError
from mailfanout.sandbox.json_objects import Json

_SHORT_PERIODS = (10, 20, 30)
_ACTIONS = ("AlarmActions", "InsufficientDataActions", "OKActions")
_ARN = re.compile("arn:[^:]+:[^:]+:[^:]*:[^:]*:.")
_HOUR, _DAY = 3600, 86_400


def check(call: ApiCall, account_id: str) -> None:
    """Raise ApiError for an alarm that CloudWatch does not take."""
    if call.operation == "PutMetricAlarm":
        for fault in _faults(call.parameters):
            raise ApiError("ValidationError", fault)


def _faults(alarm: Json) -> Iterator[str]:
    periods, period = alarm["EvaluationPeriods"], alarm.get("Period")
    if alarm.get("DatapointsToAlarm", periods) > periods:
        yield "DatapointsToAlarm must be less than or equal to EvaluationPeriods"
    for name in _ACTIONS:
        for arn in alarm.get(name) or ():
            if not _ARN.match(arn):
                yield f"Invalid arn syntax: {arn}"
    if "MetricName" not in alarm:
        return  # an expression over several
    if ("Statistic" in alarm) is ("ExtendedStatistic" in alarm):
        yield "Exactly one of Statistic and ExtendedStatistic must be specified"
    if period is None:
        yield "Period must be specified"
    elif period % 60 and period not in _SHORT_PERIODS:
        yield "Period must be 10, 20, 30 or a multiple of 60"
    else:
        span, seconds = ("a day", _DAY) if period < _HOUR else ("7 days", 7 * _DAY)
        if periods * period > seconds:
            yield (
                f"Metrics cannot be checked across more than {span} (EvaluationPeriods * Period "
                f"must be <= {seconds})."
            )
