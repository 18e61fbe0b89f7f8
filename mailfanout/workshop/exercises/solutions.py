"""The solution of an exercise, for who is stuck: `workshop.solution("03-1")`."""

from __future__ import annotations

import json
import textwrap

from mailfanout import show
from mailfanout.wording import counted
from mailfanout.workshop.copies import SOLUTION, notebook_of
from mailfanout.workshop.exercises.checks import known_exercise
from mailfanout.workshop.record import changed_record, read_record

FEWEST_ATTEMPTS = 2


def solution(exercise: str) -> show.Code | show.Text:
    """A solution of an exercise, after two attempts; before them, how many are missing.

    An attempt is a check that answers *not yet*, or a cell with the check that fails. Progress says
    that the solution was shown, unless the exercise was solved by then. Raises InputError if there
    is no such exercise.
    """
    known_exercise(exercise)
    found = read_record().attempts_at(exercise)
    if found.outcome != "correct":
        if found.failed < FEWEST_ATTEMPTS:
            return show.Text(
                f"The solution of {exercise} is shown after {FEWEST_ATTEMPTS} attempts, and you "
                f"have made {counted(found.failed, 'attempt')} so far. Unfold the hints above the "
                "exercise, try something, and run its cell."
            )
        with changed_record() as record:
            record.attempts_at(exercise).solution_shown = True
    return show.Code(solution_of(exercise), "python")


def solution_of(exercise: str) -> str:
    """What stands between nbgrader's markers in the cell that checks the exercise."""
    path = notebook_of(exercise[:2])
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if f'workshop.check("{exercise}")' in source and (found := SOLUTION.search(source)):
            inside = found[0].splitlines()[1:-1]
            return textwrap.dedent("\n".join(inside))
    raise AssertionError(f"{path.name} has no solution of {exercise}")
