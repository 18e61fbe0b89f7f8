"""Tables: the recipients, what a function did, and which API calls it made."""

from __future__ import annotations

import json
import operator
import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from mailfanout import provision
from mailfanout.campaign import outcomes as structured
from mailfanout.recipients import read_items
from mailfanout.show.patience import lines_once_there, rest
from mailfanout.stack import Stack
from mailfanout.target import Target

if TYPE_CHECKING:
    import pandas

_RECIPIENT_COLUMNS = ["email", "username", "haserror", "issend"]
_OUTCOME_COLUMNS = ["outcome", "recipient", "reason"]


def table(target: Target, stack: Stack, *, at_rest: bool = False) -> pandas.DataFrame:
    """The recipients in the table: email, username, haserror, issend; sorted by email.

    Reads every item, with a Scan. What an item lacks is <NA>. No rows if nothing is in the
    table, or if there is no table. With `at_rest` it first waits, as `pipeline` does.
    """
    import pandas

    if at_rest:
        rest(target, stack)
    rows = [
        {name: _value(item[name]) for name in _RECIPIENT_COLUMNS if name in item}
        for item in read_items(target, stack)
    ]
    frame = pandas.DataFrame(rows, columns=_RECIPIENT_COLUMNS)
    return grid(frame.sort_values("email", ignore_index=True).convert_dtypes())


def outcomes(
    target: Target,
    stack: Stack,
    function_name: str,
    *,
    at_least: int = 0,
    after: int = 0,
    in_order: bool = False,
    progress: Callable[[int], None] = lambda number: None,
) -> pandas.DataFrame:
    """What a function did: one row per structured log line, with what the line says in columns.

    `outcome` comes first, then `recipient` and `reason` if any line has them. An empty cell is "".
    Sorted by all columns, so that it does not show which execution environment was faster. A line
    is in the log once its invocation has ended: `at_least` waits until there are so many rows, as
    long as `pipeline` does, and tells `progress` their number. `after` leaves out the first so many
    lines, for example those of an earlier send. `in_order` leaves the rows in the order of the log,
    which is the same in every run if one event came after the other.
    """
    import pandas

    def tell(number: int) -> None:
        progress(max(0, min(number - after, at_least)))

    lines = lines_once_there(target, stack, function_name, after + at_least, tell)
    found = structured(lines)[after:]
    frame = pandas.DataFrame(found, columns=_columns(found)).fillna("")
    if not in_order:
        as_text = operator.methodcaller("astype", str)
        frame = frame.sort_values(list(frame.columns), key=as_text, ignore_index=True)
    return grid(frame)


def calls(target: Target, stack: Stack) -> pandas.DataFrame:
    """Which API calls the functions made: columns function, operation, calls.

    The functions come in the order in which a mail passes them. Only the sandbox counts calls,
    from the beginning of the lesson: elsewhere there are no rows, and a warning says why.
    """
    import pandas

    if target.sandbox is None:
        warnings.warn("Only the sandbox counts calls.", stacklevel=2)
    counted = target.sandbox.calls() if target.sandbox else {}
    rows = [
        (name, operation, number)
        for name in provision.function_names(stack)
        for operation, number in counted.get(name, {}).items()
    ]
    return grid(pandas.DataFrame(rows, columns=["function", "operation", "calls"]))


def grid(frame: pandas.DataFrame) -> pandas.DataFrame:
    """The same DataFrame, to be shown without its index, words to the left, nothing cut off."""
    from mailfanout.show.frames import Grid

    return Grid(frame)


def _columns(found: list[dict[str, Any]]) -> list[str]:
    """The columns of these lines: those of every function first, then others as they come."""
    used = dict.fromkeys(name for line in found for name in line)
    first = [name for name in _OUTCOME_COLUMNS if name in used or name == "outcome"]
    return [*first, *(name for name in used if name not in first)]


def _value(attribute: Mapping[str, Any]) -> Any:
    """An attribute as Python has it: DynamoDB writes a number as text."""
    [(kind, value)] = attribute.items()
    return json.loads(value) if kind == "N" else value
