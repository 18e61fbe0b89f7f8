"""The whole pipeline at once: deployed, described, torn down, as the list of its parts says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import get_args

from mailfanout.errors import (
    InputError,
    MailfanoutError,
    ResourceMissing,
    TeardownIncomplete,
    none_such,
)
from mailfanout.ledger import OVER, Control, control
from mailfanout.provision.awslambda import delete_log_group, has_log_group, variables_of
from mailfanout.provision.found_by_tag import find_parts
from mailfanout.provision.functions import FUNCTIONS
from mailfanout.provision.part_kinds import Part
from mailfanout.provision.parts import every_part, parts_of
from mailfanout.stack import (
    Design,
    Stack,
    State,
    UnknownPolicy,
    check_consumers,
    check_unsubscribe_url,
)
from mailfanout.target import (
    Target,
    in_order,
    side_by_side,
    unless_denied,
    unless_missing,
    wait_until,
)

Progress = Callable[[str], None]
TEARDOWN_TIMEOUT_SECONDS = 120


def deploy(
    target: Target,
    stack: Stack,
    *,
    design: Design = "simple",
    progress: Progress = lambda title: None,
) -> dict[str, str]:
    """Create or mend the whole pipeline; returns the ARN, URL or id of each part by its title.

    Over another design it works in place, and loses nothing that is queued: the functions that
    both have get the other code, and what only the other one has is left as it is. Over the simple
    design with feedback, the one without deletes what took SES's events, unless there is a ledger.
    `progress` is told each part's title before it is worked on. A second deploy changes nothing.

    Raises InputError for a design that there is not, a policy, an address, or so many consumers;
    and for the simple design over the reliable one while a campaign is open.
    """
    policies = get_args(UnknownPolicy)
    if stack.unknown_policy not in policies:
        raise none_such("policy", stack.unknown_policy, policies)
    if stack.unsubscribe_url:
        check_unsubscribe_url(stack.unsubscribe_url)
    check_consumers(stack.consumers)
    parts = parts_of(design, with_feedback=stack.reports_feedback)
    before = find_design(target, stack) if design == "simple" else None
    if before == "reliable":
        _require_no_open_campaign(target, stack)
    is_less = before == "simple" and not stack.reports_feedback and _reports(target, stack)
    created = create_parts(target, stack, parts, progress=progress)
    if is_less:
        _delete_feedback(target, stack, progress)
    return created


def _delete_feedback(target: Target, stack: Stack, progress: Progress) -> None:
    """Delete the parts that only feedback needs, and wait until they are gone.

    A ledger's campaigns need them, too.
    """
    by_key = {part.key: part for part in every_part()}
    if _standing(target, stack, [by_key["ledger"]]):
        return
    kept = {part.key for part in parts_of()}
    more = [part for part in parts_of(with_feedback=True) if part.key not in kept]
    doomed = _standing(target, stack, more)
    for part in doomed:
        progress(part.title(stack))
    in_order(lambda key: _delete(target, stack, by_key[key]), users(doomed), despite_failures=True)
    wait_until(
        lambda: not _standing(target, stack, doomed),
        description="what took SES's events is still there",
        sleep=target.sleep,
        timeout_seconds=TEARDOWN_TIMEOUT_SECONDS,
    )


def _require_no_open_campaign(target: Target, stack: Stack) -> None:
    """The simple design knows nothing of campaigns."""
    books = Control.of(target, stack)
    for campaign_id in unless_missing(lambda: control.campaign_ids(books)) or ():
        if (state := control.status(books, campaign_id)["state"]) not in OVER:
            raise InputError(
                f"Campaign {campaign_id} is {state}: the simple design cannot go on with it. "
                f"Wait for its end, or type: mailfanout cancel {campaign_id}"
            )


def create_parts(
    target: Target,
    stack: Stack,
    parts: Sequence[Part],
    *,
    progress: Progress = lambda title: None,
) -> dict[str, str]:
    """Create or mend parts; returns the ARN, URL or id of each by its title.

    Each is asked for as soon as the parts that it needs can be used; what is in no need of one
    another, side by side.
    """
    by_key = {part.key: part for part in parts}
    created = in_order(
        lambda key: _create(target, stack, by_key[key]),
        {part.key: part.needs for part in parts},
        progress=lambda key: progress(by_key[key].title(stack)),
    )
    return {by_key[key].title(stack): part_id for key, part_id in created.items()}


def _create(target: Target, stack: Stack, part: Part) -> str:
    part_id = part.make(target, stack)
    if part.wait:
        part.wait(target, stack)
    return part_id


def users(parts: Sequence[Part]) -> dict[str, list[str]]:
    """Which of these parts need each of them: what has to be deleted before it, by their keys."""
    return {one.key: [other.key for other in parts if one.key in other.needs] for one in parts}


def find_design(target: Target, stack: Stack) -> Design | None:
    """Which design is deployed, by what sendQueue is told; None if there is no such function."""
    variables = _variables(target, stack.send_queue_name)
    if variables is None:
        return None
    return "reliable" if "LEDGER_NAME" in variables else "simple"


def with_deployed_settings(target: Target, stack: Stack) -> Stack:
    """The stack with the policy, the unsubscribe address and the feedback that are deployed."""
    planner = _variables(target, stack.send_queue_name) or {}
    sender = _variables(target, stack.read_message_name) or {}
    deployed = {
        "unknown_policy": planner.get("UNKNOWN_POLICY"),
        "unsubscribe_url": sender.get("UNSUBSCRIBE_URL"),
        "reports_feedback": "CONFIGURATION_SET" in sender,
    }
    changes: State = {name: value for name, value in deployed.items() if value}
    return replace(stack, **changes)


def deployed_parts(target: Target, stack: Stack) -> tuple[Part, ...]:
    """The parts of the design that is deployed, or else of the simple one; feedback's, too."""
    design = find_design(target, stack) or "simple"
    return parts_of(design, with_feedback=_reports(target, stack))


