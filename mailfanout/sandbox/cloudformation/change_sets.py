"""Change sets: what an update would do, shown before it is carried out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from mailfanout.sandbox.cloudformation.asked import Asked
from mailfanout.sandbox.cloudformation.intrinsics import invalid, references
from mailfanout.sandbox.cloudformation.kinds import KINDS
from mailfanout.sandbox.cloudformation.planning import Change, Plan, changes
from mailfanout.sandbox.cloudformation.resource_kind import document
from mailfanout.sandbox.cloudformation.stacks import Stack
from mailfanout.sandbox.http import ApiError

# Why a property changes that names a parameter or, by how sure that is, a replaced resource.
Causes = Mapping[str, dict[str, str]]
_OF_PARAMETER = {"Evaluation": "Static", "ChangeSource": "ParameterReference"}
_OF_REPLACEMENT = {
    "True": {"Evaluation": "Static", "ChangeSource": "ResourceReference"},
    "Conditional": {"Evaluation": "Dynamic", "ChangeSource": "ResourceReference"},
}
_OF_RESOURCES = {"ResourceAttribute", "ResourceReference"}
_VALUES = {"AfterValue", "AttributeChangeType", "BeforeValue", "Path"}
NO_CHANGES = (
    "The submitted information didn't contain changes. Submit different information to create a "
    "change set."
)


@dataclass
class ChangeSet:
    """What an update, or the creation, of a stack would do, as these parameters asked for it."""

    name: str
    change_set_id: str
    stack: Stack
    plan: Plan
    given: dict[str, str]
    is_new: bool
    changes: list[dict[str, Any]]
    parameters: Mapping[str, Any]
    status: str = "CREATE_COMPLETE"
    execution_status: str = "AVAILABLE"
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def reason(self) -> str | None:
        return NO_CHANGES if self.status == "FAILED" else None


def change_set(asked: Asked) -> ChangeSet:
    """The change set that a call names. Raises ApiError."""
    if one := find(asked):
        return one
    message = f"ChangeSet [{asked.parameters['ChangeSetName']}] does not exist"
    raise ApiError("ChangeSetNotFound", message, 404)


def find(asked: Asked) -> ChangeSet | None:
    """The change set of an ARN, or of a name and its stack. Raises ApiError for no such stack."""
    name, stack_name = asked.parameters["ChangeSetName"], asked.parameters.get("StackName")
    if stack_name and not asked.stacks.find(stack_name, asked.call.region):
        raise invalid(f"Stack [{stack_name}] does not exist")
    if not stack_name and not name.startswith("arn:"):
        if asked.call.operation == "GetTemplate":
            raise invalid("StackName is a required parameter.")
        raise invalid("StackName must be specified if ChangeSetName is not specified as an ARN.")
    by_name = of_name(asked, name) if stack_name else None
    return by_name or asked.stacks.change_sets.get(name)


def of_name(asked: Asked, name: str) -> ChangeSet | None:
    """The stack's last change set of this name. One that was executed leaves its name to others."""
    stack = asked.stacks.find(asked.parameters["StackName"], asked.call.region)
    of_stack = asked.stacks.change_sets_of(stack) if stack else []
    return next((one for one in reversed(of_stack) if one.name == name), None)


def described(plan: Plan, stack: Stack) -> list[dict[str, Any]]:
    """The changes of a plan, as DescribeChangeSet answers them."""
    before = stack.plan.scope.values if stack.plan else {}
    after = plan.scope.values
    found = sorted(changes(plan, stack.resources), key=lambda one: one.logical_id)
    causes = {name: _OF_PARAMETER for name in after if before.get(name) != after[name]}
    for one in found:
        if one.replacement in _OF_REPLACEMENT:
            causes[one.logical_id] = _OF_REPLACEMENT[one.replacement]
    return [{"Type": "Resource", "ResourceChange": _described(one, plan, causes)} for one in found]


def without_values(one: dict[str, Any]) -> dict[str, Any]:
    """A change as DescribeChangeSet answers it to who does not ask for values."""
    change = {k: v for k, v in one["ResourceChange"].items() if not k.endswith("Context")}
    details = [
        {**detail, "Target": {k: v for k, v in detail["Target"].items() if k not in _VALUES}}
        for detail in change["Details"]
        if not _goes_without_saying(detail, change["Details"])
    ]
    return {**one, "ResourceChange": {**change, "Details": details}}


def _goes_without_saying(detail: dict[str, Any], details: list[dict[str, Any]]) -> bool:
    """Whether it says no more than that a property changes with a resource that it refers to."""
    sources = {one["ChangeSource"] for one in details if one["Target"] == detail["Target"]}
    is_itself = detail["ChangeSource"] == "DirectModification"
    return is_itself and bool(sources & _OF_RESOURCES) and "ParameterReference" not in sources


def _described(change: Change, plan: Plan, causes: Causes) -> dict[str, Any]:
    described: dict[str, Any] = {
        "Action": change.action,
        "LogicalResourceId": change.logical_id,
        "ResourceType": change.kind_name,
        "Scope": [],
        "Details": [],
    }
    if change.physical_id:
        described["PhysicalResourceId"] = change.physical_id
    if change.policy:
        described["PolicyAction"] = change.policy
    for word, properties in (("Before", change.before), ("After", change.after)):
        if properties:
            described[f"{word}Context"] = json.dumps({"Properties": properties}, default=str)
    if change.action != "Modify":
        return described
    written = plan.wanted[change.logical_id].get("Properties") or {}
    return described | {
        "Replacement": change.replacement,
        "Scope": sorted({"Tags" if name == "Tags" else "Properties" for name in change.names}),
        "Details": [
            detail for name in change.names for detail in _details(name, change, written, causes)
        ],
    }


def _details(
    name: str, change: Change, written: Mapping[str, Any], causes: Causes
) -> Iterator[dict[str, Any]]:
    """Why a property changes: for each parameter, or replaced resource, that it names; and itself.

    What follows from something else, or is not known before, is evaluated only in the end.
    """
    target, causing = {"Target": _target(name, change)}, dict[str, dict[str, str]]()
    for one in references(written.get(name)):
        if one.name in causes and one.attribute:
            whole = f"{one.name}.{one.attribute}"
            causing[whole] = causes[one.name] | {"ChangeSource": "ResourceAttribute"}
        elif one.name in causes:
            causing[one.name] = causes[one.name]
    for entity, cause in sorted(causing.items()):
        yield target | cause | {"CausingEntity": entity}
    evaluation = "Dynamic" if causing or name in change.unknown else "Static"
    yield target | {"Evaluation": evaluation, "ChangeSource": "DirectModification"}


def _target(name: str, change: Change) -> dict[str, Any]:
    is_unknown = name in change.unknown
    is_fixed = name in KINDS[change.kind_name].fixed
    recreation = "Always" if is_fixed else "Never"
    target: dict[str, Any] = {"Attribute": "Tags" if name == "Tags" else "Properties"}
    if name != "Tags":
        target |= {"Name": name}
        before, after = change.before.get(name), change.after.get(name)
        values = {"BeforeValue": before, "AfterValue": after}
        target |= {k: document(v) for k, v in values.items() if v is not None}
        word = "Add" if before is None else "Remove" if after is None else "Modify"
        target |= {"Path": f"/Properties/{name}", "AttributeChangeType": word}
    target["RequiresRecreation"] = "Conditionally" if is_fixed and is_unknown else recreation
    return target
