"""Event source mappings of tables' streams: each has a reader that invokes a function in order.

See https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html and
https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
"""

from __future__ import annotations

import base64
import json
import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from mailfanout.sandbox.access import role_allows
from mailfanout.sandbox.awslambda import deployed, destinations
from mailfanout.sandbox.dynamodb import streams
from mailfanout.sandbox.event_sources.batches import event_of, fits, split
from mailfanout.sandbox.event_sources.pollers import Surroundings
from mailfanout.sandbox.events import iso_time
from mailfanout.sandbox.json_objects import Json, compact, written
from mailfanout.sandbox.runtime import CannotStart, Execution, NoSuchFunction, Throttled

# AWS looks at a stream four times a second.
LOOK_SECONDS = 0.25
# Between the tries of a batch: twice as long each time. AWS does not say how long.
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 1, 60
# As long as a stream keeps its records.
LONGEST_AGE_SECONDS = 24 * 3600
ROLE_NEEDS = ("GetRecords", "GetShardIterator", "DescribeStream", "ListStreams")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class StreamMapping:
    """The settings of one mapping of a stream, in AWS's terms; -1 stands for no bound."""

    uuid: str
    function_arn: str
    stream_arn: str
    batch_size: int
    batching_window_seconds: int
    max_retries: int
    max_age_seconds: int
    bisects: bool
    reports_batch_item_failures: bool
    failure_arn: str | None
    filters: tuple[str, ...]


@dataclass
class Progress:
    """How far the readers of a mapping have come: what comes next, and how it went last."""

    position: int
    result: str = "No records processed"
    lock: threading.Lock = field(default_factory=threading.Lock)


class StreamItem(NamedTuple):
    """One record of a stream: its number there, and its JSON as the function will get it."""

    number: int
    sequence_number: str
    created_at: datetime
    record: bytes


@dataclass
class _Tries:
    """A batch, or the part of one that is left: how often it was tried, and waited for."""

    items: Sequence[StreamItem]
    count: int = 0
    saved_seconds: float = 0
    execution: Execution | None = None


def may_read(role_arn: str, stream_arn: str) -> bool:
    """Whether a role may read a stream. All streams together are one resource to list."""
    return all(role_allows(role_arn, f"dynamodb:{one}", stream_arn) for one in ROLE_NEEDS)


