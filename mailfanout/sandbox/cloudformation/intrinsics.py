"""A template's intrinsic functions: expressions in, values out.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

import base64
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

from mailfanout.sandbox.http import ApiError

# What is left out of the map or list in which it stands.
NOTHING = object()
# What CloudFormation writes in a change set for a value that it does not know before.
UNKNOWN = "{{changeSet:KNOWN_AFTER_APPLY}}"
_PLACEHOLDER = re.compile(r"\$\{(!?)([^}]*)\}")
# What CloudFormation says of a template or a request that it does not take.
invalid = partial(ApiError, "ValidationError")


def malformed(words: str) -> ApiError:
    """What it says of a template that is written wrongly."""
    return invalid(f"Template format error: {words}")


class Export(NamedTuple):
    """An output that a stack lets others import."""

    value: str
    stack_id: str
    stack_name: str


@dataclass(frozen=True)
class Scope:
    """What expressions refer to: parameters, mappings, conditions, and resources that are made.

    `refs` has what Ref gives of a resource, `attributes` what GetAtt does. `exports` are those of
    the other stacks, and `imported` the names of those that were asked for. `block` is the part
    of the template that is evaluated, as CloudFormation names it.
    """

    values: Mapping[str, Any]
    mappings: Mapping[str, Any] = field(default_factory=dict)
    conditions: Mapping[str, Any] = field(default_factory=dict)
    refs: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    exports: Mapping[str, Export] = field(default_factory=dict)
    imported: set[str] = field(default_factory=set)
    block: str = "Resources"

    def evaluate(self, value: Any) -> Any:
        """The value without expressions. Raises ApiError for what there is not."""
        if isinstance(value, list):
            items = (self.evaluate(one) for one in value)
            return [one for one in items if one is not NOTHING]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            (name, argument), *_ = value.items()
            # A policy's statement, too, may have a Condition; it is no text.
            is_known = name in _FUNCTIONS or name in _OF_VALUES
            if is_known and not (name == "Condition" and isinstance(argument, dict)):
                return self._computed(name, argument)
            if str(name).startswith("Fn::"):
                raise invalid(f"The sandbox's CloudFormation does not do {name}.")
        entries = ((key, self.evaluate(one)) for key, one in value.items())
        return {key: one for key, one in entries if one is not NOTHING}

    def _computed(self, name: str, argument: Any) -> Any:
        try:
            if name in _OF_VALUES:
                return _OF_VALUES[name](*self.evaluate(argument))
            return _FUNCTIONS[name](self, argument)
        except (AttributeError, LookupError, TypeError, ValueError):
            if UNKNOWN in str(argument) or UNKNOWN in str(self.evaluate(argument)):
                return UNKNOWN
            words = _TAKES.get(name, f"{name} does not take {json.dumps(argument)}")
            raise invalid(f"Template error: {words}") from None

    def is_true(self, condition: str) -> bool:
        """Whether one of the template's conditions holds."""
        if condition not in self.conditions:
            raise malformed(
                f"Unresolved condition dependency {condition} in the Resources block of the "
                "template"
            )
        return bool(self.evaluate(self.conditions[condition]))


class _Whatever(defaultdict[str, Any]):
    """What is not there yet has whatever is asked for."""

    def __contains__(self, _: object) -> bool:
        return True


def whatever_exports(known: Mapping[str, Export]) -> Mapping[str, Export]:
    """Those that are known; what others have is not known yet."""
    return _Whatever(lambda: Export(UNKNOWN, "", ""), known)


def dependencies(value: Any) -> Iterator[str]:
    """The names that an expression refers to, of parameters as of resources."""
    return (one.name for one in references(value))


class Reference(NamedTuple):
    """What a function refers to: a parameter or a resource, or its attribute."""

    function: str
    name: str
    attribute: str = ""


def references(value: Any) -> Iterator[Reference]:
    """What an expression refers to."""
    if isinstance(value, dict):
        for function, argument in value.items():
            yield from _referred(function, argument)
            yield from references(argument)
    elif isinstance(value, list):
        for one in value:
            yield from references(one)


def _referred(function: str, argument: Any) -> Iterator[Reference]:
    if function == "Ref" and isinstance(argument, str):
        yield Reference(function, argument)
    elif function == "Fn::GetAtt" and isinstance(argument, str | list):
        words = argument.split(".", 1) if isinstance(argument, str) else argument
        if words:
            last = words[-1] if isinstance(words[-1], str) else ""
            yield Reference(function, words[0], last)
    elif function == "Fn::Sub" and isinstance(argument, str | list):
        text, own = (argument, {}) if isinstance(argument, str) else (*argument, "", {})[:2]
        for escaped, placeholder in _PLACEHOLDER.findall(str(text)):
            if not escaped and placeholder not in own:
                name, _, attribute = placeholder.partition(".")
                yield Reference(function, name, attribute)


