"""The EventBridge rule that has the sweep run once a minute."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError

from mailfanout.policies import invoked_by_rule_statement
from mailfanout.provision.permissions import permit, read_statement
from mailfanout.provision.tags import as_list, put_tags
from mailfanout.stack import Stack, State
from mailfanout.target import Target, refused, retry, unless_missing

SCHEDULE = "rate(1 minute)"


def rule_settings(stack: Stack) -> State:
    """The rule as it stands once it is created."""
    target_arn = stack.function_arn(stack.sweep_campaigns_name)
    return {"ScheduleExpression": SCHEDULE, "State": "ENABLED", "Targets": [target_arn]}


def create_rule(target: Target, stack: Stack) -> str:
    """Have EventBridge invoke sweepCampaigns once a minute; returns the rule's ARN.

    May be repeated: a rule with another schedule, or one that is disabled, gets this one.
    """
    events, settings, name = target.client("events"), rule_settings(stack), stack.rule_name
    schedule, state = settings["ScheduleExpression"], settings["State"]
    tags = as_list(stack.tags)
    events.put_rule(Name=name, ScheduleExpression=schedule, State=state, Tags=tags)
    put_tags(target, stack.rule_arn, stack.tags)  # a rule that was there keeps its own
    targets = [{"Id": stack.sweep_campaigns_name, "Arn": arn} for arn in settings["Targets"]]
    events.put_targets(Rule=name, Targets=targets)
    return stack.rule_arn


@contextmanager
def sweep_held(target: Target, stack: Stack) -> Iterator[None]:
    """The rule starts no sweep while the block runs."""
    events = target.client("events")
    events.disable_rule(Name=stack.rule_name)
    try:
        yield
    finally:
        events.enable_rule(Name=stack.rule_name)


def delete_rule(target: Target, stack: Stack) -> None:
    """Delete the rule, and before it its targets. May be repeated."""
    remove_rule(target, stack.rule_name)


def remove_rule(target: Target, name: str) -> None:
    """Delete a rule by its name, and before it its targets. May be repeated."""
    events = target.client("events")

    def remove() -> None:
        found = unless_missing(events.list_targets_by_rule, Rule=name)
        if ids := [one["Id"] for one in found["Targets"]] if found else []:
            unless_missing(events.remove_targets, Rule=name, Ids=ids)
        unless_missing(events.delete_rule, Name=name)

    # A target of the last seconds may not be listed yet.
    retry(remove, while_error=_has_targets, sleep=target.sleep)


def _has_targets(error: ClientError) -> bool:
    return refused(error, "ValidationException", "targets")


def read_rule(target: Target, stack: Stack) -> State | None:
    """The rule's schedule, state and targets, or None if there is no rule."""
    events, name = target.client("events"), stack.rule_name
    found = unless_missing(events.describe_rule, Name=name)
    if found is None:
        return None
    targets = unless_missing(events.list_targets_by_rule, Rule=name) or {"Targets": []}
    return {
        "ScheduleExpression": found["ScheduleExpression"],
        "State": found["State"],
        "Targets": [one["Arn"] for one in targets["Targets"]],
    }


def allow_rule_to_invoke(target: Target, stack: Stack) -> str:
    """Let EventBridge invoke sweepCampaigns for the rule; returns the ARN of the function.

    May be repeated. Raises ResourceMissing if the function does not exist.
    """
    return permit(target, stack.sweep_campaigns_name, invoked_by_rule_statement(stack))


def read_rule_permission(target: Target, stack: Stack) -> State | None:
    """The statement that lets EventBridge invoke sweepCampaigns, or None."""
    return read_statement(target, stack.sweep_campaigns_name, invoked_by_rule_statement(stack))
