"""The article's own handlers here and on ministack, in turns: recipients a second.

`python -m pytest -m benchmark -s tests/benchmarks/test_beside_ministack.py`; .ci/run shows how
ministack is installed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from mailfanout import campaign, provision, recipients
from mailfanout.stack import Stack
from mailfanout.target import Target, connect, stack_for
from support.figures import show_figures
from support.sandboxes import other_servers
from support.waiting import wait_until

pytestmark = pytest.mark.benchmark

ARTICLE = Path(__file__).parents[1] / "article"
TURNS = (300, 400, 500)
LONG_SECONDS = 300


@pytest.fixture
def ministack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Target]:
    command = other_servers.find_ministack()
    if command is None:
        pytest.skip("ministack is not installed; .ci/run shows how")
    with other_servers.ministack(command, tmp_path) as url:
        other_servers.aim_at(url, monkeypatch)
        yield connect("endpoint")


def test_articles_handlers_in_turns(mailfanout_target: Target, ministack: Target) -> None:
    targets = {"here": mailfanout_target, "ministack": ministack}
    stacks = {name: deployed(target) for name, target in targets.items()}
    rates: dict[str, list[float]] = {name: [] for name in targets}
    for number in TURNS:
        for name, target in targets.items():
            rates[name].append(number / seconds_to_send(target, stacks[name], number))

    show_figures(
        f"Recipients a second, of {TURNS} at a time",
        {name: ", ".join(f"{rate:.0f}" for rate in found) for name, found in rates.items()},
    )


def deployed(target: Target) -> Stack:
    """The pipeline with the article's functions in it, and its environments warm."""
    stack = stack_for(target)
    provision.deploy(target, stack)
    for name in provision.function_names(stack):
        code = provision.zip_handler(ARTICLE / name / "lambda_function.py")
        target.client("lambda").update_function_code(FunctionName=name, ZipFile=code)
    seconds_to_send(target, stack, 50)
    return stack


def seconds_to_send(target: Target, stack: Stack, number: int) -> float:
    """From the upload until everybody's flag is set, looked at ten times a second."""
    people = [recipients.Recipient(f"u{n}@example.com", f"User {n}") for n in range(number)]
    recipients.seed(target, stack, people)
    began = time.monotonic()
    campaign.upload(target, stack, campaign.example_mail())
    wait_until(partial(are_all_sent, target, stack, number), limit_seconds=LONG_SECONDS)
    return time.monotonic() - began


def are_all_sent(target: Target, stack: Stack, number: int) -> bool:
    items = recipients.read_items(target, stack)
    return [item["issend"]["N"] for item in items] == ["1"] * number
