"""What a learner creates by hand in the notebooks is what `provision` creates."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from itertools import takewhile
from typing import Any

import pytest

from mailfanout import provision, workshop
from mailfanout.provision import describe
from mailfanout.stack import Stack
from mailfanout.target import Target
from support import notebooks

pytestmark = pytest.mark.slow

LESSONS = ["01", "02", "03", "04", "05"]

# Runs in the kernel: from here on, whoever calls a helper of `provision` is told on where it
# changes something that a cell had created before, and had not deleted again.
WATCH = """
from mailfanout import provision

mended = []

def watched(create):
    def call(target, stack, *arguments, **keywords):
        before = provision.describe(target, stack)
        answer = create(target, stack, *arguments, **keywords)
        after = provision.describe(target, stack)
        for name, state in before.items():
            if state.get("State") == "Creating":  # as it is a moment later, by itself
                state["State"] = "Enabled"
            if state.get("State") != "Deleting" and after[name] != state:
                mended.append(name)
        return answer
    return call

for name in provision.__all__:
    if name.startswith(("allow_", "create_", "verify_")):
        setattr(provision, name, watched(getattr(provision, name)))
"""
TELL = """
import json
print(json.dumps([provision.describe(target, stack), mended]))
"""


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_notebook_creates_what_provision_creates(
    mailfanout_session_target: Target, kernel: notebooks.Kernel, lesson: str
) -> None:
    created, _ = after(kernel, lesson)

    workshop.start(f"{int(lesson) + 1:02}")

    assert created == json.loads(json.dumps(describe(mailfanout_session_target, Stack())))


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_helper_finds_nothing_to_mend(kernel: notebooks.Kernel, lesson: str) -> None:
    _, mended = after(kernel, lesson)

    assert mended == []


def test_the_notebooks_together_create_what_deploy_creates(
    mailfanout_target: Target, kernel: notebooks.Kernel
) -> None:
    provision.deploy(mailfanout_target, Stack())
    deployed = json.loads(json.dumps(describe(mailfanout_target, Stack())))

    created, _ = after(kernel, LESSONS[-1])

    assert created == deployed


@cache
def after(kernel: notebooks.Kernel, lesson: str) -> tuple[dict[str, Any], list[str]]:
    """What stands after a notebook's cells, without its exercises, and what a helper mended."""
    *_, told = notebooks.run(kernel, watched_cells(lesson))
    created, mended = json.loads(told)
    return created, mended


def watched_cells(lesson: str) -> Iterator[str]:
    first, *others = notebooks.code_of(notebooks.read(lesson))
    yield first
    yield WATCH
    yield from takewhile(lambda source: "### BEGIN SOLUTION" not in source, others)
    yield TELL
