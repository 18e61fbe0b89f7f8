"""The stacks that there are: what each was told, what stands of it, what has happened to it."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from mailfanout.sandbox.access import Credentials
from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.cloudformation.acting import Api, Perform
from mailfanout.sandbox.cloudformation.drift import Drift
from mailfanout.sandbox.cloudformation.intrinsics import Export, invalid
from mailfanout.sandbox.cloudformation.planning import Plan, Resource
from mailfanout.sandbox.cloudformation.resource_kind import Made
from mailfanout.sandbox.events import iso_time
from mailfanout.sandbox.http import Answer, WasReset
from mailfanout.sandbox.states import States

log = logging.getLogger(__name__)

IN_REVIEW = "REVIEW_IN_PROGRESS"
# How long a call waits for the change that it asks for. boto3 waits a minute for the answer.
WAIT_SECONDS = 20


@dataclass(frozen=True)
class Subject:
    """What an event tells of: a stack, or one of its resources, which has properties."""

    logical_id: str
    kind_name: str
    properties: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class StackEvent:
    """A step of a stack, or of one of its resources."""

    event_id: str
    subject: Subject
    physical_id: str
    status: str
    reason: str | None
    at: datetime


@dataclass
class Stack:
    """A stack: what it was told, what stands, and what has happened to it.

    `seen` is what was found of its resources when somebody last looked for drift. `on_failure` says
    what becomes of it if it cannot be created: ROLLBACK, DELETE or DO_NOTHING.
    `options` are shown as they were asked for: nothing here takes minutes, nor asks alarms.
    """

    name: str
    stack_id: str
    region: str
    given: dict[str, str]
    tags: list[dict[str, str]]
    capabilities: list[str]
    role_arn: str | None
    status: str = "CREATE_IN_PROGRESS"
    reason: str | None = None
    plan: Plan | None = None
    resources: dict[str, Resource] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    exports: dict[str, str] = field(default_factory=dict)
    events: list[StackEvent] = field(default_factory=list)
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    updated_at: datetime | None = None
    deleted_at: datetime | None = None
    change_set_id: str | None = None
    seen: dict[str, Drift] = field(default_factory=dict)
    is_protected: bool = False
    on_failure: str = "ROLLBACK"
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def drifts(self) -> dict[str, Drift]:
        """What was seen of the resources that the stack still has."""
        return {name: one for name, one in self.seen.items() if name in self.resources}

    @property
    def drifted(self) -> list[str]:
        """The resources that were seen to stand otherwise than the stack was told."""
        return [name for name, one in self.drifts.items() if one.status != "IN_SYNC"]

    @property
    def drift_status(self) -> str:
        if not self.drifts:
            return "NOT_CHECKED"
        return "DRIFTED" if self.drifted else "IN_SYNC"

    def made(self) -> dict[str, Made]:
        return {name: one.made for name, one in self.resources.items()}

    def tags_of(self, logical_id: str) -> list[dict[str, str]]:
        """What a resource gets besides its own tags: the stack's, and CloudFormation's own.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-resource-tags.html
        """
        own = {"logical-id": logical_id, "stack-id": self.stack_id, "stack-name": self.name}
        return [
            *self.tags,
            *({"Key": f"aws:cloudformation:{key}", "Value": value} for key, value in own.items()),
        ]

    def set_status(self, status: str, reason: str | None = None) -> None:
        self.status, self.reason = status, reason
        itself = Subject(self.name, "AWS::CloudFormation::Stack")
        self.tell(itself, self.stack_id, status, reason)

    def tell(
        self, subject: Subject, physical_id: str, status: str, reason: str | None = None
    ) -> None:
        """Note an event, each in a millisecond of its own; a clean-up tells no properties."""
        now = datetime.now(UTC)
        if self.events:
            now = max(now, self.events[-1].at + timedelta(milliseconds=1))
        event_id = f"{subject.logical_id}-{status}-{iso_time(now)}"
        if physical_id == self.stack_id:
            event_id = str(uuid.uuid4())
        elif self.status.endswith("_CLEANUP_IN_PROGRESS"):
            subject = replace(subject, properties=None)
            event_id = f"{subject.logical_id}-{uuid.uuid4()}"
        told = StackEvent(event_id, subject, physical_id, status, reason, now)
        self.events.append(told)


class Stacks:
    """All stacks of the account. May be used by several threads; one at a time changes a stack.

    `perform` makes the calls that their resources take; `states` says what is still on its way.
    Whoever finds that a name is free, and takes it, holds `naming` meanwhile.
    """

    def __init__(self, perform: Perform, states: States) -> None:
        self._perform = perform
        self._states = states
        self._stacks: dict[str, Stack] = {}
        self.change_sets: dict[str, Any] = {}
        self.detections: dict[str, dict[str, Any]] = {}
        self.naming = threading.Lock()
        self._beginning = threading.Lock()
        self._resets = 0

    def clear(self) -> None:
        """Forget all stacks, and none of their resources; work that is under way stops."""
        self._resets += 1
        self._stacks.clear()
        self.change_sets.clear()
        self.detections.clear()

    def api(self, credentials: Credentials, region: str, host: str) -> Api:
        """What makes calls in the name of the credentials' owner, until the sandbox is reset."""
        resets = self._resets

        def perform(call: ApiCall, credentials: Credentials) -> Answer:
            if self._resets != resets:
                raise WasReset()
            return self._perform(call, credentials)

        return Api(perform, self._states, credentials, region, host)

    def begin(self, stack: Stack, status: str, work: Callable[[], None]) -> None:
        """Begin to change a stack. Returns when that is done, or else goes on in the background.

        Raises ApiError if the stack is being changed already.
        """
        with self._beginning:
            is_under_way = stack.status.endswith("_IN_PROGRESS") and stack.status != IN_REVIEW
            if is_under_way and stack.events:
                raise invalid(f"Stack [{stack.name}] is in status {stack.status}: wait for its end")
            stack.set_status(status, "User Initiated")
        thread = threading.Thread(target=_finish, args=(stack, work), daemon=True)
        thread.start()
        thread.join(WAIT_SECONDS)

    def add(self, stack: Stack) -> None:
        self._stacks[stack.stack_id] = stack

    def every(self, region: str) -> list[Stack]:
        """All stacks of a Region, also those that are deleted."""
        return [one for one in self._stacks.values() if one.region == region]

    def standing(self, region: str) -> list[Stack]:
        """The stacks of a Region that are not deleted."""
        return [one for one in self.every(region) if one.status != "DELETE_COMPLETE"]

    def change_sets_of(self, stack: Stack) -> list[Any]:
        """The stack's change sets, the oldest first."""
        return [one for one in list(self.change_sets.values()) if one.stack is stack]

    def exports(self, region: str, but: Stack | None = None) -> dict[str, Export]:
        """What the stacks of a Region export, but for one of them, by the names of the exports."""
        return {
            name: Export(str(one.outputs[output]), one.stack_id, one.name)
            for one in self.standing(region)
            if one is not but
            for name, output in one.exports.items()
        }

    def importers(self, export_name: str, region: str) -> list[str]:
        """The names of the stacks that import it."""
        return [
            one.name
            for one in self.standing(region)
            if one.plan and export_name in one.plan.scope.imported
        ]

    def maker(self, physical_id: str, region: str) -> Stack:
        """The stack that has a resource of this id. Raises ApiError."""
        for stack in self.every(region):
            if any(one.physical_id == physical_id for one in stack.made().values()):
                return stack
        raise invalid(f"Stack for {physical_id} does not exist")

    def find(self, name_or_id: str, region: str) -> Stack | None:
        """The stack of this id, or the one of this name that is not deleted; or None."""
        if name_or_id in self._stacks:
            return self._stacks[name_or_id]
        return next((one for one in self.standing(region) if one.name == name_or_id), None)


def _finish(stack: Stack, work: Callable[[], None]) -> None:
    try:
        work()
    except Exception as error:
        log.exception("The change of stack %s is not finished", stack.name)
        stack.set_status(stack.status.replace("IN_PROGRESS", "FAILED"), str(error))
