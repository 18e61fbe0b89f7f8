"""What a type of resource is: the calls that make, change and delete it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from mailfanout.sandbox.cloudformation.acting import Api, CallFailed

Properties = dict[str, Any]


@dataclass(frozen=True)
class Made:
    """A resource that is there: what Ref gives of it, and its attributes, which GetAtt gives."""

    physical_id: str
    attributes: Mapping[str, str] = field(default_factory=dict)


TAGS = frozenset({"Tags"})

# Changes or deletes a resource, with the properties that it has, or is to have.
Alteration = Callable[[Api, Made, Properties], None]
# A step of its change from the first properties to the second.
Step = Callable[[Api, Made, Properties, Properties], None]
# What CloudFormation's own tags begin with.
_OWN = "aws:"


@dataclass(frozen=True, kw_only=True)
class ResourceKind:
    """A type of resource.

    A change of a property that is `fixed` makes a new resource and deletes the old one; one that
    is `free` is changed by `update`. `kept` ones are taken when the resource is made, and may not
    change afterwards in the sandbox. No other properties are taken. `named_by` is the property
    that has its name; without it, CloudFormation chooses one. `is_there` says whether something
    has that name already, where AWS's own call would take it as the one that is wanted.
    `attributes` are those that GetAtt gives. `unset` is what free properties are that a template
    sets no more; one that is not in it stays as it is. `leave` takes it from what it is no longer
    to be on, and `retag` changes its tags; `shows_own_tags` says whether CloudFormation's own are
    seen among them.
    """

    create: Callable[[Api, Properties], Made]
    delete: Alteration
    update: Alteration | None = None
    fixed: AbstractSet[str] = frozenset()
    free: AbstractSet[str] = frozenset()
    kept: AbstractSet[str] = frozenset()
    unset: Mapping[str, Any] = field(default_factory=dict)
    named_by: str | None = None
    is_there: Callable[[Api, str], bool] | None = None
    attributes: AbstractSet[str] = frozenset()
    retag: Step | None = None
    leave: Step | None = None
    shows_own_tags: bool = True

    @property
    def properties(self) -> AbstractSet[str]:
        return self.fixed | self.free | self.kept

    def changed(self, before: Properties, after: Properties) -> Properties:
        """What `update` is to bring about: also what is set no more goes back."""
        gone = before.keys() - after.keys()
        return {name: one for name, one in self.unset.items() if name in gone} | after

    def tagged(self, properties: Properties, tags: list[dict[str, str]]) -> Properties:
        """With the stack's tags, too, if the resource can have any; its own are before them."""
        if "Tags" not in self.properties:
            return properties
        own = properties.get("Tags") or []
        names = {one["Key"] for one in own}
        if not self.shows_own_tags:
            tags = [one for one in tags if not one["Key"].startswith(_OWN)]
        if not own and not tags:
            return properties
        return {**properties, "Tags": [*own, *(one for one in tags if one["Key"] not in names)]}


def chosen(properties: Properties, *names: str) -> Properties:
    """Those of the properties that are there."""
    return {name: properties[name] for name in names if name in properties}


def tag_map(properties: Properties, name: str = "Tags") -> Properties:
    """The tags, if there are any, as a service takes them that wants a map of this name."""
    tags = {one["Key"]: str(one["Value"]) for one in properties.get("Tags", [])}
    return {name: tags} if tags else {}


def document(value: Any) -> str:
    """A policy, or another document, as the text that services take."""
    return value if isinstance(value, str) else json.dumps(value)


def deleted_by(service: str, operation: str, name: str) -> Alteration:
    """What deletes a resource by a call to which its physical id is given under this name."""

    def delete(api: Api, made: Made, _: Properties) -> None:
        api.unless_missing(service, operation, **{name: made.physical_id})

    return delete


def known_by(service: str, operation: str, name: str) -> Callable[[Api, str], bool]:
    """What looks for a resource by a call that says if there is none by this name."""

    def is_there(api: Api, given: str) -> bool:
        try:
            api(service, operation, **{name: given})
        except CallFailed as error:
            if not error.says_missing:
                raise
            return False
        return True

    return is_there


def policy_kind(owner: str, put: Alteration, delete: Alteration) -> ResourceKind:
    """A type of policy, which is put on what the property `owner` names. It has no name itself."""

    def create(api: Api, properties: Properties) -> Made:
        made = Made(f"policy-{secrets.token_hex(6)}")
        put(api, made, properties)
        return made

    def leave(api: Api, made: Made, before: Properties, after: Properties) -> None:
        delete(api, made, {owner: [one for one in before[owner] if one not in after[owner]]})

    free = {owner, "PolicyDocument"}
    return ResourceKind(create=create, update=put, delete=delete, free=free, leave=leave)


def inline_policy_kind(owner: str, put: Alteration, delete: Alteration) -> ResourceKind:
    """A type of policy that is put on the one that the property `owner` names, and named by it."""

    def create(api: Api, properties: Properties) -> Made:
        made = Made(properties[owner])
        put(api, made, properties)
        return made

    free = {"PolicyDocument"}
    return ResourceKind(create=create, update=put, delete=delete, fixed={owner}, free=free)


@contextmanager
def whole_or_not(api: Api, made: Made, delete: Alteration) -> Iterator[None]:
    """Within it, a resource that is there is completed; if that fails, it is deleted again."""
    try:
        yield
    except CallFailed:
        delete(api, made, {})
        raise
