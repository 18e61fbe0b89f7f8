"""Faults on demand: what is to go wrong next, how often, and for whom.

They strike where they happen: API calls in faulty_calls.py, what S3, SQS and SES do with them in
faulty_services.py, and a function's run in functions.py.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from fnmatch import fnmatchcase
from threading import Lock
from typing import Any, Literal, get_args

from mailfanout.errors import InputError

Kind = Literal[
    "ses-throttle",
    "ses-reject",
    "ses-suspend",
    "throttle",
    "fail",
    "slow",
    "lose-reply",
    "s3-event-twice",
    "message-twice",
    "entry-fails",
    "kill-at-start",
    "kill-after-calls",
    "kill-at-end",
]
CALL_KINDS: tuple[Kind, ...] = ("throttle", "fail", "slow", "lose-reply")
ANY = "*"
# A call that takes longer than a function may run is never answered.
_MOST = {"times": 1_000_000, "after_calls": 1_000_000, "delay_ms": 1_800_000}


@dataclass(frozen=True, kw_only=True, repr=False)
class Fault:
    """What goes wrong, the next `times` times that it can.

    `target` is a recipient, a `service:Operation`, a bucket, a queue or a function, as the kind
    has it; `by` is who makes an API call: a function's name, or `learner`. In both, `*` stands
    for anything. Raises InputError where the values make no sense.
    """

    kind: Kind
    target: str = ANY
    times: int = 1
    by: str = ANY
    after_calls: int = 0
    delay_ms: int = 0

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            kinds = ", ".join(get_args(Kind))
            raise InputError(f"There is no fault {self.kind!r}. Choose one of: {kinds}.")
        for name in ("target", "by"):
            if not isinstance(value := getattr(self, name), str):
                raise InputError(f"A fault's {name} is a text, with * for anything, not {value!r}.")
        for name, needed in (
            ("times", True),
            ("after_calls", self.kind == "kill-after-calls"),
            ("delay_ms", self.kind == "slow"),
        ):
            self._check_count(name, needed=needed)

    def __str__(self) -> str:
        often = "once" if self.times == 1 else f"{self.times} times"
        who = "" if self.by == ANY else f" by {self.by}"
        return _SENTENCES[self.kind].format(**vars(self), who=who) + f", {often}"

    def __repr__(self) -> str:
        return f"Fault({self})"

    def strikes(self, kind: Kind, target: str, by: str, after_calls: int) -> bool:
        """Whether this is what goes wrong at such a moment."""
        return (
            (kind, after_calls) == (self.kind, self.after_calls)
            and fnmatchcase(target.lower(), self.target.lower())
            and fnmatchcase(by, self.by)
        )

    def _check_count(self, name: str, *, needed: bool) -> None:
        value: Any = getattr(self, name)
        if type(value) is not int or value < 0 or (value > 0) != needed:
            rule = "a whole number from 1" if needed else "not a part of this one"
            raise InputError(f"The {name} of the fault {self.kind} is {rule}, not {value!r}.")
        if value > _MOST[name]:
            raise InputError(f"The {name} of the fault {self.kind} is at most {_MOST[name]}.")


class Faults:
    """The faults still to come; of several that could strike, the oldest does. Safe for threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._left: list[Fault] = []

    @property
    def active(self) -> bool:
        """Whether there is any."""
        return bool(self._left)

    def add(self, fault: Fault) -> None:
        """Switch a fault on."""
        with self._lock:
            self._left.append(fault)

    def left(self) -> list[Fault]:
        """What is still to come; `times` says how often."""
        with self._lock:
            return list(self._left)

    def clear(self) -> None:
        """Switch every fault off."""
        with self._lock:
            self._left.clear()

    def take(self, kind: Kind, target: str, *, by: str = "", after_calls: int = 0) -> Fault | None:
        """What goes wrong here and now, counted down by one; None where all goes well."""
        if not self.active:
            return None
        with self._lock:
            for index, fault in enumerate(self._left):
                if fault.strikes(kind, target, by, after_calls):
                    left = [replace(fault, times=fault.times - 1)] if fault.times > 1 else []
                    self._left[index : index + 1] = left
                    return fault
        return None


def read_fault(document: Any) -> Fault:
    """The fault that a JSON object describes. Raises InputError."""
    names = [field.name for field in fields(Fault)]
    if not isinstance(document, dict) or "kind" not in document or not document.keys() <= {*names}:
        raise InputError(f"A fault is an object with kind and any of {', '.join(names[1:])}.")
    return Fault(**document)


_SENTENCES: dict[Kind, str] = {
    "ses-throttle": "SES throttles a mail to {target}",
    "ses-reject": "SES rejects a mail to {target}",
    "ses-suspend": "SES refuses a mail to {target}, because the account is suspended",
    "throttle": "{target}{who} is throttled",
    "fail": "{target}{who} fails with an internal error, its work not done",
    "slow": "{target}{who} takes {delay_ms} ms longer",
    "lose-reply": "the reply of {target}{who} is lost, its work done",
    "s3-event-twice": "an event of bucket {target} is delivered twice",
    "message-twice": "a message of queue {target} comes back although it was deleted",
    "entry-fails": "an entry of SendMessageBatch to queue {target} fails",
    "kill-at-start": "function {target} is killed before it starts",
    "kill-after-calls": "function {target} is killed after its API call number {after_calls}",
    "kill-at-end": "function {target} is killed when it has finished, its result not recorded",
}
