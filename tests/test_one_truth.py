"""What a learner creates by hand in the notebooks is what `provision` creates."""

from __future__ import annotations

import json

import pytest

from mailfanout import provision, workshop
from mailfanout.provision import describe
from mailfanout.stack import Stack
from mailfanout.target import Target
from support import notebooks
from support.lessons.lesson_runs import BY_HAND, run_twice

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("lesson", BY_HAND)
def test_a_notebook_creates_what_provision_creates(
    mailfanout_session_target: Target, kernel: notebooks.Kernel, lesson: str
) -> None:
    created = run_twice(kernel, lesson).created

    workshop.start(f"{int(lesson) + 1:02}")

    assert created == json.loads(json.dumps(describe(mailfanout_session_target, Stack())))


@pytest.mark.parametrize("lesson", BY_HAND)
def test_the_helper_finds_nothing_to_mend(kernel: notebooks.Kernel, lesson: str) -> None:
    assert run_twice(kernel, lesson).mended == []


@pytest.mark.parametrize("lesson", BY_HAND[-1:])
def test_the_notebooks_together_create_what_deploy_creates(
    mailfanout_target: Target, kernel: notebooks.Kernel, lesson: str
) -> None:
    provision.deploy(mailfanout_target, Stack())
    deployed = json.loads(json.dumps(describe(mailfanout_target, Stack())))

    assert run_twice(kernel, lesson).created == deployed
