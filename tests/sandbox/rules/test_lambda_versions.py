"""What Lambda refuses of versions and aliases, their policies and their asynchronous settings."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mailfanout.policies import trust_policy
from support.calls.refusals import refusal
from support.sandboxes.account_in_sandbox import ACCOUNT_ID, Account

FIFO = f"arn:aws:sqs:us-east-1:{ACCOUNT_ID}:orders.fifo"
RECORDER = f"arn:aws:lambda:us-east-1:{ACCOUNT_ID}:function:recorder"
AGE = {"MaximumEventAgeInSeconds": 60}


def alias(name: str = "new", **settings: Any) -> dict[str, Any]:
    return {"Name": name, "FunctionVersion": "1", **settings}


def routed(weights: dict[str, float]) -> dict[str, Any]:
    return alias(RoutingConfig={"AdditionalVersionWeights": weights})


def permission(**settings: str) -> dict[str, str]:
    """Parameters of AddPermission."""
    action = "lambda:InvokeFunction"
    return {"StatementId": "1", "Action": action, "Principal": "s3.amazonaws.com", **settings}


@pytest.fixture(scope="module", autouse=True)
def published(account: Account) -> None:
    function = account.client("lambda")
    function.publish_version(FunctionName="recorder")
    role = account.client("iam").create_role(
        RoleName="role-of-the-second", AssumeRolePolicyDocument=json.dumps(trust_policy())
    )["Role"]
    function.update_function_configuration(FunctionName="recorder", Role=role["Arn"])
    function.get_waiter("function_updated_v2").wait(
        FunctionName="recorder", WaiterConfig={"Delay": 0.05}
    )
    function.publish_version(FunctionName="recorder")
    function.create_alias(FunctionName="recorder", Name="live", FunctionVersion="1")


@pytest.mark.parametrize(
    ("operation", "parameters", "words"),
    [
        (
            "put_function_event_invoke_config",
            {"DestinationConfig": {"OnFailure": {"Destination": RECORDER}}},
            "as a destination for itself.",
        ),
        (
            "put_function_event_invoke_config",
            {"DestinationConfig": {"OnSuccess": {"Destination": FIFO}}},
            f"DestinationConfig(onSuccess=OnSuccess(destination={FIFO}), onFailure=null) is inval",
        ),
        ("put_function_event_invoke_config", {}, "at least one of error handling or destination"),
        ("publish_version", {"RevisionId": "old"}, "does not match the latest Revision Id"),
        ("publish_version", {"CodeSha256": "x"}, "CodeSHA256 (x) is different from current"),
        ("update_alias", {"Name": "live", "RevisionId": "old"}, "not match the latest Revision Id"),
        ("delete_function", {"Qualifier": "$LATEST"}, "cannot be deleted without deleting the"),
        ("delete_function", {"Qualifier": "1"}, "the following aliases reference it: [live]"),
        (
            "create_alias",
            alias("live"),
            f"ResourceConflictException: Alias already exists: {RECORDER}:live",
        ),
        ("create_alias", alias(FunctionVersion="9"), f"Function not found: {RECORDER}:9"),
        ("create_alias", routed({"1": 0.5, "2": 0.5}), "cannot be greater than 1"),
        ("create_alias", routed({"1": 0.5}), "version 1 is already included in routing"),
        ("create_alias", routed({"9": 0.5}), f"Function not found: {RECORDER}:9"),
        (
            "create_alias",
            routed({"1": 0.5}) | {"FunctionVersion": "$LATEST"},
            "$LATEST is not supported for an alias pointing to more than 1 version",
        ),
        (
            "create_alias",
            routed({"2": 0.5}),
            "Specified versions must be associated with the same execution role",
        ),
        (
            "create_alias",
            routed({"2": 2.0}),
            "Value '{2=2.0}' at 'routingConfig.additionalVersionWeights' failed to satisfy "
            "constraint: Map value must satisfy constraint: [Member must have value less than or "
            "equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be "
            "null]",
        ),
        ("put_function_event_invoke_config", {"FunctionName": "nope", **AGE}, "doesn't exist."),
        ("put_function_event_invoke_config", {"Qualifier": "nope", **AGE}, "doesn't exist."),
        (
            "put_function_event_invoke_config",
            {"DestinationConfig": {"OnSuccess": {"Destination": f"{RECORDER}-gone"}}},
            f"The destination ARN {RECORDER}-gone is invalid.",
        ),
        (
            "put_function_event_invoke_config",
            {"DestinationConfig": {"OnSuccess": {"Destination": "arn:aws:iam::123456789012:a"}}},
            "onSuccess=OnSuccess(destination=arn:aws:iam::123456789012:a), onFailure=null) is inv",
        ),
        ("update_function_event_invoke_config", AGE, f"{RECORDER}:$LATEST doesn't have an Event"),
        ("get_function_event_invoke_config", {"Qualifier": "1"}, f"{RECORDER}:1 doesn't have an"),
        ("add_permission", permission(Qualifier="$LATEST"), "adding policies for $LATEST."),
        ("add_permission", permission(Qualifier="nope"), f"alias arn: {RECORDER}:nope"),
        ("add_permission", permission(Qualifier="42"), f"Function not found: {RECORDER}:42"),
        ("add_permission", permission(RevisionId="old"), "match the latest Revision Id. Call"),
        ("get_policy", {"Qualifier": "42"}, "The resource you requested does not exist."),
        ("remove_permission", {"StatementId": "1"}, "No policy is associated with the given"),
        (
            "remove_permission",
            {"FunctionName": "nope", "StatementId": "1"},
            "No policy found for: arn:aws:lambda:us-east-1",
        ),
    ],
)
def test_a_change_of_a_version_or_an_alias_that_lambda_does_not_make_is_refused(
    account: Account, operation: str, parameters: dict[str, Any], words: str
) -> None:
    call = getattr(account.client("lambda"), operation)

    assert words in ": ".join(refusal(call, **{"FunctionName": "recorder", **parameters}))


def test_an_empty_digest_is_none_and_a_version_is_made(account: Account) -> None:
    client = account.client("lambda")
    [*_, newest] = client.list_versions_by_function(FunctionName="recorder")["Versions"]

    made = client.publish_version(FunctionName="recorder", CodeSha256="")

    assert made["Version"] == newest["Version"]  # the code is the same


def test_each_version_and_alias_has_its_own_policy(account: Account) -> None:
    client = account.client("lambda")
    for qualifier in ({}, {"Qualifier": "1"}, {"Qualifier": "live"}):
        client.add_permission(
            FunctionName="recorder", **permission(SourceArn="arn:aws:s3:::b", **qualifier)
        )

    policy = client.get_policy(FunctionName="recorder", Qualifier="live")

    assert json.loads(policy["Policy"])["Statement"] == [
        {
            "Sid": "1",
            "Effect": "Allow",
            "Principal": {"Service": "s3.amazonaws.com"},
            "Action": "lambda:InvokeFunction",
            "Resource": f"{RECORDER}:live",
            "Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:s3:::b"}},
        }
    ]
    alias = client.get_alias(FunctionName="recorder", Name="live")
    assert policy["RevisionId"] == alias["RevisionId"]
    unknown = refusal(client.remove_permission, FunctionName="recorder", StatementId="2")
    assert unknown[1] == "Statement 2 is not found in resource policy."
    for qualifier in ({}, {"Qualifier": "1"}, {"Qualifier": "live"}):
        client.remove_permission(FunctionName="recorder", StatementId="1", **qualifier)


def test_each_version_and_alias_has_its_own_asynchronous_settings(account: Account) -> None:
    client = account.client("lambda")
    for name in ("recorder", "recorder:live", f"{RECORDER}:1"):
        client.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=1)
    client.update_function_event_invoke_config(FunctionName="recorder:live", **AGE)

    found = client.list_function_event_invoke_configs(FunctionName="recorder")
    first = client.list_function_event_invoke_configs(FunctionName="recorder", MaxItems=1)

    configs = found["FunctionEventInvokeConfigs"]
    assert [one["FunctionArn"] for one in configs] == [
        f"{RECORDER}:$LATEST",
        f"{RECORDER}:1",
        f"{RECORDER}:live",
    ]
    assert [one.get("MaximumEventAgeInSeconds") for one in configs] == [None, None, 60]
    assert (first["FunctionEventInvokeConfigs"], "NextMarker" in first) == (configs[:1], True)
    for qualifier in ("$LATEST", "1", "live"):
        client.delete_function_event_invoke_config(FunctionName="recorder", Qualifier=qualifier)


def test_a_version_is_described_by_lists_and_aliases_as_lambda_does(account: Account) -> None:
    client = account.client("lambda")

    found = client.get_function(FunctionName="recorder:live")["Configuration"]
    versions = client.list_versions_by_function(FunctionName="recorder")["Versions"]
    aliases = client.list_aliases(FunctionName="recorder", FunctionVersion="2")["Aliases"]

    assert (found["FunctionArn"], found["Version"]) == (f"{RECORDER}:live", "1")
    assert [one["Version"] for one in versions] == ["$LATEST", "1", "2"]
    assert len({one["RevisionId"] for one in versions}) == 3
    assert not any(one.keys() & {"State", "RuntimeVersionConfig"} for one in versions)
    assert aliases == []


def test_an_alias_without_weights_shows_none(account: Account) -> None:
    function = account.client("lambda")
    assert "RoutingConfig" not in function.create_alias(FunctionName="recorder", **routed({}))
    function.delete_alias(FunctionName="recorder", Name="new")
