"""IAM's rules: whether the statements of policies allow or deny one action on one resource.

See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

Statement = Mapping[str, Any]
Effect = Literal["Allow", "Deny"]


@dataclass(frozen=True)
class Asked:
    """One action on one resource, by whom, and under which condition keys (in lower case).

    `principals` are the ARNs, or the one service, by which a policy may name the caller.
    """

    action: str
    resource: str
    principals: frozenset[str] = frozenset()
    account_id: str = ""
    context: Mapping[str, str | list[str]] = field(default_factory=dict)


def decide(statements: Iterable[Statement], asked: Asked) -> Effect | None:
    """Deny where a statement denies, else Allow where one allows, else None.

    An element that a statement leaves out, as an identity's policy leaves out the principal,
    matches. A condition operator that is not known here does not, nor does one with ForAllValues
    on a key that the call lacks, though on AWS it does: not every key of AWS is known here.
    """
    effect: Effect | None = None
    for statement in statements:
        if _applies(statement, asked):
            if statement["Effect"] == "Deny":
                return "Deny"
            effect = "Allow"
    return effect


@lru_cache(maxsize=1024)
def statements_of(document: str) -> tuple[Statement, ...]:
    """The statements of a policy document; none where it is empty or not a policy."""
    try:
        statements = json.loads(document)["Statement"]
    except (ValueError, KeyError, TypeError):
        return ()
    statements = statements if isinstance(statements, list) else [statements]
    return tuple(one for one in statements if isinstance(one, dict) and "Effect" in one)


def _applies(statement: Statement, asked: Asked) -> bool:
    action = asked.action.lower()
    return (
        _element(statement, "Action", lambda pattern: _like(action, pattern.lower()))
        and _element(statement, "Resource", lambda pattern: _like(asked.resource, pattern))
        and _names_caller(statement, asked)
        and _conditions_hold(statement.get("Condition", {}), asked.context)
    )


def _element(statement: Statement, name: str, matches: Callable[[str], bool]) -> bool:
    if name in statement:
        return any(map(matches, _listed(statement[name])))
    return not any(map(matches, _listed(statement.get(f"Not{name}", []))))


def _names_caller(statement: Statement, asked: Asked) -> bool:
    if "NotPrincipal" in statement:
        return asked.principals.isdisjoint(_listed(statement["NotPrincipal"]))
    if "Principal" not in statement:
        return True
    names = {"*", *asked.principals}
    root = f"arn:aws:iam::{asked.account_id}:root"
    # To allow an account leaves it to the account's own policies; to deny it denies all in it.
    if root in names or statement["Effect"] == "Deny":
        names |= {root, asked.account_id}
    return not names.isdisjoint(_listed(statement["Principal"]))


def _conditions_hold(conditions: Mapping[str, Any], context: Mapping[str, str | list[str]]) -> bool:
    return all(
        _condition_holds(name, _listed(context.get(key.lower(), [])), _listed(values))
        for name, keys in conditions.items()
        for key, values in keys.items()
    )


def _condition_holds(name: str, actual: list[str], expected: list[str]) -> bool:
    if name == "Null":
        return str(not actual).lower() in expected
    quantifier, _, operator_name = name.rpartition(":")
    quantify = _QUANTIFIERS.get(quantifier)
    test, negated = _OPERATORS.get(operator_name.removesuffix("IfExists"), (None, False))
    if test is None or quantify is None:
        return False
    if not actual:
        return operator_name.endswith("IfExists") or (negated and not quantifier)
    return quantify(any(test(one, value) for value in expected) is not negated for one in actual)


def _listed(value: Any) -> list[str]:
    """One value, a list of them, or principals by their kind: policies may write all three."""
    if isinstance(value, Mapping):
        return [item for items in value.values() for item in _listed(items)]
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def _like(value: str, pattern: str) -> bool:
    return _glob(pattern).fullmatch(value) is not None


@lru_cache(maxsize=4096)
def _glob(pattern: str) -> re.Pattern[str]:
    wildcards = {"*": ".*", "?": "."}
    return re.compile("".join(wildcards.get(c) or re.escape(c) for c in pattern), re.DOTALL)


def _equal_in_any_case(value: str, expected: str) -> bool:
    return value.lower() == expected.lower()


def _numeric(compare: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    def compare_text(value: str, expected: str) -> bool:
        try:
            return compare(float(value), float(expected))
        except ValueError:
            return False

    return compare_text


# How many of a key's values an operator has to hold for.
_QUANTIFIERS: Mapping[str, Callable[[Iterable[bool]], bool]] = {
    "": any,
    "ForAnyValue": any,
    "ForAllValues": all,
}

# Each operator's test, and whether it holds where the test does not.
_OPERATORS: Mapping[str, tuple[Callable[[str, str], bool], bool]] = {
    "StringEquals": (operator.eq, False),
    "StringNotEquals": (operator.eq, True),
    "StringEqualsIgnoreCase": (_equal_in_any_case, False),
    "StringNotEqualsIgnoreCase": (_equal_in_any_case, True),
    "StringLike": (_like, False),
    "StringNotLike": (_like, True),
    "ArnEquals": (_like, False),
    "ArnNotEquals": (_like, True),
    "ArnLike": (_like, False),
    "ArnNotLike": (_like, True),
    "Bool": (_equal_in_any_case, False),
    "NumericEquals": (_numeric(operator.eq), False),
    "NumericNotEquals": (_numeric(operator.eq), True),
    "NumericLessThan": (_numeric(operator.lt), False),
    "NumericLessThanEquals": (_numeric(operator.le), False),
    "NumericGreaterThan": (_numeric(operator.gt), False),
    "NumericGreaterThanEquals": (_numeric(operator.ge), False),
}
