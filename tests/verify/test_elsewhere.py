"""On another endpoint, and with a prefix, as on AWS, the lessons show what they should, too."""

from __future__ import annotations

import pytest

from mailfanout import verify
from mailfanout.target import Target
from mailfanout.workshop import lessons_on

pytestmark = pytest.mark.slow

# Its pictures, columns and dicts hold names; it sends, and looks for the mails.
BROAD = "05"
OTHERS = [
    pytest.param(one, marks=pytest.mark.thorough) for one in lessons_on("aws") if one != BROAD
]


@pytest.mark.parametrize("lesson", [BROAD, *OTHERS])
def test_a_lesson_shows_what_it_should(
    mailfanout_target: Target, monkeypatch: pytest.MonkeyPatch, lesson: str
) -> None:
    """The sandbox plays the endpoint."""
    assert mailfanout_target.sandbox
    for name, value in mailfanout_target.sandbox.environment().items():
        monkeypatch.setenv(name, value)

    with (
        verify.notebook_files([lesson]) as [path],
        verify.place("endpoint", prefix="ada-and-co") as where,
    ):
        run = verify.run_one(verify.begin(where), where, path, limit_seconds=300)

    failed = {cell.title: [one.first_lines for one in cell.told] for cell in run.failed}
    assert (run.broken, failed) == ("", {})
