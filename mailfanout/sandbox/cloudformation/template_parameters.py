"""A template's parameters: as they are declared, and the values that a call gives them.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mailfanout.sandbox.cloudformation.intrinsics import invalid, malformed
from mailfanout.sandbox.patterns import InvalidExpression, expression

_PARAMETER_TYPE = re.compile(r"String|Number|List<Number>|CommaDelimitedList|(List<)?AWS::.+")


def check_names(kind: str, named: Iterable[Any]) -> None:
    """Raise ApiError for a name of a resource, parameter or output that is not alphanumeric."""
    for name in map(str, named):
        if not re.fullmatch("[a-zA-Z0-9]+", name):
            raise malformed(f"{kind} name {name} is non alphanumeric.")


def parameter_values(declared: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """The value of each of the template's parameters. Raises ApiError."""
    if unknown := sorted(given.keys() - declared.keys()):
        raise invalid(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    values = {name: given.get(name, one.get("Default")) for name, one in declared.items()}
    if missing := [name for name, value in values.items() if value is None]:
        raise invalid(f"Parameters: [{', '.join(missing)}] must have values")
    return {name: _checked(name, declared[name], str(value)) for name, value in values.items()}


def _number(name: str, declared: Mapping[str, Any], key: str, otherwise: float) -> float:
    try:
        return float(declared.get(key, otherwise))
    except (TypeError, ValueError):
        raise malformed(f"{key} of parameter {name} must be a number.") from None


def check_parameters(declared: Mapping[str, Any]) -> None:
    """Raise ApiError for parameters that cannot be declared so."""
    check_names("Parameter", declared)
    for name, one in declared.items():
        if not (isinstance(one, dict) and isinstance(one.get("Type"), str)):
            raise malformed("Every Parameters object must contain a Type member.")
        if not _PARAMETER_TYPE.fullmatch(one["Type"]):
            raise malformed(f"Unrecognized parameter type: {one['Type']}")
        if not isinstance(one.get("AllowedValues", []), list):
            raise malformed(f"AllowedValues of {name} must be a list.")
        for key in ("MaxLength", "MaxValue", "MinLength", "MinValue"):
            _number(name, one, key, 0)


def _checked(name: str, declared: Mapping[str, Any], value: str) -> Any:
    allowed = [str(one) for one in declared.get("AllowedValues", [])]
    if allowed and value not in allowed:
        raise invalid(f"Parameter '{name}' must be one of AllowedValues")
    for rule in _broken_rules(name, declared, value):
        raise invalid(f"Parameter '{name}' {declared.get('ConstraintDescription') or rule}")
    is_list = declared.get("Type", "String").startswith(("List", "CommaDelimited"))
    return value.split(",") if is_list else value


def _broken_rules(name: str, declared: Mapping[str, Any], value: str) -> Iterator[str]:
    pattern = declared.get("AllowedPattern")
    try:
        fits = not pattern or expression(str(pattern), whole=True)(value)
    except InvalidExpression as error:
        raise malformed(f"AllowedPattern {error}") from None
    if not fits:
        yield f"must match pattern {pattern}"
    if len(value) > _number(name, declared, "MaxLength", len(value)):
        yield f"must contain at most {declared['MaxLength']} characters"
    if len(value) < _number(name, declared, "MinLength", 0):
        yield f"must contain at least {declared['MinLength']} characters"
    if declared.get("Type") != "Number":
        return
    if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value):
        raise invalid(f"Parameter '{name}' must be a number.")
    number = float(value)
    if number < _number(name, declared, "MinValue", number):
        yield f"must be a number not less than {declared['MinValue']}"
    if number > _number(name, declared, "MaxValue", number):
        yield f"must be a number not greater than {declared['MaxValue']}"
