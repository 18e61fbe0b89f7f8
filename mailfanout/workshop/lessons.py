"""A lesson begins: with what the lessons before it built, and nothing else."""

from __future__ import annotations

import os
import sysconfig
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from html import escape
from typing import Any

from mailfanout import provision, recipients
from mailfanout.errors import InputError, OperationMissing
from mailfanout.sandbox import control
from mailfanout.stack import Design, Stack, prefix_of_caller
from mailfanout.target import Target, connect, refused, retry, stack_for
from mailfanout.wording import counted, inflected
from mailfanout.workshop.beginnings import note_beginning
from mailfanout.workshop.course import COURSE, SEEDING_LESSON, require_lesson
from mailfanout.workshop.kernel import prepare_kernel
from mailfanout.workshop.practice import people
from mailfanout.workshop.record import begin_anew


@dataclass(frozen=True)
class Lesson:
    """A lesson that has begun: where it works, and what stands there.

    It is shown as a list of what stands, the same at every start in the sandbox. `settings` are
    those that the sandbox began it with; elsewhere there are none.
    """

    number: str
    target: Target
    stack: Stack
    standing: tuple[str, ...]
    settings: Mapping[str, Any]

    def client(self, service: str) -> Any:
        """The boto3 client of a service: `lesson.client("dynamodb")`."""
        return self.target.client(service)

    def end(self) -> None:
        """Give the sandbox the settings back with which the lesson began. May be repeated."""
        if self.target.sandbox:
            self.target.sandbox.change_settings(**self.settings)

    def patiently(self, call: Callable[..., Any], **parameters: Any) -> Any:
        """What the call returns, once AWS no longer refuses a policy that names a new role.

        IAM makes a role at once; until other services know it, some seconds pass.
        """
        return retry(
            partial(call, **parameters),
            while_error=lambda error: refused(error, "InvalidAttributeValue", "Policy"),
            sleep=self.target.sleep,
        )

    def prepare_shell(self) -> None:
        """Have a notebook's `!aws …` work where the lesson does, and in the sandbox there alone.

        Changes this process's environment: the AWS CLI that came with this Python is found first,
        and opens no pager. May be repeated.
        """
        os.environ["AWS_PAGER"] = ""
        if self.target.sandbox:
            control.enter(self.target.sandbox)
        else:
            scripts = sysconfig.get_path("scripts")
            os.environ["PATH"] = os.pathsep.join([scripts, os.environ.get("PATH", os.defpath)])

    def __repr__(self) -> str:
        if not self.standing:
            return f"{self._begins()} nothing yet."
        return "\n".join([self._begins(), *(f"- {part}" for part in self.standing)])

    def _repr_html_(self) -> str:
        if not self.standing:
            return f"<p>{escape(repr(self))}</p>"
        parts = "".join(f"<li>{escape(part)}</li>" for part in self.standing)
        return f"<p>{escape(self._begins())}</p><ul>{parts}</ul>"

    def _begins(self) -> str:
        is_rehearsal = COURSE[self.number].rehearsed and self.target.kind == "sandbox"
        rehearsal = f" {_REHEARSAL}" if is_rehearsal else ""
        return f"Lesson {self.number} begins.{rehearsal} {self._place()} holds:"

    def _place(self) -> str:
        if self.target.kind == "aws":
            return f"AWS account {self.stack.account_id}, {self.stack.region},"
        return f"The {self.target.kind}"


def start(number: str) -> Lesson:
    """Begin a lesson, one of `workshop.LESSONS`, with exactly what the lessons before it built.

    In the sandbox, which is started if none runs, everything else is removed first: other
    resources, mails, logs, counts, faults, and every setting but the pace. So a lesson begins the
    same the first time and the tenth, alone or after any other; starting it again begins it anew.
    Takes about a second, and at AWS's pace as long as there. A lesson that changes settings ends
    with `lesson.end()`.

    In the notebook's kernel, errors of boto3 are shown in one line from here on.

    Elsewhere nothing is ever removed. What earlier lessons built is created if it is missing, and
    mended if its settings were changed; recipients are added only if the table is empty. Raises
    InputError, which says what to do, if something exists already that this lesson or a later one
    creates, or if the lesson is for the sandbox alone. On an endpoint, raises OperationMissing if
    the endpoint lacks an operation that the lesson needs.
    """
    require_lesson(number)
    prepare_kernel()
    begin_anew(number)
    target = connect()
    if COURSE[number].sandbox_alone and target.sandbox is None:
        raise InputError(
            f"Lesson {number} is for the sandbox alone: it breaks things, or reads what nothing "
            "else shows. Leave it out, or work on it without MAILFANOUT_TARGET."
        )
    stack = stack_of(number, target)
    if target.sandbox:
        _empty(target.sandbox)
        note_beginning(target.sandbox, number)
    else:
        _refuse_what_is_ahead(target, stack, number)
    _build(target, stack, number)
    runs_functions = "04" <= number < "99" and not COURSE[number].rehearsed
    if target.kind == "endpoint" and runs_functions:
        _check_functions(target, stack, COURSE[number].begins_with)
    settings = target.sandbox.settings() if target.sandbox else {}
    return Lesson(number, target, stack, _standing(target, stack, number), settings)


