"""What a template wants to be there, in which order, and how that differs from what is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter
from typing import Any

from mailfanout.sandbox.cloudformation.intrinsics import (
    UNKNOWN,
    Export,
    Scope,
    dependencies,
    invalid,
    malformed,
    references,
    whatever_exports,
)
from mailfanout.sandbox.cloudformation.kinds import KINDS
from mailfanout.sandbox.cloudformation.resource_kind import Made, Properties, ResourceKind
from mailfanout.sandbox.cloudformation.templates import Template
from mailfanout.sandbox.json_objects import as_list


@dataclass(frozen=True)
class Resource:
    """A resource of a stack that is there, and what becomes of it when it is wanted no more.

    `policies` are its DeletionPolicy and, for when another takes its place, UpdateReplacePolicy;
    `stack_tags` are the tags that it got besides its own, and `named` is the property of its name
    if CloudFormation has chosen that.
    """

    logical_id: str
    kind_name: str
    properties: Properties
    made: Made
    policies: tuple[str, str] = ("Delete", "Delete")
    stack_tags: list[dict[str, str]] = field(default_factory=list)
    named: str | None = None

    @property
    def kind(self) -> ResourceKind:
        return KINDS[self.kind_name]

    @property
    def told(self) -> Properties:
        """Its properties as the template has them."""
        return {name: one for name, one in self.properties.items() if name != self.named}

    def tagged(self) -> Properties:
        """Its properties with all the tags that it has."""
        return self.kind.tagged(self.properties, self.stack_tags)

    def is_spared(self) -> bool:
        """Whether it stays when the stack has it no more."""
        return self.policies[0] in ("Retain", "RetainExceptOnCreate")

    def is_spared_though_new(self) -> bool:
        """Whether it stays when what has made it is undone."""
        return self.policies[0] == "Retain"

    def is_spared_when_replaced(self) -> bool:
        return self.policies[1] == "Retain"


@dataclass(frozen=True)
class Change:
    """What an update would do to a resource.

    `action` is AWS's word, Add, Modify or Remove; `replacement` says whether a modified one is
    made anew, True, False or Conditional; `names` are the properties that differ; `policy` says
    what becomes of one that is there no more afterwards. `before` and `after` are the properties
    that templates give it.
    """

    action: str
    logical_id: str
    kind_name: str
    physical_id: str | None = None
    replacement: str | None = None
    names: tuple[str, ...] = ()
    unknown: frozenset[str] = frozenset()
    policy: str | None = None
    before: Properties = field(default_factory=dict)
    after: Properties = field(default_factory=dict)


class Plan:
    """What a template wants with these values of its parameters."""

    def __init__(
        self,
        template: Template,
        values: Mapping[str, Any],
        exports: Mapping[str, Export] | None = None,
    ) -> None:
        self.template = template
        self.scope = replace(template.scope(values), exports=exports or {})
        self._check_conditions()
        self.wanted = _that_apply(template.resources, self.scope)
        self.needs = _needs(template.resources, template.parameters)
        self.order = _in_order(self.needs, self.wanted)
        self._check_expressions(whatever_exports(self.scope.exports))

    def _check_conditions(self) -> None:
        """Raise ApiError for conditions that nobody can evaluate, even if nothing has them."""
        try:
            for name in self.scope.conditions:
                self.scope.is_true(name)
        except RecursionError:
            names = ", ".join(self.scope.conditions)
            raise invalid(f"Template error: Circular dependency of conditions: [{names}]") from None

    def policies(self, logical_id: str) -> tuple[str, str]:
        """Of a resource that is wanted, as `Resource` has them."""
        written = self.wanted[logical_id]
        return written.get("DeletionPolicy", "Delete"), written.get("UpdateReplacePolicy", "Delete")

    def require_exports(self) -> None:
        """Raise ApiError for an import of what nobody exports."""
        self._check_expressions(self.scope.exports)

    def _check_expressions(self, exports: Mapping[str, Export]) -> None:
        """Raise ApiError for what no resource that is made could give a value to."""
        made = {name: _unknown(one["Type"]) for name, one in self.wanted.items()}
        scope = replace(self._with(made), exports=exports, imported=set())
        for one in self.wanted.values():
            scope.evaluate(one.get("Properties"))
        known = {*self.template.resources, *self.template.parameters}
        scope = replace(scope, block="Outputs")
        for one in _that_apply(self.template.outputs, scope).values():
            _check_references(one["Value"], [], known, block="Outputs")
            scope.evaluate(one["Value"])

    def properties(self, logical_id: str, made: Mapping[str, Made]) -> Properties:
        """A resource's properties, with what is made of the others. Raises ApiError."""
        written = self.wanted[logical_id].get("Properties") or {}
        properties: Properties = self._with(made).evaluate(written)
        kind_name = self.wanted[logical_id]["Type"]
        kind = KINDS[kind_name]
        if others := sorted(properties.keys() - kind.properties):
            raise invalid(
                f"The sandbox's CloudFormation knows no property {others[0]} of {kind_name}: "
                f"set it by the service's API. Known are {', '.join(sorted(kind.properties))}."
            )
        return properties

    def foreseen(self, logical_id: str, made: Mapping[str, Made]) -> Properties:
        """A new resource's properties, as far as they are known before it is made."""
        scope = self._with(made)
        scope = replace(scope, exports=whatever_exports(scope.exports), imported=set())
        found: Properties = scope.evaluate(self.wanted[logical_id].get("Properties") or {})
        return found

    def outputs(self, made: Mapping[str, Made]) -> dict[str, Any]:
        """The values of the template's outputs, but for those whose condition does not hold."""
        scope = self._with(made)
        applying = _that_apply(self.template.outputs, scope)
        return {name: scope.evaluate(one["Value"]) for name, one in applying.items()}

    def exports(self, made: Mapping[str, Made]) -> dict[str, str]:
        """The names under which outputs are exported, with the outputs. Raises ApiError."""
        scope, found = self._with(made), dict[str, str]()
        for output in self.outputs(made):
            if export := self.template.outputs[output].get("Export"):
                name = str(scope.evaluate(export["Name"]))
                if name in scope.exports:
                    other = scope.exports[name].stack_name
                    raise invalid(f"Export with name {name} is already exported by stack {other}.")
                found[name] = output
        return found

    def _with(self, made: Mapping[str, Made]) -> Scope:
        refs = {name: one.physical_id for name, one in made.items()}
        attributes = {name: one.attributes for name, one in made.items()}
        return replace(self.scope, refs=refs, attributes=attributes)


