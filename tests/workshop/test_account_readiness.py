"""`mailfanout doctor --target aws` names what an account lacks, and what mends it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber
from click.testing import CliRunner

from mailfanout import workshop
from mailfanout.__main__ import cli
from mailfanout.target import Target
from mailfanout.workshop import Finding, account_readiness
from support.ports import free_port

WHO = {"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/ada", "UserId": "AIDA"}
QUOTA = {"Max24HourSend": 200.0, "MaxSendRate": 1.0, "SentLast24Hours": 12.0}
SENDING = {"ProductionAccessEnabled": False, "SendQuota": QUOTA}
VERIFIED = {"VerifiedForSendingStatus": True, "VerificationStatus": "SUCCESS"}
MISSING, DENIED = "NotFoundException", "AccessDeniedException"


class Account:
    """An AWS that answers as it is told, once to each call; the text of an error is its code."""

    def __init__(self) -> None:
        self.target = Target("aws", boto3.Session("testing", "testing", region_name="eu-west-1"))
        self.answers: dict[str, list[tuple[str, Any]]] = {
            "sts": [("get_caller_identity", WHO)],
            "sesv2": [
                ("get_account", SENDING),
                ("get_email_identity", VERIFIED),
                ("get_email_identity", MISSING),
            ],
            "lambda": [("get_account_settings", {"AccountLimit": {"ConcurrentExecutions": 1000}})],
        }

    def findings(self) -> dict[str, Finding]:
        with ExitStack() as stack:
            for service, answers in self.answers.items():
                stub = stack.enter_context(Stubber(self.target.client(service)))
                for method, answer in answers:
                    if isinstance(answer, str):
                        stub.add_client_error(method, answer, "no")
                    else:
                        stub.add_response(method, answer)
            return {one.name: one for one in workshop.examine_account("aws")}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Account:
    account = Account()
    monkeypatch.setenv("MAILFANOUT_SENDER", "ada@mine.dev")
    monkeypatch.setattr(account_readiness, "connect", lambda kind: account.target)
    return account


def test_an_account_that_is_ready_shows_what_it_allows(aws: Account) -> None:
    found = aws.findings()

    assert [name for name, finding in found.items() if not finding.ok] == []
    assert found["Region"].detail == "eu-west-1"
    assert found["account"].detail == f"123456789012, as {WHO['Arn']}"
    assert "up to 1 mail a second, 200 in 24 hours, 12 of them used" in found["SES"].detail
    assert "request production access in the SES console" in found["SES"].detail
    assert found["sender"].detail == "ada@mine.dev is verified"
    assert found["Lambda"].detail.startswith("up to 1,000 functions at once")


@pytest.mark.parametrize(
    ("service", "answers", "name", "mend"),
    [
        ("sts", [("get_caller_identity", "ExpiredToken")], "account", "Renew them"),
        ("sesv2", [("get_account", DENIED)], "SES", "allow ses:GetAccount"),
        (
            "sesv2",
            [("get_account", {**SENDING, "SendingEnabled": False})],
            "SES",
            "put-account-sending-attributes --sending-enabled --region eu-west-1",
        ),
        (
            "sesv2",
            [("get_account", {**SENDING, "SendQuota": {**QUOTA, "SentLast24Hours": 200.0}})],
            "SES",
            "free again 24 hours after use",
        ),
        (
            "sesv2",
            [("get_account", SENDING), *[("get_email_identity", MISSING)] * 2],
            "sender",
            "aws sesv2 create-email-identity --email-identity ada@mine.dev --region eu-west-1",
        ),
        ("lambda", [("get_account_settings", DENIED)], "Lambda", "allow lambda:GetAccountSettings"),
    ],
)
def test_what_is_missing_is_named_with_what_mends_it(
    aws: Account, service: str, answers: list[tuple[str, Any]], name: str, mend: str
) -> None:
    aws.answers[service] = answers + aws.answers[service][len(answers) :]

    finding = aws.findings()[name]

    assert not finding.ok
    assert mend in finding.mend


def test_few_functions_at_once_are_said_to_be_few(aws: Account) -> None:
    few = {"AccountLimit": {"ConcurrentExecutions": 10}}
    aws.answers["lambda"] = [("get_account_settings", few)]

    assert "Service Quotas console" in aws.findings()["Lambda"].detail


def test_without_a_network_it_ends_where_that_shows(
    aws: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise EndpointConnectionError(endpoint_url="https://sts.eu-west-1.amazonaws.com/")

    monkeypatch.setattr(aws.target.client("sts"), "get_caller_identity", fail)
    aws.answers = {}

    *_, last = aws.findings().values()

    assert (last.name, last.ok) == ("account", False)
    assert "Is this machine connected to the internet" in last.mend


@pytest.fixture
def nothing_configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr(workshop, "examine", lambda: iter(()))
    yield


@pytest.mark.usefixtures("nothing_configured")
def test_without_a_region_and_without_credentials_it_says_what_to_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    no_region = CliRunner().invoke(cli, ["doctor", "--target", "aws"])
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    no_credentials = CliRunner().invoke(cli, ["doctor", "--target", "aws"])

    assert (no_region.exit_code, no_credentials.exit_code) == (1, 1)
    assert "No AWS Region is set. Set AWS_REGION" in no_region.output
    assert "There are no AWS credentials. Type `aws configure sso`" in no_credentials.output


@pytest.mark.usefixtures("nothing_configured")
def test_nobody_at_an_endpoint_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    for name in ("AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "us-east-1")

    said = CliRunner().invoke(cli, ["doctor", "--target", "endpoint"]).output

    assert f"Nobody answers at {url}" in said


@pytest.mark.usefixtures("nothing_configured")
def test_an_endpoint_without_an_address_is_what_is_missing() -> None:
    [finding] = workshop.examine_account("endpoint")

    assert (finding.ok, finding.name) == (False, "Endpoint")
