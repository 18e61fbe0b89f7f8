"""Intrinsic functions: expressions in, values out."""

from __future__ import annotations

from typing import Any

import pytest

from mailfanout.sandbox.cloudformation.intrinsics import NOTHING, Scope, dependencies
from mailfanout.sandbox.http import ApiError

SCOPE = Scope(
    values={"AWS::Region": "us-east-1", "Prefix": "anna-", "Empty": ""},
    mappings={"Sizes": {"small": {"memory": 128}}},
    conditions={
        "HasPrefix": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Prefix"}, ""]}]},
        "HasNothing": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Empty"}, ""]}]},
        "Both": {"Fn::And": [{"Condition": "HasPrefix"}, {"Condition": "HasNothing"}]},
        "Either": {"Fn::Or": [{"Condition": "HasPrefix"}, {"Condition": "HasNothing"}]},
    },
    refs={"Queue": "https://sqs/queue"},
    attributes={"Queue": {"Arn": "arn:aws:sqs:us-east-1:1:queue"}},
)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ({"Ref": "Prefix"}, "anna-"),
        ({"Ref": "Queue"}, "https://sqs/queue"),
        ({"Fn::GetAtt": "Queue.Arn"}, "arn:aws:sqs:us-east-1:1:queue"),
        ({"Fn::GetAtt": ["Queue", "Arn"]}, "arn:aws:sqs:us-east-1:1:queue"),
        ({"Fn::Sub": "${Prefix}x in ${AWS::Region}: ${Queue.Arn}"}, None),
        ({"Fn::Sub": ["${Own}-${Prefix}", {"Own": {"Ref": "AWS::Region"}}]}, "us-east-1-anna-"),
        ({"Fn::Sub": "${!Literal}"}, "${Literal}"),
        ({"Fn::Join": ["/", ["a", {"Ref": "Prefix"}]]}, "a/anna-"),
        ({"Fn::Select": [1, {"Fn::Split": [",", "a,b"]}]}, "b"),
        ({"Fn::FindInMap": ["Sizes", "small", "memory"]}, 128),
        ({"Fn::If": ["HasPrefix", "yes", "no"]}, "yes"),
        ({"Fn::If": ["Both", "yes", "no"]}, "no"),
        ({"Fn::If": ["Either", "yes", "no"]}, "yes"),
        ({"Fn::Base64": "x"}, "eA=="),
        ({"Fn::ToJsonString": {"a": {"Ref": "Prefix"}}}, '{"a": "anna-"}'),
        ({"a": 1, "b": {"Ref": "AWS::NoValue"}}, {"a": 1}),
        ([{"Fn::If": ["HasNothing", 1, {"Ref": "AWS::NoValue"}]}, 2], [2]),
        # A policy's own condition is none of the template's.
        ({"Condition": {"StringEquals": {"a": "b"}}}, {"Condition": {"StringEquals": {"a": "b"}}}),
    ],
    ids=str,
)
def test_an_expression_has_a_value(expression: Any, value: Any) -> None:
    expected = value or "anna-x in us-east-1: arn:aws:sqs:us-east-1:1:queue"

    assert SCOPE.evaluate(expression) == expected


def test_no_value_is_nothing() -> None:
    assert SCOPE.evaluate({"Ref": "AWS::NoValue"}) is NOTHING


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ({"Ref": "Nobody"}, "Unresolved resource dependencies [Nobody]"),
        ({"Fn::Sub": "${Nobody}"}, "Unresolved resource dependencies [Nobody]"),
        ({"Fn::GetAtt": "Nobody.Arn"}, "Unresolved resource dependencies [Nobody] in the Reso"),
        ({"Fn::GetAtt": "Queue.Color"}, "does not support attribute type Color"),
        ({"Fn::If": ["Never", 1, 2]}, "Unresolved condition dependency Never"),
        (
            {"Fn::FindInMap": ["Sizes", {"Ref": "Prefix"}, "memory"]},
            "Template error: Unable to get mapping for Sizes::anna-::memory",
        ),
        ({"Fn::Join": ["-"]}, 'Fn::Join does not take ["-"]'),
        ({"Fn::Cidr": ["a"]}, "does not do Fn::Cidr"),
        ({"Fn::Select": [9, ["a"]]}, "Fn::Select cannot select nonexistent value at index 9"),
        ({"Fn::Select": ["x", ["a"]]}, "Fn::Select requires a list argument with two elements: an"),
        *(
            ({name: [True] * count}, f"every {name} object requires a list of at least 2 and at m")
            for name, count in (("Fn::And", 1), ("Fn::Or", 11))
        ),
        ({"Fn::Equals": ["a"]}, "every Fn::Equals object requires a list of 2 string parameters."),
        ({"Fn::Split": ["", "a"]}, 'Fn::Split does not take ["", "a"]'),
        ({"Fn::GetAtt": []}, "every Fn::GetAtt object requires two non-empty parameters, the re"),
        ({"Fn::ImportValue": "exported"}, "No export named exported found."),
    ],
    ids=str,
)
def test_what_there_is_not_is_named(expression: Any, words: str) -> None:
    with pytest.raises(ApiError) as caught:
        SCOPE.evaluate(expression)

    assert words in caught.value.message


def test_an_expression_depends_on_what_it_names() -> None:
    value = {
        "a": {"Ref": "Queue"},
        "b": [{"Fn::GetAtt": ["Topic", "Arn"]}, {"Fn::GetAtt": "Role.Arn"}],
        "c": {"Fn::Sub": ["${Own} ${Prefix} ${Table.Arn} ${!None}", {"Own": {"Ref": "Rule"}}]},
    }

    assert {*dependencies(value)} == {"Queue", "Topic", "Role", "Prefix", "Table", "Rule"}


@pytest.mark.parametrize("argument", [[5], [[]], [{"Ref": "Queue"}, {}]], ids=str)
def test_what_cannot_be_filled_in_refers_to_what_stands_within(argument: Any) -> None:
    named = {*dependencies({"Fn::Sub": argument})}

    assert named == ({"Queue"} if len(argument) == 2 else set())
