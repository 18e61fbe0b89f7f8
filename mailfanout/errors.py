"""What can go wrong, as conditions that a learner can meet and mend."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from mailfanout.wording import without_password

# What is typed in a terminal, and what is done instead in a notebook.
_IN_A_NOTEBOOK = {
    "Type: mailfanout (deploy|seed).*": "Run the notebook again from its first cell.",
    "Type the same command again": "Run the cell again",
    "type the same command again": "run the cell again",
    "To read the logs, type: mailfanout log": "With show.log, read the logs of the functions",
    r"To read (the log of ([\w-]+)), type: mailfanout log [\w-]+": (
        r'With show.log(target, stack, "\2"), read \1'
    ),
    ", or type the command again": "",
}


class MailfanoutError(Exception):
    """The root of every error that this package raises on purpose.

    The message says what happened, to which resource, and what to type next.
    `exit_code` is what the command line ends with: 1, the work failed; 2, the input was wrong.
    """

    exit_code = 1

    def in_a_notebook(self) -> str:
        """The message, with what is done in a notebook in the place of what is typed."""
        said = str(self)
        for typed, run in _IN_A_NOTEBOOK.items():
            said = re.sub(typed, run, said)
        return said

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in a notebook instead of a traceback: the message is enough."""
        return [f"{type(self).__name__}: {self.in_a_notebook()}"]


class InputError(MailfanoutError):
    """Something the user gave (a file, an option, a variable) cannot be used as it is."""

    exit_code = 2


def none_such(kind: str, name: object, known: Iterable[str]) -> InputError:
    """The error for a name that nothing of this kind has; it lists those that there are."""
    return InputError(f"There is no {kind} {name!r}. Choose one of: {', '.join(known)}.")


@contextmanager
def writing_to(place: object, *, mend: str) -> Iterator[None]:
    """Raises InputError, which names the file, or else the place, if the block cannot write."""
    try:
        yield
    except OSError as error:
        said = f"{error.filename or place} cannot be written: {error.strerror}. {mend}"
        raise InputError(said) from error


class ResourceMissing(MailfanoutError):
    """A resource of the pipeline does not exist, so the step that needs it cannot run."""

    def __init__(self, kind: str, name: str, *, hint: str = "mailfanout deploy") -> None:
        super().__init__(f"{kind} {name} does not exist. Type: {hint}")
        self.kind = kind
        self.name = name


class SandboxUnavailable(MailfanoutError):
    """The sandbox cannot be started or does not answer."""


class SandboxEnded(SandboxUnavailable):
    """The sandbox that was connected to has ended, and with it all that it held."""

    def __init__(self, endpoint_url: str) -> None:
        super().__init__(
            f"The sandbox at {endpoint_url} has ended, and what it held is gone. Run the notebook "
            "again from its first cell, or type the command again."
        )
        self.endpoint_url = endpoint_url


class SandboxBusy(MailfanoutError):
    """The sandbox was not quiet in time: these events and messages are still under way."""

    def __init__(self, pending_events: int, pending_messages: int) -> None:
        super().__init__(
            f"Work is still under way: {pending_events} events, {pending_messages} messages. "
            "Wait longer, or look into the functions' logs."
        )
        self.pending_events = pending_events
        self.pending_messages = pending_messages


class CredentialsMissing(InputError):
    """The target wants AWS credentials or a Region, and found none, or none that AWS takes."""


class EndpointUnavailable(MailfanoutError):
    """Nobody answers at the address of the endpoint."""

    def __init__(self, endpoint_url: str) -> None:
        super().__init__(
            f"Nobody answers at {without_password(endpoint_url)}. Start what is to serve it, or "
            "set AWS_ENDPOINT_URL to where it is."
        )
        self.endpoint_url = endpoint_url


class OperationMissing(MailfanoutError):
    """The endpoint lacks an operation that was called, such as `lambda:Invoke`."""

    def __init__(self, endpoint_url: str, operation: str, answer: str) -> None:
        url, said = without_password(endpoint_url), textwrap.shorten(answer, 120)
        super().__init__(
            f"The endpoint {url} lacks {operation} ({said}). "
            "For this, use the sandbox: MAILFANOUT_TARGET=sandbox"
        )
        self.endpoint_url = endpoint_url
        self.operation = operation


class SendIncomplete(MailfanoutError):
    """A send did not finish in time: `sent` mails of `expected` were seen."""

    def __init__(self, message: str, *, sent: int, expected: int) -> None:
        super().__init__(message)
        self.sent = sent
        self.expected = expected


class TeardownIncomplete(MailfanoutError):
    """Something is left after a teardown: `remaining` names it."""

    def __init__(self, remaining: list[str]) -> None:
        super().__init__(f"Still there: {', '.join(remaining)}. Type `mailfanout teardown` again.")
        self.remaining = remaining
