"""AWS's lists lag behind what was written: what they leave out, or still have, does no harm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from mailfanout import provision
from mailfanout.provision import mapping
from mailfanout.stack import Stack
from mailfanout.target import Target

pytestmark = pytest.mark.slow


def late(call: Callable[..., Any], before: Any) -> Callable[..., Any]:
    """The call, which answers with `before` the first time."""
    answers = [before]
    return lambda *args, **keywords: answers.pop() if answers else call(*args, **keywords)


@pytest.fixture
def patient(target: Target) -> Target:
    """The target, on which waiting takes no time."""
    return replace(target, sleep=lambda seconds: None)


def test_a_policy_that_is_gone_and_still_listed_is_left_out(target: Target, stack: Stack) -> None:
    provision.deploy(target, stack)
    iam, role = target.client("iam"), f"role {stack.role_name}"
    listed = iam.list_role_policies(RoleName=stack.role_name)
    iam.delete_role_policy(RoleName=stack.role_name, PolicyName="mailfanout")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(iam, "list_role_policies", lambda RoleName: listed)
        found = provision.describe(target, stack)

    assert found[role]["Policies"] == {}


def test_a_mapping_that_is_not_listed_yet_is_deleted_once_it_is(
    patient: Target, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    provision.deploy(patient, stack)
    find, first = mapping._find, late(mapping._find, None)
    monkeypatch.setattr(
        mapping,
        "_find",
        lambda *one: (first if one[-1] == stack.read_message_name else find)(*one),
    )

    provision.teardown(patient, stack)

    assert patient.client("lambda").list_event_source_mappings()["EventSourceMappings"] == []
    assert provision.remaining(patient, stack) == []


def test_an_identity_whose_tags_are_not_shown_yet_is_deleted_once_they_are(
    patient: Target, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    provision.deploy(patient, stack)
    sesv2 = patient.client("sesv2")
    untagged = {**sesv2.get_email_identity(EmailIdentity=stack.sender), "Tags": []}
    monkeypatch.setattr(sesv2, "get_email_identity", late(sesv2.get_email_identity, untagged))
    # The queues were made before it, and are seen for longer.
    monkeypatch.setattr(provision.deployment, "remaining", late(provision.remaining, ["queue q"]))

    provision.teardown(patient, stack)

    assert sesv2.list_email_identities()["EmailIdentities"] == []


def test_a_target_of_a_rule_that_is_not_listed_yet_is_removed_once_it_is(
    patient: Target, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = patient.client("events")
    events.put_rule(Name=stack.rule_name, ScheduleExpression="rate(1 minute)")
    target_of_rule = {"Id": "sweep", "Arn": stack.function_arn("sweepCampaigns")}
    events.put_targets(Rule=stack.rule_name, Targets=[target_of_rule])
    answer = late(events.list_targets_by_rule, {"Targets": []})
    monkeypatch.setattr(events, "list_targets_by_rule", answer)

    provision.parts_of("reliable")[-2].delete(patient, stack)  # type: ignore[misc]

    assert events.list_rules()["Rules"] == []
