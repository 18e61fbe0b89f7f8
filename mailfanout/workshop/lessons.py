"""The tutorial's lessons: begin one anywhere, check its exercises, start over.

A notebook begins with

    from mailfanout import show, workshop

    lesson = workshop.start("03")
    lesson

and works with `lesson.target`, `lesson.stack` and `lesson.client("sqs")`.
"""

from __future__ import annotations

import os
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from mailfanout.errors import InputError, MailfanoutError, OperationMissing
from mailfanout.provision import deployment as provision
from mailfanout.provision.parts import describe
from mailfanout.recipients import checking as recipients
from mailfanout.show.stages import read_items
from mailfanout.stack import Stack
from mailfanout.target.connection import Target, connect, stack_for
from mailfanout.workshop.exercises import CHECKS, Verdict, not_yet

if TYPE_CHECKING:
    import pandas

LESSONS = (*(f"{number:02}" for number in range(7)), "99")


@dataclass(frozen=True)
class Lesson:
    """A lesson that has begun: where it works, and what stands there.

    Its text, in a terminal and in Jupyter, is one line, the same at every start in the sandbox.
    """

    number: str
    target: Target
    stack: Stack
    standing: tuple[str, ...]

    def client(self, service: str) -> Any:
        """The boto3 client of a service: `lesson.client("dynamodb")`."""
        return self.target.client(service)

    def environment(self) -> dict[str, str]:
        """The variables with which a notebook's `!aws …` works where the lesson does.

        Add them with `os.environ |= lesson.environment()`. They find the AWS CLI that came with
        this Python first, and keep it from opening a pager.
        """
        sandbox = self.target.sandbox
        path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
        return {**(sandbox.environment() if sandbox else {}), "AWS_PAGER": "", "PATH": path}

    def __repr__(self) -> str:
        standing = ", ".join(self.standing) or "nothing yet"
        return f"Lesson {self.number} begins. {_place(self)} holds: {standing}."

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"


@dataclass(frozen=True)
class Result:
    """An exercise and how far it is: *correct*, *not attempted* or *not yet, because …*."""

    exercise: str
    task: str
    verdict: Verdict

    def __repr__(self) -> str:
        return f"Exercise {self.exercise}: {self.verdict}"

    def _repr_html_(self) -> str:
        sign, colour = _SIGNS[self.verdict.outcome]
        return f'<p><b style="color:{colour}">{sign}</b> {escape(repr(self))}</p>'


def start(number: str) -> Lesson:
    """Begin a lesson, "00" to "06" or "99", with exactly what the lessons before it built.

    In the sandbox, which is started where none runs, everything else is removed first: other
    resources, mails, logs, counts, faults. So a lesson begins the same the first time and the
    tenth, alone or after any other; starting it again begins it anew. Takes about a second.

    Elsewhere nothing is ever removed or reset. What earlier lessons built is created where it
    is missing, with recipients only where the table is empty; and InputError says what to do
    where something stands already that this lesson or a later one creates. On an endpoint,
    OperationMissing names what the lesson needs and the endpoint does not do.
    """
    if number not in LESSONS:
        raise InputError(f"There is no lesson {number!r}. Choose one of: {', '.join(LESSONS)}.")
    target = connect()
    stack = stack_for(target)
    steps = _steps(stack)
    if target.sandbox:
        target.sandbox.call("POST", "/reset")
    else:
        _refuse_what_is_ahead(target, stack, [s for s in steps if s.lesson >= number])
    for step in steps:
        if step.lesson < number:
            step.build(target, stack)
    if target.kind == "endpoint" and "04" <= number < "99":
        _check_functions(target, stack)
    return Lesson(number, target, stack, _standing(target, stack))


def reset() -> None:
    """The sandbox as new: no resource, no mail, no log, no count, no fault.

    Raises InputError where the target is another one.
    """
    target = connect()
    if target.sandbox is None:
        raise InputError(
            "Only the sandbox can be reset. To remove the pipeline elsewhere, type: "
            f"mailfanout teardown --target {target.kind}"
        )
    target.sandbox.call("POST", "/reset")


def check(exercise: str) -> Result:
    """How far an exercise is, by what AWS holds now: `workshop.check("01-1")`.

    It reads *correct*, *not attempted*, or *not yet, because …*. Raises InputError for an
    exercise that there is not, and nothing else, whatever the learner did.
    """
    if exercise not in CHECKS:
        raise InputError(f"There is no exercise {exercise!r}. Choose one of: {', '.join(CHECKS)}.")
    target = connect()
    return _result(exercise, target, stack_for(target))


def progress(number: str) -> pandas.DataFrame:
    """A lesson's exercises: columns exercise, task and result; `workshop.progress("01")`."""
    import pandas

    target = connect()
    stack = stack_for(target)
    exercises = [exercise for exercise in CHECKS if exercise.startswith(f"{number}-")]
    results = [_result(exercise, target, stack) for exercise in exercises]
    rows = [(found.exercise, found.task, str(found.verdict)) for found in results]
    return pandas.DataFrame(rows, columns=["exercise", "task", "result"])


