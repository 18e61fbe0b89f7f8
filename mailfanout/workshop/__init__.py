"""The tutorial's lessons: begin one anywhere, predict, check its exercises, start over.

A notebook begins with

    from mailfanout import show, workshop

    lesson = workshop.start("03")
    lesson

and works with `lesson.target`, `lesson.stack` and `lesson.client("sqs")`.

    lessons         begins a lesson, with what the lessons before it built
    course          the one list of lessons; `glossary`, the words of AWS in them
    exercises/      the checks, the verdicts, the progress, the solutions
    experiments/    what goes wrong in lessons 07 and 08, and the books of it
    guesses         asks a prediction and looks at it again; `predictions`, the one list of them
    practice        people to practise with
    copies          a learner's copy of the notebooks; `record`, what is kept in it
    classroom       how far a class is; `handout`, the course on paper
    readiness       is this machine ready? `account_readiness`: is the AWS account?
    kernel          what a lesson asks of the notebook's kernel
"""

from __future__ import annotations

from mailfanout.provision import set_polling, sweep_held
from mailfanout.workshop.account_readiness import examine_account
from mailfanout.workshop.classroom import LESSONS_WITH_EXERCISES, Learner, read_class
from mailfanout.workshop.copies import (
    FIRST_NOTEBOOK,
    make_copy,
    notebook_of,
    source_notebooks,
    student_version,
)
from mailfanout.workshop.course import COURSE, LESSONS, LessonPlan, lessons_on
from mailfanout.workshop.exercises import (
    CheckResult,
    Progress,
    check,
    course_progress,
    neighbours,
    own_copy,
    progress,
    put_to_trial,
    solution,
)
from mailfanout.workshop.experiments import (
    EXPERIMENTS,
    Books,
    break_it,
    deploy_loop,
    kill_reader,
    loop_source,
    reader_held,
    twenty_people,
)
from mailfanout.workshop.guesses import predict, reveal
from mailfanout.workshop.handout import handout, index_text
from mailfanout.workshop.lessons import Lesson, reset, start
from mailfanout.workshop.practice import crowd, people
from mailfanout.workshop.predictions import PREDICTIONS, Prediction
from mailfanout.workshop.readiness import Finding, examine
from mailfanout.workshop.record import RECORD_FILE, Record, read_record

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
    "neighbours",
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
