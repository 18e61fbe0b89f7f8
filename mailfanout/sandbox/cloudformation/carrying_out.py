"""A plan, carried out: resources are made, changed and deleted; if one fails, all is undone."""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from mailfanout.sandbox.cloudformation.acting import Api, CallFailed
from mailfanout.sandbox.cloudformation.intrinsics import invalid
from mailfanout.sandbox.cloudformation.kinds import KINDS
from mailfanout.sandbox.cloudformation.planning import (
    Plan,
    Resource,
    changes,
    needs_replacement,
    with_name,
)
from mailfanout.sandbox.cloudformation.resource_kind import Properties
from mailfanout.sandbox.cloudformation.stacks import Stack, Subject
from mailfanout.sandbox.http import ApiError

CREATION_INITIATED = "Resource creation Initiated"
NO_UPDATES = "No updates are to be performed."
_LETTERS = string.ascii_uppercase + string.digits


@dataclass(frozen=True)
class _Update:
    """An update under way: how to undo what it has done, and the resources it has replaced."""

    stack: Stack
    plan: Plan
    api: Api
    undo: list[Callable[[], None]] = field(default_factory=list)
    replaced: list[Resource] = field(default_factory=list)


def create(stack: Stack, plan: Plan, api: Api) -> None:
    """Make the plan's resources; if one fails, delete the others again, unless they shall stay."""
    stack.plan = plan
    try:
        for name in plan.order:
            _create(stack, plan, name, api)
        stack.exports = plan.exports(stack.made())
        stack.outputs = plan.outputs(stack.made())
    except (CallFailed, ApiError) as error:
        if stack.on_failure == "DO_NOTHING":
            return stack.set_status("CREATE_FAILED", str(error))
        word = "DELETE" if stack.on_failure == "DELETE" else "ROLLBACK"
        stack.set_status(f"{word}_IN_PROGRESS", str(error))
        failed = _delete_all(stack, [*reversed(stack.resources)], api)
        stack.set_status(f"{word}_FAILED" if failed else f"{word}_COMPLETE", str(error))
    else:
        stack.set_status("CREATE_COMPLETE")


def require_changes(stack: Stack, plan: Plan) -> None:
    """Raises ApiError if an update to the plan would change nothing."""
    same_outputs = stack.plan and stack.plan.template.outputs == plan.template.outputs
    if same_outputs and not any(True for _ in changes(plan, stack.resources)):
        raise invalid(NO_UPDATES)


