"""`mailfanout class` and `mailfanout handout`: what an instructor has besides the notebooks."""

from __future__ import annotations

import json
from pathlib import Path

import click

from mailfanout import workshop
from mailfanout.commands.console import say, show, writing
from mailfanout.commands.options import PATH, PATH_OR_DASH, json_option
from mailfanout.show import text_grid


@click.command("class")
@click.argument("directories", metavar="DIR...", nargs=-1, required=True, type=PATH)
@json_option
def class_command(directories: tuple[Path, ...], as_json: bool) -> None:
    """Show how far learners are: a row for each folder, such as those that `lab` made.

    Each lesson shows how many of its exercises are solved, or `·` if no prediction was made and no
    exercise checked in it; `right` shows how many of the predictions were right. No server: it
    reads the record that the checks keep in each folder.
    """
    learners = workshop.read_class(directories)
    if as_json:
        return click.echo(json.dumps([one.to_dict() for one in learners], ensure_ascii=False))
    lessons = workshop.LESSONS_WITH_EXERCISES
    rows = [
        (one.name, *(one.marks(lesson) or "·" for lesson in lessons), one.guesses or "·")
        for one in learners
    ]
    show.print(text_grid(("learner", *lessons, "right"), rows))
    stuck = {one.name: ", ".join(one.stuck) for one in learners if one.stuck}
    for name, exercises in stuck.items():
        show.print(f"{name} has tried without success yet: {exercises}")
    for one in learners:
        if one.record.is_broken:
            said = f"{one.name}: what is done there is unknown, because {workshop.RECORD_FILE}"
            show.print(f"{said} cannot be read.")


_OUTPUT_HELP = (
    "The file to write; - prints it.  "
    "[default: handout.html; the instructor's: handout-instructor.html]"
)


@click.command("handout")
@click.option("--instructor", is_flag=True, help="With notes to speak from, and all answers.")
@click.option("--output", type=PATH_OR_DASH, help=_OUTPUT_HELP)
def handout_command(instructor: bool, output: str | None) -> None:
    """Write the course on a few pages to print: its map, the exercises, AWS's words."""
    page = workshop.handout(for_instructor=instructor)
    if output == "-":
        return click.echo(page, nl=False)
    path = Path(output or ("handout-instructor.html" if instructor else "handout.html"))
    with writing(path):
        path.write_text(page, encoding="utf-8")
    say.print(f"Written to {path}; print it from a browser.", soft_wrap=True)
