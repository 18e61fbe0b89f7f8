"""The course: every lesson, in order. To add one, add it here and write its notebook."""

from __future__ import annotations

from dataclasses import dataclass

from mailfanout.stack import Design


@dataclass(frozen=True)
class LessonPlan:
    """A lesson as an instructor plans it: its title, how long it takes, what deserves attention.

    `begins_with` is the design that stands when it begins, as far as earlier lessons built it.
    One that `breaks_things` works in the sandbox alone.
    """

    title: str
    minutes: int
    attention: str
    begins_with: Design = "simple"
    breaks_things: bool = False


COURSE = {
    "00": LessonPlan("Start here", 5, "the whole pipeline runs before anything is explained"),
    "01": LessonPlan(
        "Create the table", 8, "what a query of an index reads, and what a scan reads"
    ),
    "02": LessonPlan("Seed the recipients", 8, "which rows of a CSV are refused, and why"),
    "03": LessonPlan("Create the bucket and queue", 8, "what a role without a permission is told"),
    "04": LessonPlan("Deploy sendQueue", 10, "the event by hand first, then the trigger"),
    "05": LessonPlan("Deploy readMessageAndSendMail", 10, "one batch, one failed message"),
    "06": LessonPlan("Run a send", 12, "nobody gets a second mail; who handled which message when"),
    "07": LessonPlan(
        "Break it", 20, "who gets nothing, and who gets two; what a count hides", breaks_things=True
    ),
    "09": LessonPlan(
        "Bounces and complaints",
        12,
        "who is left out next time, and who decided that",
        begins_with="reliable",
    ),
    "99": LessonPlan("Clean up", 2, "nothing is left"),
}

LESSONS = tuple(COURSE)

# Between the table and the bucket, the recipients: a lesson that creates no part of the pipeline.
SEEDING_LESSON = "02"
