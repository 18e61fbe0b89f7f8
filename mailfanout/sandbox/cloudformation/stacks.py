"""Stacks: created, updated, rolled back and deleted, each within the call that asks for it."""

from __future__ import annotations

import logging
import secrets
import string
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from mailfanout.sandbox.access import Credentials
from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.cloudformation.acting import Api, CallFailed, Perform
from mailfanout.sandbox.cloudformation.intrinsics import invalid
from mailfanout.sandbox.cloudformation.kinds import KINDS
from mailfanout.sandbox.cloudformation.planning import (
    Plan,
    Resource,
    changes,
    needs_replacement,
    with_name,
)
from mailfanout.sandbox.cloudformation.resource_kind import Made, Properties
from mailfanout.sandbox.http import Answer, ApiError
from mailfanout.sandbox.states import States

log = logging.getLogger(__name__)

NO_UPDATES = "No updates are to be performed."
IN_REVIEW = "REVIEW_IN_PROGRESS"
# How long a call waits for the change that it asks for. boto3 waits a minute for the answer.
WAIT_SECONDS = 20
_LETTERS = string.ascii_uppercase + string.digits


@dataclass(frozen=True)
class StackEvent:
    """A step of a stack or of one of its resources."""

    event_id: str
    logical_id: str
    physical_id: str
    kind_name: str
    status: str
    reason: str | None
    at: datetime


@dataclass
class Stack:
    """A stack: what it was told, what stands, and what has happened to it."""

    name: str
    stack_id: str
    region: str
    given: dict[str, str]
    tags: list[dict[str, str]]
    capabilities: list[str]
    role_arn: str | None
    status: str = IN_REVIEW
    reason: str | None = None
    plan: Plan | None = None
    resources: dict[str, Resource] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    events: list[StackEvent] = field(default_factory=list)
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    updated_at: datetime | None = None

    def made(self) -> dict[str, Made]:
        return {name: one.made for name, one in self.resources.items()}

    def set_status(self, status: str, reason: str | None = None) -> None:
        self.status, self.reason = status, reason
        self.tell(self.name, self.stack_id, "AWS::CloudFormation::Stack", status, reason)

    def tell(
        self,
        logical_id: str,
        physical_id: str,
        kind_name: str,
        status: str,
        reason: str | None = None,
    ) -> None:
        """Note an event."""
        event_id = f"{logical_id}-{uuid.uuid4()}"
        now = datetime.now(UTC)
        event = StackEvent(event_id, logical_id, physical_id, kind_name, status, reason, now)
        self.events.append(event)


class Stacks:
    """All stacks of the account. May be used by several threads; one at a time changes a stack.

    `perform` makes the calls that their resources take; `states` says what is still on its way.
    """

    def __init__(self, perform: Perform, states: States) -> None:
        self._perform = perform
        self._states = states
        self._stacks: dict[str, Stack] = {}
        self.change_sets: dict[str, Any] = {}
        self._beginning = threading.Lock()
        self._resets = 0

    def clear(self) -> None:
        """Forget all stacks, and none of their resources; work that is under way stops."""
        self._resets += 1
        self._stacks.clear()
        self.change_sets.clear()

    def api(self, credentials: Credentials, region: str, host: str) -> Api:
        """What makes calls in the name of the credentials' owner, until the sandbox is reset."""
        resets = self._resets

        def perform(call: ApiCall, credentials: Credentials) -> Answer:
            if self._resets != resets:
                raise ApiError("Reset", "The sandbox was reset.")
            return self._perform(call, credentials)

        return Api(perform, self._states, credentials, region, host)

    def begin(self, stack: Stack, status: str, work: Callable[[], None]) -> None:
        """Begin to change a stack. Returns when that is done, or else goes on in the background.

        Raises ApiError if the stack is being changed already.
        """
        with self._beginning:
            if stack.status.endswith("_IN_PROGRESS") and stack.status != IN_REVIEW:
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

    def find(self, name_or_id: str, region: str) -> Stack | None:
        """The stack of this id, or the one of this name that is not deleted; or None."""
        if name_or_id in self._stacks:
            return self._stacks[name_or_id]
        standing = (one for one in self.every(region) if one.status != "DELETE_COMPLETE")
        return next((one for one in standing if one.name == name_or_id), None)


