"""What SNS refuses of filter policies, in its words.

See https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from math import prod
from typing import Any

from mailfanout.sandbox.json_objects import Json, is_number

MOST_KEYS = 5
MOST_COMBINATIONS = 150
LARGEST_NUMBER = 10**9
ON_STRINGS = {"cidr", "equals-ignore-case", "prefix", "suffix", "wildcard"}
_SIGNS = ("<", "<=", "=", ">", ">=")


def is_choice(name: str, value: Any) -> bool:
    """Whether a key of a policy is the operator $or, with policies to choose from."""
    return name == "$or" and all(isinstance(one, dict) for one in value)


def wrong_policy(policy: Json, scope: str) -> str | None:
    """Why a policy with the scope MessageAttributes or MessageBody is none; None if it is one."""
    reason = next(_wrong_keys(policy), None)
    if reason is None and any(abs(one) > LARGEST_NUMBER for one in _numbers(policy)):
        reason = "Value must be between -1.0E9 and 1.0E9, inclusive"
    if reason is None and scope != "MessageBody" and _is_nested(policy):
        return "Filter policy scope MessageAttributes does not support nested filter policy"
    if reason is None and len(policy) > MOST_KEYS:
        reason = f"Filter policy can not have more than {MOST_KEYS} keys"
    if reason is None and _combinations(policy) > MOST_COMBINATIONS:
        reason = "Filter policy is too complex"
    return reason and f"FilterPolicy: {reason}"


def wrong_pattern(pattern: Any) -> str | None:
    """Why EventBridge takes no pattern: its rules are those of policies, of any numbers."""
    if not isinstance(pattern, dict):
        return "Filter is not an object"
    return next(_wrong_keys(pattern, has_cases=True), None)


def _wrong_keys(policy: Json, *, has_cases: bool = False) -> Iterator[str]:
    """What is wrong; if it `has_cases`, a prefix or suffix may be one in upper or lower case."""
    for name, value in policy.items():
        if isinstance(value, dict):
            yield from _wrong_keys(value, has_cases=has_cases)
        elif not isinstance(value, list):
            yield f'"{name}" must be an object or an array'
        elif not value:
            yield "Empty arrays are not allowed"
        elif is_choice(name, value):
            for one in value:
                yield from _wrong_keys(one, has_cases=has_cases)
        else:
            yield from filter(None, (_wrong_rule(one, has_cases) for one in value))


def _is_nested(policy: Json) -> bool:
    return any(
        isinstance(value, dict) or (is_choice(name, value) and any(map(_is_nested, value)))
        for name, value in policy.items()
    )


def _combinations(policy: Json, depth: int = 1) -> int:
    """How many values may come together; a value that lies deeper counts as often as it is deep."""
    return prod(
        _combinations(value, depth + 1)
        if isinstance(value, dict)
        else sum(_combinations(one, depth) for one in value)
        if is_choice(name, value)
        else len(value) * depth
        for name, value in policy.items()
    )


def _numbers(value: Any) -> Iterator[float]:
    if is_number(value):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _numbers(one)


def _wrong_rule(rule: Any, has_cases: bool) -> str | None:
    if isinstance(rule, list):
        return "Match value must be String, number, true, false, or null"
    if not isinstance(rule, dict):
        return None
    if len(rule) != 1:
        return "Only one key allowed in match expression"
    [(word, wanted)] = rule.items()
    if has_cases and word in ("prefix", "suffix") and isinstance(wanted, dict):
        wanted = wanted.get("equals-ignore-case")
    if word in ON_STRINGS:
        return _wrong_pattern(word, wanted)
    if word == "anything-but":
        return _wrong_exception(wanted)
    if word == "exists":
        is_one = isinstance(wanted, bool)
        return None if is_one else "exists match pattern must be either true or false."
    if word == "numeric":
        return _wrong_range(wanted)
    return f"Unrecognized match type {word}"


def _wrong_pattern(word: str, pattern: Any) -> str | None:
    if not isinstance(pattern, str):
        return f"{word} match pattern must be a string"
    if word == "wildcard" and "**" in pattern:
        return "Consecutive wildcard characters"
    if word == "cidr":
        try:
            ipaddress.ip_network(pattern, strict=False)
        except ValueError:
            return f"Malformed CIDR, {pattern}"
    return None


def _wrong_exception(wanted: Any) -> str | None:
    """Why anything-but excepts nothing: it takes strings, numbers, or one rule on strings."""
    kinds: tuple[type, ...] = (str, int, float)
    if isinstance(wanted, dict):
        word = next(iter(wanted), "")
        if len(wanted) != 1 or word not in ON_STRINGS:
            return f"Unsupported anything-but pattern: {word}"
        [wanted], kinds = wanted.values(), (str,)
        if not isinstance(wanted, str | list):
            return f"{word} match pattern must be a string"
    values = wanted if isinstance(wanted, list) else [wanted]
    if values and all(isinstance(one, kinds) and not isinstance(one, bool) for one in values):
        return None
    return "Value of anything-but must be a non-empty list of strings or numbers"


def _wrong_range(wanted: Any) -> str | None:
    if not isinstance(wanted, list):
        return "Value of numeric must be an array."
    sign, number, *rest = [*wanted, None, None][: max(2, len(wanted))]
    if not isinstance(sign, str):
        return f"Invalid member in numeric match: {']' if sign is None else sign}"
    if sign not in _SIGNS:
        return f"Unrecognized numeric range operator: {sign}"
    if not is_number(number):
        return f"Value of {'equals' if sign == '=' else sign} must be numeric"
    if not rest:
        return None
    if sign not in (">", ">="):
        return "Too many elements in numeric expression"
    return _wrong_top(number, *rest)


def _wrong_top(bottom: float, sign: Any, top: Any = None, *more: Any) -> str | None:
    if not isinstance(sign, str):
        return f"Bad value in numeric range: {sign}"
    if sign not in ("<", "<="):
        return f"Bad numeric range operator: {sign}"
    if not is_number(top):
        return f"Value of {sign} must be numeric"
    if top <= bottom:
        return "Bottom must be less than top"
    return "Too many terms in numeric range expression" if more else None
