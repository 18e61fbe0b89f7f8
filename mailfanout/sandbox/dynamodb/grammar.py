"""Expressions by DynamoDB's grammar: conditions, which become moto's comparisons, and others.

moto's own parser of conditions takes no line break, no index above 9, no operand in parentheses.
See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from moto.dynamodb import comparisons

Read = TypeVar("Read")

MEMORY = 1024
_TOKEN = re.compile(r"[#:]?\w+|<>|<=|>=|\S", re.ASCII)
_NAME = re.compile(r"#\w+|[A-Za-z_]\w*", re.ASCII)
_INDEX = re.compile(r"\d{1,9}", re.ASCII)
_COMPARATORS = ("=", "<>", "<", "<=", ">", ">=")
_ACTIONS = ("SET", "REMOVE", "ADD", "DELETE")
_KEYWORDS = ("AND", "OR", "NOT", "BETWEEN", "IN")


class DocumentPath(NamedTuple):
    """An attribute, or what lies within: names, `#placeholders`, and indexes of lists."""

    parts: tuple[str | int, ...]


class Value(NamedTuple):
    """A `:placeholder` of a value."""

    name: str


class Applied(NamedTuple):
    """A comparator, a function, AND, OR, NOT, or an action such as SET, and its operands."""

    operator: str
    operands: tuple[Node, ...]
    is_function: bool = False


Node = DocumentPath | Value | Applied


@lru_cache(MEMORY)
def parse(text: str) -> Node:
    """The tree of a condition. Raises ValueError, which says where it is none."""
    return _whole(text, _Parser.condition)


@lru_cache(MEMORY)
def parse_update(text: str) -> tuple[Applied, ...]:
    """The actions of an UpdateExpression, each with its path and its value. Raises ValueError."""
    return _whole(text, lambda parser: tuple(parser.actions()))


@lru_cache(MEMORY)
def parse_projection(text: str) -> tuple[DocumentPath, ...]:
    """The paths of a ProjectionExpression. Raises ValueError."""
    return _whole(text, lambda parser: tuple(parser.paths()))


def _whole(text: str, read: Callable[[_Parser], Read]) -> Read:
    parser = _Parser(text)
    found = read(parser)
    parser.end()
    return found


@lru_cache(MEMORY)
def placeholders(text: str, sign: str) -> tuple[str, ...]:
    """Those of names, whose sign is #, or of values, whose sign is a colon."""
    return tuple(one for one in _TOKEN.findall(text) if one[0] == sign and len(one) > 1)


@lru_cache(MEMORY)
def sections(text: str) -> tuple[str, ...]:
    """The words that begin the sections of an UpdateExpression, which names nothing so itself."""
    return tuple(one for one in map(str.upper, _TOKEN.findall(text)) if one in _ACTIONS)


def walk(node: Node) -> Iterator[Node]:
    """Every node, operands before what is applied to them."""
    for one in node.operands if isinstance(node, Applied) else ():
        yield from walk(one)
    yield node


@lru_cache(MEMORY)
def has_redundant_parentheses(text: str) -> bool:
    """Whether two pairs of parentheses hold the same; not those of a function or a list."""
    tokens, opened, closed_by = _TOKEN.findall(text), list[int](), dict[int, int]()
    for place, token in enumerate(tokens):
        if token == "(":
            opened.append(place)
        elif token == ")" and opened:
            closed_by[opened.pop()] = place
    before = [None, *tokens]
    return any(
        closed_by.get(one + 1) == end - 1 and not _calls(before[one])
        for one, end in closed_by.items()
    )


def _calls(token: str | None) -> bool:
    """Whether the parenthesis after it is that of a function or of a list."""
    return bool(token and _NAME.fullmatch(token)) and str(token).upper() not in _KEYWORDS[:4]


def comparison(self: Any) -> Any:
    """For ConditionExpressionParser.parse: what moto evaluates, with the placeholders in it."""
    text = self.condition_expression
    if not text:
        return comparisons.OpDefault(None, None)  # type: ignore[arg-type]
    self.expr_attr_names_found.extend(placeholders(text, "#"))
    self.expr_attr_values_found.extend(placeholders(text, ":"))
    names = self.expression_attribute_names or {}
    return _made(parse(text), names, self.expression_attribute_values or {})


def _made(node: Node, names: Mapping[str, str], values: Mapping[str, Any]) -> Any:
    if isinstance(node, DocumentPath):
        return comparisons.AttributePath(resolved(node, names))
    if isinstance(node, Value):
        return comparisons.AttributeValue(values[node.name])
    return _MADE[node.operator](*(_made(one, names, values) for one in node.operands))


