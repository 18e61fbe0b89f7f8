"""Faults as records: what makes sense, what they say, and that each strikes."""

from __future__ import annotations

import inspect
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest

import mailfanout
from mailfanout import faults
from mailfanout.errors import InputError
from mailfanout.sandbox.control import FAULT_KINDS, FaultKind
from mailfanout.sandbox.control.faults import Fault, Faults
from mailfanout.target import Target


def test_fault_tells_what_it_will_do(mailfanout_target: Target) -> None:
    fault = faults.throttle_ses(mailfanout_target, to="yamada@example.com", times=10)
    assert str(fault) == "SES throttles a mail to yamada@example.com, 10 times"


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        ("sesv2:SendMail", "Did you mean sesv2:SendEmail"),
        ("ses:SendBulkEmail", "ses has no operation SendBulkEmail. Did you mean sesv2:SendBulkEm"),
        ("email:SendBulkEmail", "no service 'email'. Did you mean sesv2:SendBulkEmail?"),
        ("tagging:GetResources", "Did you mean resourcegroupstaggingapi:GetResources?"),
        ("sesv3:SendEmail", "no service 'sesv3'"),
        ("SendEmail", "Write it so: sqs:SendMessage"),
        ("sqs:Teleport", "sqs has no operation Teleport"),
    ],
)
def test_operation_that_aws_does_not_have_is_refused(
    mailfanout_target: Target, operation: str, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        faults.lose_reply(mailfanout_target, operation)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "ses-explode"}, "There is no fault 'ses-explode'. Choose one of: ses-throttle"),
        ({"kind": "slow"}, "delay_ms of the fault slow is a whole number from 1, not 0"),
        ({"kind": "fail", "times": 0}, "times of the fault fail is a whole number from 1, not 0"),
        ({"kind": "fail", "times": "2"}, "not '2'"),
        ({"kind": "fail", "times": True}, "not True"),
        ({"kind": "fail", "after_calls": 3}, "after_calls of the fault fail is not a part of this"),
        ({"kind": "fail", "on": 3}, "on is a text"),
        ({"kind": ["fail"]}, "There is no fault"),
    ],
)
def test_fault_that_makes_no_sense_is_refused(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        Fault(**fields)


def test_faults_are_for_the_sandbox_alone() -> None:
    elsewhere = Target("aws", boto3.Session("testing", "testing", region_name="us-east-1"))
    with pytest.raises(InputError, match="the target aws"):
        faults.throttle_ses(elsewhere)


def test_oldest_of_two_faults_strikes_first() -> None:
    waiting = Faults()
    older = Fault(kind="fail", on="sqs:*")
    newer = Fault(kind="fail", on="sqs:SendMessage")
    for fault in (older, newer):
        waiting.add(fault)
    taken = [waiting.take("fail", "sqs:SendMessage") for _ in range(3)]
    assert taken == [older, newer, None]


def test_threads_take_a_fault_as_often_as_it_was_switched_on() -> None:
    waiting = Faults()
    waiting.add(Fault(kind="fail", times=50))
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: waiting.take("fail", "sqs:SendMessage"), range(400)))
    assert sum(fault is not None for fault in taken) == 50
    assert waiting.left() == []


def name_of(kind: FaultKind) -> str:
    return kind.name


@pytest.mark.parametrize("kind", FAULT_KINDS, ids=name_of)
def test_every_fault_has_its_function(kind: FaultKind) -> None:
    switch_on = getattr(faults, kind.function_name)
    assert switch_on.__name__ == kind.function_name
    assert switch_on.__doc__.startswith(inspect.cleandoc(kind.doc))
    for parameter in kind.parameters:
        assert re.search(rf"^{parameter.name} +{parameter.help}$", switch_on.__doc__, re.MULTILINE)
    assert [*inspect.signature(switch_on).parameters] == [
        "target",
        *(parameter.name for parameter in kind.parameters),
    ]


@pytest.mark.parametrize("kind", FAULT_KINDS, ids=name_of)
def test_every_fault_strikes_somewhere(kind: FaultKind) -> None:
    control = Path(inspect.getfile(FaultKind)).parent
    places = [
        path
        for path in Path(mailfanout.__path__[0], "sandbox").rglob("*.py")
        if path.parent != control and f'"{kind.name}"' in path.read_text(encoding="utf-8")
    ]
    assert len(places) == 1
