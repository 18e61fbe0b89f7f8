"""The course is what the notebooks, the README and the parts of the pipeline say it is."""

from __future__ import annotations

from pathlib import Path

from mailfanout import provision, workshop
from mailfanout.workshop.glossary import GLOSSARY

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "notebooks"


def test_the_readme_has_the_agenda_of_the_course() -> None:
    rows = [
        f"| {plan.minutes} | {number} {plan.title} | {plan.attention} |"
        for number, plan in workshop.COURSE.items()
    ]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    missing = [row for row in rows if row not in readme]
    assert not missing, "these lines belong in the README's table, If you teach"
    assert "\n".join(rows) in readme, "the README's table has another order, or more lines"


def test_the_lessons_use_every_word_of_the_glossary() -> None:
    texts = [path.read_text(encoding="utf-8").lower() for path in NOTEBOOKS.glob("[0-9]*.ipynb")]
    words = [word for term in GLOSSARY for word in term.word.split(" and ")]

    assert not [word for word in words if not any(word.lower() in text for text in texts)]


def test_every_part_is_built_in_a_lesson() -> None:
    assert {part.lesson for part in provision.parts_of()} <= {*workshop.LESSONS}
