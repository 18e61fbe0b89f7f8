"""Where a function's log goes: its CloudWatch log group, as far as its role may write there.

See https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
"""

from __future__ import annotations

import threading
import time
from functools import partial

from moto.logs.models import logs_backends

from mailfanout.sandbox.access import role_allows
from mailfanout.sandbox.runtime import Configuration

# Without the lock, two invocations that end at once both create the group, and one loses its log.
_lock = threading.Lock()


def write_log(configuration: Configuration, stream_name: str, events: list[str]) -> None:
    """Append the events to the stream. Group and stream are created if they are missing.

    As on AWS, nothing is written, and no error raised, if the role lacks a permission.
    """
    _, _, _, region, account_id, *_ = configuration.function_arn.split(":")
    backend = logs_backends[account_id][region]
    group_name = configuration.log.group
    arn = f"arn:aws:logs:{region}:{account_id}:log-group:{group_name}:log-stream:"
    may = partial(role_allows, configuration.role_arn)
    with _lock:
        if group_name not in backend.groups and may("logs:CreateLogGroup", arn):
            backend.ensure_log_group(group_name)
        group = backend.groups.get(group_name)
        if group and stream_name not in group.streams and may("logs:CreateLogStream", arn):
            group.create_log_stream(stream_name)
        stream = group and group.streams.get(stream_name)
        if stream and may("logs:PutLogEvents", arn + stream_name):
            at_ms = int(time.time() * 1000)
            stream.put_log_events([{"timestamp": at_ms, "message": one} for one in events])
