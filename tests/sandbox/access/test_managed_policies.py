"""AWS's own policies can be attached, and count; moto alone does not know them."""

from __future__ import annotations

from typing import Any

import pytest
from moto.iam.models import IAMBackend

from support.calls.refusals import refusal
from support.calls.signed_calls import ACCOUNT_ID
from support.sandboxes.account_setup import OWNER, Clients, Make, allow, create_queue, policy

pytestmark = pytest.mark.slow

AWS = "arn:aws:iam::aws:policy/"


@pytest.fixture
def attach(admin: Clients, role: Make) -> Make:
    """Attaches one of AWS's policies to the role, and makes clients of a session of it."""

    def client_of(service: str, name: str) -> Any:
        admin("iam").attach_role_policy(RoleName="lambda-s3-role", PolicyArn=f"{AWS}{name}")
        return role(service)

    return client_of


def test_the_owner_is_a_user_with_administrator_access(admin: Clients) -> None:
    iam = admin("iam")

    assert admin("sts").get_caller_identity()["Arn"] == OWNER
    assert iam.get_user()["User"]["Arn"] == OWNER
    assert iam.list_attached_user_policies(UserName="learner")["AttachedPolicies"] == [
        {"PolicyName": "AdministratorAccess", "PolicyArn": f"{AWS}AdministratorAccess"}
    ]
    assert iam.get_policy(PolicyArn=f"{AWS}AdministratorAccess")["Policy"]["AttachmentCount"] == 1


def test_an_owner_who_gives_away_the_policy_may_do_nothing_more(admin: Clients) -> None:
    iam = admin("iam")

    iam.detach_user_policy(UserName="learner", PolicyArn=f"{AWS}AdministratorAccess")

    assert refusal(admin("sqs").list_queues)[1].startswith(f"User: {OWNER} is not authorized")


@pytest.mark.parametrize(
    "name, service, allowed, other",
    [
        ("AdministratorAccess", "sns", "list_topics", None),
        ("AmazonDynamoDBFullAccess", "dynamodb", "list_tables", ("ses", "get_send_quota")),
        ("AmazonS3FullAccess", "s3", "list_buckets", ("sqs", "list_queues")),
        ("AmazonSESFullAccess", "sesv2", "list_email_identities", ("s3", "list_buckets")),
        ("AmazonSNSReadOnlyAccess", "sns", "list_topics", ("sqs", "list_queues")),
        ("AmazonSQSFullAccess", "sqs", "list_queues", ("s3", "list_buckets")),
        ("service-role/AWSLambdaBasicExecutionRole", "logs", None, ("sqs", "list_queues")),
    ],
)
def test_a_role_may_do_what_a_policy_of_aws_allows(
    admin: Clients, attach: Make, name: str, service: str, allowed: Any, other: Any
) -> None:
    client = attach(service, name)

    if allowed:
        assert getattr(client, allowed)()
    else:
        assert client.create_log_group(logGroupName="/aws/lambda/sendQueue")
        assert refusal(client.describe_log_groups)[0] == "AccessDeniedException"
    if other:
        service, method = other
        assert refusal(getattr(attach(service, name), method))[0].startswith("AccessDenied")


def test_what_lambda_needs_to_poll_a_queue_is_in_a_policy_of_aws(
    admin: Clients, attach: Make
) -> None:
    _, queue_url = create_queue(admin)
    queues = attach("sqs", "service-role/AWSLambdaSQSQueueExecutionRole")

    assert queues.receive_message(QueueUrl=queue_url)
    assert refusal(queues.send_message, QueueUrl=queue_url, MessageBody="a")[0] == "AccessDenied"


def test_policies_of_aws_are_listed_and_read_as_others_are(admin: Clients) -> None:
    iam = admin("iam")
    document = policy(allow("sqs:ListQueues", "*"))
    own = iam.create_policy(PolicyName="own", PolicyDocument=document)["Policy"]["Arn"]

    listed = iam.get_paginator("list_policies").paginate(Scope="AWS")
    names = {policy["PolicyName"] for page in listed for policy in page["Policies"]}
    version = iam.get_policy_version(PolicyArn=f"{AWS}AmazonSQSFullAccess", VersionId="v1")

    assert {"AmazonSQSFullAccess", "AWSLambdaBasicExecutionRole"} < names
    assert "own" not in names
    assert version["PolicyVersion"]["Document"]["Statement"][0]["Action"] == ["sqs:*"]
    assert [one["Arn"] for one in iam.list_policies(Scope="Local")["Policies"]] == [own]


def test_a_policy_that_aws_does_not_have_cannot_be_attached(attach: Make) -> None:
    assert refusal(attach, service="sqs", name="AmazonSQSEverything") == (
        "NoSuchEntity",
        f"Policy {AWS}AmazonSQSEverything does not exist or is not attachable.",
    )


@pytest.mark.parametrize(
    "method, parameters",
    [
        ("delete_policy", {}),
        ("create_policy_version", {"PolicyDocument": policy(allow("*", "*"))}),
        ("delete_policy_version", {"VersionId": "v1"}),
    ],
)
def test_policies_of_aws_are_not_an_administrators_to_change(
    admin: Clients, method: str, parameters: dict[str, Any]
) -> None:
    arn = f"{AWS}AmazonSQSFullAccess"

    change = getattr(admin("iam"), method)

    assert refusal(change, PolicyArn=arn, **parameters)[0] == "AccessDenied"


def test_moto_alone_has_no_policy_of_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    arn = f"{AWS}AmazonSQSFullAccess"
    assert arn in IAMBackend("aws", ACCOUNT_ID).managed_policies

    monkeypatch.undo()

    assert arn not in IAMBackend("aws", ACCOUNT_ID).managed_policies
