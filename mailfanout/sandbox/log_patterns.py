"""The filter patterns of CloudWatch Logs: which messages one matches.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

import json
import operator
import re
from collections import deque
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from mailfanout.sandbox.json_objects import is_number
from mailfanout.sandbox.patterns import InvalidExpression, expression, with_gaps

Matches = Callable[[str], bool]
Condition = Callable[[Any], bool]
Tokens = deque[tuple[str, str]]

_TERM = re.compile(r'\s*([?-]?)("(?:[^"\\]|\\.)*"|%[^%]*%|\w+)(?=\s|$)')
_TOKEN = re.compile(
    r"""\s*(?:
    (?P<selector>\$(?:\.[\w-]+|\[(?:[0-9]+|\*|'[^']*'|"[^"]*")\])+)
    |(?P<test>IS\s+NULL|IS\s+TRUE|IS\s+FALSE|NOT\s+EXISTS)\b
    |(?P<logic>&&|\|\||[()])
    |(?P<comparison>!=|<=|>=|=|<|>)
    |(?P<value>"(?:[^"\\]|\\.)*"|%[^%]*%|[^\s()&|=<>!"%{}]+)
    )\s*""",
    re.VERBOSE,
)
_STEP = re.compile(r"""\.([\w-]+)|\[(?:(\d+|\*)|'([^']*)'|"([^"]*)")\]""")
_GROUP = re.compile(r"(?<!\\)(\\\\)*[()]")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_ORDER = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_COMPARED: dict[str, Callable[[Any, Any], bool]]
_COMPARED = {"=": operator.eq, "!=": operator.ne, **_ORDER}
_TESTS: dict[str, Callable[[list[Any]], bool]] = {
    "IS NULL": lambda found: None in found,
    "IS TRUE": lambda found: any(one is True for one in found),
    "IS FALSE": lambda found: any(one is False for one in found),
    "NOT EXISTS": lambda found: not found,
}


class InvalidPattern(ValueError):
    """A pattern that cannot be read."""

    def __init__(self, message: str = "Invalid filter pattern") -> None:
        super().__init__(message)


@lru_cache
def matcher(pattern: str) -> Matches:
    """What tells whether a message matches: by its terms, or by its properties if it is JSON.

    Raises InvalidPattern; also for space-delimited fields, which are not read here.
    """
    text = pattern.strip()
    if not text.startswith(("{", "[")):
        return _by_terms(text)
    if not (text.startswith("{") and text.endswith("}")):
        raise InvalidPattern
    tokens = _tokens(text[1:-1])
    try:
        condition = _any_of(tokens)
    except RecursionError:
        raise InvalidPattern from None
    if tokens:
        raise InvalidPattern

    def matches(message: str) -> bool:
        document = _parsed(message)
        return document is not None and condition(document)

    return matches


def _by_terms(text: str) -> Matches:
    terms: dict[str, list[Matches]] = {"": [], "?": [], "-": []}
    while text:
        found = _TERM.match(text)
        if found is None:
            raise InvalidPattern(f"Invalid character(s) in term '{text.split()[0]}'")
        terms[found[1]].append(_term(found[2]))
        text = text[found.end() :].lstrip()
    required, optional, excluded = terms[""], terms["?"], terms["-"]

    def matches(message: str) -> bool:
        wanted = [one(message) for one in required or optional]
        is_there = (all(wanted) if required else any(wanted)) if wanted else True
        return is_there and not any(one(message) for one in excluded)

    return matches


def _term(written: str) -> Matches:
    if written.startswith("%"):
        return _expression(written)
    text = _unquoted(written)
    return lambda message: text in message


def _expression(written: str) -> Matches:
    """Logs has no groups in regular expressions."""
    try:
        if _GROUP.search(written):
            raise InvalidExpression("It has a group.")
        return expression(written.strip("%"))
    except InvalidExpression:
        raise InvalidPattern("Invalid regular expression in the filter pattern") from None


def _unquoted(written: str) -> str:
    return re.sub(r"\\(.)", r"\1", written[1:-1]) if written.startswith('"') else written


def _tokens(text: str) -> Tokens:
    tokens: Tokens = deque()
    position = 0
    while text[position:].strip():
        found = _TOKEN.match(text, position)
        if found is None:
            raise InvalidPattern
        position, kind = found.end(), str(found.lastgroup)
        tokens.append((kind, " ".join(found[kind].split()) if kind == "test" else found[kind]))
    return tokens


def _any_of(tokens: Tokens) -> Condition:
    return _joined(tokens, "||", _all_of, any)


def _all_of(tokens: Tokens) -> Condition:
    return _joined(tokens, "&&", _one, all)


def _joined(
    tokens: Tokens,
    word: str,
    read: Callable[[Tokens], Condition],
    hold: Callable[[Iterable[bool]], bool],
) -> Condition:
    conditions = [read(tokens)]
    while tokens and tokens[0] == ("logic", word):
        tokens.popleft()
        conditions.append(read(tokens))
    if len(conditions) == 1:
        return conditions[0]
    return lambda document: hold(one(document) for one in conditions)


def _one(tokens: Tokens) -> Condition:
    kind, text = _next(tokens)
    if text == "(":
        within = _any_of(tokens)
        if _next(tokens)[1] != ")":
            raise InvalidPattern
        return within
    if kind != "selector":
        raise InvalidPattern
    steps = [next(filter(None, one), "") for one in _STEP.findall(text)]
    holds = _test(tokens)
    return lambda document: holds(list(_selected([document], steps)))


def _test(tokens: Tokens) -> Callable[[list[Any]], bool]:
    kind, text = _next(tokens)
    if kind == "test":
        return _TESTS[text]
    if kind != "comparison":
        raise InvalidPattern
    compared, (kind, value) = _COMPARED[text], _next(tokens)
    if kind != "value":
        raise InvalidPattern
    if _NUMBER.fullmatch(value):
        number = float(value)
        return lambda found: any(is_number(one) and compared(one, number) for one in found)
    if text not in ("=", "!="):
        raise InvalidPattern
    is_so, wanted = _value(value), text == "="
    return lambda found: any(isinstance(one, str) and is_so(one) == wanted for one in found)


def _value(written: str) -> Matches:
    """How a property's text is compared: with `*` for anything, or as a regular expression."""
    if written.startswith("%"):
        return _expression(written)
    pattern = with_gaps(map(re.escape, _unquoted(written).split("*")))
    return lambda text: bool(pattern.fullmatch(text))


def _next(tokens: Tokens) -> tuple[str, str]:
    if not tokens:
        raise InvalidPattern
    return tokens.popleft()


def _selected(found: Iterable[Any], steps: list[str]) -> Iterable[Any]:
    for step in steps:
        found = [within for one in found for within in _within(one, step)]
    return found


def _within(value: Any, step: str) -> Iterable[Any]:
    if isinstance(value, dict):
        return [value[step]] if step in value else []
    if isinstance(value, list) and step == "*":
        return value
    if isinstance(value, list) and step.isdecimal() and int(step) < len(value):
        return [value[int(step)]]
    return []


def _parsed(message: str) -> Any:
    """The message as JSON; any other matches no pattern of properties."""
    try:
        return json.loads(message)
    except (ValueError, RecursionError):
        return None
