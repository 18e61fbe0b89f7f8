"""What the lessons ask of the notebook's kernel: the cell that runs, and errors in one line."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from contextlib import suppress
from difflib import get_close_matches
from types import TracebackType
from typing import Any, TypeAlias, get_args

from botocore.client import BaseClient
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    ParamValidationError,
    UnknownServiceError,
)

from mailfanout.errors import InputError
from mailfanout.show import running_shell
from mailfanout.workshop.copies import STUB
from mailfanout.workshop.record import changed_record

LONGEST_SENTENCE = 400

_CHECK = re.compile(r"workshop\.check\([\"'](\d\d-\d)[\"']\)")

# By what AWS's error codes have in common. The first that is found in a code says what to do.
_MENDS = {
    r"InUse|AlreadyExists|AlreadyOwned|ResourceConflict|EntityAlready|DeletedRecently": (
        "It is there already, perhaps since this cell ran before: go on, or begin the lesson anew "
        "with the notebook's first cell."
    ),
    r"NotFound|NonExistent|NoSuch|DoesNotExist|^404$": (
        "What it names is not there: look at the name, or run the notebook again from its first "
        "cell."
    ),
    r"AccessDenied|Unauthorized|^403$": (
        "No policy allows it: the message says who lacks which permission."
    ),
    r"UnrecognizedClient|InvalidClientTokenId|SignatureDoesNotMatch|ExpiredToken": (
        "The client has keys of another sandbox: run the notebook again from its first cell."
    ),
    r"Throttl|TooMany|SlowDown|LimitExceeded": "That was too much at once: run the cell again.",
    r"Validation|Invalid|Malformed|Missing": (
        "An argument is not as AWS has it: the message names it; mend the cell, and run it again."
    ),
}

# What a key of an answer says by its absence.
_LEFT_OUT = {
    "Messages": "No message is there to be received: all are gone, or hidden for a while.",
    "Item": "No item has this key.",
    "Contents": "No object is in the bucket.",
}

_Shown: TypeAlias = ClientError | BotoCoreError | AttributeError | KeyError


def running_cell() -> str:
    """The source of the notebook's cell that runs now; "" outside of a notebook."""
    parent: dict[str, Any] = getattr(running_shell(), "get_parent", dict)()
    return str(parent.get("content", {}).get("code", ""))


def is_filled(cell: str) -> bool:
    """Whether a learner has put something in the place of the stub."""
    return bool(cell) and STUB not in cell and len(cell.strip().splitlines()) > 1


def prepare_kernel() -> None:
    """Have boto3's errors shown in one line that says what to do. May be repeated.

    Failed cells count as attempts of the exercise that they check. Does nothing outside of IPython.
    """
    if shell := running_shell():
        shell.set_custom_exc(get_args(_Shown), _show_in_one_line)
        shell.events.register("post_run_cell", _count_failed_cell)


def one_line(error: ClientError | BotoCoreError) -> str:
    """What happened, and what to do, without a traceback."""
    if isinstance(error, ClientError):
        code = str(error.response.get("Error", {}).get("Code", ""))
        message = str(error.response.get("Error", {}).get("Message", ""))
        mend = next((mend for form, mend in _MENDS.items() if re.search(form, code)), _READ)
        return _joined(f"{error.operation_name} was refused: {code}", message, mend)
    if isinstance(error, UnknownServiceError):
        name, known = error.kwargs["service_name"], error.kwargs["known_service_names"]
        return _joined(f"boto3 knows no service {name!r}", _meant(name, known) or _READ)
    return _joined(type(error).__name__, str(error), _mend_here(error))


_READ = "Mend the cell, and run it again."


def _mend_here(error: BotoCoreError) -> str:
    """What to do about an error that came up before AWS was asked, or because nobody answered."""
    if isinstance(error, ParamValidationError):
        return "The call's arguments are not as AWS names them: mend the cell, and run it again."
    if isinstance(error, (EndpointConnectionError, HTTPClientError)):
        return "Nobody answers there any more: run the notebook again from its first cell."
    if isinstance(error, NoCredentialsError):
        return 'Make clients with lesson.client("…"): they have the keys.'
    return _READ


def _joined(*sentences: str) -> str:
    """As one line, each with a stop."""
    plain = (textwrap.shorten(sentence, LONGEST_SENTENCE) for sentence in sentences)
    return " ".join(
        one if one.endswith((".", "?", "!", ":")) else f"{one}." for one in plain if one
    )


def _no_operation(error: AttributeError) -> str:
    """That a client has no such method, and which one may have been meant."""
    mend = _meant(str(error.name), dir(error.obj))
    return _joined(str(error), mend or "Its methods are in the documentation of boto3.")


def _meant(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, known, 1)
    return f"Did you mean {close[0]}?" if close else ""


def _show_in_one_line(
    shell: Any,
    kind: type[BaseException],
    error: _Shown,
    traceback: TracebackType,
    tb_offset: int | None = None,
) -> list[str] | None:
    said = _said_of(error)
    if said is None:
        shell.showtraceback((kind, error, traceback), tb_offset=tb_offset)
        return None
    shell._showtraceback(kind, error, [said])
    return [said]


def _said_of(error: _Shown) -> str | None:
    """An error in one line; None if it is not about AWS's answers or boto3's methods."""
    if isinstance(error, AttributeError):
        return _no_operation(error) if isinstance(error.obj, BaseClient) else None
    if isinstance(error, KeyError):
        nothing = _LEFT_OUT.get(str(error).strip("'"))
        said = f"There is no {error}: AWS's answers leave out what is empty"
        return _joined(said, nothing) if nothing else None
    return one_line(error)


def _count_failed_cell(result: Any) -> None:
    cell = result.info.raw_cell if result.info else ""
    exercise = _CHECK.search(cell or "")
    if result.error_in_exec and exercise and is_filled(cell):
        # Nobody waits for an answer here: a record that cannot be written is named elsewhere.
        with suppress(InputError), changed_record() as record:
            record.attempts_at(exercise[1]).note("not yet")
