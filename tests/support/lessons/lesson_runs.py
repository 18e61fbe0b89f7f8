"""Lessons as a learner meets them: run in a kernel that has just run the whole lesson.

Exercises are untouched first, then answered wrongly, then solved.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from mailfanout import workshop
from support import notebooks
from support.lessons.wrong_answers import WRONG

STUB = "# Your code here"
# In these, a learner creates by hand what `provision` creates.
BY_HAND = ("01", "02", "03", "04", "05")

CHANGED_SETTINGS = "dict(target.sandbox.settings().items() - lesson.settings.items())"

# From here on, whoever calls a helper of `provision` is told on if it changes something that a cell
# had created before, and had not deleted again.
WATCH = """
def watch_provision():
    import json
    from mailfanout import provision

    mended = []
    changing = ("allow_", "create_", "verify_")
    helpers = {
        name: getattr(provision, name)
        for name in provision.__all__
        if name.startswith(changing)
    }

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

    def tell(target, stack):
        vars(provision).update(helpers)
        return json.dumps([provision.describe(target, stack), mended])

    vars(provision).update({name: watched(create) for name, create in helpers.items()})
    return tell

tell_what_was_done = watch_provision()
"""
TELL = "print(tell_what_was_done(target, stack))"

# Code of one's own stays from one run of a lesson to the next.
FORGET_OWN_CODE = """
import shutil
from mailfanout.workshop.exercises import capstone

shutil.rmtree(capstone.learners_folder() / capstone.OWN_DIRECTORY, ignore_errors=True)
"""


@dataclass(frozen=True)
class LessonRun:
    """What came out of a lesson when it was run again, with a learner's answers."""

    shown: list[str]  # what each cell puts out, and before it the answers that it replaces
    solved: list[str]  # what the notebook's own cells put out
    changed_settings: str  # the sandbox's that are not as the lesson found them
    created: dict[str, Any]  # what stands before the exercises, if the learner makes it by hand
    mended: list[str]  # what a helper of `provision` changed by then


LessonRunner = Callable[[str], LessonRun]


def run_again(kernel: notebooks.Kernel, lesson: str) -> LessonRun:
    """Run it in a kernel that has run it, and has forgotten nothing since but code of one's own."""
    cells = [*variants(lesson)]
    sources = [cell.source for cell in cells]
    exercises = next((number for number, cell in enumerate(cells) if not cell.is_own), len(cells))
    run, told = partial(notebooks.run_on, kernel), "[{}, []]"

    run([FORGET_OWN_CODE])
    shown = run(sources[:1])
    if lesson in BY_HAND:
        run([WATCH])
    shown += run(sources[1:exercises])
    if lesson in BY_HAND:
        [told] = run([TELL])
    shown += run(sources[exercises:])
    [changed_settings] = run([CHANGED_SETTINGS])

    solved = [text for text, cell in zip(shown, cells, strict=True) if cell.is_own]
    return LessonRun(shown, solved, changed_settings, *json.loads(told))


@dataclass(frozen=True)
class Variant:
    """A cell of a notebook, its own or with another answer."""

    source: str
    is_own: bool


def variants(lesson: str) -> Iterator[Variant]:
    """The cells of a notebook, and before each solution its stub and a wrong answer."""
    notebook = notebooks.read(lesson)
    student = notebooks.code_of(workshop.student_version(notebook))
    for number, solved in enumerate(notebooks.code_of(notebook)):
        stub = student[number]
        if STUB in stub:
            # The check ends the cell of the exercise, or is the cell after it.
            if "workshop.check" not in stub:
                stub += f"\n{student[number + 1]}"
            [exercise] = re.findall(r'workshop\.check\("(.+)"\)', stub)
            yield Variant(stub, is_own=False)
            if exercise in WRONG:
                yield Variant(stub.replace(STUB, WRONG[exercise].strip()), is_own=False)
        yield Variant(solved, is_own=True)
