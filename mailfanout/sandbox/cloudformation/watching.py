"""Log groups and alarms."""

from __future__ import annotations

from mailfanout.sandbox.cloudformation.acting import Api
from mailfanout.sandbox.cloudformation.resource_kind import (
    TAGS,
    Made,
    Properties,
    ResourceKind,
    deleted_by,
    tag_map,
    whole_or_not,
)
from mailfanout.sandbox.cloudformation.tagging import retagged_by


def _create_log_group(api: Api, properties: Properties) -> Made:
    name = properties["LogGroupName"]
    api("logs", "CreateLogGroup", logGroupName=name, **tag_map(properties, "tags"))
    made = Made(name, {"Arn": api.arn("logs", f"log-group:{name}:*")})
    with whole_or_not(api, made, _delete_log_group):
        if "RetentionInDays" in properties:
            _update_log_group(api, made, properties)
    return made


def _update_log_group(api: Api, made: Made, properties: Properties) -> None:
    group = {"logGroupName": made.physical_id}
    if days := properties.get("RetentionInDays"):
        api("logs", "PutRetentionPolicy", **group, retentionInDays=int(days))
    else:
        api.unless_missing("logs", "DeleteRetentionPolicy", **group)


_delete_log_group = deleted_by("logs", "DeleteLogGroup", "logGroupName")


def _create_alarm(api: Api, properties: Properties) -> Made:
    name = properties["AlarmName"]
    _update_alarm(api, Made(name), properties)
    return Made(name, {"Arn": api.arn("cloudwatch", f"alarm:{name}")})


def _is_alarm(api: Api, name: str) -> bool:
    return bool(api("cloudwatch", "DescribeAlarms", AlarmNames=[name])["MetricAlarms"])


def _update_alarm(api: Api, made: Made, properties: Properties) -> None:
    api("cloudwatch", "PutMetricAlarm", **properties)


def _delete_alarm(api: Api, made: Made, _: Properties) -> None:
    api("cloudwatch", "DeleteAlarms", AlarmNames=[made.physical_id])


_ALARM = frozenset(
    """
    ActionsEnabled AlarmActions AlarmDescription ComparisonOperator DatapointsToAlarm Dimensions
    EvaluateLowSampleCountPercentile EvaluationPeriods ExtendedStatistic InsufficientDataActions
    MetricName Namespace OKActions Period Statistic Threshold TreatMissingData Unit
    """.split()
)

KINDS = {
    "AWS::Logs::LogGroup": ResourceKind(
        create=_create_log_group,
        update=_update_log_group,
        delete=_delete_log_group,
        fixed={"LogGroupName"},
        free={"RetentionInDays", "Tags"},
        named_by="LogGroupName",
        attributes={"Arn"},
        retag=retagged_by("logs", "resourceArn", arn="Arn", as_map=True),
    ),
    "AWS::CloudWatch::Alarm": ResourceKind(
        create=_create_alarm,
        update=_update_alarm,
        delete=_delete_alarm,
        fixed={"AlarmName"},
        free=_ALARM | TAGS,
        named_by="AlarmName",
        is_there=_is_alarm,
        attributes={"Arn"},
        retag=retagged_by("cloudwatch", "ResourceARN", arn="Arn"),
    ),
}
