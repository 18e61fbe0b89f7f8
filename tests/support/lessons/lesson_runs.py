"""Lessons as a learner meets them, each run once for all tests that look at it.

In one kernel, twice, on the sandbox as the one before it, in no particular order, left it: first
with exercises untouched, answered wrongly, and solved; then solved alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from mailfanout import workshop
from support import notebooks
from support.lessons.wrong_answers import WRONG

STUB = "# Your code here"
SOLUTION = "### BEGIN SOLUTION"
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


@dataclass(frozen=True)
class LessonRun:
    """What came out of a lesson that was run twice."""

    first: list[str]  # what each cell puts out, with the learner's answers
    again: list[str]  # and when it is run once more
    changed_settings: str  # the sandbox's that are not as the lesson found them
    created: dict[str, Any]  # what stands before the exercises, if the learner makes it by hand
    mended: list[str]  # what a helper of `provision` changed by then


@cache
def run_twice(kernel: notebooks.Kernel, lesson: str) -> LessonRun:
    first, solved = [*variants(lesson)], notebooks.code_of(notebooks.read(lesson))
    done = len(solved)
    watch, tell = [], []
    if lesson in BY_HAND:
        done = next(number for number, source in enumerate(solved) if SOLUTION in source)
        watch, tell = [WATCH], [TELL]

    sources = [*first, solved[0], *watch, *solved[1:done], *tell, *solved[done:], CHANGED_SETTINGS]
    *shown, changed_settings = notebooks.run(kernel, sources)

    again = shown[len(first) :]
    told = "[{}, []]"
    if lesson in BY_HAND:
        told = again.pop(done + 1)
        del again[1]
    created, mended = json.loads(told)
    return LessonRun(shown[: len(first)], again, changed_settings, created, mended)


def variants(lesson: str) -> Iterator[str]:
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
            yield stub
            if exercise in WRONG:
                yield stub.replace(STUB, WRONG[exercise].strip())
        yield solved
