"""What a learner creates by hand in the notebooks is what `provision` creates."""

from __future__ import annotations

import json

import pytest

from mailfanout import provision, workshop
from mailfanout.provision import describe
from mailfanout.stack import Stack
from mailfanout.target import Target
from support.lessons.lesson_runs import BY_HAND, LessonRunner

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("lesson", BY_HAND)
def test_a_notebook_creates_what_provision_creates(
    mailfanout_session_target: Target, lesson_run: LessonRunner, lesson: str
) -> None:
    created = lesson_run(lesson).created

    workshop.start(f"{int(lesson) + 1:02}")

    assert created == json.loads(json.dumps(describe(mailfanout_session_target, Stack())))


@pytest.mark.parametrize("lesson", BY_HAND)
def test_the_helper_finds_nothing_to_mend(lesson_run: LessonRunner, lesson: str) -> None:
    assert lesson_run(lesson).mended == []


@pytest.mark.parametrize("lesson", BY_HAND[-1:])
def test_the_notebooks_together_create_what_deploy_creates(
    mailfanout_target: Target, lesson_run: LessonRunner, lesson: str
) -> None:
    provision.deploy(mailfanout_target, Stack())
    deployed = json.loads(json.dumps(describe(mailfanout_target, Stack())))

    assert lesson_run(lesson).created == deployed