def _reports(target: Target, stack: Stack) -> bool:
    return "CONFIGURATION_SET" in (_variables(target, stack.read_message_name) or {})


def _variables(target: Target, name: str) -> dict[str, str] | None:
    client = target.client("lambda")
    found = unless_missing(client.get_function_configuration, FunctionName=name)
    return None if found is None else variables_of(found)


def teardown(target: Target, stack: Stack, *, progress: Progress = lambda title: None) -> None:
    """Delete the whole pipeline, each part after those that need it, and wait until it is gone.

    After the parts by their names, what else carries the stack's tags. May be repeated, also on
    part of a pipeline. On AWS it takes a minute or two, which is how long a deleted queue stays
    visible. `progress` is told each part's title, all of the pipeline's before the first goes.
    Raises TeardownIncomplete if something is left; what AWS refuses, once the rest is deleted.
    """
    # What only another design has is deleted if it is there.
    always = {part.key for part in parts_of()}
    others = [part for part in every_part() if part.key not in always]
    there = {part.key for part in _standing(target, stack, others)}
    doomed = [part for part in reversed(every_part()) if part.delete and part.key in always | there]
    for part in doomed:
        progress(part.title(stack))
    by_key = {part.key: part for part in doomed}
    in_order(lambda key: _delete(target, stack, by_key[key]), users(doomed), despite_failures=True)
    for found in find_parts(target, stack):
        progress(found.title(target))
        found.delete(target)
    _wait_until_gone(target, stack, doomed)


def describe(target: Target, stack: Stack) -> dict[str, State]:
    """The parts that exist, by their titles, each with its settings as AWS words them.

    If these are equal, two stacks of the same names are equal. Dates, counts, ids that AWS chooses,
    the host in a queue's URL, and what only a run creates are left out.
    """
    parts = every_part()
    states = side_by_side(lambda part: part.read(target, stack), parts)
    found = zip((part.title(stack) for part in parts), states, strict=True)
    return {title: state for title, state in found if state is not None}


def require_whole(target: Target, stack: Stack, *, design: Design = "simple") -> None:
    """Raises MailfanoutError for the first part that keeps mails from going out.

    It does not exist, a role may do nothing, or a mapping is disabled. What may not be read is
    taken to be there.
    """
    side_by_side(lambda part: _require(target, stack, part), parts_of(design))


def _require(target: Target, stack: Stack, part: Part) -> None:
    found = unless_denied(lambda: (part.look(target, stack),))
    if found is None:
        return
    [state] = found
    if state is None or state.get("State") == "Deleting":
        raise ResourceMissing(part.noun.capitalize(), part.name(stack))
    if part.kind == "IAM role" and not state["Policies"]:
        raise ResourceMissing("Policy of role", part.name(stack))
    if part.kind == "Event source mapping" and state["State"].startswith("Disabl"):
        raise MailfanoutError(f"The {part.title(stack)} is disabled. Type: mailfanout deploy")


def remaining(target: Target, stack: Stack) -> list[str]:
    """What a teardown would still have to delete, log groups included; empty when all is gone.

    An identity that this stack did not create stays, and is not in the list.
    """
    ours = [part.title(stack) for part in _standing(target, stack, every_part())]
    tagged = [found.title(target) for found in find_parts(target, stack)]
    groups = [f"log group {stack.log_group_name(name)}" for name in _with_logs(target, stack)]
    return list(dict.fromkeys([*ours, *tagged, *groups]))


def _with_logs(target: Target, stack: Stack) -> list[str]:
    """The functions that have a log group, whether they are there or not."""
    names = list(dict.fromkeys(one.name(stack) for some in FUNCTIONS.values() for one in some))
    found = side_by_side(lambda name: has_log_group(target, stack, name), names)
    return [name for name, has_group in zip(names, found, strict=True) if has_group]


def _standing(target: Target, stack: Stack, parts: Sequence[Part]) -> list[Part]:
    """Those of the parts that exist, and that a teardown deletes by themselves."""
    asked = [part for part in parts if part.delete and not part.belongs_to]
    states = side_by_side(lambda part: part.look(target, stack), asked)
    found = zip(asked, states, strict=True)
    return [part for part, state in found if state is not None and part.ours(stack, state)]


def _delete(target: Target, stack: Stack, part: Part) -> None:
    assert part.delete
    part.delete(target, stack)


def _is_gone(target: Target, stack: Stack, doomed: Sequence[Part]) -> bool:
    """Whether nothing is left of these parts, of what is tagged, and of logs.

    What is left is deleted once more: AWS's lists lag behind, and may have left it out the first
    time. A function that was still running writes its log, and so makes the group, anew.
    """
    if parts := _standing(target, stack, doomed):
        for part in parts:
            _delete(target, stack, part)
        return False
    tagged, logged = find_parts(target, stack), _with_logs(target, stack)
    for found in tagged:
        found.delete(target)
    for name in logged:
        delete_log_group(target, stack, name)
    return not (tagged or logged)


def _wait_until_gone(target: Target, stack: Stack, doomed: Sequence[Part]) -> None:
    try:
        wait_until(
            lambda: _is_gone(target, stack, doomed),
            description="part of the pipeline is still there",
            sleep=target.sleep,
            timeout_seconds=TEARDOWN_TIMEOUT_SECONDS,
        )
    except MailfanoutError as error:
        raise TeardownIncomplete(remaining(target, stack)) from error