class StreamReader:
    """Reads one stream for one function until it is stopped."""

    def __init__(
        self, mapping: StreamMapping, progress: Progress, surroundings: Surroundings
    ) -> None:
        self.mapping, self.progress = mapping, progress
        self._around = surroundings
        self._stopped = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()

    def stop(self) -> None:
        """Read no more. A batch under way is finished, and not tried again."""
        self._stopped.set()

    @property
    def pending(self) -> int:
        """The records that the function is still to get."""
        return max(streams.count_of(self.mapping.stream_arn) - self.progress.position, 0)

    def _read(self) -> None:
        while not self._stopped.is_set():
            is_there_more = False
            try:
                with self.progress.lock:
                    is_there_more = not self._stopped.is_set() and self._look()
            except Exception:
                log.exception("The reader for %s goes on", self.mapping.function_arn)
            if not is_there_more:
                self._stopped.wait(LOOK_SECONDS)

    def _look(self) -> bool:
        """Have the next batch processed; whether there was one."""
        if not self.pending or not self._is_ready():
            return False
        if self.pending < self.mapping.batch_size:
            self._stopped.wait(self.mapping.batching_window_seconds)
        batch: list[StreamItem] = []
        end = self.progress.position
        for record in streams.records_from(self.mapping.stream_arn, end):
            item = self._item(end, record)
            end += 1
            batch += [item] if fits(item.record, self.mapping.filters) else []
            if len(batch) == self.mapping.batch_size:
                break
        batch, others = split(batch)
        end = others[0].number if others else end
        self._process(batch)
        if not self._stopped.is_set():
            self.progress.position = end
        return True

    def _is_ready(self) -> bool:
        try:
            role_arn = deployed.find(self.mapping.function_arn).role
        except NoSuchFunction:
            return False
        return may_read(role_arn, self.mapping.stream_arn)

    def _item(self, number: int, kept: Json) -> StreamItem:
        change = kept["dynamodb"]
        at: datetime = change["ApproximateCreationDateTime"]
        told = {**change, "ApproximateCreationDateTime": at.timestamp()}
        record = {**kept, "dynamodb": told, "eventSourceARN": self.mapping.stream_arn}
        return StreamItem(number, change["SequenceNumber"], at, written(record, _in_base64))

    def _process(self, batch: Sequence[StreamItem]) -> None:
        """Try the batch until each record is done or given up. Halves are tried one by one."""
        waiting = [_Tries(batch)] if batch else []
        while waiting and not self._stopped.is_set():
            tries = waiting.pop()
            failed = self._failed(tries)
            self.progress.result = "PROBLEM: Function call failed" if failed else "OK"
            self.progress.position = failed[0].number if failed else tries.items[-1].number + 1
            if condition := failed and self._why_over(tries, failed):
                self._give_up(tries, failed, condition)
                self.progress.position = failed[-1].number + 1
            elif failed:
                tries.items = failed
                waiting += self._again(tries)

    def _failed(self, tries: _Tries) -> Sequence[StreamItem]:
        """Run the function; the records from the first on that failed."""
        try:
            execution = self._around.invoke(self.mapping.function_arn, event_of(tries.items))
        except (CannotStart, NoSuchFunction, Throttled) as error:
            log.info("A batch for %s waits: %r", self.mapping.function_arn, error)
            return tries.items
        tries.count, tries.execution = tries.count + 1, execution
        if execution.result.status is not None:
            return tries.items
        if not self.mapping.reports_batch_item_failures:
            return ()
        return _from_first_failure(json.loads(execution.result.payload), tries.items)

    def _why_over(self, tries: _Tries, failed: Sequence[StreamItem]) -> str | None:
        """AWS's word for why records are not tried again, if they are not."""
        age = datetime.now(UTC).timestamp() - failed[0].created_at.timestamp()
        longest = self.mapping.max_age_seconds
        if age + tries.saved_seconds > (LONGEST_AGE_SECONDS if longest < 0 else longest):
            return "RecordAgeExceeded"
        is_over = -1 < self.mapping.max_retries < tries.count
        return "RetryAttemptsExhausted" if is_over else None

    def _again(self, tries: _Tries) -> list[_Tries]:
        """Wait; then the batch, or its halves, the first one last. To halve it is not a retry."""
        wait_seconds = min(FIRST_WAIT_SECONDS * 2.0 ** min(tries.count, 10), LONGEST_WAIT_SECONDS)
        scaled_seconds = wait_seconds * self._around.scale()
        self._stopped.wait(scaled_seconds)
        tries.saved_seconds += wait_seconds - scaled_seconds
        middle = len(tries.items) // 2
        was_error = tries.execution and tries.execution.result.status is not None
        if not (self.mapping.bisects and middle and was_error):
            return [tries]
        return [
            _Tries(part, tries.count - 1, tries.saved_seconds, tries.execution)
            for part in (tries.items[middle:], tries.items[:middle])
        ]

    def _give_up(self, tries: _Tries, failed: Sequence[StreamItem], condition: str) -> None:
        """Tell the destination for failures, if there is one, which records are skipped."""
        arn = self.mapping.failure_arn
        if arn and destinations.may_send(deployed.find(self.mapping.function_arn).role, arn):
            text = compact(self._failure(tries, failed, condition))
            destinations.send(arn, text, {}, invoke=self._around.invoke)

    def _failure(self, tries: _Tries, failed: Sequence[StreamItem], condition: str) -> Json:
        execution = tries.execution
        first, last = failed[0], failed[-1]
        shard = streams.shard_of(self.mapping.stream_arn)
        context: Json = {}
        if execution:
            error = "Unhandled" if execution.result.status else None
            ran = {"executedVersion": execution.version, "functionError": error}
            context = {"responseContext": {"statusCode": 200, **ran}}
        return {
            "requestContext": {
                "requestId": execution and execution.request_id,
                "functionArn": self.mapping.function_arn,
                "condition": condition,
                "approximateInvokeCount": tries.count,
            },
            **context,
            "version": "1.0",
            "timestamp": iso_time(datetime.now(UTC)),
            "DDBStreamBatchInfo": {
                "shardId": shard and shard.id,
                "startSequenceNumber": first.sequence_number,
                "endSequenceNumber": last.sequence_number,
                "approximateArrivalOfFirstRecord": f"{first.created_at:%Y-%m-%dT%H:%M:%SZ}",
                "approximateArrivalOfLastRecord": f"{last.created_at:%Y-%m-%dT%H:%M:%SZ}",
                "batchSize": len(failed),
                "streamArn": self.mapping.stream_arn,
            },
        }


def _from_first_failure(response: Any, items: Sequence[StreamItem]) -> Sequence[StreamItem]:
    """What is to be tried again, by a partial batch response: all from the lowest number on.

    No report, or an empty one, means success. One that names no record fails the whole batch.
    """
    failures = response.get("batchItemFailures") if isinstance(response, dict) else None
    if not failures:
        return ()
    try:
        reported = {failure["itemIdentifier"] for failure in failures}
    except (KeyError, TypeError):
        return items
    places = [place for place, one in enumerate(items) if one.sequence_number in reported]
    is_understood = len(places) == len(reported)
    return items[places[0] :] if is_understood else items


def _in_base64(value: Any) -> str:
    """Bytes within a map or a list, as JSON has them."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(value)