def changes(plan: Plan, present: Mapping[str, Resource]) -> Iterator[Change]:
    """What carrying out the plan would do to the resources that are there, in its order."""
    made = {name: one.made for name, one in present.items()}
    kinds = {name: plan.wanted[name]["Type"] for name in plan.order}
    others = [n for n, one in kinds.items() if n in present and present[n].kind_name != one]
    if others:
        raise invalid(
            "Update of resource type is not permitted. The new template modifies resource type of "
            f"the following resources: [{', '.join(others)}]"
        )
    for name, kind_name in kinds.items():
        if name not in present:
            made[name] = _unknown(kind_name)
            yield Change("Add", name, kind_name, after=plan.foreseen(name, made))
            continue
        there = replace(present[name], policies=plan.policies(name))
        if change := _modification(there, plan.properties(name, made)):
            if change.replacement != "False":
                made[name] = _unknown(kind_name)
            yield change
    for name in reversed([*present]):
        if name not in plan.wanted:
            there = present[name]
            policy = "Retain" if there.is_spared() else "Delete"
            ids = (name, there.kind_name, there.made.physical_id)
            yield Change("Remove", *ids, policy=policy, before=there.told)


def needs_replacement(there: Resource, wanted: Properties) -> bool:
    """Whether the resource has to be made anew to be as it is wanted."""
    is_unchangeable = there.kind.update is None and there.kind.retag is None
    return is_unchangeable or bool(set(_differing(there, wanted)) & there.kind.fixed)


def with_name(plan: Plan, logical_id: str, properties: Properties, chosen: str) -> Properties:
    """The properties with the chosen name, if the resource needs one and its template has none."""
    named_by = KINDS[plan.wanted[logical_id]["Type"]].named_by
    if named_by is None or named_by in properties:
        return properties
    return {named_by: chosen, **properties}


def _modification(there: Resource, wanted: Properties) -> Change | None:
    named_by, after = there.kind.named_by, wanted
    if named_by and named_by not in wanted:
        wanted = {named_by: there.properties[named_by], **wanted}
    names = tuple(_differing(there, wanted))
    if not names:
        return None
    unknown = frozenset(name for name in names if UNKNOWN in str(wanted.get(name)))
    replacement = "False"
    if needs_replacement(there, wanted):
        replacement = "True" if set(names) & there.kind.fixed - unknown else "Conditional"
    ids = (there.logical_id, there.kind_name, there.made.physical_id)
    policy = "ReplaceAndRetain" if there.is_spared_when_replaced() else "ReplaceAndDelete"
    how = policy if replacement == "True" else None
    return Change("Modify", *ids, replacement, names, unknown, how, there.told, after)


def _differing(there: Resource, wanted: Properties) -> Iterator[str]:
    for name in sorted({*there.properties, *wanted}):
        if there.properties.get(name) != wanted.get(name):
            yield name


def _that_apply(written: Mapping[str, Any], scope: Scope) -> dict[str, Any]:
    """Those whose condition holds, or that have none."""
    return {
        name: one
        for name, one in written.items()
        if "Condition" not in one or scope.is_true(one["Condition"])
    }


def _unknown(kind_name: str) -> Made:
    return Made(UNKNOWN, dict.fromkeys(KINDS[kind_name].attributes, UNKNOWN))


def _check_references(
    properties: Any, explicit: list[str], known: set[str], block: str = "Resources"
) -> None:
    missing = {("DependsOn", name) for name in explicit if name not in known}
    for function, name, _ in references(properties):
        if isinstance(name, str) and name not in known and not name.startswith("AWS::"):
            missing.add((function, name))
    for function, name in sorted(missing):
        if function == "Fn::GetAtt":
            raise invalid(
                f"Template error: instance of Fn::GetAtt references undefined resource {name}"
            )
    if missing:
        names = ", ".join(sorted({name for _function, name in missing}))
        words = f"Unresolved resource dependencies [{names}] in the {block} block of the template"
        raise malformed(words)


def _needs(written: Mapping[str, Any], parameters: Mapping[str, Any]) -> dict[str, list[str]]:
    """Of each resource those that it refers to or depends on."""
    needs = {}
    for name, one in written.items():
        explicit = as_list(one.get("DependsOn") or [])
        _check_references(one.get("Properties"), explicit, {*written, *parameters})
        implicit = [other for other in dependencies(one.get("Properties")) if other in written]
        needs[name] = [*explicit, *implicit]
    return needs


def _in_order(needs: Mapping[str, list[str]], wanted: Mapping[str, Any]) -> list[str]:
    """The wanted resources, each after those that it needs."""
    try:
        order = [*TopologicalSorter(needs).static_order()]
    except CycleError as error:
        cycle = ", ".join(sorted({*error.args[1]}))
        raise invalid(f"Circular dependency between resources: [{cycle}]") from error
    return [name for name in order if name in wanted]
