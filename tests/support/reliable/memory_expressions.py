"""DynamoDB's condition, filter and update expressions, as far as the functions use them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords

from support.reliable.memory_errors import client_error

Item = dict[str, Any]
Value = dict[str, Any] | None
Scope = tuple[Item, dict[str, str], Item]  # the item, names, values

RESERVED = frozenset(ReservedKeywords.get_reserved_keywords())
TOKEN = re.compile(r"\s*(<>|<=|>=|[=<>(),+]|[:#]?[\w.#-]+)")
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: left == right,
    "<>": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


class Parsed(NamedTuple):
    """What an expression does, and every `#name` and `:value` in it."""

    run: Callable[[Scope], Any]
    names: frozenset[str]
    values: frozenset[str]


@cache
def condition(text: str) -> Parsed:
    """`run` tells whether an item meets the condition."""
    tokens = _Tokens(text)
    run = _or(tokens)
    tokens.expect_end()
    return Parsed(run, *tokens.placeholders())


@cache
def update(text: str) -> Parsed:
    """`run` returns the item as it is after the update."""
    tokens = _Tokens(text)
    steps: list[Callable[[Scope, Item], None]] = []
    while clause := tokens.take_any("SET", "ADD", "REMOVE"):
        steps.append(_CLAUSES[clause](tokens))
        while tokens.take_any(","):
            steps.append(_CLAUSES[clause](tokens))
    tokens.expect_end()

    def run(scope: Scope) -> Item:
        after = dict(scope[0])
        for step in steps:
            step(scope, after)
        return after

    return Parsed(run, *tokens.placeholders())


class _Tokens:
    def __init__(self, text: str) -> None:
        self._tokens = [match[1] for match in TOKEN.finditer(text)]
        if "".join(self._tokens) != re.sub(r"\s", "", text):
            raise client_error("ValidationException", text)
        self._next = 0
        used = {part for token in self._tokens for part in token.split(".")}
        self._used = used
        for word in used - {"AND", "OR", "NOT", "SET", "ADD", "REMOVE"}:
            if word.upper() in RESERVED:
                raise client_error("ValidationException", f"{word} is a reserved word")

    def placeholders(self) -> Iterator[frozenset[str]]:
        for mark in "#:":
            yield frozenset(word for word in self._used if word.startswith(mark))

    def peek(self) -> str:
        return self._tokens[self._next] if self._next < len(self._tokens) else ""

    def take(self) -> str:
        self._next += 1
        return self._tokens[self._next - 1]

    def take_any(self, *wanted: str) -> str:
        return self.take() if self.peek() in wanted else ""

    def expect(self, wanted: str) -> None:
        if not self.take_any(wanted):
            raise client_error("ValidationException", f"{wanted} is missing before {self.peek()}")

    def expect_end(self) -> None:
        if self.peek():
            raise client_error("ValidationException", f"{self.peek()} is one word too many")


def _or(tokens: _Tokens) -> Callable[[Scope], bool]:
    parts = [_and(tokens)]
    while tokens.take_any("OR"):
        parts.append(_and(tokens))
    return parts[0] if len(parts) == 1 else lambda scope: any(part(scope) for part in parts)


def _and(tokens: _Tokens) -> Callable[[Scope], bool]:
    parts = [_primary(tokens)]
    while tokens.take_any("AND"):
        parts.append(_primary(tokens))
    return parts[0] if len(parts) == 1 else lambda scope: all(part(scope) for part in parts)


def _primary(tokens: _Tokens) -> Callable[[Scope], bool]:
    if tokens.take_any("("):
        inner = _or(tokens)
        tokens.expect(")")
        return inner
    if tokens.take_any("begins_with"):
        tokens.expect("(")
        text = _operand(tokens.take())
        tokens.expect(",")
        start = _operand(tokens.take())
        tokens.expect(")")
        return lambda scope: plain(text(scope)).startswith(plain(start(scope)))
    if function := tokens.take_any("attribute_exists", "attribute_not_exists"):
        tokens.expect("(")
        operand = _operand(tokens.take())
        tokens.expect(")")
        wanted = function == "attribute_exists"
        return lambda scope: (operand(scope) is not None) == wanted
    left, compare, right = tokens.take(), COMPARISONS[tokens.take()], tokens.take()
    return _comparison(_operand(left), compare, _operand(right))


def _comparison(
    left: Callable[[Scope], Value],
    compare: Callable[[Any, Any], bool],
    right: Callable[[Scope], Value],
) -> Callable[[Scope], bool]:
    def compared(scope: Scope) -> bool:
        one, other = left(scope), right(scope)
        if one is None or other is None or one.keys() != other.keys():
            return compare is COMPARISONS["<>"]
        return compare(plain(one), plain(other))

    return compared


def _operand(token: str) -> Callable[[Scope], Value]:
    if token.startswith(":"):
        return lambda scope: scope[2][token]
    path = token.split(".")

    def found(scope: Scope) -> Value:
        value: Value = {"M": scope[0]}
        for part in path:
            name = scope[1][part] if part.startswith("#") else part
            value = (value or {}).get("M", {}).get(name)
        return value

    return found


def _set(tokens: _Tokens) -> Callable[[Scope, Item], None]:
    target = tokens.take()
    tokens.expect("=")
    operand = _operand(tokens.take())
    added = _operand(tokens.take()) if tokens.take_any("+") else None

    def step(scope: Scope, after: Item) -> None:
        value = operand(scope)
        if value is None:
            raise client_error(
                "ValidationException", f"{target} is set to an attribute that does not exist"
            )
        after[_name(target, scope)] = _sum(value, added(scope)) if added else value

    return step


def _add(tokens: _Tokens) -> Callable[[Scope, Item], None]:
    target, operand = tokens.take(), _operand(tokens.take())

    def step(scope: Scope, after: Item) -> None:
        name = _name(target, scope)
        after[name] = _sum(after.get(name, {"N": "0"}), operand(scope))

    return step


def _remove(tokens: _Tokens) -> Callable[[Scope, Item], None]:
    target = tokens.take()
    return lambda scope, after: after.pop(_name(target, scope), None) and None


def _name(token: str, scope: Scope) -> str:
    return scope[1][token] if token.startswith("#") else token


def _sum(left: Value, right: Value) -> Item:
    return {"N": f"{plain(left) + plain(right):f}"}


def plain(value: Value) -> Any:
    """A DynamoDB value as Python's."""
    assert value is not None
    [(kind, content)] = value.items()
    return Decimal(content) if kind == "N" else content


_CLAUSES = {"SET": _set, "ADD": _add, "REMOVE": _remove}
