"""A function whose code is replaced by a later version's, or by the other design's."""

from __future__ import annotations

from typing import Any

import pytest

from mailfanout import provision
from mailfanout.stack import Design, Stack
from mailfanout.target import Target
from support.waiting import wait_for_function

pytestmark = pytest.mark.slow

EARLIER = {"RUNTIME": "another version's"}


@pytest.fixture
def target(mailfanout_target: Target) -> Target:
    return mailfanout_target


def variables(target: Target, stack: Stack) -> dict[str, str]:
    client = target.client("lambda")
    found = client.get_function_configuration(FunctionName=stack.send_queue_name)
    return dict(found["Environment"]["Variables"])


def an_earlier_version(target: Target, stack: Stack, *, design: Design, without: str = "") -> None:
    """The pipeline, but sendQueue's code is another one, which has a variable more, or less."""
    provision.deploy(target, stack, design=design)
    client, name = target.client("lambda"), stack.send_queue_name
    before = variables(target, stack) | EARLIER
    before.pop(without, None)
    client.update_function_configuration(FunctionName=name, Environment={"Variables": before})
    wait_for_function(client, name)
    code = provision.zip_handler(__file__)
    client.update_function_code(FunctionName=name, ZipFile=code)
    wait_for_function(client, name)


@pytest.mark.parametrize("deployed", ["simple", "reliable"])
@pytest.mark.parametrize("design", ["simple", "reliable"])
def test_code_has_its_variables_until_it_goes_unless_another_design_takes_over(
    target: Target,
    stack: Stack,
    monkeypatch: pytest.MonkeyPatch,
    deployed: Design,
    design: Design,
) -> None:
    an_earlier_version(target, stack, design=deployed)
    client, meanwhile = target.client("lambda"), []
    replace = client.update_function_code

    def replaced(**given: Any) -> Any:
        if given["FunctionName"] == stack.send_queue_name:
            meanwhile.append(variables(target, stack))
        return replace(**given)

    monkeypatch.setattr(client, "update_function_code", replaced)
    provision.deploy(target, stack, design=design)

    after = variables(target, stack)
    assert meanwhile == [after | EARLIER if deployed == design else after]
    assert not after.keys() & EARLIER.keys()


def test_a_version_with_another_variable_is_no_other_design(target: Target, stack: Stack) -> None:
    an_earlier_version(target, stack, design="reliable", without="UNKNOWN_POLICY")

    provision.deploy(target, stack, design="reliable")

    assert "DESIGN_SINCE" not in variables(target, stack)
    assert variables(target, stack)["UNKNOWN_POLICY"] == "settle"
