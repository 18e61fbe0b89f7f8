"""The conditions of policies: whether they hold, do not hold, or cannot be judged here.

See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from mailfanout.sandbox.patterns import in_network, with_gaps

# A key without a value is one that the call is known not to have.
Context = Mapping[str, str | list[str]]
# Stands for a text with a variable that this call has no value for: nothing is equal to it.
_ABSENT = "\0"
# Nothing else is written so: an asterisk that stands for itself follows a backslash.
_ANY_TEXT = ".*"
_VARIABLE = re.compile(r"\$\{([^},]+)(?:,\s*'([^']*)')?\}")
# Of an ARN's six parts, only the last may have colons; those of a variable end no part.
_LAST_OF_ARN = 5
_PART_END = re.compile(r":(?![^{}]*\})")
_LAST_SECOND = datetime.max.replace(tzinfo=UTC, microsecond=0).timestamp()


def unjudged(conditions: Mapping[str, Any], context: Context, *, variables: bool) -> list[str]:
    """The conditions that the sandbox knows too little to judge, as a policy writes them."""
    return [
        f"{name} on {key}"
        for name, key, expected in _each(conditions)
        if _holds(name, key, expected, context, variables) is None
    ]


def hold(conditions: Mapping[str, Any], context: Context, *, variables: bool) -> bool | None:
    """Whether all conditions hold; None if that cannot be judged.

    `context` has the call's condition keys, in lower case. With `variables`, values may be
    written as `${aws:username}`.
    """
    if not conditions:
        return True
    found = {_holds(*one, context, variables) for one in _each(conditions)}
    if False in found:
        return False
    return None if None in found else True


def like(value: str, pattern: str, context: Context, *, variables: bool) -> bool | None:
    """Whether a value fits a pattern with `*` and `?`; None if a variable in it is not known."""
    if not variables or "${" not in pattern:
        return _glob(pattern).fullmatch(value) is not None
    filled = _filled(pattern, context, re.escape, _as_expression)
    if filled is None:
        return None
    return filled is not _ABSENT and _compiled(filled).fullmatch(value) is not None


def listed(value: Any) -> list[str]:
    """One value, a list of them, or principals by their kind: policies may write all three."""
    if isinstance(value, Mapping):
        return [item for items in value.values() for item in listed(items)]
    return [_text(item) for item in value] if isinstance(value, list) else [_text(value)]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _each(conditions: Mapping[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    for name, keys in conditions.items():
        for key, values in keys.items():
            yield name, key, listed(values)


def _holds(
    name: str, key: str, expected: list[str], context: Context, variables: bool
) -> bool | None:
    quantifier, _, operator_name = name.rpartition(":")
    quantify = _QUANTIFIERS.get(quantifier)
    base = operator_name.removesuffix("IfExists")
    if quantify is None or (base not in _OPERATORS and base != "Null"):
        return None
    if key.lower() not in context and not _is_known(key.lower()):
        return None
    actual = listed(context.get(key.lower(), []))
    if base == "Null":
        return str(not actual).lower() in expected
    if not actual:
        # AWS, too, takes none of many values for all of them.
        holds_without = quantifier == "ForAllValues" or operator_name.endswith("IfExists")
        return holds_without or (_OPERATORS[base][1] and not quantifier)
    return _compare(base, actual, _Expected(expected, context, variables), quantify)


class _Expected(NamedTuple):
    """What a policy writes beside a condition key, and what its variables stand for."""

    values: list[str]
    context: Context
    variables: bool


def _compare(
    base: str, actual: list[str], expected: _Expected, quantify: Callable[[Iterable[bool]], bool]
) -> bool | None:
    test, negated = _OPERATORS[base]
    by_wildcards = _like_arn if base.startswith("Arn") else like
    found = []
    for one in actual:
        results = {
            _test(test, one, value, expected)
            if test
            else by_wildcards(one, value, expected.context, variables=expected.variables)
            for value in expected.values
        }
        if None in results and True not in results:
            return None
        found.append((True in results) is not negated)
    return quantify(found)


def _test(
    test: Callable[[str, str], bool], value: str, written: str, expected: _Expected
) -> bool | None:
    if expected.variables and "${" in written:
        filled = _filled(written, expected.context, str, str)
        return None if filled is None else filled is not _ABSENT and test(value, filled)
    return test(value, written)


def _like_arn(value: str, pattern: str, context: Context, *, variables: bool) -> bool | None:
    """Whether an ARN fits a pattern part by part: a wildcard stands for nothing beyond its own."""
    parts, patterns = value.split(":", _LAST_OF_ARN), _PART_END.split(pattern, _LAST_OF_ARN)
    if len(parts) != len(patterns):
        return False
    pairs = zip(parts, patterns, strict=True)
    found = {like(part, one, context, variables=variables) for part, one in pairs}
    return False if False in found else None if None in found else True


def _filled(
    written: str, context: Context, literally: Callable[[str], str], otherwise: Callable[[str], str]
) -> str | None:
    """A text with its variables' values in place; None if one of them is not known here.

    See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """
    parts = []
    end = 0
    for found in _VARIABLE.finditer(written):
        parts.append(otherwise(written[end : found.start()]))
        end = found.end()
        key, default = found[1].strip(), found[2]
        value = key if key in "*?$" else context.get(key.lower(), default) or default
        if value is None and key.lower() in context:
            return _ABSENT
        if value is None or isinstance(value, list):
            return _ABSENT if _is_known(key.lower()) else None
        parts.append(literally(value))
    return "".join([*parts, otherwise(written[end:])])


@lru_cache(maxsize=4096)
def _glob(pattern: str) -> re.Pattern[str]:
    return _compiled(_as_expression(pattern))


def _compiled(expression: str) -> re.Pattern[str]:
    return with_gaps(expression.split(_ANY_TEXT))


def _as_expression(pattern: str) -> str:
    wildcards = {"*": _ANY_TEXT, "?": "."}
    return "".join(wildcards.get(character) or re.escape(character) for character in pattern)


def _is_known(key: str) -> bool:
    """Whether a call that lacks the key lacks it on AWS, too."""
    return key in _KNOWN_KEYS or key.startswith(_KNOWN_BEGINNINGS)


_KNOWN_BEGINNINGS = ("s3:x-amz-", "aws:requesttag/", "s3:requestobjecttag/")
# Condition keys that a call has in its context here whenever it would have them on AWS.
_KNOWN_KEYS = frozenset(
    """
    aws:calledvia aws:calledviafirst aws:calledvialast aws:currenttime aws:epochtime
    aws:federatedprovider aws:multifactorauthage aws:multifactorauthpresent aws:principalaccount
    aws:principalarn aws:principalisawsservice aws:principalorgid aws:principalorgpaths
    aws:principalservicename aws:principalservicenameslist aws:principaltype aws:referer
    aws:requestedregion aws:securetransport aws:sourceaccount aws:sourcearn aws:sourceidentity
    aws:sourceip aws:sourceorgid aws:sourceowner aws:sourcevpc aws:sourcevpce aws:tagkeys
    aws:tokenissuetime aws:useragent aws:userid aws:username aws:viaawsservice aws:vpcsourceip
    dynamodb:attributes dynamodb:enclosingoperation dynamodb:leadingkeys
    dynamodb:returnconsumedcapacity dynamodb:returnvalues dynamodb:select iam:passedtoservice
    iam:permissionsboundary iam:policyarn lambda:functionarn lambda:principal s3:delimiter
    s3:locationconstraint s3:max-keys s3:prefix s3:requestobjecttagkeys s3:versionid
    ses:fromaddress ses:fromdisplayname ses:recipients sns:endpoint sns:protocol sts:externalid
    sts:rolesessionname sts:sourceidentity sts:transitivetagkeys
    """.split()
)


def _equal_in_any_case(value: str, expected: str) -> bool:
    return value.lower() == expected.lower()


def _comparing(
    read: Callable[[str], Any], compare: Callable[[Any, Any], bool]
) -> Callable[[str, str], bool]:
    def compare_text(value: str, expected: str) -> bool:
        try:
            return compare(read(value), read(expected))
        except ValueError:
            return False

    return compare_text


def _time(text: str) -> datetime:
    """A time in ISO 8601, or in seconds since 1970: the last one of Python for any later one."""
    if text.isdecimal():
        return datetime.fromtimestamp(min(float(text), _LAST_SECOND), UTC)
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


_READERS: Mapping[str, Callable[[str], Any]] = {"Date": _time, "Numeric": float}

# How many of a key's values an operator has to hold for.
_QUANTIFIERS: Mapping[str, Callable[[Iterable[bool]], bool]]
_QUANTIFIERS = {"": any, "ForAnyValue": any, "ForAllValues": all}
_COMPARISONS = {
    "Equals": (operator.eq, False),
    "NotEquals": (operator.eq, True),
    "LessThan": (operator.lt, False),
    "LessThanEquals": (operator.le, False),
    "GreaterThan": (operator.gt, False),
    "GreaterThanEquals": (operator.ge, False),
}

# Each operator's test (None: by wildcards), and whether it holds if the test does not.
_OPERATORS: Mapping[str, tuple[Callable[[str, str], bool] | None, bool]] = {
    "ArnEquals": (None, False),
    "ArnLike": (None, False),
    "ArnNotEquals": (None, True),
    "ArnNotLike": (None, True),
    "BinaryEquals": (operator.eq, False),
    "Bool": (_equal_in_any_case, False),
    "IpAddress": (in_network, False),
    "NotIpAddress": (in_network, True),
    "StringEquals": (operator.eq, False),
    "StringEqualsIgnoreCase": (_equal_in_any_case, False),
    "StringLike": (None, False),
    "StringNotEquals": (operator.eq, True),
    "StringNotEqualsIgnoreCase": (_equal_in_any_case, True),
    "StringNotLike": (None, True),
    **{
        f"{kind}{name}": (_comparing(read, compare), negated)
        for kind, read in _READERS.items()
        for name, (compare, negated) in _COMPARISONS.items()
    },
}
