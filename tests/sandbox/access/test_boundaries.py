"""A role's permissions boundary: what it does not allow, the role's policies do not either."""

from __future__ import annotations

import pytest

from support.calls.refusals import refusal
from support.sandboxes.account_setup import (
    QUEUE,
    ROLE,
    SESSION,
    Clients,
    Make,
    allow,
    create_queue,
    deny,
    policy,
    set_queue_policy,
)

pytestmark = pytest.mark.slow


def bounded(admin: Clients, *statements: object) -> str:
    """Give the role a boundary; the ARN of its policy."""
    iam = admin("iam")
    document = policy(*statements)
    arn: str = iam.create_policy(PolicyName="bound", PolicyDocument=document)["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName="lambda-s3-role", PermissionsBoundary=arn)
    return arn


def test_a_policy_says_how_many_roles_it_bounds(admin: Clients, role: Make) -> None:
    role("sqs")
    arn = bounded(admin, allow("sqs:*", "*"))
    iam = admin("iam")

    def counts() -> list[int]:
        listed = iam.list_policies(Scope="Local")["Policies"]
        shown = [iam.get_policy(PolicyArn=arn)["Policy"], *listed]
        return [one["PermissionsBoundaryUsageCount"] for one in shown]

    assert counts() == [1, 1]
    iam.delete_role_permissions_boundary(RoleName="lambda-s3-role")
    assert counts() == [0, 0]


def test_a_role_may_do_what_its_boundary_allows_too(admin: Clients, role: Make) -> None:
    create_queue(admin)
    sqs = role("sqs", allow("sqs:*", "*"))
    arn = bounded(admin, allow("sqs:Get*", QUEUE), deny("sqs:GetQueueAttributes", "*"))

    url = sqs.get_queue_url(QueueName="mailsendqueue")["QueueUrl"]
    sent = refusal(sqs.send_message, QueueUrl=url, MessageBody="a")
    assert sent[1].endswith("because no permissions boundary allows the sqs:sendmessage action")
    asked = refusal(sqs.get_queue_attributes, QueueUrl=url)
    assert asked[1].endswith("with an explicit deny in a permissions boundary")

    shown = admin("iam").get_role(RoleName="lambda-s3-role")["Role"]["PermissionsBoundary"]
    assert shown == {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}
    admin("iam").delete_role_permissions_boundary(RoleName="lambda-s3-role")
    sqs.send_message(QueueUrl=url, MessageBody="a")


@pytest.mark.parametrize(("who", "is_bounded"), [(ROLE, True), (SESSION, False)])
def test_a_boundary_does_not_bound_what_a_queue_gives_to_a_session(
    admin: Clients, role: Make, who: str, is_bounded: bool
) -> None:
    owner, url = create_queue(admin)
    sqs = role("sqs")
    bounded(admin, allow("s3:*", "*"))

    set_queue_policy(owner, url, allow("sqs:SendMessage", QUEUE, Principal={"AWS": who}))

    if is_bounded:
        assert (
            "no permissions boundary" in refusal(sqs.send_message, QueueUrl=url, MessageBody="a")[1]
        )
    else:
        sqs.send_message(QueueUrl=url, MessageBody="a")
