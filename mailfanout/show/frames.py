"""What a notebook shows: the pipeline's picture, mails, recipients, logs, policies, handlers.

Each function returns an object, and the notebook displays it: as text in a terminal, as a
picture, cards or a table in Jupyter, made of the same data. Except where a function says
otherwise, both are sorted and counted: two runs that did the same show the same.
"""

from __future__ import annotations

import ast
import json
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from mailfanout.campaign.logs import Line, invocations, read_lines
from mailfanout.campaign.logs import outcomes as structured
from mailfanout.errors import InputError
from mailfanout.provision.functions import handler_path
from mailfanout.show.cards import Code, Inbox, Letter, Text
from mailfanout.show.pictures import Pipeline
from mailfanout.show.stages import read_depth, read_items, read_parts
from mailfanout.show.timeline import Consumers
from mailfanout.stack import Stack
from mailfanout.target.connection import Target
from mailfanout.target.waiting import wait_until

if TYPE_CHECKING:
    import pandas

WAIT_LIMIT_SECONDS = 30
# Only the sandbox shortens AWS's waits, such as that for a message to come back.
WAIT_LIMIT_ELSEWHERE_SECONDS = 300
_RECIPIENT_COLUMNS = ["email", "username", "haserror", "issend"]
_OUTCOME_COLUMNS = ["outcome", "recipient", "reason"]


def pipeline(target: Target, stack: Stack, *, at_rest: bool = False) -> Pipeline:
    """The pipeline's picture: what exists so far, and how much stands at each stage now.

    With `at_rest` it first waits until nothing moves any more: right after the last mail, its
    message is still being deleted from the queue. Raises MailfanoutError after 30 s, and on
    other targets than the sandbox after five minutes.
    """
    if at_rest and target.sandbox:
        target.sandbox.wait_until_quiet(timeout_seconds=WAIT_LIMIT_SECONDS)
    elif at_rest:
        _wait(
            target,
            lambda: read_depth(target, stack.queue_name) == (0, 0),
            f"messages are still in queue {stack.queue_name}",
        )
    return Pipeline(read_parts(target, stack))


def inbox(target: Target, *, after: int = 0) -> Inbox:
    """The mails that the sandbox's SES accepted, as cards; other targets show a line instead.

    Sorted by recipient. A lesson begins with an empty inbox; `after` leaves out the first so
    many mails that were accepted in it: `before = len(show.inbox(target))`, then send, then
    `show.inbox(target, after=before)` for what is new.
    """
    if target.sandbox is None:
        return Inbox((), "Only the sandbox shows mails; show.outcomes says which were sent.")
    letters = (
        Letter(to, mail["subject"], mail["text"] or mail["html"] or "", mail["source"])
        for mail in target.sandbox.mails(after=after)
        for recipients in mail["destinations"].values()
        for to in recipients
    )
    return Inbox(tuple(sorted(letters)))


def table(target: Target, stack: Stack) -> pandas.DataFrame:
    """The recipients in the table: email, username, haserror, issend; sorted by email.

    Reads every item, with a Scan. What an item lacks is <NA>. No rows where nothing is in the
    table, or where there is no table.
    """
    import pandas

    rows = [
        {name: _value(item[name]) for name in _RECIPIENT_COLUMNS if name in item}
        for item in read_items(target, stack)
    ]
    frame = pandas.DataFrame(rows, columns=_RECIPIENT_COLUMNS)
    return frame.sort_values("email", ignore_index=True).convert_dtypes()


def outcomes(
    target: Target,
    stack: Stack,
    function_name: str,
    *,
    at_least: int = 0,
    after: int = 0,
    progress: Callable[[int], None] = lambda number: None,
) -> pandas.DataFrame:
    """What a function did: one row per structured log line, with what the line says in columns.

    `outcome` and, where a line has them, `recipient` and `reason` come first; an empty cell is
    "". Sorted by all columns, so that it does not show which execution environment was faster.
    A line is in the log once its invocation has ended: `at_least` waits until there are so many
    rows, as long as `pipeline` does, and tells `progress` their number. `after` leaves out the
    first so many lines, for example those of an earlier send.
    """
    import pandas

    def tell(number: int) -> None:
        progress(max(0, min(number - after, at_least)))

    lines = _lines_once_there(target, stack, function_name, after + at_least, tell)
    found = structured(lines)[after:]
    frame = pandas.DataFrame(found, columns=_columns(found)).fillna("")
    return frame.sort_values(list(frame.columns), key=_as_text, ignore_index=True)


def log(target: Target, stack: Stack, function_name: str, *, last: int = 40) -> Text:
    """The last lines of a function's log, to read: START, what it printed, END, REPORT.

    Times and request ids differ from run to run: `outcomes` is what can be compared.
    """
    lines = [line.text for line in read_lines(target, stack, function_name)[-last:]]
    return Text("\n".join(lines) or f"{function_name} has written nothing yet.")


