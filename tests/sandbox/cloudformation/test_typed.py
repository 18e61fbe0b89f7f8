"""Properties as operations take them: what a template may write as text, and what it may not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from moto.core.utils import get_service_model

from mailfanout.sandbox.cloudformation.typed import UntypedValue, typed
from mailfanout.target import Target
from support.parts.stacks import STACK_NAME, create, failures


def of_a_function(**properties: Any) -> Any:
    shape = get_service_model("lambda").operation_model("CreateFunction").input_shape
    return typed(shape, properties)


def test_numbers_and_truths_may_be_written_as_text_and_text_as_numbers() -> None:
    found = of_a_function(
        Timeout="30", Publish="true", Environment={"Variables": {"N": 5, "IS_ON": True, True: "a"}}
    )

    variables = {"Variables": {"N": "5", "IS_ON": "true", "true": "a"}}
    assert found == {"Timeout": 30, "Publish": True, "Environment": variables}


@pytest.mark.parametrize(
    ("properties", "words"),
    [
        ({"Timeout": "ten"}, "#/Timeout: expected type: Integer, found: String"),
        ({"Timeout": True}, "#/Timeout: expected type: Integer, found: Boolean"),
        ({"Publish": "yes"}, "#/Publish: expected type: Boolean, found: String"),
        ({"Handler": ["a"]}, "#/Handler: expected type: String, found: JSONArray"),
        ({"Layers": "a"}, "#/Layers: expected type: JSONArray, found: String"),
        ({"Environment": "a"}, "#/Environment: expected type: JSONObject, found: String"),
        ({"Environment": {"Of": {}}}, "#/Environment: extraneous key [Of] is not permitted"),
    ],
)
def test_what_cannot_be_meant_is_named(properties: dict[str, Any], words: str) -> None:
    with pytest.raises(UntypedValue) as refused:
        of_a_function(**properties)

    assert str(refused.value) == words


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "properties", "words"),
    [
        ("SQS::Queue", {"Tags": [{"Key": "a"}]}, "#: required key [Value] not found"),
        (
            "S3::Bucket",
            {"NotificationConfiguration": {"LambdaConfiguration": []}},
            "#/NotificationConfiguration: extraneous key [LambdaConfiguration] is not permitted",
        ),
    ],
)
def test_a_resource_that_cannot_be_read_fails_and_the_others_are_taken_back(
    mailfanout_target: Target, cloudformation: Any, kind: str, properties: Any, words: str
) -> None:
    resources = {"It": {"Type": f"AWS::{kind}", "Properties": properties}}

    create(cloudformation, json.dumps({"Resources": resources}))

    [(name, reason)] = failures(mailfanout_target)
    assert (name, words in reason) == ("It", True)
    (stack,) = cloudformation.describe_stacks(StackName=STACK_NAME)["Stacks"]
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
