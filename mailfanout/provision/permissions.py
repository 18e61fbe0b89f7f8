"""Statements of a function's resource-based policy: who, beside its owner, may invoke it."""

from __future__ import annotations

import json

from mailfanout.policies import Policy
from mailfanout.provision.awslambda import require_function
from mailfanout.stack import State
from mailfanout.target import Target, unless_missing


def permit(target: Target, function_name: str, wanted: Policy) -> str:
    """Put a statement into a function's resource-based policy; returns the ARN of the function.

    May be repeated: a statement of this Sid that differs is replaced. Raises ResourceMissing if
    the function does not exist.
    """
    found = read_statement(target, function_name, wanted)
    if found and is_same(found, wanted):
        return str(wanted["Resource"])
    if found:
        forbid(target, function_name, found)
    client, condition = target.client("lambda"), wanted["Condition"]
    account = condition.get("StringEquals", {}).get("AWS:SourceAccount")
    try:
        client.add_permission(
            FunctionName=function_name,
            StatementId=wanted["Sid"],
            Action=wanted["Action"],
            Principal=wanted["Principal"]["Service"],
            SourceArn=condition["ArnLike"]["AWS:SourceArn"],
            **({"SourceAccount": account} if account else {}),
        )
    except client.exceptions.ResourceNotFoundException:
        require_function(target, function_name)
        raise
    return str(wanted["Resource"])


def forbid(target: Target, function_name: str, statement: Policy) -> None:
    """Take a statement out of a function's resource-based policy. May be repeated."""
    found = read_statement(target, function_name, statement)
    if found:
        unless_missing(
            target.client("lambda").remove_permission,
            FunctionName=function_name,
            StatementId=found["Sid"],
        )


def read_statement(target: Target, function_name: str, wanted: Policy) -> State | None:
    """The statement of a function's resource-based policy that has this one's Sid, or None.

    Or one that says the same under another Sid: CloudFormation chooses them itself.
    """
    found = unless_missing(target.client("lambda").get_policy, FunctionName=function_name)
    statements: list[State] = json.loads(found["Policy"])["Statement"] if found else []
    named = [one for one in statements if one["Sid"] == wanted["Sid"]]
    same = [one for one in statements if is_same(one, wanted)]
    return next(iter(named + same), None)


def is_same(statement: State, wanted: Policy) -> bool:
    """Whether two statements say the same, whatever their Sids are."""
    return {**statement, "Sid": wanted["Sid"]} == wanted
