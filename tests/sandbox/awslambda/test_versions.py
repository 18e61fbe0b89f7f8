"""Versions and aliases of functions."""

from __future__ import annotations

import pytest

from support.parts.function_sources import CONTEXT
from support.parts.zips import zip_of
from support.sandboxes.account_in_sandbox import (
    Account,
)
from support.waiting import wait_for_function


def test_published_version_keeps_the_code_that_it_was_published_with(account: Account) -> None:
    account.function("def lambda_handler(event, context):\n    return 'old'\n")
    client = account.client("lambda")
    client.publish_version(FunctionName="recorder")
    client.update_function_code(
        FunctionName="recorder",
        ZipFile=zip_of("def lambda_handler(event, context):\n    return 'new'\n"),
    )

    assert account.invoke(Qualifier="1")["Payload"] == "old"
    assert account.invoke()["Payload"] == "new"


@pytest.mark.parametrize(
    ("qualifier", "version"), [("1", "1"), ("live", "1"), ("$LATEST", "$LATEST")]
)
def test_qualifier_chooses_the_version_and_is_in_the_arn(
    account: Account, qualifier: str, version: str
) -> None:
    arn = account.function(CONTEXT)
    client = account.client("lambda")
    client.publish_version(FunctionName="recorder")
    client.create_alias(FunctionName="recorder", Name="live", FunctionVersion="1")

    response = account.invoke(Qualifier=qualifier)

    assert response["ExecutedVersion"] == version
    assert response["Payload"]["version"] == version
    assert response["Payload"]["arn"] == f"{arn}:{qualifier}"
    assert f"/[{version}]" in response["Payload"]["stream"]
    named = {"FunctionName": "recorder", "Qualifier": qualifier}
    described = client.get_function_configuration(**named)
    assert (described["FunctionArn"], described["Version"]) == (f"{arn}:{qualifier}", version)
    assert client.get_function(**named)["Configuration"]["FunctionArn"] == f"{arn}:{qualifier}"


@pytest.mark.parametrize("form", ["{name}", "{name}:live", "{arn}", "{arn}:live"])
def test_function_is_invoked_by_name_and_by_arn(account: Account, form: str) -> None:
    arn = account.function(CONTEXT)
    client = account.client("lambda")
    client.publish_version(FunctionName="recorder")
    client.create_alias(FunctionName="recorder", Name="live", FunctionVersion="1")

    invoked = account.invoke(form.format(name="recorder", arn=arn))["Payload"]["arn"]

    assert invoked == (f"{arn}:live" if form.endswith(":live") else arn)


def test_alias_and_its_version_share_an_environment(account: Account) -> None:
    account.function("import os\ndef lambda_handler(event, context):\n    return os.getpid()\n")
    client = account.client("lambda")
    client.publish_version(FunctionName="recorder")
    client.create_alias(FunctionName="recorder", Name="live", FunctionVersion="1")

    processes = [account.invoke(Qualifier=qualifier)["Payload"] for qualifier in ("1", "live")]

    assert processes[0] == processes[1]


def test_moved_alias_invokes_the_other_version(account: Account) -> None:
    account.function(CONTEXT)
    client = account.client("lambda")
    client.publish_version(FunctionName="recorder")
    client.create_alias(FunctionName="recorder", Name="live", FunctionVersion="1")
    client.update_alias(FunctionName="recorder", Name="live", FunctionVersion="$LATEST")

    assert account.invoke(Qualifier="live")["ExecutedVersion"] == "$LATEST"


@pytest.mark.parametrize(("weight", "versions"), [(0.0, {"1"}), (1.0, {"2"}), (0.5, {"1", "2"})])
def test_weights_of_an_alias_share_its_invocations(
    account: Account, weight: float, versions: set[str]
) -> None:
    account.function(CONTEXT)
    client = account.client("lambda")
    client.publish_version(FunctionName="recorder")
    client.update_function_code(FunctionName="recorder", ZipFile=zip_of(f"{CONTEXT}\n"))
    wait_for_function(client, "recorder")
    client.publish_version(FunctionName="recorder")
    client.create_alias(
        FunctionName="recorder",
        Name="live",
        FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {"2": weight}},
    )

    answers = [account.invoke(Qualifier="live") for _ in range(40 if weight == 0.5 else 3)]

    assert {one["ExecutedVersion"] for one in answers} == versions
    assert all(one["Payload"]["version"] == one["ExecutedVersion"] for one in answers)
    assert {one["Payload"]["arn"].rpartition(":")[2] for one in answers} == {"live"}


def test_no_number_of_a_version_is_given_twice(account: Account) -> None:
    account.function(CONTEXT)
    client = account.client("lambda")
    numbers = [client.publish_version(FunctionName="recorder")["Version"]]
    for source in ("a = 1", "a = 2"):
        client.update_function_code(FunctionName="recorder", ZipFile=zip_of(f"{source}\n{CONTEXT}"))
        wait_for_function(client, "recorder")
        numbers.append(client.publish_version(FunctionName="recorder")["Version"])
        client.delete_function(FunctionName="recorder", Qualifier=numbers[0])

    client.delete_function(FunctionName="recorder")
    account.function(CONTEXT)
    before = client.get_account_settings()["AccountUsage"]
    last = client.publish_version(FunctionName="recorder")

    assert [*numbers, last["Version"]] == ["1", "2", "3", "4"]
    before["TotalCodeSize"] += last["CodeSize"]
    assert client.get_account_settings()["AccountUsage"] == before


def test_what_is_asked_of_snap_start_is_for_published_versions(account: Account) -> None:
    account.function(CONTEXT, SnapStart={"ApplyOn": "PublishedVersions"})
    client = account.client("lambda")
    client.publish_version(FunctionName="recorder")

    found = [
        client.get_function_configuration(FunctionName="recorder", Qualifier=one)["SnapStart"]
        for one in ("$LATEST", "1")
    ]

    assert [one["ApplyOn"] for one in found] == ["PublishedVersions"] * 2
    assert [one["OptimizationStatus"] for one in found] == ["Off", "On"]