_REHEARSAL = "This is a rehearsal: the sandbox plays AWS, and nothing costs anything."


def stack_of(number: str, target: Target) -> Stack:
    """The stack that a lesson works with. One that is rehearsed has a prefix, as on AWS."""
    if COURSE[number].rehearsed and not os.environ.get("MAILFANOUT_PREFIX"):
        return stack_for(target, prefix=prefix_of_caller(target.caller().arn))
    return stack_for(target)


def _empty(sandbox: control.Sandbox) -> None:
    pace = sandbox.settings()["pace"]
    sandbox.reset()
    sandbox.change_settings(pace=pace)


def reset() -> None:
    """The sandbox as new: no resource, no mail, no log, no count, no fault.

    Raises InputError if the target is another one.
    """
    target = connect()
    mend = f"To remove the pipeline elsewhere, type: mailfanout teardown --target {target.kind}"
    target.require_sandbox(f"Only the sandbox can be reset. {mend}").reset()


def _build(target: Target, stack: Stack, number: str) -> None:
    """What the lessons before this one build."""
    if COURSE[number].rehearsed:
        return
    parts = provision.parts_of(COURSE[number].begins_with)
    provision.create_parts(target, stack, [part for part in parts if part.lesson < number])
    if SEEDING_LESSON < number and not recipients.read_items(target, stack):
        recipients.seed(target, stack, people(target))


def _refuse_what_is_ahead(target: Target, stack: Stack, number: str) -> None:
    standing = provision.describe(target, stack)
    parts = provision.parts_of(COURSE[number].begins_with)
    there = [one for one in parts if one.lesson >= number and one.title(stack) in standing]
    ours = [one for one in there if one.ours(stack, standing[one.title(stack)])]
    if ours:
        raise InputError(
            f"There is already: {_titles(stack, ours)}, which this lesson or a later one creates. "
            "Go on with the lesson after it, or remove the whole pipeline with "
            f"`mailfanout teardown --target {target.kind}` and begin again."
        )
    # A teardown leaves it: a sender that was verified before, or that somebody else uses, too.
    if others := [one for one in there if one.lesson == number]:
        raise InputError(
            f"There is already: {_titles(stack, others)}, which this lesson creates, and which is "
            "not of your pipeline. Go on with the lesson after it, which takes it as it is, or "
            "name another one: MAILFANOUT_SENDER for the sender, MAILFANOUT_PREFIX for all else."
        )


def _titles(stack: Stack, parts: list[provision.Part]) -> str:
    return ", ".join(part.title(stack) for part in parts)


def _check_functions(target: Target, stack: Stack, design: Design) -> None:
    """Have the endpoint run sendQueue once, with no records. Some endpoints only store the code.

    So the learner does not wait later for mails that no function sends. Its role is the one that
    the design's own has.
    """
    own = provision.find_function(stack, stack.send_queue_name, design=design)
    probe = replace(stack, send_queue_name="mailfanout-probe", role_name=own.role_name(stack))
    name = probe.send_queue_name
    provision.create_function(target, probe, name)
    try:
        answer = target.client("lambda").invoke(FunctionName=name, Payload=b'{"Records": []}')
        returned = answer["Payload"].read().decode()
    finally:
        provision.delete_function(target, probe, name)
    if returned != "null":  # None, as sendQueue returns it
        raise OperationMissing(str(target.endpoint_url), "lambda:Invoke", returned)


def _standing(target: Target, stack: Stack, number: str) -> tuple[str, ...]:
    """The resources that exist, those of a kind together, and how many recipients there are."""
    found = provision.describe(target, stack)
    parts = [part for part in provision.parts_of(COURSE[number].begins_with) if not part.belongs_to]
    names: dict[str, list[str]] = {}
    for part in parts:
        if part.title(stack) in found:
            names.setdefault(part.noun, []).append(part.name(stack))
    if "table" in names:
        number_of_items = len(recipients.read_items(target, stack))
        names["table"][0] += f" with {counted(number_of_items, 'recipient')}"
    return tuple(f"{_plural(noun, some)} {', '.join(some)}" for noun, some in names.items())


def _plural(noun: str, names: list[str]) -> str:
    """`queues` of several, and `event source mappings of`."""
    thing, of, _ = noun.partition(" of")
    return inflected(len(names), thing) + of