def people(target: Target) -> tuple[recipients.Recipient, ...]:
    """The three recipients of the lessons: the article's, or on AWS SES's mailbox simulator.

    There, mails to example.com would bounce, and bounces count against the account.
    """
    example = recipients.example().recipients
    if target.kind != "aws":
        return example
    form = "success+{}@simulator.amazonses.com"
    return tuple(replace(one, email=form.format(one.email.partition("@")[0])) for one in example)


def crowd(target: Target, number: int) -> list[recipients.Recipient]:
    """So many people more to practise with, each with an address that is safe to write to.

    In the sandbox, the branch offices of a company; on AWS, SES's mailbox simulator.
    """
    form = "info@branch{:02}.example.com"
    if target.kind == "aws":
        form = "success+branch{:02}@simulator.amazonses.com"
    numbers = range(1, number + 1)
    return [recipients.Recipient(form.format(one), f"第{one}支店") for one in numbers]


Build = Callable[[Target, Stack], Any]

# Each sign with a colour that is legible on white and on black.
_SIGNS = {
    "correct": ("✓", "#2e9e5b"),
    "not attempted": ("○", "#888888"),
    "not yet": ("…", "#d9822b"),
}


@dataclass(frozen=True)
class _Step:
    """One thing that a lesson builds, by the name that the inventory gives it."""

    lesson: str
    name: str
    build: Build


def _steps(stack: Stack) -> list[_Step]:
    """What the lessons build, in their order."""
    send_queue, read_message = stack.function_names
    return [
        _Step("01", f"table {stack.table_name}", provision.create_table),
        _Step("02", "recipients", _seed),
        _Step("03", f"bucket {stack.bucket_name}", provision.create_bucket),
        _Step("03", f"role {stack.role_name}", provision.create_role),
        _Step("03", f"queue {stack.dead_letter_queue_name}", provision.create_dead_letter_queue),
        _Step("03", f"queue {stack.queue_name}", provision.create_queue),
        _Step("04", f"function {send_queue}", _function(send_queue)),
        _Step("04", "permission", provision.allow_bucket_to_invoke),
        _Step("04", "notification", provision.create_notification),
        _Step("05", f"identity {stack.sender}", provision.verify_sender),
        _Step("05", f"function {read_message}", _function(read_message)),
        _Step(
            "05",
            f"event source mapping of {read_message}",
            provision.create_event_source_mapping,
        ),
    ]


def _function(name: str) -> Build:
    return partial(provision.create_function, name=name)


def _seed(target: Target, stack: Stack) -> None:
    if not read_items(target, stack):
        recipients.seed(target, stack, people(target))


def _refuse_what_is_ahead(target: Target, stack: Stack, steps: list[_Step]) -> None:
    standing = describe(target, stack)
    ahead = [step.name for step in steps if step.name in standing]
    if ahead:
        raise InputError(
            f"There is already: {', '.join(ahead)}, which this lesson or a later one creates. Go "
            "on with the lesson after it, or remove the whole pipeline with "
            f"`mailfanout teardown --target {target.kind}` and begin again."
        )


def _check_functions(target: Target, stack: Stack) -> None:
    """Have the endpoint run sendQueue's code once, on no records: some only keep the code.

    Found out here, it costs the learner no wait for what a function never does.
    """
    probe = replace(stack, send_queue_name="mailfanout-probe")
    name = probe.send_queue_name
    provision.create_function(target, probe, name)
    try:
        answer = target.client("lambda").invoke(FunctionName=name, Payload=b'{"Records": []}')
        returned = answer["Payload"].read().decode()
    finally:
        provision.delete_function(target, probe, name)
    if returned != "null":  # None, as sendQueue returns it
        raise OperationMissing(str(target.endpoint_url), "lambda:Invoke", returned)


def _standing(target: Target, stack: Stack) -> tuple[str, ...]:
    """What the inventory finds, and how many recipients are in the table."""
    names = list(describe(target, stack))
    table = f"table {stack.table_name}"
    with_recipients = f"{table} with {len(read_items(target, stack))} recipients"
    return tuple(with_recipients if name == table else name for name in names)


def _place(lesson: Lesson) -> str:
    if lesson.target.kind == "aws":
        return f"AWS account {lesson.stack.account_id}, {lesson.stack.region},"
    return f"The {lesson.target.kind}"


def _result(exercise: str, target: Target, stack: Stack) -> Result:
    """What the check says; where AWS refuses one of its calls, *not yet* for that reason."""
    check_state = CHECKS[exercise]
    try:
        verdict = check_state(target, stack)
    except (BotoCoreError, ClientError, MailfanoutError) as error:
        verdict = not_yet(f"of this: {error}")
    return Result(exercise, (check_state.__doc__ or "").partition("\n")[0], verdict)
