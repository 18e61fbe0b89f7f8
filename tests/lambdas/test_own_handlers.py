"""What CONTRIBUTING says of a handler of one's own is what provision gives it, and ours do."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from mailfanout.policies import execution_policy
from mailfanout.provision.functions import FUNCTIONS, PipelineFunction
from mailfanout.stack import Stack

CONTRIBUTING = Path(__file__).parents[2] / ".github" / "CONTRIBUTING.md"


def told(row: str, source: str) -> set[str]:
    """The names in a row of the table, in the column of this function."""
    text = CONTRIBUTING.read_text(encoding="utf-8").partition("## Handlers of your own")[2]
    heads, *rows = (line.split("|")[1:-1] for line in text.splitlines() if line.startswith("|"))
    column = heads.index(f" `{source}` ")
    [cell] = [cells[column] for cells in rows if cells[0].strip() == row]
    return set(re.findall(r"`([^`]+)`", cell))


@pytest.mark.parametrize("function", FUNCTIONS["simple"], ids=lambda one: one.source)
def test_the_variables_and_the_calls_that_are_written_are_those_it_gets(
    function: PipelineFunction,
) -> None:
    everything = replace(
        Stack(),
        unknown_policy="at_least_once",
        reports_feedback=True,
        unsubscribe_url="https://a.example",
    )
    statements = execution_policy(Stack())["Statement"]
    allowed = {action for statement in statements for action in statement["Action"]}

    assert told("variables", function.source) == set(function.variables(everything, str))
    assert told("may call", function.source) <= allowed


def test_the_attributes_that_are_written_are_those_of_a_message(
    load_handler: Callable[..., ModuleType],
) -> None:
    module = load_handler("simple/sendQueue", TABLE_NAME="table", QUEUE_URL="url")
    item = {"email": {"S": "a@example.com"}, "username": {"S": "A"}}

    attributes = module.message(item, "bucket", "key")["MessageAttributes"]

    assert told("a message, a mail", "sendQueue") == set(attributes)
