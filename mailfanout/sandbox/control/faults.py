"""The faults that are switched on: what is to go wrong next, how often, and for whom."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from fnmatch import fnmatchcase
from threading import Event, Lock
from typing import Any

from mailfanout.errors import InputError, none_such
from mailfanout.sandbox.control.fault_kinds import ANY, COUNTS, FAULT_KINDS, OPERATION

_KINDS = {kind.name: kind for kind in FAULT_KINDS}
# A call that takes longer than a function may run is never answered.
_MOST = {"times": 1_000_000, "after_calls": 1_000_000, "delay_ms": 1_800_000}


@dataclass(frozen=True, kw_only=True, repr=False)
class Fault:
    """What goes wrong, the next `times` times that it can; `kind` is a name of FAULT_KINDS.

    `on` is a recipient, a `service:Operation`, a bucket, a queue or a function: what the kind
    aims at. `by` is who makes an API call: a function's name, or `learner`. In both, `*` stands
    for anything. Raises InputError if the values make no sense.
    """

    kind: str
    on: str = ANY
    times: int = 1
    by: str = ANY
    after_calls: int = 0
    delay_ms: int = 0

    def __post_init__(self) -> None:
        if self.kind not in [*_KINDS]:
            raise none_such("fault", self.kind, _KINDS)
        for name in ("on", "by"):
            if not isinstance(value := getattr(self, name), str):
                raise InputError(f"A fault's {name} is a text, with * for anything, not {value!r}.")
        for name in COUNTS:
            self._check_count(name)

    def __str__(self) -> str:
        often = "once" if self.times == 1 else f"{self.times} times"
        who = "" if self.by == ANY else f" by {self.by}"
        return _KINDS[self.kind].sentence.format(**vars(self), who=who) + f", {often}"

    def __repr__(self) -> str:
        return f"Fault({self})"

    @property
    def aims_at_operation(self) -> bool:
        """Whether `on` is a `service:Operation`."""
        return _KINDS[self.kind].aims_at is OPERATION

    def strikes(self, kind: str, on: str, by: str, after_calls: int) -> bool:
        """Whether this is what goes wrong at such a moment."""
        return (
            (kind, after_calls) == (self.kind, self.after_calls)
            and fnmatchcase(on.lower(), self.on.lower())
            and fnmatchcase(by, self.by)
        )

    def _check_count(self, name: str) -> None:
        value: Any = getattr(self, name)
        needed = any(parameter.field == name for parameter in _KINDS[self.kind].parameters)
        if type(value) is not int or value < 0 or (value > 0) != needed:
            rule = "a whole number from 1" if needed else "not a part of this one"
            raise InputError(f"The {name} of the fault {self.kind} is {rule}, not {value!r}.")
        if value > _MOST[name]:
            raise InputError(f"The {name} of the fault {self.kind} is at most {_MOST[name]}.")


class _Holds:
    """The calls that wait until the faults are switched off next, if not for less."""

    def __init__(self) -> None:
        self.over = Event()
        self.by_reset = False


class Faults:
    """The faults still to come; of several that could strike, the oldest does. Safe for threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._left: list[Fault] = []
        self._holds = _Holds()

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
        """Switch every fault off. The calls that one holds go on."""
        self._end(is_reset=False)

    def reset(self) -> None:
        """Switch every fault off. The calls that one holds end."""
        self._end(is_reset=True)

    def _end(self, *, is_reset: bool) -> None:
        with self._lock:
            self._left.clear()
            self._holds, ended = _Holds(), self._holds
        ended.by_reset = is_reset
        ended.over.set()

    def hold(self, seconds: float) -> bool:
        """Wait so long, or until the faults are off; whether the call is still to be made."""
        holds = self._holds
        return not (holds.over.wait(seconds) and holds.by_reset)

    def take(self, kind: str, on: str, *, by: str = "", after_calls: int = 0) -> Fault | None:
        """What goes wrong here and now, counted down by one; None if all goes well."""
        if not self._left:
            return None
        with self._lock:
            for index, fault in enumerate(self._left):
                if fault.strikes(kind, on, by, after_calls):
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