def _ref(scope: Scope, name: str) -> Any:
    if name == "AWS::NoValue":
        return NOTHING
    for known in (scope.values, scope.refs):
        if name in known:
            return known[name]
    raise _unresolved(scope, name)


def _unresolved(scope: Scope, name: str) -> ApiError:
    """What is said of a resource that the template has, but whose condition does not hold."""
    words = f"Unresolved resource dependencies [{name}] in the {scope.block} block of the template"
    return invalid(words) if scope.block == "Outputs" else malformed(words)


def _get_att(scope: Scope, argument: Any) -> Any:
    words = argument.split(".", 1) if isinstance(argument, str) else argument
    name, attribute = words[0], scope.evaluate(words[-1])
    if name not in scope.attributes:
        raise _unresolved(scope, name)
    found = scope.attributes[name]
    if attribute not in found:
        raise invalid(
            f"Template error: resource {name} does not support attribute type {attribute} in "
            "Fn::GetAtt"
        )
    return found[attribute]


def _sub(scope: Scope, argument: Any) -> str:
    text, own = (argument, {}) if isinstance(argument, str) else argument
    own = scope.evaluate(own)

    def replaced(found: re.Match[str]) -> str:
        escaped, name = found.groups()
        if escaped:
            return f"${{{name}}}"
        if name in own:
            return str(own[name])
        return str(_get_att(scope, name) if "." in name else _ref(scope, name))

    return _PLACEHOLDER.sub(replaced, text)


def _if(scope: Scope, argument: Any) -> Any:
    condition, then, otherwise = argument
    return scope.evaluate(then if scope.is_true(condition) else otherwise)


def _find_in_map(scope: Scope, argument: Any) -> Any:
    found: Any = scope.mappings
    keys = scope.evaluate(argument)
    for key in keys:
        if key not in found and found is scope.mappings:
            raise invalid(
                f"Template error: Mapping named '{key}' is not present in the 'Mappings' section "
                "of template."
            )
        if key not in found:
            raise invalid(f"Template error: Unable to get mapping for {'::'.join(map(str, keys))}")
        found = found[key]
    return found


def _import_value(scope: Scope, argument: Any) -> str:
    name = str(scope.evaluate(argument))
    if name not in scope.exports:
        raise invalid(f"No export named {name} found.")
    scope.imported.add(name)
    return scope.exports[name].value


def _of_conditions(combine: Callable[[tuple[Any, ...]], bool]) -> Callable[..., bool]:
    def combined(*values: Any) -> bool:
        if not 2 <= len(values) <= 10:
            raise ValueError
        return combine(values)

    return combined


def _select(index: Any, items: Any) -> Any:
    if isinstance(items, list) and UNKNOWN not in items and int(index) >= len(items):
        raise invalid(
            f"Template error: Fn::Select cannot select nonexistent value at index {index}"
        )
    return items[int(index)]


_FUNCTIONS: dict[str, Callable[[Scope, Any], Any]] = {
    "Ref": _ref,
    "Condition": lambda scope, name: scope.is_true(name),
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::If": _if,
    "Fn::ImportValue": _import_value,
    "Fn::FindInMap": _find_in_map,
    "Fn::Base64": lambda scope, text: base64.b64encode(scope.evaluate(text).encode()).decode(),
    "Fn::ToJsonString": lambda scope, value: json.dumps(scope.evaluate(value)),
}
# Those that need nothing but the values of what they are given.
_OF_VALUES: dict[str, Callable[..., Any]] = {
    "Fn::And": _of_conditions(all),
    "Fn::Equals": lambda left, right: str(left) == str(right),
    "Fn::Join": lambda separator, items: str(separator).join(map(str, items)),
    "Fn::Not": lambda value: not value,
    "Fn::Or": _of_conditions(any),
    "Fn::Select": _select,
    "Fn::Split": lambda separator, text: str(text).split(separator),
}
# What CloudFormation says that some of them take.
_TAKES = {
    **{
        name: f"every {name} object requires a list of at least 2 and at most 10 boolean "
        "parameters."
        for name in ("Fn::And", "Fn::Or")
    },
    "Fn::Equals": "every Fn::Equals object requires a list of 2 string parameters.",
    "Fn::GetAtt": "every Fn::GetAtt object requires two non-empty parameters, the resource name "
    "and the resource attribute",
    "Fn::Select": "Fn::Select requires a list argument with two elements: an integer index and a "
    "list",
}
