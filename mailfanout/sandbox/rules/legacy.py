"""What DynamoDB took before there were expressions, spelled as expressions.

See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import chain

from mailfanout.sandbox.json_objects import Json
from mailfanout.sandbox.rules.item_values import settle_values
from mailfanout.sandbox.rules.tables import wrong

# The expression that takes the place of each parameter.
_EXPRESSIONS = {
    "Expected": "ConditionExpression",
    "QueryFilter": "FilterExpression",
    "ScanFilter": "FilterExpression",
}
_WRITTEN = {
    "BEGINS_WITH": "begins_with({}, {})",
    "BETWEEN": "{} BETWEEN {} AND {}",
    "CONTAINS": "contains({}, {})",
    "EQ": "{} = {}",
    "GE": "{} >= {}",
    "GT": "{} > {}",
    "LE": "{} <= {}",
    "LT": "{} < {}",
    "NE": "{} <> {}",
    "NOT_CONTAINS": "NOT contains({}, {})",
    "NOT_NULL": "attribute_exists({})",
    "NULL": "attribute_not_exists({})",
}
# The types of values that these operators take; others take any.
_TYPES = {
    **dict.fromkeys("BETWEEN CONTAINS GE GT IN LE LT NOT_CONTAINS".split(), ("B", "N", "S")),
    "BEGINS_WITH": ("B", "S"),
}


def spell_as_expressions(request: Json) -> None:
    """Put expressions in the place of older parameters. Raises ApiError for bad conditions."""
    if "AttributesToGet" in request and request.get("Select") in (None, "SPECIFIC_ATTRIBUTES"):
        _spell_projection(request)
    for parameter, expression in _EXPRESSIONS.items():
        if conditions := request.pop(parameter, None):
            _spell_conditions(request, expression, conditions)


def _spell_projection(request: Json) -> None:
    attributes: list[str] = request.pop("AttributesToGet")
    if doubles := [name for name, count in Counter(attributes).items() if count > 1]:
        raise wrong(f"Duplicate value in attribute name: {doubles[0]}")
    names = {f"#attribute{number}": one for number, one in enumerate(attributes)}
    request.update(ProjectionExpression=", ".join(names), ExpressionAttributeNames=names)


def _spell_conditions(request: Json, expression: str, conditions: Mapping[str, Json]) -> None:
    names = request.setdefault("ExpressionAttributeNames", {})
    values: Json = {}
    written = []
    for number, (attribute, condition) in enumerate(conditions.items()):
        name, (operator, operands) = f"#condition{number}", _condition(attribute, condition)
        names[name] = attribute
        placeholders = [f":condition{number}_{place}" for place in range(len(operands))]
        values.update(zip(placeholders, operands, strict=True))
        written.append(_written(operator, name, placeholders))
    request[expression] = f" {request.pop('ConditionalOperator', 'AND')} ".join(written)
    settle_values(values)
    if values:
        request["ExpressionAttributeValues"] = values


def _written(operator: str, name: str, placeholders: list[str]) -> str:
    if operator == "IN":
        return f"{name} IN ({', '.join(placeholders)})"
    return _WRITTEN[operator].format(name, *placeholders)


def _condition(attribute: str, condition: Json) -> tuple[str, list[Json]]:
    """An operator and its operands; what is expected may also be a value, or that there is none."""
    operator, value = condition.get("ComparisonOperator"), condition.get("Value")
    if operator is None:
        exists = condition.get("Exists")
        if exists is False and value is not None:
            raise wrong(f"Value cannot be used when Exists is false for Attribute: {attribute}")
        if exists is not False and value is None:
            said = "null" if exists is None else "true"
            raise wrong(f"Value must be provided when Exists is {said} for Attribute: {attribute}")
        return "NULL" if value is None else "EQ", [] if value is None else [value]
    operands = condition.get("AttributeValueList") or ([] if value is None else [value])
    wanted = _WRITTEN.get(operator, "").count("{}") - 1
    if len(operands) != wanted if operator != "IN" else not operands:
        raise wrong(f"Invalid number of argument(s) for the {operator} ComparisonOperator")
    for kind in chain.from_iterable(operands):
        if kind not in _TYPES.get(operator, (kind,)):
            raise wrong(
                f"ComparisonOperator {operator} is not valid for {kind} AttributeValue type"
            )
    return operator, operands
