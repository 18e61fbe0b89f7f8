"""What a type of resource is: the calls that make, change and delete it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
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


@dataclass(frozen=True, kw_only=True)
class ResourceKind:
    """A type of resource.

    A change of a property that is `fixed` makes a new resource and deletes the old one; one that
    is `free` is changed by `update`. `kept` ones are taken when the resource is made, and may not
    change afterwards in the sandbox. No other properties are taken. `named_by` is the property
    that has its name; without it, CloudFormation chooses one.
    """

    create: Callable[[Api, Properties], Made]
    delete: Callable[[Api, Made, Properties], None]
    update: Callable[[Api, Made, Properties], None] | None = None
    fixed: frozenset[str] = frozenset()
    free: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset({"Tags"})
    named_by: str | None = None

    @property
    def properties(self) -> frozenset[str]:
        return self.fixed | self.free | self.kept


def chosen(properties: Properties, *names: str) -> Properties:
    """Those of the properties that are there."""
    return {name: properties[name] for name in names if name in properties}


def tag_map(properties: Properties) -> dict[str, str]:
    """The tags as services take them that want a map."""
    return {one["Key"]: str(one["Value"]) for one in properties.get("Tags", [])}


def document(value: Any) -> str:
    """A policy, or another document, as the text that services take."""
    return value if isinstance(value, str) else json.dumps(value)


@contextmanager
def whole_or_not(
    api: Api, made: Made, delete: Callable[[Api, Made, Properties], None]
) -> Iterator[None]:
    """Within it, a resource that is there is completed; if that fails, it is deleted again."""
    try:
        yield
    except CallFailed:
        delete(api, made, {})
        raise
