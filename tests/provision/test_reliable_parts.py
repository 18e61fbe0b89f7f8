"""The reliable design's parts: each stands as its settings state, and none is left."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, cast
from unittest.mock import Mock

import pytest

from mailfanout import provision, recipients
from mailfanout.errors import InputError
from mailfanout.stack import Design, Stack, UnknownPolicy
from mailfanout.target import Target, stack_for
from support.waiting import wait_until

pytestmark = pytest.mark.slow

PARTS = provision.parts_of("reliable")


@pytest.fixture
def stack(mailfanout_target: Target) -> Stack:
    return stack_for(mailfanout_target)


def differing(target: Target, stack: Stack, design: Design = "reliable") -> dict[str, object]:
    """The parts of a design that do not stand as their settings state, with what stands."""
    parts = provision.parts_of(design)
    found = {part.key: part.read(target, stack) or {} for part in parts}
    stated = {part.key: json.loads(json.dumps(part.settings(stack))) for part in parts}
    return {
        key: found[key]
        for key, settings in stated.items()
        if any(found[key].get(name) != value for name, value in settings.items())
    }


def test_each_part_stands_as_its_settings_state(mailfanout_target: Target, stack: Stack) -> None:
    provision.deploy(mailfanout_target, stack, design="reliable")

    assert differing(mailfanout_target, stack) == {}


def test_a_second_deploy_changes_nothing(mailfanout_target: Target, stack: Stack) -> None:
    created = provision.deploy(mailfanout_target, stack, design="reliable")
    before = provision.describe(mailfanout_target, stack)

    again = provision.deploy(mailfanout_target, stack, design="reliable")

    assert (again, provision.describe(mailfanout_target, stack)) == (created, before)


def test_it_takes_the_place_of_the_simple_design_and_makes_way_again(
    mailfanout_target: Target, stack: Stack
) -> None:
    provision.deploy(mailfanout_target, stack)

    provision.deploy(mailfanout_target, stack, design="reliable")
    assert provision.find_design(mailfanout_target, stack) == "reliable"
    # Since when it is deployed is the one thing that only a change of design says.
    assert differing(mailfanout_target, stack).keys() == {"send_queue"}

    provision.deploy(mailfanout_target, stack)
    assert provision.find_design(mailfanout_target, stack) == "simple"
    assert differing(mailfanout_target, stack, "simple") == {}


def test_a_teardown_leaves_nothing(mailfanout_target: Target, stack: Stack) -> None:
    provision.deploy(mailfanout_target, stack, design="reliable")

    provision.teardown(mailfanout_target, stack)
    provision.teardown(mailfanout_target, stack)

    assert provision.remaining(mailfanout_target, stack) == []


def test_what_is_deployed_is_kept_by_the_next_deploy_of_either_design(
    mailfanout_target: Target, stack: Stack
) -> None:
    given = Stack(unknown_policy="at_most_once", unsubscribe_url="https://example.com/u?")
    provision.deploy(mailfanout_target, given, design="reliable")

    kept = provision.with_deployed_settings(mailfanout_target, stack)
    provision.deploy(mailfanout_target, kept, design="simple")
    back = provision.with_deployed_settings(mailfanout_target, stack)

    for one in (kept, back):
        found = (one.unknown_policy, one.unsubscribe_url)
        assert found == ("at_most_once", "https://example.com/u?")


def test_no_address_is_deployed_that_ses_would_refuse_in_every_mail(
    mailfanout_target: Target,
) -> None:
    address = f"https://example.com/{'u' * 465}"

    with pytest.raises(InputError, match="485 characters"):
        provision.deploy(mailfanout_target, Stack(unsubscribe_url=address), design="reliable")


@pytest.mark.parametrize("consumers", [0, 1, 1_001, True, "4"])
def test_no_consumers_are_deployed_that_lambda_does_not_let_work_at_once(
    mailfanout_target: Target, consumers: Any
) -> None:
    with pytest.raises(InputError, match=r"from 2 to 1,000 work at once. Type, .* consumers=2"):
        provision.deploy(mailfanout_target, Stack(consumers=consumers), design="reliable")


def test_a_part_needs_only_parts_before_it() -> None:
    keys = [part.key for part in PARTS]

    for number, part in enumerate(PARTS):
        assert {*part.needs} <= {*keys[:number]}


def test_a_part_needs_nothing_that_it_does_not_name(
    mailfanout_target: Target, stack: Stack
) -> None:
    parts = {part.key: part for part in PARTS}
    created: list[str] = []

    def create(key: str) -> None:
        for need in parts[key].needs:
            create(need)
        if key not in created:
            parts[key].create(mailfanout_target, stack)
            created.append(key)

    # The last ones first, each with what it needs: the others are not there yet.
    for key in reversed(parts):
        create(key)

    assert [key for key in parts if parts[key].read(mailfanout_target, stack) is None] == []


def test_renewed_pipeline_is_the_simple_one_with_nothing_in_it(
    mailfanout_target: Target, stack: Stack
) -> None:
    before = replace(stack, sender="earlier@example.com")
    provision.deploy(mailfanout_target, before, design="reliable")
    recipients.seed(mailfanout_target, stack, recipients.example().recipients)

    provision.renew(mailfanout_target, stack)

    titles = {part.title(stack) for part in provision.parts_of()}
    # What is in nobody's way is not waited for.
    wait_until(lambda: titles == {*provision.describe(mailfanout_target, stack)})
    found = {one.title(mailfanout_target) for one in provision.find_parts(mailfanout_target)}
    assert found <= titles
    assert recipients.read_items(mailfanout_target, stack) == []
    assert differing(mailfanout_target, stack, "simple") == {}


def test_each_function_has_a_role_of_its_own(stack: Stack) -> None:
    roles = [part.name(stack) for part in PARTS if part.kind == "IAM role"]

    assert roles == [f"{name}-role" for name in provision.function_names(stack, design="reliable")]


def test_policy_that_there_is_not_is_refused_before_anything_is_made() -> None:
    stack = replace(Stack(), unknown_policy=cast(UnknownPolicy, "never"))

    with pytest.raises(InputError, match="There is no policy 'never'. Choose one of: at_most_once"):
        provision.deploy(Mock(), stack, design="reliable")
