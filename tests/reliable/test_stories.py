"""Whatever breaks on the sandbox, and in whatever order: the books are right in the end.

Each story follows from its seed. `STORIES=1000 python -m pytest -m benchmark -k stories` runs more.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import pytest

from mailfanout.stack import UnknownPolicy
from mailfanout.target import Target
from support.reliable.mailing import Mailing
from support.reliable.stories import Story

pytestmark = pytest.mark.slow

STORIES = int(os.environ.get("STORIES", "1000"))
POLICIES: tuple[UnknownPolicy, ...] = ("settle", "at_least_once", "at_most_once") * 2
# Chunks of so many entries: a story has several of them.
RATE = 20


def live(mailings: list[Mailing], seeds: Iterable[int]) -> None:
    """As many stories side by side as there are pipelines, each in its own; then the next."""
    with ThreadPoolExecutor(len(mailings)) as pool:
        stories = [Story(*pair) for pair in zip(mailings, seeds, strict=False)]
        list(pool.map(Story.begin, stories))
        list(pool.map(Story.meddle, stories))
        list(pool.map(Story.come_to_rest, stories))
        mailings[0].sandbox.clear_faults()
        mailings[0].wait_until_quiet()
        list(pool.map(Story.check, stories))


def live_all(target: Target, seeds: range) -> None:
    mailings = [
        Mailing.deployed(target, prefix=f"p{number}-", rate=RATE, unknown_policy=policy)
        for number, policy in enumerate(POLICIES)
    ]
    for first in seeds[:: len(mailings)]:
        live(mailings, [seed for seed in range(first, first + len(mailings)) if seed in seeds])


def test_books_are_right_whatever_breaks(mailfanout_target: Target) -> None:
    live_all(mailfanout_target, range(12))


@pytest.mark.benchmark
def test_books_are_right_in_a_thousand_stories(mailfanout_target: Target) -> None:
    live_all(mailfanout_target, range(1_000, 1_000 + STORIES))