_MADE: Mapping[str, Any] = {
    **comparisons.COMPARATOR_CLASS,
    **comparisons.FUNC_CLASS,
    "AND": comparisons.OpAnd,
    "BETWEEN": comparisons.FuncBetween,
    "IN": comparisons.FuncIn,
    "NOT": comparisons.OpNot,
    "OR": comparisons.OpOr,
}


def resolved(path: DocumentPath, names: Mapping[str, str]) -> list[str | int]:
    """The parts of a path, with attributes' names in place of their placeholders."""
    return [names.get(part, part) if isinstance(part, str) else part for part in path.parts]


class _Parser:
    """Reads one expression from left to right.

    An operand alone passes for a condition: the rules refuse it.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._found = [*_TOKEN.finditer(text)]
        self._place = 0

    def end(self) -> None:
        if self._token:
            raise self._error()

    def condition(self) -> Node:
        left = self._both()
        while self._take("OR"):
            left = Applied("OR", (left, self._both()))
        return left

    def actions(self) -> Iterator[Applied]:
        while action := self._take(*_ACTIONS):
            yield self._action(action)
            while self._take(","):
                yield self._action(action)

    def paths(self) -> Iterator[DocumentPath]:
        yield self._path()
        while self._take(","):
            yield self._path()

    @property
    def _token(self) -> str:
        """The next token; nothing at the end."""
        return self._found[self._place][0] if self._place < len(self._found) else ""

    def _take(self, *wanted: str) -> str:
        """The next token, if it is one of these words or signs, or else nothing."""
        token = self._token.upper()
        if token not in wanted:
            return ""
        self._place += 1
        return token

    def _expect(self, wanted: str) -> None:
        if not self._take(wanted):
            raise self._error()

    def _action(self, action: str) -> Applied:
        path = self._path()
        if action == "REMOVE":
            return Applied(action, (path,))
        if action == "SET":
            self._expect("=")
            return Applied(action, (path, self._sum()))
        if not self._token.startswith(":"):
            raise self._error()
        return Applied(action, (path, self._operand()))

    def _sum(self) -> Node:
        left = self._operand_or(self._sum)
        sign = self._take("+", "-")
        return Applied(sign, (left, self._operand_or(self._sum))) if sign else left

    def _operand_or(self, read: Callable[[], Node]) -> Node:
        """An operand, or what `read` reads in parentheses."""
        if not self._take("("):
            return self._operand()
        within = read()
        self._expect(")")
        return within

    def _both(self) -> Node:
        left = self._negated()
        while self._take("AND"):
            left = Applied("AND", (left, self._negated()))
        return left

    def _negated(self) -> Node:
        if self._take("NOT"):
            return Applied("NOT", (self._compared(),))
        return self._compared()

    def _compared(self) -> Node:
        left = self._operand_or(self.condition)
        if operator := self._take(*_COMPARATORS):
            return Applied(operator, (left, self._operand()))
        if self._take("BETWEEN"):
            low = self._operand()
            self._expect("AND")
            return Applied("BETWEEN", (left, low, self._operand()))
        if self._take("IN"):
            self._expect("(")
            return Applied("IN", (left, *self._list()))
        return left

    def _operand(self) -> Node:
        token = self._token
        if token == "(":
            return self._operand_or(self._operand)
        if token.startswith(":"):
            self._place += 1
            return Value(token)
        path = self._path()
        if len(path.parts) == 1 and token[0] != "#" and self._take("("):
            return Applied(token, tuple(self._list()), is_function=True)
        return path

    def _path(self) -> DocumentPath:
        token = self._token
        if not _NAME.fullmatch(token) or token.upper() in _KEYWORDS:
            raise self._error()
        self._place += 1
        return DocumentPath((token, *self._within()))

    def _list(self) -> Iterator[Node]:
        yield self._operand()
        while self._take(","):
            yield self._operand()
        self._expect(")")

    def _within(self) -> Iterator[str | int]:
        """What follows in a path: `.name` and `[index]`, again and again."""
        while sign := self._take(".", "["):
            part = self._token
            if not (_INDEX.fullmatch(part) if sign == "[" else _NAME.fullmatch(part)):
                raise self._error()
            self._place += 1
            yield int(part) if sign == "[" else part
            if sign == "[":
                self._expect("]")

    def _error(self) -> ValueError:
        """The token that is wrong, and those beside it."""
        if not self._token:
            return ValueError(f'token: "<EOF>", near: "{self._found[-1].group()}"')
        beside = self._found[max(0, self._place - 1) : self._place + 2]
        near = self._text[beside[0].start() : beside[-1].end()]
        return ValueError(f'token: "{self._token}", near: "{near}"')
