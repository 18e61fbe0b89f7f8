"""What AWS's models say of parameters: required, how long, how large, of which form, one of which.

Enforced for every operation, in each service's words.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from mailfanout.sandbox.calls import beside_models
from mailfanout.sandbox.calls.api_call import ApiCall
from mailfanout.sandbox.calls.violations import Violation, refusal

# Letters, digits and separators, as in the names of tags. Python's \\w has the underscore, too.
WORDS = r"\w \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_SIZED = {"string", "list", "map", "blob"}
_NUMBERS = {"integer", "long", "float", "double"}
_PLAIN = {"string", *_NUMBERS}

Check = Callable[[Any], list[Violation]]


def check_limits(call: ApiCall) -> None:
    """Raise ApiError unless the parameters are as the model says."""
    shape = call.model.input_shape
    if shape is None:
        return
    found = [*_check_of(shape)(call.parameters), *_beside(call)]
    ignored = beside_models.OPEN_CHOICES.get(call.name, frozenset())
    broken = [one for one in found if not (one.is_choice and ignored.intersection(one.path))]
    if broken:
        raise refusal(call, broken)


@cache
def _check_of(shape: Any) -> Check:
    """How a value of this shape is checked, its own limits first, made once."""
    own, within = _own_limits(shape), _within(shape)
    if own and within:
        return lambda value: own(value) + within(value)
    return own or within or (lambda value: [])


def _within(shape: Any) -> Check | None:
    """How what a value holds is checked; None if it holds nothing."""
    kind = shape.type_name
    if kind == "structure" and not shape.is_document_type:
        return _members(shape)
    if kind == "list":
        return _listed(shape)
    return _mapped(shape) if kind == "map" else None


def _members(shape: Any) -> Check:
    required = [name for name in shape.required_members if not _may_be_empty(shape, name)]

    @cache  # not before somebody asks: a structure may hold itself
    def checks() -> dict[str, Check]:
        limited = {name: one for name, one in shape.members.items() if _has_limits(one)}
        return {name: _check_of(one) for name, one in limited.items()}

    def check(value: dict[str, Any]) -> list[Violation]:
        found = []
        for name in required:
            if value.get(name) is None:
                found.append(Violation((name,), None, "Member must not be null", is_missing=True))
        limited = checks()
        if limited.keys().isdisjoint(value):
            return found
        for name, one in value.items():
            check_member = limited.get(name)
            if check_member and (broken := check_member(one)):
                found += _under((name,), broken)
        return found

    return check


def _may_be_empty(shape: Any, name: str) -> bool:
    """A payload without bytes is an empty one, unless it is a document."""
    is_payload: bool = shape.serialization.get("payload") == name
    return is_payload and shape.members[name].type_name != "structure"


def _listed(shape: Any) -> Check | None:
    if shape.member.type_name in _PLAIN:
        return _together("Member", shape.member)
    if not _has_limits(shape.member):
        return None
    check_member = _check_of(shape.member)

    def check(value: list[Any]) -> list[Violation]:
        if not any(map(check_member, value)):
            return []
        found = []
        for number, one in enumerate(value, start=1):
            if broken := check_member(one):
                found += _under((str(number), "member"), broken)
        return found

    return check


def _mapped(shape: Any) -> Check:
    check_keys, check_values = _together("Map keys", shape.key), _together("Map value", shape.value)
    check_within = _within(shape.value) if _has_limits(shape.value) else None

    def check(value: dict[str, Any]) -> list[Violation]:
        found = check_keys(value) if check_keys else []
        if check_values:
            found += [one._replace(value=value) for one in check_values(value.values())]
        if check_within:
            for key, one in value.items():
                if broken := check_within(one):
                    found += _under((key, "member"), broken)
        return found

    return check


def _together(what: str, shape: Any) -> Check | None:
    """Of plain members, AWS says all that they have to be, and shows all of them."""
    check_member = _own_limits(shape)
    if check_member is None:
        return None
    constraint = f"{what} must satisfy constraint: [{', '.join(_rules(shape).values())}]"

    def check(value: Any) -> list[Violation]:
        if not any(map(check_member, value)):
            return []
        broken = [one for member in value for one in check_member(member)]
        is_choice = all(one.is_choice for one in broken)
        return [Violation((), value, constraint, is_choice=is_choice, member=broken[0].value)]

    return check


def _under(path: tuple[str, ...], violations: list[Violation]) -> list[Violation]:
    return [one._replace(path=path + one.path) for one in violations]


def _own_limits(shape: Any) -> Check | None:
    """How a value's length or size, form and choice are checked; None if all are as one likes."""
    rules, metadata = _rules(shape), shape.metadata
    if not rules:
        return None
    is_sized = shape.type_name in _SIZED
    most, least = metadata.get("max", math.inf), metadata.get("min", -math.inf)
    pattern = _compiled(metadata["pattern"]) if "pattern" in rules else None
    choices = metadata["enum"] if "choice" in rules else None

    def check(value: Any) -> list[Violation]:
        found = []
        size = len(value) if is_sized else value
        if size > most:
            found.append(Violation((), value, rules["high"]))
        if size < least:
            found.append(Violation((), value, rules["low"]))
        if pattern and not pattern.fullmatch(value):
            found.append(Violation((), value, rules["pattern"]))
        if choices and value not in choices:
            found.append(Violation((), value, rules["choice"], is_choice=True))
        return found

    return check


