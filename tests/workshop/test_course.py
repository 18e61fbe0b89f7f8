"""The course is what the notebooks, the README and the parts of the pipeline say it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mailfanout import provision, workshop

ROOT = Path(__file__).parents[2]


def test_every_lesson_is_a_notebook_and_every_notebook_a_lesson() -> None:
    notebooks = sorted(path.name[:2] for path in (ROOT / "notebooks").glob("[0-9]*.ipynb"))
    assert notebooks == list(workshop.LESSONS)


@pytest.mark.parametrize("number", workshop.LESSONS)
def test_a_notebook_begins_with_its_lessons_title(number: str) -> None:
    [path] = (ROOT / "notebooks").glob(f"{number}_*.ipynb")
    first = json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"]
    assert "".join(first).startswith(f"# {number} {workshop.COURSE[number].title}\n")


def test_the_readme_has_the_agenda_of_the_course() -> None:
    rows = [
        f"| {plan.minutes} | {number} {plan.title} | {plan.attention} |"
        for number, plan in workshop.COURSE.items()
    ]
    assert "\n".join(rows) in (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_part_is_built_in_a_lesson() -> None:
    assert {part.lesson for part in provision.parts_of()} <= {*workshop.LESSONS}
