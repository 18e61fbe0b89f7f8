"""Who is not let in to AWS, or not where they want, is told in a sentence what mends it."""

from __future__ import annotations

import hashlib
import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from botocore import exceptions
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from mailfanout.errors import CredentialsMissing, MailfanoutError
from mailfanout.target import Target, connect, explain

pytestmark = pytest.mark.slow

ANNA = "arn:aws:iam::123456789012:user/anna"
SSO = """
[profile class]
sso_session = school
sso_account_id = 123456789012
sso_role_name = Learner
region = eu-central-1

[sso-session school]
sso_start_url = https://school.awsapps.com/start
sso_region = eu-central-1
"""


@pytest.fixture(autouse=True)
def at_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A home directory without any AWS configuration, and no other source of credentials."""
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    return tmp_path


def refused(code: str, message: str = "", operation: str = "CreateTable") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


def aws(monkeypatch: pytest.MonkeyPatch, region: str) -> Target:
    monkeypatch.setenv("AWS_REGION", region)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    return connect("aws")


def why_not(target: Target) -> str:
    with pytest.raises(CredentialsMissing) as raised:
        target.caller()
    return str(raised.value)


@pytest.mark.parametrize("has_token", [False, True])
def test_an_sso_session_that_is_over_is_renewed_with_its_profile(
    monkeypatch: pytest.MonkeyPatch, at_home: Path, has_token: bool
) -> None:
    (at_home / "config").write_text(SSO, encoding="utf-8")
    monkeypatch.setenv("AWS_PROFILE", "class")
    if has_token:
        cache = at_home / ".aws" / "sso" / "cache"
        cache.mkdir(parents=True)
        token = {"accessToken": "x", "expiresAt": "2020-01-01T00:00:00Z"}
        name = hashlib.sha1(b"school").hexdigest()  # as botocore names it
        (cache / f"{name}.json").write_text(json.dumps(token), encoding="utf-8")

    said = why_not(connect("aws"))

    assert "The SSO session has expired, or there is none." in said
    assert said.endswith("Type: aws sso login --profile class")


def test_who_has_no_credentials_is_told_how_to_get_some(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1")

    assert "Type `aws configure sso` or `aws login`" in why_not(connect("aws"))


def test_a_profile_that_there_is_not_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")

    with pytest.raises(CredentialsMissing, match=r"\(nobody\).*aws configure list-profiles"):
        connect("aws")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("ExpiredToken", "have expired. Renew them, for example with: aws login"),
        ("InvalidClientTokenId", "AWS does not know the access key"),
        ("SignatureDoesNotMatch", "AWS_SECRET_ACCESS_KEY does not belong to the access key"),
    ],
)
def test_keys_that_aws_does_not_take_are_renewed(
    monkeypatch: pytest.MonkeyPatch, code: str, said: str
) -> None:
    target = aws(monkeypatch, "us-east-1")
    with Stubber(target.client("sts")) as sts:
        sts.add_client_error("get_caller_identity", code)

        assert said in why_not(target)


def test_a_shell_of_the_sandbox_has_to_be_left_for_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILFANOUT_SAVED_PATH", "bin")
    target = aws(monkeypatch, "us-east-1")
    with Stubber(target.client("sts")) as sts:
        sts.add_client_error("get_caller_identity", "InvalidClientTokenId")

        assert why_not(target).endswith('type: eval "$(mailfanout sandbox env --unset)"')


@pytest.mark.parametrize(
    ("region", "home", "keys_are_known"),
    [("ap-east-1", "us-east-1", True), ("af-south-1", "us-east-1", False)],
)
def test_a_region_that_is_not_enabled_is_told_from_a_wrong_key(
    monkeypatch: pytest.MonkeyPatch, region: str, home: str, keys_are_known: bool
) -> None:
    target = aws(monkeypatch, region)
    elsewhere = target.session.client("sts", region_name=home)
    asked: list[str] = []

    def client(service: str, region_name: str) -> Any:
        asked.append(region_name)
        return elsewhere

    with ExitStack() as stack:
        here, there = (
            stack.enter_context(Stubber(one)) for one in (target.client("sts"), elsewhere)
        )
        here.add_client_error("get_caller_identity", "InvalidClientTokenId")
        if keys_are_known:
            there.add_response("get_caller_identity", {"Account": "123456789012", "Arn": ANNA})
        else:
            there.add_client_error("get_caller_identity", "InvalidClientTokenId")
        monkeypatch.setattr(target.session, "client", client)
        said = why_not(target)

    assert asked == [home]
    enable = f"aws account enable-region --region-name {region}"
    assert (enable in said) == keys_are_known
    assert ("AWS does not know the access key" in said) != keys_are_known


def test_a_region_that_there_is_not_is_corrected() -> None:
    error = exceptions.EndpointConnectionError(endpoint_url="https://sts.us-esat-1.amazonaws.com/")

    said = explain(error, region="us-esat-1")

    assert (
        said == "AWS has no Region us-esat-1. Did you mean us-east-1 or us-west-1? Set AWS_REGION."
    )


@pytest.mark.parametrize(("region", "exit_code"), [("us-esat-1", 2), ("us-east-1", 1)])
def test_a_wrong_region_is_the_users_mistake_and_a_network_that_is_down_is_not(
    monkeypatch: pytest.MonkeyPatch, region: str, exit_code: int
) -> None:
    target = aws(monkeypatch, region)

    def fail() -> None:
        url = f"https://sts.{region}.amazonaws.com/"
        raise exceptions.EndpointConnectionError(endpoint_url=url)

    monkeypatch.setattr(target.client("sts"), "get_caller_identity", fail)

    with pytest.raises(MailfanoutError) as raised:
        target.caller()

    assert raised.value.exit_code == exit_code


@pytest.mark.parametrize("region", ["cn-north-1", "us-gov-west-1", "eu-west-1"])
def test_regions_of_every_partition_are_known(region: str) -> None:
    error = exceptions.EndpointConnectionError(endpoint_url=f"https://email.{region}.amazonaws.com")

    assert explain(error, region=region) == (
        f"Amazon SES is not in {region}. Set AWS_REGION to another Region."
    )


def test_a_missing_permission_is_named_with_who_gives_it() -> None:
    message = (
        "User: arn:aws:iam::123456789012:user/anna is not authorized to perform: "
        "dynamodb:CreateTable on resource: arn:aws:dynamodb:eu-west-1:123456789012:table/t because "
        "no identity-based policy allows the dynamodb:CreateTable action"
    )

    said = explain(refused("AccessDeniedException", message))

    assert said.endswith(
        "Have an administrator allow dynamodb:CreateTable, then type the same command again."
    )
    assert "ask the administrator of the account" in explain(
        refused("AccessDenied", f"{message} with an explicit deny in a service control policy")
    )


@pytest.mark.parametrize(
    ("code", "operation"), [("403", "HeadBucket"), ("AuthorizationError", "CreateTable")]
)
def test_a_refusal_without_words_names_the_operation(code: str, operation: str) -> None:
    said = explain(refused(code, operation=operation))

    assert said.startswith(f"AWS refuses {operation}: ")


def test_a_clock_that_is_wrong_is_told() -> None:
    assert "Set it" in explain(refused("RequestTimeTooSkewed"))


def test_what_says_enough_itself_is_left_as_it_is() -> None:
    error = refused("LimitExceededException", "Too many tables")

    assert explain(error) == str(error)


def test_an_arn_says_the_partition(monkeypatch: pytest.MonkeyPatch) -> None:
    target = aws(monkeypatch, "cn-north-1")
    with Stubber(target.client("sts")) as sts:
        arn = "arn:aws-cn:iam::123456789012:user/anna"
        sts.add_response("get_caller_identity", {"Account": "123456789012", "Arn": arn})

        assert target.caller().partition == "aws-cn"
