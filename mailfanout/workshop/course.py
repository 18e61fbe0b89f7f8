"""The course: every lesson, in order. To add one, add it here and write its notebook."""

from __future__ import annotations

from dataclasses import dataclass

from mailfanout.errors import none_such
from mailfanout.stack import Design


@dataclass(frozen=True)
class LessonPlan:
    """A lesson as an instructor plans it: its title, how long it takes, what deserves attention.

    `notes` are what they speak from; `mailfanout handout --instructor` prints them.
    `begins_with` is the design that stands when it begins, as far as earlier lessons built it.
    One for the `sandbox_alone` breaks things, or reads what only the sandbox shows. One that is
    `rehearsed` is about AWS, and the sandbox plays its part: nothing stands when it begins, and
    names have a prefix, as there.
    """

    title: str
    minutes: int
    attention: str
    begins_with: Design = "simple"
    notes: str = ""
    sandbox_alone: bool = False
    rehearsed: bool = False


COURSE = {
    "00": LessonPlan(
        "Start here",
        5,
        "the whole pipeline runs before anything is explained",
        notes=(
            "Let them run it before you explain anything: the mails are the promise that the "
            "rest keeps. Ask which of the parts somebody has to run all day. Nobody: that is "
            "the point of it."
        ),
    ),
    "01": LessonPlan(
        "Create the table",
        8,
        "what a query of an index reads, and what a scan reads",
        notes=(
            "Draw the index as a second table. The surprise is that asking the index costs "
            "about as much as the scan, because nearly everybody is in the answer; ask when it "
            "would not."
        ),
    ),
    "02": LessonPlan(
        "Seed the recipients",
        8,
        "which rows of a CSV are refused, and why",
        notes=(
            "Have them open the CSV in a spreadsheet and save it again: byte order mark, "
            "semicolons, a column more. Which rows would they have mailed?"
        ),
    ),
    "03": LessonPlan(
        "Create the bucket and queue",
        8,
        "what a role without a permission is told",
        notes=(
            "Two policies meet at the queue, the caller's and the queue's own. Have them say "
            "whom each one names before the call is made. AmazonSQSFullAccess stands beside the "
            "six calls on one queue that are needed."
        ),
    ),
    "04": LessonPlan(
        "Deploy sendQueue",
        10,
        "the event by hand first, then the trigger",
        notes=(
            "The event by hand first, the trigger after it: who can tell a broken function from "
            "a trigger that was never allowed? Draw attention to what S3 asks Lambda before it "
            "takes the notification."
        ),
    ),
    "05": LessonPlan(
        "Deploy readMessageAndSendMail",
        10,
        "one batch, one failed message",
        notes=(
            "A batch is one invocation. Have them predict what comes back of ten messages if "
            "one fails, with the partial batch response and without it. The flag is set before "
            "the mail is sent: let somebody ask why."
        ),
    ),
    "06": LessonPlan(
        "Run a send",
        12,
        "what the flag stops, and what it does not; who handled what, when",
        notes=(
            "Concurrency bounds workers, not the rate. Leave open until lesson 07 what becomes of "
            "a mail that SES refuses; a group that has found the flag by itself has understood the "
            "design."
        ),
    ),
    "07": LessonPlan(
        "Break it",
        20,
        "who gets nothing, and who gets two; what a count hides",
        notes=(
            "Collect the guesses before each run, and let those who were right explain. The line "
            "to stop at is sendQueue killed midway: thirty mails for twenty people look like too "
            "many, and half of the people have none. Ask how anybody would find out on AWS."
        ),
        sandbox_alone=True,
    ),
    "08": LessonPlan(
        "Make it reliable",
        20,
        "the same faults, side by side; the moment that nobody can close",
        notes=(
            "First let them say what the pipeline would have to remember. Then the moment: have "
            "somebody play SES and somebody the reader, and end the reader between the two calls. "
            "Which policy would they want for a bill, and which for a fire alarm?"
        ),
        sandbox_alone=True,
    ),
    "09": LessonPlan(
        "Bounces and complaints",
        15,
        "who is left out next time, and who decided that",
        begins_with="reliable",
        notes=(
            "Who decides that somebody gets no mail any more: SES, the mailbox provider, the "
            "person, or we? There are four answers in the lesson."
        ),
    ),
    "10": LessonPlan(
        "Scale and cost",
        20,
        "which limit comes first, and what a slow account costs",
        begins_with="reliable",
        sandbox_alone=True,
        notes=(
            "Collect guesses for the million before the forecast: hours, dollars, and what takes "
            "the most of either. Have each group change one figure and explain the next limit. "
            "For the capstone, let them say first which trial their change is afraid of."
        ),
    ),
    "11": LessonPlan(
        "Infrastructure as code",
        15,
        "what one file says of the parts; what a stack knows, and what it does not see",
        notes=(
            "Ask who made the queue on the account that they work on, and how they know. Let them "
            "find the line of the template for a call that they typed in lesson 03. Drift is the "
            "point to stay at: the stack remembers what it was told, and looks at nothing."
        ),
        sandbox_alone=True,
    ),
    "12": LessonPlan(
        "On real AWS",
        12,
        "what costs money while nobody sends; what two people in one account share",
        rehearsed=True,
        notes=(
            "In the sandbox it is a rehearsal. Before a class goes to AWS: verify one sender, in "
            "a mail to yourself; set a budget with an alarm; have each learner read the plan "
            "aloud before they deploy. At the end, `mailfanout teardown --target aws --all` "
            "lists what somebody has forgotten."
        ),
    ),
    "99": LessonPlan(
        "Clean up",
        2,
        "nothing is left",
        notes=(
            "Ask what would still cost money on AWS if this lesson were left out, and who would "
            "notice."
        ),
    ),
}

LESSONS = tuple(COURSE)


def require_lesson(number: str) -> None:
    """Raises InputError if there is no lesson of this number."""
    if number not in COURSE:
        raise none_such("lesson", number, LESSONS)


def lessons_on(kind: str) -> tuple[str, ...]:
    """The lessons that work on such a target: in the sandbox, all."""
    return tuple(
        lesson for lesson, plan in COURSE.items() if kind == "sandbox" or not plan.sandbox_alone
    )


# Between the table and the bucket, the recipients: a lesson that creates no part of the pipeline.
SEEDING_LESSON = "02"
