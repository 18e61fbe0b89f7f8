"""IAM's rules: whether the statements of policies allow or deny one action on one resource.

See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from typing import Any, Literal, NoReturn

from mailfanout.sandbox.access import conditions
from mailfanout.sandbox.access.conditions import Context, like, listed
from mailfanout.sandbox.json_objects import as_list

Statement = Mapping[str, Any]
Effect = Literal["Allow", "Deny"]

# Stands for the resource of a call of which the sandbox does not know what it is about.
UNKNOWN = "unknown"

# Documents of the older version, which is the default, have no variables.
WITH_VARIABLES = "2012-10-17"


@dataclass(frozen=True)
class Asked:
    """One action on one resource, by whom, and under which condition keys (in lower case).

    `principals` are the ARNs, or the one service, by which a policy may name the caller.
    """

    action: str
    resource: str
    principals: frozenset[str] = frozenset()
    account_id: str = ""
    context: Context = field(default_factory=dict)


def decide(statements: Iterable[Statement], asked: Asked) -> Effect | None:
    """Deny if a statement denies, else Allow if one allows, else None.

    An element that a statement leaves out, as an identity's policy leaves out the principal,
    matches. A condition that cannot be judged here denies in a Deny, and does not allow in an
    Allow.
    """
    effect: Effect | None = None
    for statement in statements:
        applies = _applies(statement, asked)
        if statement["Effect"] == "Deny":
            if applies is not False:
                return "Deny"
        elif applies:
            effect = "Allow"
    return effect


def judge(documents: tuple[str, ...], asked: Asked) -> Effect | None:
    """What the statements of these policy documents decide.

    A function makes the same call again and again: it is thought over once, unless the verdict
    depends on the call's condition keys.
    """
    verdict = _verdict_without_context(
        documents, asked.action, asked.resource, asked.principals, asked.account_id
    )
    return decide(_about(documents, asked.action), asked) if verdict == "depends" else verdict


def all_statements(documents: Iterable[str]) -> Iterator[Statement]:
    """The statements of several policy documents."""
    return chain.from_iterable(map(statements_of, documents))


def unjudged(statements: Iterable[Statement], asked: Asked) -> list[str]:
    """The conditions that the sandbox cannot judge, of the statements that may apply."""
    return [
        text
        for statement in statements
        if _applies(statement, asked) is None
        for text in conditions.unjudged(
            statement.get("Condition", {}), asked.context, variables=_has_variables(statement)
        )
        or ["its resource"]
    ]


@lru_cache(maxsize=1024)
def statements_of(document: str) -> tuple[Statement, ...]:
    """The statements of a policy document; none if it is empty or not a policy."""
    try:
        policy = json.loads(document)
        found = as_list(policy["Statement"])
        version = policy.get("Version")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ()
    return tuple(
        {"Version": version, **one} for one in found if isinstance(one, dict) and "Effect" in one
    )


class _ContextNeeded(Exception):
    """A condition or a variable asks for a condition key."""


class _NoContext(Mapping[str, str | list[str]]):
    """Stands for condition keys that nobody may look at."""

    def _refuse(self, *_key: object) -> NoReturn:
        raise _ContextNeeded()

    __getitem__ = __iter__ = __len__ = _refuse


@lru_cache(maxsize=1024)
def _verdict_without_context(
    documents: tuple[str, ...],
    action: str,
    resource: str,
    principals: frozenset[str],
    account_id: str,
) -> Effect | Literal["depends"] | None:
    asked = Asked(action, resource, principals, account_id, _NoContext())
    try:
        return decide(_about(documents, action), asked)
    except _ContextNeeded:
        return "depends"


@lru_cache(maxsize=1024)
def _about(documents: tuple[str, ...], action: str) -> tuple[Statement, ...]:
    """The statements about an action, on whatever resource."""
    return tuple(one for one in all_statements(documents) if _names_action(one, action))


def _names_action(statement: Statement, action: str) -> bool | None:
    return _element(statement, "Action", action.lower(), {}, variables=False)


def _applies(statement: Statement, asked: Asked) -> bool | None:
    """None if that cannot be judged."""
    if not _names_action(statement, asked.action):
        return False
    variables = _has_variables(statement)
    on_resource = _on_resource(statement, asked, variables=variables)
    if on_resource is False or not _names_caller(statement, asked):
        return False
    holds = conditions.hold(statement.get("Condition", {}), asked.context, variables=variables)
    return None if holds and on_resource is None else holds


def _on_resource(statement: Statement, asked: Asked, *, variables: bool) -> bool | None:
    patterns = listed(statement.get("Resource", statement.get("NotResource", "*")))
    if asked.resource == UNKNOWN and "*" not in patterns:
        return None
    return _element(statement, "Resource", asked.resource, asked.context, variables=variables)


def _has_variables(statement: Statement) -> bool:
    return statement.get("Version") == WITH_VARIABLES


def _element(
    statement: Statement, name: str, value: str, context: Context, *, variables: bool
) -> bool | None:
    in_any_case = name == "Action"
    patterns = listed(statement[name] if name in statement else statement.get(f"Not{name}", []))
    results = {
        like(value, one.lower() if in_any_case else one, context, variables=variables)
        for one in patterns
    }
    found = True if True in results else None if None in results else False
    return found if name in statement or found is None else not found


def _names_caller(statement: Statement, asked: Asked) -> bool:
    if "NotPrincipal" in statement:
        return asked.principals.isdisjoint(listed(statement["NotPrincipal"]))
    if "Principal" not in statement:
        return True
    names = {"*", *asked.principals}
    root = f"arn:aws:iam::{asked.account_id}:root"
    # To allow an account leaves it to the account's own policies; to deny it denies all in it.
    if root in names or statement["Effect"] == "Deny":
        names |= {root, asked.account_id}
    return not names.isdisjoint(listed(statement["Principal"]))
