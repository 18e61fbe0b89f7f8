"""What SNS refuses of filter policies, in its words.

See https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from math import prod
from typing import Any

from mailfanout.sandbox.json_objects import Json, as_list, is_number

MOST_KEYS = 5
MOST_COMBINATIONS = 150
LARGEST_NUMBER = 10**9
ON_STRINGS = {"cidr", "equals-ignore-case", "prefix", "suffix", "wildcard"}
# What anything-but can except of strings, and what refuses anything else there.
_EXCEPTED = {
    "equals-ignore-case": (
        "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported."
    ),
    "prefix": "prefix/suffix match pattern must be a string",
    "suffix": "prefix/suffix match pattern must be a string",
    "wildcard": "wildcard match pattern must be a string",
}
_NO_EXCEPTION = "Value of anything-but must be an array or single string/number value."
_EMPTY = "Empty objects are not allowed"
_INTEGER = re.compile("[+-]?[0-9]{1,9}", re.ASCII)
_WRONG_IN_WILDCARD = re.compile(r"((?:[^*\\]|\*(?!\*)|\\[*\\])*)(\*\*|\\(?![*\\]))")
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
    if not pattern:
        return _EMPTY
    return next(_wrong_keys(pattern, has_cases=True), None)


def _wrong_keys(policy: Json, *, has_cases: bool = False) -> Iterator[str]:
    """What is wrong. EventBridge `has_cases`: a prefix or suffix in upper or lower case.

    It knows no choice of one.
    """
    for name, value in policy.items():
        if value == {}:
            yield _EMPTY
        elif isinstance(value, dict):
            yield from _wrong_keys(value, has_cases=has_cases)
        elif not isinstance(value, list):
            yield f'"{name}" must be an object or an array'
        elif not value:
            yield "Empty arrays are not allowed"
        elif is_choice(name, value):
            if has_cases and len(value) == 1:
                yield "There must have at least 2 Objects in $or relationship."
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
        return f"{'prefix' if word == 'cidr' else word} match pattern must be a string"
    if word == "wildcard":
        return _wrong_wildcard(pattern)
    return _wrong_block(pattern) if word == "cidr" else None


def _wrong_wildcard(pattern: str) -> str | None:
    """What is wrong, and at which byte, from the quote before the text."""
    if wrong := _WRONG_IN_WILDCARD.match(pattern):
        what = "Consecutive wildcard characters" if wrong[2] == "**" else "Invalid escape character"
        return f"{what} at pos {len(wrong[1].encode()) + 1}"
    return None


def _wrong_block(pattern: str) -> str | None:
    """What is wrong with a block of addresses."""
    address, *masks = pattern.split("/")
    if len(masks) != 1:
        return "Malformed CIDR, one '/' required"
    if not _INTEGER.fullmatch(masks[0]):
        return "Malformed CIDR, mask bits must be an integer"
    if (bits := int(masks[0])) < 0:
        return "Malformed CIDR, mask bits must not be negative"
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return f"Nonstandard IP address: {address}"
    if bits >= (most := found.max_prefixlen):
        return f"IPv{found.version} mask bits must be < {most}"
    return None


def _wrong_exception(wanted: Any) -> str | None:
    """Why anything-but excepts nothing: it takes strings, numbers, or one rule on strings."""
    if isinstance(wanted, dict):
        return _wrong_excepted_rule(wanted)
    if not isinstance(wanted, list):
        return None if isinstance(wanted, str) or is_number(wanted) else _NO_EXCEPTION
    if not all(isinstance(one, str) or is_number(one) for one in wanted):
        return "Inside anything but list, start|null|boolean is not supported."
    if len({isinstance(one, str) for one in wanted}) != 1:
        return (
            "Inside anything but list, either all values are number or string, mixed type is not "
            "supported"
        )
    return None


def _wrong_excepted_rule(rule: Json) -> str | None:
    if not rule:
        return "Anything-But expression name not found"
    word, pattern = next(iter(rule.items()))
    if word not in _EXCEPTED:
        return f"Unsupported anything-but pattern: {word}"
    if isinstance(pattern, dict) or pattern == []:
        return _NO_EXCEPTION
    patterns = as_list(pattern)
    if not all(isinstance(one, str) for one in patterns):
        return _EXCEPTED[word]
    if "" in patterns and word in ("prefix", "suffix"):
        return "Null prefix/suffix not allowed"
    if len(rule) != 1:
        return "Only one key allowed in match expression"
    return next(filter(None, (_wrong_pattern(word, one) for one in patterns)), None)


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
