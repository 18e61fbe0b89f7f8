"""Which messages of a topic a subscription wants, by its filter policy.

See https://docs.aws.amazon.com/sns/latest/dg/string-value-matching.html and
https://docs.aws.amazon.com/sns/latest/dg/numeric-value-matching.html
"""

from __future__ import annotations

import ipaddress
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mailfanout.sandbox.calls import read_json

Json = dict[str, Any]


def is_wanted(
    policy: Json, scope: str, attributes: Mapping[str, Json] | None, message: str
) -> bool:
    """Whether the policy, whose scope is MessageAttributes or MessageBody, lets a message pass.

    What is no JSON object has no body to match.
    """
    if scope == "MessageAttributes":
        given = {name: _attribute(value) for name, value in (attributes or {}).items()}
        return _matches(policy, given)
    body = read_json(message)
    return isinstance(body, dict) and _matches(policy, body)


def rules_of(policy: Json) -> Iterator[Any]:
    """Every rule of a policy, such as "red" or {"prefix": "re"}."""
    for value in policy.values():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict) and (isinstance(value, dict) or policy.get("$or") is value):
                yield from rules_of(one)
            else:
                yield one


def wrong_rule(rule: Any) -> str | None:
    """Why a rule is none, as far as moto does not know it."""
    if not isinstance(rule, dict):
        return None
    if len(rule) != 1:
        return "Only one key allowed in match expression"
    [(word, wanted)] = rule.items()
    if word in _ON_STRINGS and not isinstance(wanted, str):
        return f"{word} match pattern must be a string"
    if word == "anything-but":
        return _wrong_exception(wanted)
    if (pattern := rule.get("wildcard")) is not None:
        return "Consecutive wildcard characters" if "**" in pattern else None
    if (block := rule.get("cidr")) is not None:
        try:
            ipaddress.ip_network(block, strict=False)
        except ValueError:
            return f"Malformed CIDR, {block}"
    return None


def _wrong_exception(wanted: Any) -> str | None:
    """Why anything-but excepts nothing: it takes strings, numbers, or one rule on strings."""
    kinds: tuple[type, ...] = (str, int, float)
    if isinstance(wanted, dict):
        if len(wanted) != 1 or not wanted.keys() <= _ON_STRINGS:
            return "Unsupported anything-but pattern"
        [wanted], kinds = wanted.values(), (str,)
    values = wanted if isinstance(wanted, list) else [wanted]
    if values and all(isinstance(one, kinds) and not isinstance(one, bool) for one in values):
        return None
    return "Value of anything-but must be a non-empty list of strings or numbers"


def _attribute(attribute: Json) -> Any:
    kind, value = attribute["Type"].partition(".")[0], attribute["Value"]
    if attribute["Type"] == "String.Array":
        return read_json(value)
    return float(value) if kind == "Number" else value if kind == "String" else None


def _matches(policy: Json, message: Any) -> bool:
    """Every key of the policy is asked of an object, or of one object of a list."""
    if isinstance(message, list):
        return any(_matches(policy, one) for one in message)
    held = message if isinstance(message, dict) else {}
    return all(
        any(_matches(one, held) for one in rules)
        if name == "$or"
        else _matches(rules, held.get(name))
        if isinstance(rules, dict)
        else _fits_any(rules, name, held)
        for name, rules in policy.items()
    )


def _fits_any(rules: list[Any], name: str, held: Json) -> bool:
    values = held.get(name)
    values = values if isinstance(values, list) else [values]
    return any(
        rule["exists"] is (name in held)
        if isinstance(rule, dict) and "exists" in rule
        else name in held and any(_fits(rule, value) for value in values)
        for rule in rules
    )


def _fits(rule: Any, value: Any) -> bool:
    if isinstance(rule, dict):
        [(word, wanted)] = rule.items()
        return _WORDS[word](wanted, value)
    if isinstance(rule, bool) or rule is None:
        return rule is value
    if isinstance(rule, str):
        return bool(rule == value)
    return _is_number(value) and round(value, 6) == round(rule, 6)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_other(wanted: Any, value: Any) -> bool:
    """anything-but: a value, a list of them, or a rule on strings with a value or a list."""
    if isinstance(wanted, dict):
        [(word, patterns)] = wanted.items()
        rules = [{word: one} for one in (patterns if isinstance(patterns, list) else [patterns])]
        return isinstance(value, str) and not any(_fits(rule, value) for rule in rules)
    rules = wanted if isinstance(wanted, list) else [wanted]
    return not any(_fits(rule, value) for rule in rules)


def _is_in_range(bounds: list[Any], value: Any) -> bool:
    pairs = zip(bounds[::2], bounds[1::2], strict=True)
    return _is_number(value) and all(_COMPARED[sign](value, bound) for sign, bound in pairs)


def _is_in_network(block: str, value: Any) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(block, strict=False)
    except ValueError:
        return False


def _of_strings(fits: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    return lambda wanted, value: isinstance(value, str) and fits(wanted, value)


def _fits_wildcard(pattern: str, value: str) -> bool:
    parts = map(re.escape, pattern.split("*"))
    return re.fullmatch(".*".join(parts), value, re.DOTALL) is not None


_ON_STRINGS = {"cidr", "equals-ignore-case", "prefix", "suffix", "wildcard"}
_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
}
_WORDS: Mapping[str, Callable[[Any, Any], bool]] = {
    "anything-but": _is_other,
    "cidr": _of_strings(_is_in_network),
    "equals-ignore-case": _of_strings(lambda wanted, value: wanted.lower() == value.lower()),
    "numeric": _is_in_range,
    "prefix": _of_strings(lambda wanted, value: value.startswith(wanted)),
    "suffix": _of_strings(lambda wanted, value: value.endswith(wanted)),
    "wildcard": _of_strings(_fits_wildcard),
}
