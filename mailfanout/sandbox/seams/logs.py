"""Changes to moto's CloudWatch Logs, with their reasons."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from moto.logs import models
from moto.logs.models import LogEvent, LogGroup, LogsBackend, LogStream, SubscriptionFilter
from moto.logs.responses import LogsResponse
from moto.logs.utils import EventMessageFilter

from mailfanout.sandbox.awslambda import may_hear
from mailfanout.sandbox.http import ApiError
from mailfanout.sandbox.json_objects import Json
from mailfanout.sandbox.log_patterns import InvalidPattern, matcher
from mailfanout.sandbox.pages import page_of
from mailfanout.sandbox.patterns import InvalidExpression
from mailfanout.sandbox.seams.replacement import Method, Replacement, around, call_of, changes


def replacements() -> list[Replacement]:
    """Every change to moto's log groups, for setattr."""
    return [
        *around(LogGroup, "knows no class of groups, no protection", to_describe_dict=_describe),
        *around(LogEvent, "counts events from 0", __init__=_new_event),
        *around(LogStream, "counts what a stream holds", to_describe_dict=_describe_stream),
        *around(
            LogsResponse,
            "knows no pattern, and no class of groups",
            create_log_group=_create_log_group,
            describe_log_groups=_describe_log_groups,
        ),
        *around(LogsResponse, "says where it searched", filter_log_events=_filter_log_events),
        *around(
            LogsBackend,
            "says of the events that it leaves out which is the last one",
            put_log_events=_put,
        ),
        *around(
            LogsBackend,
            "leaves tags and metric filters to the next group of the same name",
            delete_log_group=_delete_log_group,
        ),
        *around(
            LogGroup,
            "counts a filter that is put again as another one",
            put_subscription_filter=_put_filter,
        ),
        *around(
            LogStream,
            "tells subscribers of events that their filters do not match, by numbers, and asks no "
            "function",
            _send_log_events=_tell_subscriber,
        ),
        *around(SubscriptionFilter, "knows no transformed logs", to_json=_describe_filter),
        *changes(models, "lets all pass that is no plain term", EventMessageFilter=_Filter),
    ]


NEWEST_SECONDS = 2 * 3600
# What is said of groups that are looked for by a pattern.
_BY_PATTERN = """
arn creationTime logGroupArn logGroupClass logGroupName metricFilterCount
""".split()


def _new_event(original: Method, self: LogEvent, ingestion_time: int, event: Json) -> None:
    """Its id has 56 digits, and those of later events are larger."""
    original(self, ingestion_time, event)
    self.event_id += self.timestamp << 144


def _delete_log_group(original: Method, self: LogsBackend, log_group_name: str) -> None:
    group = self.groups.get(log_group_name)
    original(self, log_group_name)
    if group:
        self.tagger.delete_all_tags_for_resource(group.arn)
    filters = self.filters.metric_filters
    self.filters.metric_filters = [one for one in filters if one["logGroupName"] != log_group_name]


class _Filter(EventMessageFilter):
    """Which messages pass; none does if the pattern cannot be read."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern or ""

    def matches(self, message: str) -> bool:
        try:
            return matcher(self._pattern)(message)
        except InvalidPattern:
            return False
        except InvalidExpression as error:
            raise ApiError("InvalidParameterException", str(error)) from error


def _put(
    original: Method, self: LogsBackend, group: str, stream: str, events: list[Json]
) -> tuple[str, Json]:
    """Where those end that are too old, and where those begin that are too new."""
    newest = (time.time() + NEWEST_SECONDS) * 1000
    token, rejected = original(self, group, stream, events)
    if "tooOldLogEventEndIndex" in rejected:
        rejected["tooOldLogEventEndIndex"] += 1
    if "tooNewLogEventStartIndex" in rejected:
        is_new = (number for number, one in enumerate(events) if one["timestamp"] > newest)
        rejected["tooNewLogEventStartIndex"] = next(is_new, rejected["tooNewLogEventStartIndex"])
    return token, rejected


def _put_filter(original: Method, self: LogGroup, filter_name: str, *settings: str) -> None:
    if there := self.subscription_filters.get(filter_name):
        return there.update(*settings)
    original(self, filter_name, *settings)


def _tell_subscriber(
    original: Method,
    self: LogStream,
    service: str,
    destination_arn: str,
    filter_name: str,
    log_events: list[Json],
) -> None:
    """Of what its filter matches; nothing if there is nothing, or a function may not be invoked."""
    fits = _Filter(self.log_group.subscription_filters[filter_name].filter_pattern).matches
    told = [{**one, "id": str(one["id"])} for one in log_events if fits(one["message"])]
    if told and (service != "lambda" or may_hear(destination_arn, self.log_group.arn)):
        original(self, service, destination_arn, filter_name, told)


def _describe_filter(original: Method, self: SubscriptionFilter) -> Json:
    return {**original(self), "applyOnTransformedLogs": False}


def _describe(original: Method, self: LogGroup) -> Json:
    told = {"logGroupClass": _class_of(self), "deletionProtectionEnabled": False}
    return {**told, **original(self)}


def _describe_stream(original: Method, self: LogStream) -> Json:
    """Since 2019, CloudWatch Logs tells what a group holds, and of a stream always 0."""
    return {**original(self), "storedBytes": 0}


def _class_of(group: LogGroup) -> str:
    return str(vars(group).get("log_group_class", "STANDARD"))


def _filter_log_events(original: Callable[..., str], self: LogsResponse) -> str:
    """Since 2020, CloudWatch Logs says of no stream whether it was searched.

    See https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
    """
    return json.dumps({**json.loads(original(self)), "searchedLogStreams": []})


def _create_log_group(original: Callable[..., str], self: LogsResponse) -> str:
    answer, asked = original(self), call_of(self).parameters
    if log_group_class := asked.get("logGroupClass"):
        vars(self.logs_backend.groups[asked["logGroupName"]])["log_group_class"] = log_group_class
    return answer


def _describe_log_groups(original: Callable[..., str], self: LogsResponse) -> str:
    asked = call_of(self).parameters
    pattern, log_group_class = asked.get("logGroupNamePattern"), asked.get("logGroupClass")
    if pattern is None and log_group_class is None:
        return original(self)
    if pattern is None:
        page = json.loads(original(self))
        groups = [one for one in page["logGroups"] if one["logGroupClass"] == log_group_class]
        return json.dumps({**page, "logGroups": groups})
    found = [
        {key: one for key, one in group.to_describe_dict().items() if key in _BY_PATTERN}
        for name, group in sorted(self.logs_backend.groups.items())
        if pattern in name and log_group_class in (None, _class_of(group))
    ]
    page, token = page_of(found, asked.get("nextToken"), asked.get("limit", 50))
    return json.dumps({"logGroups": page, **({"nextToken": token} if token else {})})
