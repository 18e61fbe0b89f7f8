"""The template of a design, put together: parameters, conditions, resources, outputs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast, get_args

from mailfanout.provision import Part, every_part, parts_of
from mailfanout.stack import (
    LONGEST_PREFIX,
    LONGEST_UNSUBSCRIBE_URL,
    PREFIX_PATTERN,
    SENDER_PATTERN,
    UNSUBSCRIBE_PATTERN,
    Design,
    Stack,
    State,
    UnknownPolicy,
)
from mailfanout.target import stack_on
from mailfanout.template.document import as_yaml, section
from mailfanout.template.references import Reference, given, refer
from mailfanout.template.resources import CREATES_IDENTITY, KINDS, Resources, logical_id
from mailfanout.template.watching import alarm_resources, log_group, notices_subscription

FIRST_WORDS = "# Written by `mailfanout template"
# Parameters that may be empty, and then what would have one as its value is left out.
_OPTIONAL = ("NotificationAddress", "UnsubscribeUrl")
_CREATE_IDENTITY = "CreateIdentity"
_ORDER = ("Type", "Condition", "DependsOn", "Properties")


def render(design: Design = "simple", *, kind: str = "sandbox", prefix: str = "") -> str:
    """The SAM template of a design, as YAML, with the names and durations of a kind of target.

    `prefix` is what the parameter Prefix is if it is not given.
    """
    stack = symbolic_stack(kind, design)
    parts = _with_notices(parts_of(design))
    known = {text: to for part in parts for text, to in KINDS[part.kind].referred(part, stack)}
    resources, comments = _resources(parts, stack)
    parameters = _used(_parameters(stack_on(kind, Stack()), prefix), resources)
    optional = tuple(name for name in _OPTIONAL if name in parameters)
    head = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Transform": "AWS::Serverless-2016-10-31",
        "Description": f"mailfanout, the {design} design: a file in S3 becomes mails to many.",
    }
    return "\n".join(
        (
            f"{FIRST_WORDS} --design {design} --target {kind}`.",
            as_yaml(head),
            section("Parameters", parameters),
            section("Conditions", _conditions(optional)),
            section("Resources", _referring(resources, known, optional), comments),
            section("Outputs", _outputs(parts)),
        )
    )


def symbolic_stack(kind: str, design: Design) -> Stack:
    """The stack whose names hold the template's parameters, each as Sub replaces it."""
    place = Stack("${AWS::AccountId}", "${AWS::Region}", "${AWS::Partition}")
    stack = replace(stack_on(kind, place).with_names_after("${Prefix}"), sender="${Sender}")
    if design == "simple":
        return stack
    return replace(
        stack,
        unknown_policy=cast(UnknownPolicy, "${UnknownPolicy}"),
        unsubscribe_url="${UnsubscribeUrl}",
    )


def _referring(
    resources: Resources, known: dict[str, str], optional: tuple[str, ...]
) -> dict[str, Any]:
    """The resources, each of which refers to all others but not to itself."""
    referring = {}
    for key, one in resources.items():
        others = {text: to for text, to in known.items() if to.split(".")[0] != key}
        # A resource that has a condition is not there when the parameter is not.
        referring[key] = refer(one, others, () if "Condition" in one else optional)
    return referring


def _parameters(stack: Stack, prefix: str) -> dict[str, State]:
    return {
        "Sender": _text(
            "The address that mails come from. SES writes to it, to verify it; "
            "CreateIdentity is no if the account has it here already, as with a second stack.",
            Default=stack.sender,
            AllowedPattern=SENDER_PATTERN,
        ),
        _CREATE_IDENTITY: _text(
            "Whether the stack makes the sender's identity in SES.",
            Default="yes",
            AllowedValues=["yes", "no"],
        ),
        "Prefix": _text(
            "Begins every name, so that stacks share an account; such as anna-",
            Default=prefix and f"{prefix}-",
            AllowedPattern=f"({PREFIX_PATTERN})?",
            MaxLength=LONGEST_PREFIX + 1,
        ),
        "NotificationAddress": _text(
            "The address that alarms and notices go to; nobody, if it is empty.",
            Default="",
            AllowedPattern=f"({SENDER_PATTERN})?",
        ),
        "UnsubscribeUrl": _text(
            "What a recipient's address follows in the link that ends all mails.",
            Default="",
            AllowedPattern=f"({UNSUBSCRIBE_PATTERN})?",
            MaxLength=LONGEST_UNSUBSCRIBE_URL,
        ),
        "UnknownPolicy": _text(
            "What becomes of a recipient if nobody knows whether SES took the mail.",
            Default=stack.unknown_policy,
            AllowedValues=list(get_args(UnknownPolicy)),
        ),
    }


def _text(description: str, **more: Any) -> State:
    return {"Description": description, "Type": "String", **more}


def _used(parameters: dict[str, State], resources: Resources) -> dict[str, State]:
    text = str(resources)
    return {
        name: one
        for name, one in parameters.items()
        if name == _CREATE_IDENTITY or f"${{{name}}}" in text
    }


def _conditions(optional: tuple[str, ...]) -> dict[str, Reference]:
    creates = Reference("Equals", [Reference("Ref", _CREATE_IDENTITY), "yes"])
    return {CREATES_IDENTITY: creates, **{given(name): _was_given(name) for name in optional}}


def _was_given(name: str) -> Reference:
    return Reference("Not", [Reference("Equals", [Reference("Ref", name), ""])])


def _with_notices(parts: tuple[Part, ...]) -> list[Part]:
    """The parts of a design, and a topic of notices for the alarms if it has none."""
    notices = [part for part in every_part() if part.key == "notices_topic"]
    return [*parts, *(part for part in notices if part not in parts)]


def _resources(parts: list[Part], stack: Stack) -> tuple[Resources, dict[str, str]]:
    """The resources of all parts, then what watches them; and a comment for each part's first."""
    found: Resources = {}
    comments = {}
    for part in parts:
        comments[logical_id(part.key)] = f"{part.kind}, lesson {part.lesson}"
        _put_together(found, KINDS[part.kind].resources(part, stack))
    for part in parts:
        if part.kind == "Lambda function":
            _put_together(found, log_group(part, stack))
    for part in parts:
        _put_together(found, alarm_resources(part, stack))
    _put_together(found, notices_subscription(stack))
    ordered = {
        key: {word: one[word] for word in _ORDER if word in one} for key, one in found.items()
    }
    return ordered, comments


def _put_together(into: State, more: State) -> None:
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _put_together(into[key], value)
        elif isinstance(value, list) and isinstance(into.get(key), list):
            into[key] = [*into[key], *value]
        else:
            into[key] = value


def _outputs(parts: list[Part]) -> State:
    shown = {logical_id(part.key): part for part in parts if KINDS[part.kind].shown}
    return {
        key: {"Description": part.kind, "Value": Reference("Ref", key)}
        for key, part in shown.items()
    }
