"""The tutorial's lessons: begin one anywhere, predict, check its exercises, start over.

A notebook begins with

    from mailfanout import show, workshop

    lesson = workshop.start("03")
    lesson

and works with `lesson.target`, `lesson.stack` and `lesson.client("sqs")`.
"""

from __future__ import annotations

from mailfanout.provision import set_polling, sweep_held
from mailfanout.workshop.account_readiness import examine_account
from mailfanout.workshop.books import Books, reader_held
from mailfanout.workshop.capstone import own_copy, put_to_trial
from mailfanout.workshop.classroom import LESSONS_WITH_EXERCISES, Learner, read_class
from mailfanout.workshop.copies import (
    FIRST_NOTEBOOK,
    make_copy,
    notebook_of,
    source_notebooks,
    student_version,
)
from mailfanout.workshop.course import COURSE, LESSONS, LessonPlan, lessons_on
from mailfanout.workshop.experiments import EXPERIMENTS, break_it, twenty_people
from mailfanout.workshop.guesses import predict, reveal
from mailfanout.workshop.handout import handout, index_text
from mailfanout.workshop.lessons import Lesson, reset, start
from mailfanout.workshop.loop import deploy_loop, loop_source
from mailfanout.workshop.moment import kill_reader
from mailfanout.workshop.practice import crowd, people
from mailfanout.workshop.predictions import PREDICTIONS, Prediction
from mailfanout.workshop.progress import CheckResult, Progress, check, course_progress, progress
from mailfanout.workshop.readiness import Finding, examine
from mailfanout.workshop.record import RECORD_FILE, Record, read_record
from mailfanout.workshop.solutions import solution

__all__ = [
    "Books",
    "COURSE",
    "EXPERIMENTS",
    "FIRST_NOTEBOOK",
    "LESSONS",
    "LESSONS_WITH_EXERCISES",
    "Learner",
    "PREDICTIONS",
    "RECORD_FILE",
    "Finding",
    "Lesson",
    "CheckResult",
    "LessonPlan",
    "Prediction",
    "Progress",
    "Record",
    "break_it",
    "check",
    "course_progress",
    "crowd",
    "deploy_loop",
    "examine",
    "examine_account",
    "handout",
    "lessons_on",
    "index_text",
    "kill_reader",
    "loop_source",
    "make_copy",
    "notebook_of",
    "own_copy",
    "people",
    "predict",
    "progress",
    "put_to_trial",
    "read_class",
    "read_record",
    "reader_held",
    "reset",
    "reveal",
    "set_polling",
    "solution",
    "source_notebooks",
    "start",
    "student_version",
    "sweep_held",
    "twenty_people",
]
