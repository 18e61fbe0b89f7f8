"""Which messages of a topic a subscription wants, by its filter policy.

See https://docs.aws.amazon.com/sns/latest/dg/string-value-matching.html and
https://docs.aws.amazon.com/sns/latest/dg/numeric-value-matching.html
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from mailfanout.sandbox.calls import read_json
from mailfanout.sandbox.json_objects import Json, as_list, is_number
from mailfanout.sandbox.patterns import in_network, wildcard
from mailfanout.sandbox.sns.filter_rules import is_choice


def is_wanted(policy: Json, scope: str, attributes: Mapping[str, Json], message: str) -> bool:
    """Whether the policy, whose scope is MessageAttributes or MessageBody, lets a message pass.

    What is no JSON object has no body to match, and what has no attributes at all fits no rule on
    them, not even one that asks for an attribute to be absent.
    """
    if scope == "MessageAttributes":
        given = {name: _attribute(value) for name, value in attributes.items()}
        return bool(given or not policy) and matches(_without_absent(policy, given), given)
    body = read_json(message)
    return isinstance(body, dict) and matches(policy, body)


def _attribute(attribute: Json) -> Any:
    kind, value = attribute["Type"].partition(".")[0], attribute["Value"]
    if attribute["Type"] == "String.Array":
        return read_json(value)
    return float(value) if kind == "Number" else value if kind == "String" else None


def matches(policy: Json, message: Any) -> bool:
    """Whether a message, or an event, is what a policy, or a pattern, asks for.

    Every key of it is asked of an object, or of one object of a list.
    """
    if isinstance(message, list):
        return any(matches(policy, one) for one in message)
    held = message if isinstance(message, dict) else {}
    return all(
        any(matches(one, held) for one in rules)
        if is_choice(name, rules)
        else matches(rules, _below(held, name))
        if isinstance(rules, dict)
        else _fits_any(rules, name, held)
        for name, rules in policy.items()
    )


def _below(held: Json, name: str) -> Any:
    """What is within a name, also by names that have it before a dot."""
    found, begin = held.get(name), f"{name}."
    joined = {key.removeprefix(begin): one for key, one in held.items() if key.startswith(begin)}
    if not joined:
        return found
    return {**joined, **found} if isinstance(found, dict) else joined


def _without_absent(policy: Json, given: Json) -> Json:
    """The policy without the keys whose null asks for no such attribute, if there is none."""
    return {
        name: rules
        for name, rules in policy.items()
        if is_choice(name, rules) or None not in rules or name in given
    }


def _fits_any(rules: list[Any], name: str, held: Any) -> bool:
    found = _values(held, name)
    return any(
        rule["exists"] is bool(found)
        if isinstance(rule, dict) and "exists" in rule
        else any(_fits(rule, value) for value in found)
        for rule in rules
    )


def _values(held: Any, name: str) -> list[Any]:
    """What stands at a name, whose dots may be steps into objects; of a list, each member."""
    if isinstance(held, list):
        return [value for one in held for value in _values(one, name)]
    if not isinstance(held, dict):
        return []
    value = held.get(name)
    found = as_list(value) if name in held else []
    steps = (at for at, letter in enumerate(name) if letter == ".")
    return found + [value for at in steps for value in _values(held.get(name[:at]), name[at + 1 :])]


def _fits(rule: Any, value: Any) -> bool:
    if isinstance(rule, dict):
        [(word, wanted)] = rule.items()
        return _WORDS[word](wanted, value)
    if isinstance(rule, bool) or rule is None:
        return rule is value
    if isinstance(rule, str):
        return bool(rule == value)
    return is_number(value) and round(value, 6) == round(rule, 6)


def _is_other(wanted: Any, value: Any) -> bool:
    """anything-but: a value, a list of them, or a rule on strings with a value or a list."""
    if isinstance(wanted, dict):
        [(word, patterns)] = wanted.items()
        wanted = [{word: one} for one in as_list(patterns)]
    return not any(_fits(rule, value) for rule in as_list(wanted))


def _is_in_range(bounds: list[Any], value: Any) -> bool:
    pairs = zip(bounds[::2], bounds[1::2], strict=True)
    return is_number(value) and all(_COMPARED[sign](value, bound) for sign, bound in pairs)


def _in_any_case(fits: Callable[[str, str], bool]) -> Callable[[Any, str], bool]:
    """For prefixes and suffixes, which may be in upper or lower case, if they say so."""

    def fits_case(wanted: Any, value: str) -> bool:
        if isinstance(wanted, dict):
            return fits(wanted["equals-ignore-case"].lower(), value.lower())
        return fits(wanted, value)

    return fits_case


def _of_strings(fits: Callable[[Any, str], bool]) -> Callable[[Any, Any], bool]:
    return lambda wanted, value: isinstance(value, str) and fits(wanted, value)


_ORDER = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {"=": operator.eq, **_ORDER}
_WORDS: Mapping[str, Callable[[Any, Any], bool]] = {
    "anything-but": _is_other,
    "cidr": _of_strings(lambda wanted, value: in_network(value, wanted)),
    "equals-ignore-case": _of_strings(lambda wanted, value: wanted.lower() == value.lower()),
    "numeric": _is_in_range,
    "prefix": _of_strings(_in_any_case(lambda wanted, value: value.startswith(wanted))),
    "suffix": _of_strings(_in_any_case(lambda wanted, value: value.endswith(wanted))),
    "wildcard": _of_strings(lambda wanted, value: bool(wildcard(wanted).fullmatch(value))),
}
