"""The exercises: what AWS holds is checked, the learner is told, and a solution is kept ready.

checks          the one list of exercises, each with its check
pipeline mails faults feedback scale stacks
                the checks, by what they look at
capstone        a change of the learner's own, and the trials that it has to stand
verdicts        what a check answers
progress        checks an exercise, and says how far the course is
solutions       the solution, for who is stuck
"""

from __future__ import annotations

from mailfanout.workshop.exercises.capstone import own_copy, put_to_trial
from mailfanout.workshop.exercises.checks import CHECKS, exercises_of
from mailfanout.workshop.exercises.progress import (
    CheckResult,
    Progress,
    check,
    course_progress,
    progress,
)
from mailfanout.workshop.exercises.solutions import solution, solution_of
from mailfanout.workshop.exercises.stacks import neighbours
from mailfanout.workshop.exercises.verdicts import task_of

__all__ = [
    "CHECKS",
    "CheckResult",
    "Progress",
    "check",
    "course_progress",
    "exercises_of",
    "neighbours",
    "own_copy",
    "progress",
    "put_to_trial",
    "solution",
    "solution_of",
    "task_of",
]