@cache
def _rules(shape: Any) -> dict[str, str]:
    """What a value of this shape has to be, in AWS's words and order."""
    metadata, kind = shape.metadata, shape.type_name
    found: dict[str, str] = {}
    if kind in _SIZED | _NUMBERS:
        what = "length" if kind in _SIZED else "value"
        if (high := metadata.get("max")) is not None:
            found["high"] = f"Member must have {what} less than or equal to {high}"
        if (low := metadata.get("min")) is not None:
            found["low"] = f"Member must have {what} greater than or equal to {low}"
    if kind == "string" and (pattern := metadata.get("pattern")):
        found["pattern"] = f"Member must satisfy regular expression pattern: {pattern}"
    if kind == "string" and (choices := metadata.get("enum")):
        choices = beside_models.CHOICES_AS_TOLD.get(frozenset(choices), choices)
        found["choice"] = f"Member must satisfy enum value set: [{', '.join(choices)}]"
    return found


def _beside(call: ApiCall) -> Iterator[Violation]:
    for name, allowed in beside_models.RANGES.get(call.name, {}).items():
        value = call.parameters.get(name)
        if value is None or allowed.least <= value <= allowed.most:
            continue
        if call.service == "sqs":
            rule = allowed.words.format(least=allowed.least, most=allowed.most)
            yield Violation((name,), value, rule)
        elif value > allowed.most:
            rule = f"Member must have value less than or equal to {allowed.most}"
            yield Violation((name,), value, rule)
    if call.service == "sqs":
        yield from _queue_attributes(call.parameters.get("Attributes") or {})


def _queue_attributes(attributes: dict[str, str]) -> Iterator[Violation]:
    for name, allowed in beside_models.QUEUE_ATTRIBUTES.items():
        text = attributes.get(name)
        if text is None:
            continue
        number = int(text) if re.fullmatch("-?[0-9]{1,9}", text) else -1
        if not allowed.least <= number <= allowed.most:
            yield Violation(("Attributes", name), text, "", is_attribute=True)
    for name, choices in beside_models.QUEUE_CHOICES.items():
        if name in attributes and attributes[name].lower() not in choices:
            yield Violation(("Attributes", name), attributes[name], "", is_attribute=True)


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """None for what Java's expressions have and Python's have not."""
    try:
        return re.compile(pattern.replace(r"\p{L}\p{Z}\p{N}", WORDS))
    except re.error:
        return None


@cache
def _has_limits(shape: Any, above: frozenset[str] = frozenset()) -> bool:
    """Whether anything in a value of this shape can be wrong, as far as the model knows."""
    if shape.name in above:
        return False
    if shape.metadata.keys() & {"min", "max", "pattern", "enum"}:
        return True
    above |= {shape.name}
    parts = {"list": ("member",), "map": ("key", "value")}.get(shape.type_name, ())
    if shape.type_name == "structure":
        if shape.required_members:
            return True
        return any(_has_limits(member, above) for member in shape.members.values())
    return any(_has_limits(getattr(shape, part), above) for part in parts)
