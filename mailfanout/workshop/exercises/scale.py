"""The checks of lesson 10: how many consumers share the rate, and how often the sweep comes."""

from __future__ import annotations

from mailfanout.provision import find_function, find_mapping
from mailfanout.stack import Stack
from mailfanout.target import Target
from mailfanout.workshop.exercises.verdicts import (
    CORRECT,
    DISABLED,
    NO_MAPPING,
    NOT_ATTEMPTED,
    Verdict,
    not_yet,
)

CONSUMERS = 4
ALL_AT_ONCE = (
    "UpdateFunctionConfiguration replaces all variables: give it those that are there, with the "
    "one that changes."
)
EVERY_MINUTE, SELDOM = "rate(1 minute)", "rate(5 minutes)"
# The same at the full minutes, as those write it who know cron.
AS_CRON = ("cron(0/5 * * * ? *)", "cron(*/5 * * * ? *)")


def share_the_rate(target: Target, stack: Stack) -> Verdict:
    """Have four consumers share the sending rate."""
    mapping, name = find_mapping(target, stack), stack.read_message_name
    if mapping is None:
        return NO_MAPPING
    configuration = target.client("lambda").get_function_configuration(FunctionName=name)
    at_once = mapping.get("ScalingConfig", {}).get("MaximumConcurrency")
    variables = configuration.get("Environment", {}).get("Variables", {})
    wanted = find_function(stack, name, design="reliable").variables(stack, str)
    said = variables.get("CONSUMERS", "")
    if not said.isdecimal():
        return not_yet(f"the function's variable CONSUMERS is {said!r}. {ALL_AT_ONCE}")
    if gone := sorted(wanted.keys() - variables.keys()):
        return not_yet(f"the function's variable {gone[0]} is gone. {ALL_AT_ONCE}")
    told = int(said)
    if at_once == told == CONSUMERS:
        return DISABLED if mapping["State"] == "Disabled" else CORRECT
    if at_once == told == stack.consumers:
        return NOT_ATTEMPTED
    if at_once != told:
        return not_yet(
            f"up to {at_once} work at once, and each was told that they are {told}: so together "
            "they do not keep to the rate."
        )
    return not_yet(f"they are {told}, and not {CONSUMERS}.")


def sweep_less_often(target: Target, stack: Stack) -> Verdict:
    """Sweep every five minutes, not every minute."""
    rule = target.client("events").describe_rule(Name=stack.rule_name)
    if rule["State"] != "ENABLED":
        return not_yet("the rule is disabled, so that nobody sweeps any more.")
    if rule["ScheduleExpression"] == EVERY_MINUTE:
        return NOT_ATTEMPTED
    if rule["ScheduleExpression"] not in (SELDOM, *AS_CRON):
        return not_yet(f"its schedule is {rule['ScheduleExpression']}, and not {SELDOM}.")
    return CORRECT
