"""A plan, carried out: resources are made, changed and deleted; if one fails, all is undone."""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from mailfanout.sandbox.cloudformation.acting import Api, CallFailed, whole
from mailfanout.sandbox.cloudformation.intrinsics import invalid
from mailfanout.sandbox.cloudformation.kinds import KINDS
from mailfanout.sandbox.cloudformation.planning import (
    Plan,
    Resource,
    changes,
    needs_replacement,
    with_name,
)
from mailfanout.sandbox.cloudformation.resource_kind import Properties, ResourceKind
from mailfanout.sandbox.cloudformation.stacks import Stack, Subject
from mailfanout.sandbox.http import ApiError

CREATION_INITIATED = "Resource creation Initiated"
_REPLACES = "Requested update requires the creation of a new physical resource; hence creating one."
NO_UPDATES = "No updates are to be performed."
# Whether a resource stays that would be deleted.
Spares = Callable[[Resource], bool]
# The tags of a stack.
Tags = list[dict[str, str]]
_LETTERS = string.ascii_uppercase + string.digits


@dataclass(frozen=True)
class _Update:
    """An update under way: how to undo what it has done, and the resources it has replaced."""

    stack: Stack
    plan: Plan
    api: Api
    undo: list[Callable[[], None]] = field(default_factory=list)
    replaced: list[Resource] = field(default_factory=list)
    taken_back: list[Resource] = field(default_factory=list)


def create(stack: Stack, plan: Plan, api: Api) -> None:
    """Make the plan's resources; if one fails, delete the others again, unless they shall stay."""
    stack.plan = plan
    try:
        plan.require_exports()
        for name in plan.order:
            _create(stack, plan, name, api)
        stack.exports = plan.exports(stack.made())
        stack.outputs = plan.outputs(stack.made())
    except (CallFailed, ApiError) as error:
        if stack.on_failure == "DO_NOTHING":
            return stack.set_status("CREATE_FAILED", _why(stack, error))
        word = "DELETE" if stack.on_failure == "DELETE" else "ROLLBACK"
        asked, stack.deleted_at = f"{word.capitalize()} requested by user.", datetime.now(UTC)
        stack.set_status(f"{word}_IN_PROGRESS", f"{_why(stack, error).strip()} {asked}")
        names = [*reversed(stack.resources)]
        if failed := _delete_all(stack, names, api, Resource.is_spared_though_new):
            return stack.set_status(f"{word}_FAILED", _failed_to("delete", failed))
        stack.set_status(f"{word}_COMPLETE")
    else:
        stack.set_status("CREATE_COMPLETE")


def require_changes(stack: Stack, plan: Plan, tags: Tags) -> None:
    """Raises ApiError if an update to the plan, and to these tags, would change nothing."""
    same_outputs = stack.plan and stack.plan.template.outputs == plan.template.outputs
    if same_outputs and tags == stack.tags and not any(changes(plan, stack.resources)):
        raise invalid(NO_UPDATES)


