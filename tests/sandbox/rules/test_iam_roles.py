"""What IAM refuses of roles, and how it describes them."""

from __future__ import annotations

import json

from support.calls.refusals import refusal
from support.calls.signed_calls import key_pair, session_of
from support.sandboxes.account_in_sandbox import ACCOUNT_ID, EVERYTHING, ROLE_NAME, Account

NO_POLICY = f"arn:aws:iam::{ACCOUNT_ID}:policy/nope"
DOCUMENT = json.dumps({"Version": "2012-10-17", "Statement": [EVERYTHING]})
LAMBDA = {"Service": "lambda.amazonaws.com"}
TRUST = {"Effect": "Allow", "Principal": LAMBDA, "Action": "sts:AssumeRole"}
TRUSTED = json.dumps({"Statement": [TRUST]})


def test_a_role_says_of_which_user_it_asks(account: Account) -> None:
    arn = account.role(EVERYTHING, trust={"Statement": [{**TRUST, "Principal": {"AWS": "*"}}]})
    given = account.client("sts").assume_role(RoleArn=arn, RoleSessionName="asking")["Credentials"]
    pair = key_pair(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    endpoint_url = account.client("iam").meta.endpoint_url
    iam = session_of(pair).client("iam", endpoint_url=endpoint_url)

    for operation in (iam.get_user, iam.create_access_key, iam.list_access_keys):
        assert refusal(operation) == (
            "ValidationError",
            "Must specify userName when calling with non-User credentials",
        )


def test_a_role_is_not_deleted_while_an_instance_profile_has_it(account: Account) -> None:
    iam, profile = account.client("iam"), {"InstanceProfileName": "machine"}
    iam.create_role(RoleName="leaving", AssumeRolePolicyDocument=TRUSTED)
    iam.create_instance_profile(**profile)
    iam.add_role_to_instance_profile(RoleName="leaving", **profile)

    assert refusal(iam.delete_role, RoleName="leaving") == (
        "DeleteConflict",
        "Cannot delete entity, must remove roles from instance profile first.",
    )
    iam.remove_role_from_instance_profile(RoleName="leaving", **profile)
    iam.delete_role(RoleName="leaving")


def test_what_is_not_said_of_a_role_stays_as_it_is(account: Account) -> None:
    iam = account.client("iam")
    iam.update_role(RoleName=ROLE_NAME, Description="first", MaxSessionDuration=7200)

    iam.update_role(RoleName=ROLE_NAME)

    role = iam.get_role(RoleName=ROLE_NAME)["Role"]
    assert (role["Description"], role["MaxSessionDuration"]) == ("first", 7200)


def test_a_new_role_is_described_in_short(account: Account) -> None:
    iam = account.client("iam")

    created = iam.create_role(
        RoleName="short",
        AssumeRolePolicyDocument=TRUSTED,
        Description="first",
    )["Role"]

    described = iam.get_role(RoleName="short")["Role"]
    more = {"Description", "MaxSessionDuration", "RoleLastUsed"}
    assert described.keys() - created.keys() == more
    assert described == described | created


def test_a_role_is_bounded_by_a_policy_that_is_there(account: Account) -> None:
    iam = account.client("iam")

    refused = refusal(
        iam.put_role_permissions_boundary, RoleName=ROLE_NAME, PermissionsBoundary=NO_POLICY
    )

    assert refused == (
        "NoSuchEntity",
        f"Scope ARN: {NO_POLICY} does not exist or is not attachable.",
    )


def test_a_role_has_ten_policies_attached_at_the_most(account: Account) -> None:
    iam = account.client("iam")
    iam.create_role(RoleName="crowded", AssumeRolePolicyDocument=TRUSTED)
    arns = [
        iam.create_policy(PolicyName=f"of-eleven-{number}", PolicyDocument=DOCUMENT)["Policy"][
            "Arn"
        ]
        for number in range(11)
    ]
    for arn in [*arns[:10], arns[0]]:  # to attach one again changes nothing
        iam.attach_role_policy(RoleName="crowded", PolicyArn=arn)

    assert refusal(iam.attach_role_policy, RoleName="crowded", PolicyArn=arns[10]) == (
        "LimitExceeded",
        "Cannot exceed quota for PoliciesPerRole: 10",
    )