def bar(total: int, unit: str) -> Callable[[int], None]:
    """A progress bar, to be given as `progress` to `campaign.send`, `recipients.seed`, `outcomes`.

    `unit` is what is counted, such as "mails". It has no time and no rate, so that in the end it
    reads the same in every run.
    """
    from tqdm import tqdm

    line = tqdm(
        total=total,
        unit=unit,
        file=sys.stdout,
        ncols=60,
        bar_format="{bar} {n_fmt} of {total_fmt} {unit}",
    )

    def advance(number: int) -> None:
        line.update(number - line.n)
        if line.n == total:
            line.close()

    return advance


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
        for name in stack.function_names
        for operation, number in counted.get(name, {}).items()
    ]
    return pandas.DataFrame(rows, columns=["function", "operation", "calls"])


def consumers(
    target: Target,
    stack: Stack,
    function_name: str | None = None,
    *,
    at_least: int = 0,
    after: int = 0,
) -> Consumers:
    """Who handled which recipient when: a lane per execution environment, a bar per invocation.

    Of readMessageAndSendMail, unless another function is named. The text, which counts what
    was handled by outcome, is the same in every run; the picture is not. `at_least` waits for
    so many structured log lines, and `after` leaves out the first so many, as in `outcomes`.
    """
    function_name = function_name or stack.read_message_name
    runs = invocations(_lines_once_there(target, stack, function_name, after + at_least))
    handled = accumulate(len(run.outcomes) for run in runs)
    shown = (run for run, number in zip(runs, handled, strict=True) if number > after)
    return Consumers(function_name, tuple(shown))


def policy(document: Mapping[str, Any] | str) -> Code:
    """A policy as readable JSON: of a dict, or of the JSON text that SQS and Lambda return."""
    found = json.loads(document) if isinstance(document, str) else document
    return Code(json.dumps(found, indent=2, ensure_ascii=False), "json")


def refusal(call: Callable[..., Any], **arguments: Any) -> Text:
    """What AWS answers to a call that it refuses: the error's code and message.

    The call is made: `show.refusal(sqs.send_message, QueueUrl=url, MessageBody="hello")`. Where
    it is accepted, the text says so.
    """
    try:
        call(**arguments)
    except ClientError as error:
        details = error.response["Error"]
        return Text(f"{details['Code']}: {details['Message']}")
    return Text("The call was accepted, not refused.")


def handler(stack: Stack, function_name: str, *parts: str, version: str = "simple") -> Code:
    """The source of one of the Lambda functions, as it is deployed; or only the named parts.

    A part is a function in the source, such as `lambda_handler`. Raises InputError for what
    there is not.
    """
    source = handler_path(stack, function_name, version=version).read_text(encoding="utf-8")
    return Code(_parts(source, parts) if parts else source, "python")


def _parts(source: str, names: tuple[str, ...]) -> str:
    found = {
        node.name: ast.get_source_segment(source, node) or ""
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef)
    }
    if missing := [name for name in names if name not in found]:
        raise InputError(f"There is no part {missing[0]!r}. Choose from: {', '.join(found)}.")
    return "\n\n\n".join(found[name] for name in names)


def _lines_once_there(
    target: Target,
    stack: Stack,
    function_name: str,
    number: int,
    tell: Callable[[int], None] = lambda number: None,
) -> list[Line]:
    """A function's log, once it has so many structured lines; `tell` gets how many there are."""
    lines: list[Line] = []

    def are_there() -> bool:
        lines[:] = read_lines(target, stack, function_name)
        found = len(structured(lines))
        tell(found)
        return found >= number

    _wait(target, are_there, f"the log of {function_name} has fewer than {number} structured lines")
    return lines


def _wait(target: Target, condition: Callable[[], bool], description: str) -> None:
    limit_seconds = WAIT_LIMIT_SECONDS if target.sandbox else WAIT_LIMIT_ELSEWHERE_SECONDS
    wait_until(condition, description=description, sleep=time.sleep, timeout_seconds=limit_seconds)


def _columns(found: list[dict[str, Any]]) -> list[str]:
    """The columns of these lines: those of every function first, then others as they come."""
    used = dict.fromkeys(name for line in found for name in line)
    first = [name for name in _OUTCOME_COLUMNS if name in used or name == "outcome"]
    return [*first, *(name for name in used if name not in first)]


def _as_text(column: pandas.Series[Any]) -> pandas.Series[Any]:
    return column.astype(str)


def _value(attribute: Mapping[str, Any]) -> Any:
    """An attribute as Python has it: DynamoDB writes a number as text."""
    [(kind, value)] = attribute.items()
    return json.loads(value) if kind == "N" else value
