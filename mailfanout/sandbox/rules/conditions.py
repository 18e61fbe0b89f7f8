"""What DynamoDB refuses of conditions: functions out of place, operands of the wrong kind.

See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache

from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords

from mailfanout.sandbox.dynamodb import Applied, DocumentPath, Node, Value, grammar
from mailfanout.sandbox.json_objects import Json

MOST_OPERATORS = 300
MOST_OF_IN = 100
_LOGIC = ("AND", "OR", "NOT")
CONDITION_FUNCTIONS = {
    "attribute_exists": 1,
    "attribute_not_exists": 1,
    "attribute_type": 2,
    "begins_with": 2,
    "contains": 2,
    "size": 1,
}
_TYPES = ("B", "NULL", "SS", "BOOL", "L", "BS", "N", "NS", "S", "M")
_WITH_ORDER = frozenset({"S", "B", "N"})
# Of which types a value may be, by what is applied to it.
_TAKEN: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(("<", "<=", ">", ">=", "BETWEEN"), _WITH_ORDER),
    "begins_with": frozenset({"S", "B"}),
    "size": frozenset(_TYPES) - {"N", "BOOL", "NULL"},
}


class Wrong(ValueError):
    """What is wrong with an expression, in DynamoDB's words."""


@lru_cache(grammar.MEMORY)
def check_form(text: str) -> None:
    """Raise Wrong for what is no condition, whatever its placeholders stand for."""
    try:
        tree = grammar.parse(text)
    except (ValueError, RecursionError) as error:
        raise Wrong(f"Syntax error; {error}") from error
    if grammar.has_redundant_parentheses(text):
        raise Wrong("The expression has redundant parentheses;")
    applied = [one for one in grammar.walk(tree) if isinstance(one, Applied)]
    for one in applied:
        if one.is_function and one.operator not in CONDITION_FUNCTIONS:
            raise Wrong(f"Invalid function name; function: {one.operator}")
    for one in (*applied, Applied("NOT", (tree,))):
        _check_places(one, text)
    check_names(grammar.walk(tree))
    if len(applied) > MOST_OPERATORS:
        count = MOST_OPERATORS + 1
        raise Wrong(f"The expression contains too many operators; operator count: {count}")


def check_names(nodes: Iterable[Node]) -> None:
    """Raise Wrong for a word of DynamoDB's own where an attribute is named."""
    for path in nodes:
        for part in path.parts if isinstance(path, DocumentPath) else ():
            if str(part).upper() in ReservedKeywords.get_reserved_keywords():
                raise Wrong(f"Attribute name is a reserved keyword; reserved keyword: {part}")


def _check_places(applied: Applied, text: str) -> None:
    """Conditions stand where conditions are combined, and operands where they are compared."""
    is_logic = applied.operator in _LOGIC
    for one in applied.operands:
        is_condition = isinstance(one, Applied) and one.operator != "size"
        if is_condition == is_logic:
            continue
        if isinstance(one, Applied) and one.is_function:
            raise Wrong(
                "The function is not allowed to be used this way in an expression; function: "
                f"{one.operator}"
            )
        raise Wrong(f'Syntax error; token: "<EOF>", near: "{text.split()[-1]}"')


def check_operands(text: str, names: Mapping[str, str], values: Mapping[str, Json]) -> None:
    """Raise Wrong for operands that what is applied to them does not take."""
    for one in grammar.walk(grammar.parse(text)):
        if isinstance(one, Applied) and one.operator not in _LOGIC:
            _check_number(one)
            _check_distinct(one, names)
            _check_types(one, values)


def _check_number(applied: Applied) -> None:
    if applied.is_function:
        check_number(applied, CONDITION_FUNCTIONS[applied.operator])
    elif applied.operator == "IN" and (number := len(applied.operands) - 1) > MOST_OF_IN:
        raise Wrong(
            f"The IN operator is provided with too many operands; number of operands: {number}"
        )


def check_number(applied: Applied, wanted: int) -> None:
    """Raise Wrong for a function with more operands, or fewer."""
    if (number := len(applied.operands)) != wanted:
        raise Wrong(
            "Incorrect number of operands for operator or function; operator or function: "
            f"{applied.operator}, number of operands: {number}"
        )


def _check_distinct(applied: Applied, names: Mapping[str, str]) -> None:
    if len(applied.operands) != 2:
        return
    paths = [
        grammar.resolved(one, names) for one in applied.operands if isinstance(one, DocumentPath)
    ]
    if len(paths) == 2 and paths[0] == paths[1]:
        raise Wrong(
            "The first operand must be distinct from the remaining operands for this operator or "
            f"function; operator: {applied.operator}, first operand: {shown_path(paths[0])}"
        )


def shown_path(parts: list[str | int]) -> str:
    """A path as DynamoDB's messages have it."""
    return f"[{', '.join(f'[{one}]' if isinstance(one, int) else one for one in parts)}]"


def _check_types(applied: Applied, values: Mapping[str, Json]) -> None:
    operator, operands = applied.operator, applied.operands
    if operator in ("attribute_exists", "attribute_not_exists"):
        check_path(applied)
    if operator == "attribute_type":
        _check_type_name(operands[1], values)
    for one in operands:
        kind = type_of(one, values)
        if kind and kind not in _TAKEN.get(operator, _TYPES):
            raise of_wrong_type(operator, kind)
    if operator == "BETWEEN":
        low, high = operands[1:]
        if isinstance(low, Value) and isinstance(high, Value):
            _check_bounds(values[low.name], values[high.name])


def check_path(applied: Applied) -> None:
    """Raise Wrong for a function whose first operand is no path."""
    if not isinstance(applied.operands[0], DocumentPath):
        raise Wrong(
            "Operator or function requires a document path; operator or function: "
            f"{applied.operator}"
        )


def _check_type_name(operand: Node, values: Mapping[str, Json]) -> None:
    kind = type_of(operand, values)
    if kind != "S":
        raise of_wrong_type("attribute_type", kind or "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}")
    assert isinstance(operand, Value)
    if (name := values[operand.name]["S"]) not in _TYPES:
        raise Wrong(
            f"Invalid attribute type name found; type: {name}, valid types: {{{','.join(_TYPES)}}}"
        )


def of_wrong_type(operator: str, kind: str) -> Wrong:
    """The error for an operand of this type."""
    return Wrong(
        "Incorrect operand type for operator or function; operator or function: "
        f"{operator}, operand type: {kind}"
    )


def type_of(operand: Node, values: Mapping[str, Json]) -> str:
    """The type of an operand; nothing if only an item tells it."""
    if isinstance(operand, Value):
        return next(iter(values[operand.name]), "")
    return "N" if isinstance(operand, Applied) else ""


def _check_bounds(low: Json, high: Json) -> None:
    [(kind, lower)], [(other, upper)] = low.items(), high.items()
    if kind != other:
        rule = "same data type for lower and upper bounds"
    elif (Decimal(lower) > Decimal(upper)) if kind == "N" else lower > upper:
        rule = "upper bound to be greater than or equal to lower bound"
    else:
        return
    raise Wrong(
        f"The BETWEEN operator requires {rule}; lower bound operand: AttributeValue: "
        f"{{{kind}:{lower}}}, upper bound operand: AttributeValue: {{{other}:{upper}}}"
    )


def paths(text: str, names: Mapping[str, str]) -> Iterator[list[str | int]]:
    """The attributes, or what lies within them, of which a condition asks."""
    for one in grammar.walk(grammar.parse(text)):
        if isinstance(one, DocumentPath):
            yield grammar.resolved(one, names)