def _finish(stack: Stack, work: Callable[[], None]) -> None:
    try:
        work()
    except Exception as error:
        log.exception("The change of stack %s is not finished", stack.name)
        stack.set_status(stack.status.replace("IN_PROGRESS", "FAILED"), str(error))


def create(stack: Stack, plan: Plan, api: Api) -> None:
    """Make the plan's resources; if one fails, delete the others again."""
    stack.plan = plan
    try:
        for name in plan.order:
            _create(stack, plan, name, api)
        stack.outputs = plan.outputs(stack.made())
    except (CallFailed, ApiError) as error:
        stack.set_status("ROLLBACK_IN_PROGRESS", str(error))
        failed = _delete_all(stack, [*reversed(stack.resources)], api)
        stack.set_status("ROLLBACK_FAILED" if failed else "ROLLBACK_COMPLETE", str(error))
    else:
        stack.set_status("CREATE_COMPLETE")


def require_changes(stack: Stack, plan: Plan) -> None:
    """Raises ApiError if an update to the plan would change nothing."""
    same_outputs = stack.plan and stack.plan.template.outputs == plan.template.outputs
    if same_outputs and not any(True for _ in changes(plan, stack.resources)):
        raise invalid(NO_UPDATES)


def update(stack: Stack, plan: Plan, given: Mapping[str, str], api: Api) -> None:
    """Bring the resources to the plan; if a step fails, undo those before it."""
    undo: list[Callable[[], None]] = []
    left: list[Resource] = []
    try:
        for name in plan.order:
            _bring(stack, plan, name, api, undo=undo, left=left)
        outputs = plan.outputs(
            {name: one for name, one in stack.made().items() if name in plan.wanted}
        )
    except (CallFailed, ApiError) as error:
        stack.set_status("UPDATE_ROLLBACK_IN_PROGRESS", str(error))
        try:
            for step in reversed(undo):
                step()
        except CallFailed as again:
            return stack.set_status("UPDATE_ROLLBACK_FAILED", str(again))
        return stack.set_status("UPDATE_ROLLBACK_COMPLETE", str(error))
    stack.plan, stack.given, stack.outputs = plan, dict(given), outputs
    stack.updated_at = datetime.now(UTC)
    stack.set_status("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    for one in reversed(left):
        _delete(stack, one, api)
    unwanted = [name for name in reversed(stack.resources) if name not in plan.wanted]
    _delete_all(stack, unwanted, api)
    stack.set_status("UPDATE_COMPLETE")


def delete(stack: Stack, api: Api) -> None:
    """Delete the resources, the last one first. What cannot be deleted stays, with the stack."""
    failed = _delete_all(stack, [*reversed(stack.resources)], api)
    if failed:
        reason = f"The following resource(s) failed to delete: [{', '.join(failed)}]."
        return stack.set_status("DELETE_FAILED", reason)
    stack.set_status("DELETE_COMPLETE")


def _create(stack: Stack, plan: Plan, name: str, api: Api) -> None:
    definition = plan.wanted[name]
    kind_name = definition["Type"]
    with _told(stack, name, kind_name, "CREATE"):
        properties = with_name(
            plan, name, plan.properties(name, stack.made()), _chosen_name(stack.name, name)
        )
        made = KINDS[kind_name].create(api, properties)
        retained = definition.get("DeletionPolicy", "").startswith("Retain")
        stack.resources[name] = Resource(name, kind_name, properties, made, retained)


def _bring(
    stack: Stack,
    plan: Plan,
    name: str,
    api: Api,
    *,
    undo: list[Callable[[], None]],
    left: list[Resource],
) -> None:
    """Create, replace, update or leave a resource, and note how to undo it."""
    there = stack.resources.get(name)
    if there is None:
        _create(stack, plan, name, api)
        undo.append(lambda: _take_back(stack, name, None, api))
        return
    kind_name = plan.wanted[name]["Type"]
    named_by = there.kind.named_by
    old_name = str(there.properties.get(named_by, "")) if named_by else ""
    properties = with_name(plan, name, plan.properties(name, stack.made()), old_name)
    if (kind_name, properties) == (there.kind_name, there.properties):
        return
    if kind_name == there.kind_name and not needs_replacement(there, properties):
        return _update(stack, there, properties, api, undo=undo)
    if named_by and kind_name == there.kind_name and properties[named_by] == old_name:
        reason = (
            "CloudFormation cannot update a stack when a custom-named resource requires "
            f"replacing. Rename {old_name} and update the stack again."
        )
        stack.tell(name, there.made.physical_id, kind_name, "UPDATE_FAILED", reason)
        raise invalid(reason)
    _create(stack, plan, name, api)
    undo.append(lambda: _take_back(stack, name, there, api))
    left.append(there)


def _update(
    stack: Stack,
    there: Resource,
    properties: Properties,
    api: Api,
    *,
    undo: list[Callable[[], None]],
) -> None:
    name = there.logical_id
    with _told(stack, name, there.kind_name, "UPDATE"):
        _refuse_kept(there, properties)
        assert there.kind.update
        there.kind.update(api, there.made, properties)
        changed = Resource(name, there.kind_name, properties, there.made, there.retained)
        stack.resources[name] = changed

    def back() -> None:
        assert there.kind.update
        there.kind.update(api, there.made, there.properties)
        stack.resources[name] = there

    undo.append(back)


def _refuse_kept(there: Resource, properties: Properties) -> None:
    for name in sorted(there.kind.kept):
        if there.properties.get(name) != properties.get(name):
            raise invalid(
                f"The sandbox's CloudFormation does not change {name} of a {there.kind_name}."
            )


def _take_back(stack: Stack, name: str, old: Resource | None, api: Api) -> None:
    _delete(stack, stack.resources.pop(name), api)
    if old:
        stack.resources[name] = old


def _delete_all(stack: Stack, names: list[str], api: Api) -> list[str]:
    """Delete these resources of the stack; returns those that stay because that failed."""
    failed = []
    for name in names:
        try:
            _delete(stack, stack.resources[name], api)
        except CallFailed:
            failed.append(name)
        else:
            del stack.resources[name]
    return failed


def _delete(stack: Stack, resource: Resource, api: Api) -> None:
    name, kind_name = resource.logical_id, resource.kind_name
    physical_id = resource.made.physical_id
    if resource.retained:
        return stack.tell(name, physical_id, kind_name, "DELETE_SKIPPED")
    with _told(stack, name, kind_name, "DELETE", physical_id):
        resource.kind.delete(api, resource.made, resource.properties)


@contextmanager
def _told(
    stack: Stack, name: str, kind_name: str, word: str, physical_id: str = ""
) -> Iterator[None]:
    """Notes how a step on a resource begins and how it ends."""

    def tell(state: str, reason: str | None = None) -> None:
        there = stack.resources.get(name)
        known = physical_id or (there.made.physical_id if there else "")
        stack.tell(name, known, kind_name, f"{word}_{state}", reason)

    tell("IN_PROGRESS")
    try:
        yield
    except (CallFailed, ApiError) as error:
        tell("FAILED", str(error))
        raise
    tell("COMPLETE")


def _chosen_name(stack_name: str, logical_id: str) -> str:
    """A name as CloudFormation chooses it; in lower case, since buckets take no other."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(12))
    return f"{stack_name}-{logical_id}-{letters}"[-63:].lower().lstrip("-")