def update(stack: Stack, plan: Plan, given: Mapping[str, str], api: Api) -> None:
    """Bring the resources to the plan; if a step fails, undo those before it, unless they stay."""
    under_way = _Update(stack, plan, api)
    try:
        for name in plan.order:
            _bring(under_way, name)
        made = {name: one for name, one in stack.made().items() if name in plan.wanted}
        exports, outputs = plan.exports(made), plan.outputs(made)
    except (CallFailed, ApiError) as error:
        if stack.on_failure == "DO_NOTHING":
            return stack.set_status("UPDATE_FAILED", str(error))
        stack.set_status("UPDATE_ROLLBACK_IN_PROGRESS", str(error))
        try:
            for step in reversed(under_way.undo):
                step()
        except CallFailed as again:
            return stack.set_status("UPDATE_ROLLBACK_FAILED", str(again))
        return stack.set_status("UPDATE_ROLLBACK_COMPLETE", str(error))
    stack.plan, stack.given, stack.outputs = plan, dict(given), outputs
    stack.exports = exports
    stack.updated_at = datetime.now(UTC)
    stack.set_status("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    for one in reversed(under_way.replaced):
        _delete(stack, one, api)
    unwanted = [name for name in reversed(stack.resources) if name not in plan.wanted]
    _delete_all(stack, unwanted, api)
    stack.set_status("UPDATE_COMPLETE")


def delete(stack: Stack, api: Api, in_use: str | None = None) -> None:
    """Delete the resources, the last one first. What cannot be deleted stays, with the stack.

    So does all of a stack that others need, which `in_use` says.
    """
    if in_use:
        return stack.set_status("DELETE_FAILED", in_use)
    failed = _delete_all(stack, [*reversed(stack.resources)], api)
    if failed:
        reason = f"The following resource(s) failed to delete: [{', '.join(failed)}]."
        return stack.set_status("DELETE_FAILED", reason)
    stack.deleted_at = datetime.now(UTC)
    stack.set_status("DELETE_COMPLETE")


def _create(stack: Stack, plan: Plan, name: str, api: Api) -> None:
    definition = plan.wanted[name]
    kind_name = definition["Type"]
    shown: dict[str, Any] = {}
    subject = Subject(name, kind_name, shown)
    with _told(stack, subject, "CREATE"):
        chosen_name = _chosen_name(stack.name, name)
        properties = with_name(plan, name, plan.properties(name, stack.made()), chosen_name)
        shown |= properties
        kind = KINDS[kind_name]
        made = kind.create(api, kind.tagged(properties, stack.tags_of(name)))
        retained = definition.get("DeletionPolicy", "").startswith("Retain")
        stack.resources[name] = Resource(name, kind_name, properties, made, retained)
        stack.tell(subject, made.physical_id, "CREATE_IN_PROGRESS", CREATION_INITIATED)


def _bring(under_way: _Update, name: str) -> None:
    """Create, replace, update or leave a resource, and note how to undo it."""
    stack, plan, api = under_way.stack, under_way.plan, under_way.api
    there = stack.resources.get(name)
    if there is None:
        _create(stack, plan, name, api)
        under_way.undo.append(lambda: _take_back(stack, name, None, api))
        return
    kind_name = plan.wanted[name]["Type"]
    named_by = there.kind.named_by
    old_name = str(there.properties.get(named_by, "")) if named_by else ""
    properties = with_name(plan, name, plan.properties(name, stack.made()), old_name)
    if (kind_name, properties) == (there.kind_name, there.properties):
        return
    if kind_name == there.kind_name and not needs_replacement(there, properties):
        return _update(under_way, there, properties)
    if named_by and kind_name == there.kind_name and properties[named_by] == old_name:
        reason = (
            "CloudFormation cannot update a stack when a custom-named resource requires "
            f"replacing. Rename {old_name} and update the stack again."
        )
        subject = Subject(name, kind_name, properties)
        stack.tell(subject, there.made.physical_id, "UPDATE_FAILED", reason)
        raise invalid(reason)
    _create(stack, plan, name, api)
    under_way.undo.append(lambda: _take_back(stack, name, there, api))
    under_way.replaced.append(there)


def _update(under_way: _Update, there: Resource, properties: Properties) -> None:
    stack, api, name = under_way.stack, under_way.api, there.logical_id

    def set_to(wanted: Properties) -> None:
        assert there.kind.update
        there.kind.update(api, there.made, there.kind.tagged(wanted, stack.tags_of(name)))
        stack.resources[name] = replace(there, properties=wanted)

    with _told(stack, Subject(name, there.kind_name, properties), "UPDATE"):
        _refuse_kept(there, properties)
        set_to(properties)
    under_way.undo.append(lambda: set_to(there.properties))


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
    subject = Subject(resource.logical_id, resource.kind_name, resource.properties)
    if resource.retained:
        return stack.tell(subject, resource.made.physical_id, "DELETE_SKIPPED")
    with _told(stack, subject, "DELETE", resource.made.physical_id):
        resource.kind.delete(api, resource.made, resource.properties)


@contextmanager
def _told(stack: Stack, subject: Subject, word: str, physical_id: str = "") -> Iterator[None]:
    """Notes how a step on a resource begins and how it ends."""

    def tell(state: str, reason: str | None = None) -> None:
        there = stack.resources.get(subject.logical_id)
        known = physical_id or (there.made.physical_id if there else "")
        stack.tell(subject, known, f"{word}_{state}", reason)

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
