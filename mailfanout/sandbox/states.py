"""What takes AWS its time: the changes, how long each takes at which pace, and which are under way.

The lesson's pace is just long enough that code without a waiter fails here as it does on AWS. Where
AWS's pages name no time, AWS's own pace has one that is often seen.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Mapping
from threading import Lock
from typing import Any, Literal, NamedTuple, get_args

Pace = Literal["lesson", "aws"]
PACES: tuple[Pace, ...] = get_args(Pace)

Change = Literal[
    "function created",
    "function updated",
    "mapping changed",
    "policies written",
    "role created",
    "table created",
    "table updated",
    "table deleted",
    "index created",
    "index deleted",
    "queue deleted",
    "deduplication scope set",
    "list written",
    "tags written",
]


class Duration(NamedTuple):
    """How long a change takes at the lesson's pace and at AWS's own, and where AWS tells of it."""

    lesson_seconds: float
    aws_seconds: float
    source: str


_LAMBDA = "https://docs.aws.amazon.com/lambda/latest"
_DYNAMODB = "https://docs.aws.amazon.com/amazondynamodb/latest"
_SQS = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest"
_IAM = "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html"
_TABLES = f"{_DYNAMODB}/APIReference/API_TableDescription.html"
_INDEXES = f"{_DYNAMODB}/developerguide/GSI.OnlineOps.html"
_CONSISTENCY = f"{_IAM}#troubleshoot_general_eventual-consistency"

DURATIONS: Mapping[Change, Duration] = {
    "function created": Duration(0.1, 3, f"{_LAMBDA}/dg/functions-states.html"),
    "function updated": Duration(0.1, 2, f"{_LAMBDA}/dg/functions-states.html"),
    "mapping changed": Duration(0.1, 8, f"{_LAMBDA}/api/API_EventSourceMappingConfiguration.html"),
    "policies written": Duration(0, 5, _CONSISTENCY),
    "role created": Duration(0, 8, _CONSISTENCY),
    "table created": Duration(0.1, 6, _TABLES),
    "table updated": Duration(0.1, 3, _TABLES),
    "table deleted": Duration(0.1, 5, _TABLES),
    "index created": Duration(0.1, 20, _INDEXES),
    "index deleted": Duration(0.1, 10, _INDEXES),
    "queue deleted": Duration(0, 60, f"{_SQS}/APIReference/API_DeleteQueue.html"),
    "deduplication scope set": Duration(0, 60, f"{_SQS}/APIReference/API_SetQueueAttributes.html"),
    "list written": Duration(0, 2, _CONSISTENCY),
    "tags written": Duration(0, 2, _CONSISTENCY),
}

Clock = Callable[[], float]


class States:
    """Which resources are on their way from one state to the next, at the pace that is set."""

    def __init__(
        self, pace: Callable[[], Pace] = lambda: "lesson", clock: Clock = time.monotonic
    ) -> None:
        self._pace = pace
        self._clock = clock
        self._lock = Lock()
        self._under_way: dict[tuple[Change, Hashable], tuple[float, Any]] = {}

    def begin(self, change: Change, key: Hashable, shown: Any = True) -> None:
        """From now on this resource changes; `shown` is what is seen of it until that is over."""
        if seconds := self.seconds(change):
            with self._lock:
                self._under_way[change, key] = self._clock() + seconds, shown

    def seconds(self, change: Change) -> float:
        """How long such a change takes now; 0 if it is seen at once."""
        duration = DURATIONS[change]
        return duration.aws_seconds if self._pace() == "aws" else duration.lesson_seconds

    def shown(self, change: Change, key: Hashable) -> Any:
        """What is still seen of the resource; None if it does not change, or no longer."""
        if not self._under_way:
            return None
        with self._lock:
            self._forget_what_is_over()
            return self._under_way.get((change, key), (0, None))[1]

    def under_way(self, change: Change) -> dict[Any, Any]:
        """Every resource that changes so, by its key, and what is seen of it."""
        with self._lock:
            self._forget_what_is_over()
            return {
                key: shown for (kind, key), (_, shown) in self._under_way.items() if kind == change
            }

    def __bool__(self) -> bool:
        """Whether anything changes."""
        if not self._under_way:
            return False
        with self._lock:
            self._forget_what_is_over()
            return bool(self._under_way)

    def clear(self) -> None:
        """Nothing changes any longer."""
        with self._lock:
            self._under_way.clear()

    def _forget_what_is_over(self) -> None:
        now = self._clock()
        for one in [one for one, (ends_at, _) in self._under_way.items() if ends_at <= now]:
            del self._under_way[one]
