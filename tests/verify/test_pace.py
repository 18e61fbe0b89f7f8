"""Lessons wait for what AWS takes its time for, and show the same at its pace."""

from __future__ import annotations

import pytest

from mailfanout import verify
from mailfanout.workshop import LESSONS


@pytest.mark.thorough
@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_shows_the_same_at_the_pace_of_aws(lesson: str) -> None:
    with verify.notebook_files([lesson]) as [path], verify.place("sandbox", pace="aws") as where:
        run = verify.run_one(verify.begin(where), where, path, limit_seconds=where.limit_seconds)

    failed = {cell.title: [one.first_lines for one in cell.told] for cell in run.failed}
    assert (run.broken, failed) == ("", {})
    assert run.ok
