"""The course on paper, and its map: what a learner keeps, and what an instructor speaks from.

All of it follows from the lists of lessons, predictions, exercises and words.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from mailfanout.show import html_grid
from mailfanout.workshop.copies import notebook_of
from mailfanout.workshop.course import COURSE
from mailfanout.workshop.exercises import CHECKS, exercises_of, solution_of, task_of
from mailfanout.workshop.glossary import GLOSSARY
from mailfanout.workshop.predictions import Prediction, predictions_of

_STYLE = """
body{font:11pt/1.45 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;color:#1c2434;
background:#fff;max-width:46em;margin:2em auto;padding:0 1em}
h1{font-size:1.7em}h2{font-size:1.2em;margin:1.6em 0 .3em;break-after:avoid}
section{break-inside:avoid}table{border-collapse:collapse;
width:100%}th,.map td:nth-child(2){white-space:nowrap}
td,th{border-bottom:1px solid #c9d0db}
pre{margin:.2em 0 .6em 1.4em;font-size:.85em;white-space:pre-wrap}
ul{list-style:none;padding-left:0}li{margin:.2em 0}
.notes{border-left:3px solid #3157cc;padding-left:.8em}
@page{margin:18mm}
"""


def handout(*, for_instructor: bool = False) -> str:
    """The whole course as one page of HTML, to be printed: its map, each lesson's work, the words.

    An instructor's has what each lesson should be remembered for, notes to speak from, the answers
    to the predictions, and a solution of each exercise.
    """
    title = "mailfanout: the instructor's notes" if for_instructor else "mailfanout: the handout"
    rows = [(number, plan.title, plan.minutes, plan.attention) for number, plan in COURSE.items()]
    parts = [
        f"<h1>{title}</h1>",
        f'<div class="map">{html_grid(("lesson", "title", "minutes", "look at"), rows)}</div>',
        *(_lesson(number, for_instructor=for_instructor) for number in COURSE),
        "<section><h2>AWS's words</h2>",
        html_grid(("word", "meaning"), [(term.word, term.meaning) for term in GLOSSARY]),
        "</section>",
    ]
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>\n'
        f"<style>{_STYLE}</style></head>\n<body>\n" + "\n".join(parts) + "\n</body></html>\n"
    )


def index_text() -> str:
    """The index notebook in Markdown: the map of the course, and AWS's words with their pages."""
    return "\n".join(
        [
            "# mailfanout: the map of the course",
            "",
            "Each lesson begins with what the ones before it built: open any of them, and run its "
            "first cell. `workshop.progress()` shows how far you are.",
            "",
            "| lesson | minutes | look at |",
            "|---|---:|---|",
            *(
                f"| [{number} {plan.title}]({notebook_of(number).name}) "
                f"| {plan.minutes} | {plan.attention} |"
                for number, plan in COURSE.items()
            ),
            "",
            "## AWS's words",
            "",
            *(f"- [**{term.word}**]({term.page}): {term.meaning}" for term in GLOSSARY),
        ]
    )


def _lesson(number: str, *, for_instructor: bool) -> str:
    plan = COURSE[number]
    notes = f'<p class="notes">{escape(plan.notes)}</p>' if for_instructor else ""
    asked = predictions_of(number)
    return (
        f"<section><h2>{number} {escape(plan.title)}</h2>{notes}"
        + _list(_prediction(one, with_answer=for_instructor) for one in asked)
        + _list(_exercise(name, with_answer=for_instructor) for name in exercises_of(number))
        + "</section>"
    )


def _prediction(one: Prediction, *, with_answer: bool) -> str:
    asked = f"<b>Prediction {one.number}.</b> {escape(one.question)}<br>"
    if with_answer:
        return f"{asked}<i>{escape(one.right)}</i>: {escape(one.why)}"
    return asked + "&emsp;".join(f"☐ {escape(choice)}" for choice in one.choices)


def _exercise(name: str, *, with_answer: bool) -> str:
    answer = f"<pre>{escape(solution_of(name))}</pre>" if with_answer else ""
    return f"☐ <b>Exercise {name}.</b> {escape(task_of(CHECKS[name]))}{answer}"


def _list(items: Iterable[str]) -> str:
    lines = "".join(f"<li>{item}</li>" for item in items)
    return f"<ul>{lines}</ul>" if lines else ""