def update(stack: Stack, plan: Plan, given: Mapping[str, str], api: Api, tags: Tags) -> None:
    """Bring the resources to the plan and the tags; if a step fails, undo those before it."""
    under_way = _Update(stack, plan, api)
    tags_before, stack.tags = stack.tags, tags
    try:
        for name in plan.order:
            _bring(under_way, name)
        made = {name: one for name, one in stack.made().items() if name in plan.wanted}
        exports, outputs = plan.exports(made), plan.outputs(made)
    except (CallFailed, ApiError) as error:
        if stack.on_failure == "DO_NOTHING":
            return stack.set_status("UPDATE_FAILED", _why(stack, error))
        stack.set_status("UPDATE_ROLLBACK_IN_PROGRESS", _why(stack, error))
        stack.tags = tags_before
        try:
            for step in reversed(under_way.undo):
                step()
        except CallFailed as again:
            return stack.set_status("UPDATE_ROLLBACK_FAILED", str(again))
        stack.set_status("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        _clean_up(stack, under_way.taken_back, api, Resource.is_spared_though_new)
        return stack.set_status("UPDATE_ROLLBACK_COMPLETE")
    stack.plan, stack.given, stack.outputs = plan, dict(given), outputs
    stack.exports = exports
    stack.updated_at = datetime.now(UTC)
    stack.set_status("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    _clean_up(stack, [*reversed(under_way.replaced)], api, Resource.is_spared_when_replaced)
    unwanted = [name for name in reversed(stack.resources) if name not in plan.wanted]
    _delete_all(stack, unwanted, api)
    for name, one in stack.resources.items():
        if name in plan.wanted:
            stack.resources[name] = replace(one, policies=plan.policies(name))
    stack.set_status("UPDATE_COMPLETE")


def _clean_up(stack: Stack, old: list[Resource], api: Api, is_spared: Spares) -> None:
    """Delete what the stack has no more. What cannot be deleted stays, and is nobody's."""
    for one in old:
        with suppress(CallFailed):
            _delete(stack, one, api, is_spared)


def _why(stack: Stack, error: Exception) -> str:
    """The reason why all is undone: the resource that failed, or else the error."""
    last = stack.events[-1]
    word, _, state = last.status.rpartition("_")
    if state == "FAILED":
        return _failed_to(word.lower(), [last.subject.logical_id])
    return str(error)


def _failed_to(what: str, names: list[str]) -> str:
    return f"The following resource(s) failed to {what}: [{', '.join(names)}]. "


def delete(
    stack: Stack, api: Api, in_use: str | None = None, retained: Collection[str] = ()
) -> None:
    """Delete the resources, the last one first. What cannot be deleted stays, with the stack.

    So does all of a stack that others need, which `in_use` says. Those that are to be `retained`
    stay without the stack.
    """
    if in_use:
        return stack.set_status("DELETE_FAILED", in_use)
    stack.deleted_at = datetime.now(UTC)
    for name in stack.resources.keys() & {*retained}:
        stack.resources[name] = replace(stack.resources[name], policies=("Retain", "Retain"))
    failed = _delete_all(stack, [*reversed(stack.resources)], api)
    if failed:
        return stack.set_status("DELETE_FAILED", _failed_to("delete", failed))
    stack.set_status("DELETE_COMPLETE")


def _create(stack: Stack, plan: Plan, name: str, api: Api, old: Resource | None = None) -> None:
    """Make a resource, perhaps in the place of an old one."""
    kind_name = plan.wanted[name]["Type"]
    shown: dict[str, Any] = {}
    subject = Subject(name, kind_name, shown)
    word, reason = ("UPDATE", _REPLACES) if old else ("CREATE", None)
    with _told(stack, subject, word, reason=reason), whole(kind_name):
        kind = KINDS[kind_name]
        shown |= plan.properties(name, stack.made())
        properties = with_name(plan, name, shown, _chosen_name(stack.name, name, kind, shown))
        if kind.is_there and kind.is_there(api, named := str(properties[kind.named_by or ""])):
            words = f"Resource of type '{kind_name}' with identifier '{named}' already exists."
            raise invalid(words)
        tags, policies = stack.tags_of(name), plan.policies(name)
        made = kind.create(api, kind.tagged(properties, tags))
        by = None if kind.named_by in shown else kind.named_by
        stack.resources[name] = Resource(name, kind_name, properties, made, policies, tags, by)
        stack.tell(subject, made.physical_id, f"{word}_IN_PROGRESS", CREATION_INITIATED)


def _bring(under_way: _Update, name: str) -> None:
    """Create, replace, update or leave a resource, and note how to undo it."""
    stack, plan, api = under_way.stack, under_way.plan, under_way.api
    there = stack.resources.get(name)
    if there is None:
        _create(stack, plan, name, api)
        under_way.undo.append(lambda: _take_back(under_way, name, None))
        return
    named_by = there.kind.named_by
    old_name = str(there.properties.get(named_by, "")) if named_by else ""
    written = plan.properties(name, stack.made())
    properties = with_name(plan, name, written, old_name)
    wanted = replace(there, properties=properties, stack_tags=stack.tags_of(name))
    is_retagged = there.kind.retag and wanted.tagged() != there.tagged()
    if properties == there.properties and not is_retagged:
        return
    if not needs_replacement(there, properties):
        return _update(under_way, there, wanted)
    if named_by and written.get(named_by) == old_name:
        reason = (
            "CloudFormation cannot update a stack when a custom-named resource requires "
            f"replacing. Rename {old_name} and update the stack again."
        )
        subject = Subject(name, there.kind_name, properties)
        stack.tell(subject, there.made.physical_id, "UPDATE_FAILED", reason)
        raise invalid(reason)
    _create(stack, plan, name, api, there)
    under_way.undo.append(lambda: _take_back(under_way, name, there))
    under_way.replaced.append(replace(there, policies=plan.policies(name)))


def _update(under_way: _Update, there: Resource, wanted: Resource) -> None:
    stack, api, name = under_way.stack, under_way.api, there.logical_id

    def set_to(after: Resource) -> None:
        _change(api, there, stack.resources[name].tagged(), after.tagged())
        stack.resources[name] = after

    subject = Subject(name, there.kind_name, wanted.told)
    with _told(stack, subject, "UPDATE"), whole(there.kind_name):
        _refuse_kept(there, wanted.properties)
        set_to(wanted)
    under_way.undo.append(lambda: set_to(there))


def _change(api: Api, there: Resource, before: Properties, after: Properties) -> None:
    """Change a resource by the calls that it takes: one changes its tags, others the rest."""
    kind, others = there.kind, {*before, *after} - {"Tags"}
    if kind.leave:
        kind.leave(api, there.made, before, after)
    if kind.retag is None or any(before.get(one) != after.get(one) for one in others):
        assert kind.update
        kind.update(api, there.made, kind.changed(before, after))
    if kind.retag and before.get("Tags") != after.get("Tags"):
        kind.retag(api, there.made, before, after)


def _refuse_kept(there: Resource, properties: Properties) -> None:
    for name in sorted(there.kind.kept):
        if there.properties.get(name) != properties.get(name):
            raise invalid(
                f"The sandbox's CloudFormation does not change {name} of a {there.kind_name}."
            )


def _take_back(under_way: _Update, name: str, old: Resource | None) -> None:
    resources = under_way.stack.resources
    under_way.taken_back.append(resources.pop(name))
    if old:
        resources[name] = old


def _delete_all(
    stack: Stack, names: list[str], api: Api, is_spared: Spares = Resource.is_spared
) -> list[str]:
    """Delete these resources of the stack; returns those that failed. What they need stays, too."""
    failed: list[str] = []
    needed: set[str] = set()
    for name in names:
        try:
            if name not in needed:
                _delete(stack, stack.resources[name], api, is_spared)
                del stack.resources[name]
                continue
        except CallFailed:
            failed.append(name)
        needed.update(stack.plan.needs.get(name, ()) if stack.plan else ())
    return failed


def _delete(stack: Stack, resource: Resource, api: Api, is_spared: Spares) -> None:
    subject = Subject(resource.logical_id, resource.kind_name, resource.told)
    if is_spared(resource):
        return stack.tell(subject, resource.made.physical_id, "DELETE_SKIPPED")
    with _told(stack, subject, "DELETE", resource.made.physical_id):
        resource.kind.delete(api, resource.made, resource.properties)


@contextmanager
def _told(
    stack: Stack, subject: Subject, word: str, physical_id: str = "", reason: str | None = None
) -> Iterator[None]:
    """Notes how a step on a resource begins and how it ends."""

    def tell(state: str, reason: str | None = None) -> None:
        there = stack.resources.get(subject.logical_id)
        known = physical_id or (there.made.physical_id if there else "")
        stack.tell(subject, known, f"{word}_{state}", reason)

    tell("IN_PROGRESS", reason)
    try:
        yield
    except (CallFailed, ApiError) as error:
        tell("FAILED", str(error))
        raise
    tell("COMPLETE")


def _chosen_name(
    stack_name: str, logical_id: str, kind: ResourceKind, properties: Properties
) -> str:
    """A name as CloudFormation chooses it; in lower case for buckets, which take no other."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(12))
    chosen = f"{stack_name}-{logical_id}-{letters}"[-63:].lstrip("-")
    if any(str(properties.get(one)).lower() == "true" for one in ("FifoQueue", "FifoTopic")):
        return f"{chosen}.fifo"
    return chosen.lower() if kind.named_by == "BucketName" else chosen
