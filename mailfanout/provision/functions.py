"""The pipeline's functions as data: each one's name, code, settings and trigger."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mailfanout.errors import InputError
from mailfanout.stack import Stack

RUNTIME = "python3.13"

_LAMBDAS = Path(__file__).parents[1] / "lambdas"


@dataclass(frozen=True)
class Function:
    """One of the pipeline's Lambda functions.

    `key` names it among the parts, `stack.<key>_name` is its name in a stack, and `source` is the
    directory of its code. `variables` are the attributes of the stack that its environment
    variables hold; `queue_url` is the URL of the queue `stack.queue_name`, and so on.
    """

    key: str
    source: str
    lesson: str
    trigger: Literal["bucket", "queue"]
    timeout_seconds: int
    variables: Mapping[str, str]
    # 128 MB would be enough for boto3, but with half the memory Lambda gives half the CPU.
    memory_size_mb: int = 256

    def name(self, stack: Stack) -> str:
        """Its name in this stack."""
        return str(getattr(stack, f"{self.key}_name"))

    def environment(self, stack: Stack, queue_url: Callable[[str], str]) -> dict[str, str]:
        """Its environment variables; `queue_url` gives the URL of the queue of a name."""

        def value(attribute: str) -> str:
            queue, is_url, _ = attribute.partition("_url")
            found = getattr(stack, f"{queue}_name" if is_url else attribute)
            return queue_url(found) if is_url else found

        return {name: value(attribute) for name, attribute in self.variables.items()}


SEND_QUEUE = Function(
    key="send_queue",
    source="sendQueue",
    lesson="04",
    trigger="bucket",
    # It makes a call per recipient, one after the other.
    timeout_seconds=900,
    variables={"TABLE_NAME": "table_name", "QUEUE_URL": "queue_url"},
)
READ_MESSAGE = Function(
    key="read_message",
    source="readMessageAndSendMail",
    lesson="05",
    trigger="queue",
    timeout_seconds=30,
    variables={"TABLE_NAME": "table_name", "SENDER": "sender"},
)

# In the order in which a mail passes them.
FUNCTIONS = (SEND_QUEUE, READ_MESSAGE)


def function_names(stack: Stack) -> tuple[str, ...]:
    """The functions' names, in the order in which a mail passes them."""
    return tuple(function.name(stack) for function in FUNCTIONS)


def find_function(stack: Stack, name: str) -> Function:
    """The function of this name. Raises InputError for an unknown one."""
    for function in FUNCTIONS:
        if function.name(stack) == name:
            return function
    names = ", ".join(function_names(stack))
    raise InputError(f"There is no function {name!r}. Choose one of: {names}.")


def handler_path(stack: Stack, name: str, *, version: str = "simple") -> Path:
    """The source file of one of the functions. Raises InputError for an unknown one."""
    path = _LAMBDAS / version / find_function(stack, name).source / "lambda_function.py"
    if not path.is_file():
        versions = sorted(folder.name for folder in _LAMBDAS.iterdir())
        raise InputError(f"There is no version {version!r}. Choose one of: {', '.join(versions)}.")
    return path
