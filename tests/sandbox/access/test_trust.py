"""Who may assume a role: whom its trust policy names; and how soon a change of policy counts."""

from __future__ import annotations

from typing import Any

import pytest

from mailfanout.sandbox.access.authorization import authorize
from mailfanout.sandbox.access.keys import Keys
from mailfanout.sandbox.http.refusals import Refused
from support.calls.refusals import refusal
from support.calls.signed_calls import ACCOUNT_ID, call, changed, key_pair, read
from support.sandboxes.account_setup import (
    OWNER,
    ROLE,
    SESSION,
    Clients,
    Make,
    allow,
    deny,
    policy,
    trust,
)

pytestmark = pytest.mark.slow

ACCOUNT = f"arn:aws:iam::{ACCOUNT_ID}:root"
USER = f"arn:aws:iam::{ACCOUNT_ID}:user/mail/yamada"
LAMBDA = {"Service": "lambda.amazonaws.com"}
ASSUME = {"RoleArn": ROLE, "RoleSessionName": "test"}
MAY_ASSUME = allow("sts:AssumeRole", ROLE)


@pytest.fixture
def trusted(admin: Clients, role: Make) -> Make:
    """Gives the role's trust policy these statements."""

    def update(*statements: Any) -> None:
        admin("iam").update_assume_role_policy(
            RoleName="lambda-s3-role", PolicyDocument=policy(*statements)
        )

    return update


@pytest.fixture
def may(admin: Clients, user: Clients) -> Make:
    """Gives the user's own policy these statements."""

    def put(*statements: Any) -> None:
        admin("iam").put_user_policy(
            UserName="yamada", PolicyName="p", PolicyDocument=policy(*statements)
        )

    return put


def not_trusted(arn: str, role_arn: str = ROLE) -> tuple[str, str]:
    return (
        "AccessDenied",
        f"User: {arn} is not authorized to perform: sts:AssumeRole on resource: {role_arn} because "
        "no role trust policy allows the sts:AssumeRole action",
    )


def test_a_role_that_trusts_lambda_alone_cannot_be_assumed_by_people(
    admin: Clients, user: Clients, trusted: Make, may: Make
) -> None:
    trusted(trust(LAMBDA))
    may(MAY_ASSUME)

    assert refusal(admin("sts").assume_role, **ASSUME) == not_trusted(OWNER)
    assert refusal(user("sts").assume_role, **ASSUME) == not_trusted(USER)


@pytest.mark.parametrize("account", [ACCOUNT, ACCOUNT_ID])
def test_a_role_that_trusts_the_account_leaves_it_to_the_callers_policies(
    admin: Clients, user: Clients, trusted: Make, may: Make, account: Any
) -> None:
    trusted(trust({"AWS": account}))

    assert admin("sts").assume_role(**ASSUME)
    assert refusal(user("sts").assume_role, **ASSUME) == (
        "AccessDenied",
        f"User: {USER} is not authorized to perform: sts:AssumeRole on resource: {ROLE} because "
        "no identity-based policy allows the sts:AssumeRole action",
    )

    may(MAY_ASSUME)
    assert user("sts").assume_role(**ASSUME)


def test_a_role_may_ask_for_an_external_id(user: Clients, trusted: Make, may: Make) -> None:
    asked = {"StringEquals": {"sts:ExternalId": "mail", "sts:RoleSessionName": "test"}}
    trusted({**trust({"AWS": ACCOUNT}), "Condition": asked})
    may(MAY_ASSUME)

    assert user("sts").assume_role(**ASSUME, ExternalId="mail")

    for other in ({}, {"ExternalId": "other"}):
        assert refusal(user("sts").assume_role, **ASSUME, **other) == not_trusted(USER)


def test_a_session_is_not_given_more_than_its_own_policy_says(
    admin: Clients, trusted: Make
) -> None:
    trusted(trust({"AWS": ACCOUNT}))
    narrow = policy(allow("sqs:SendMessage", "*"))

    assert (
        "does not do session policies"
        in (refusal(admin("sts").assume_role, **ASSUME, Policy=narrow)[1])
    )


def test_a_user_whom_the_role_names_needs_no_policy_and_may_still_be_denied(
    user: Clients, trusted: Make, may: Make
) -> None:
    trusted(trust({"AWS": USER}))
    assert user("sts").assume_role(**ASSUME)

    may(deny("sts:AssumeRole", ROLE))

    assert refusal(user("sts").assume_role, **ASSUME)[1].endswith(
        "with an explicit deny in an identity-based policy"
    )


def test_a_role_denies_whom_its_trust_policy_denies(
    admin: Clients, user: Clients, trusted: Make, may: Make
) -> None:
    trusted(trust({"AWS": ACCOUNT}), trust({"AWS": USER}, effect="Deny"))
    may(MAY_ASSUME)

    assert admin("sts").assume_role(**ASSUME)
    assert refusal(user("sts").assume_role, **ASSUME) == (
        "AccessDenied",
        f"User: {USER} is not authorized to perform: sts:AssumeRole on resource: {ROLE} with "
        "an explicit deny in the role trust policy",
    )


def test_a_function_assumes_a_role_that_trusts_its_own(role: Make, trusted: Make) -> None:
    function = role("sts")
    assert refusal(function.assume_role, **ASSUME) == not_trusted(SESSION)

    trusted(trust({"AWS": ROLE}))

    assert function.assume_role(**ASSUME)


@pytest.mark.parametrize("account_id", [ACCOUNT_ID, "999999999999"])
def test_a_role_that_is_not_in_the_account_cannot_be_assumed(
    admin: Clients, role: Make, account_id: Any
) -> None:
    missing = f"arn:aws:iam::{account_id}:role/missing"

    assert refusal(admin("sts").assume_role, RoleArn=missing, RoleSessionName="test") == (
        not_trusted(OWNER, missing)
    )


def test_a_role_of_the_same_name_has_other_sessions(
    admin: Clients, trusted: Make, connect: Make
) -> None:
    trusted(trust({"AWS": ACCOUNT}))
    iam, assumed = admin("iam"), admin("sts").assume_role(**ASSUME)["Credentials"]
    names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
    sts = connect(key_pair(*(assumed[one] for one in names)), "sts")
    assert sts.get_caller_identity()

    iam.delete_role(RoleName="lambda-s3-role")
    iam.create_role(
        RoleName="lambda-s3-role", AssumeRolePolicyDocument=policy(trust({"AWS": ACCOUNT}))
    )

    assert refusal(sts.get_caller_identity)[0] == "InvalidClientTokenId"
    assert admin("sts").assume_role(**ASSUME)


@pytest.mark.parametrize(("since", "is_revoked"), [("2099-01-01", True), ("2020-01-01", False)])
def test_sessions_from_before_a_time_are_revoked(
    admin: Clients, role: Make, trusted: Make, connect: Make, since: str, is_revoked: bool
) -> None:
    trusted(trust({"AWS": ACCOUNT}))
    older = {"DateLessThan": {"aws:TokenIssueTime": f"{since}T00:00:00Z"}}
    function = role("sqs", allow("*", "*"), deny("*", "*", Condition=older))
    assumed = admin("sts").assume_role(**ASSUME)["Credentials"]
    names = ("AccessKeyId", "SecretAccessKey", "SessionToken")

    for sqs in (function, connect(key_pair(*(assumed[one] for one in names)), "sqs")):
        if is_revoked:
            assert refusal(sqs.list_queues)[0] == "AccessDenied"
        else:
            assert sqs.list_queues()


def test_a_session_has_tags_and_lasts_long_if_the_role_lets_it(
    admin: Clients, trusted: Make
) -> None:
    trusted(trust({"AWS": ACCOUNT}))
    assume = admin("sts").assume_role

    tagged = refusal(assume, **ASSUME, Tags=[{"Key": "a", "Value": "b"}])
    assert "not authorized to perform: sts:TagSession" in tagged[1]
    assert "sts:SetSourceIdentity" in refusal(assume, **ASSUME, SourceIdentity="me")[1]
    assert "MaxSessionDuration" in refusal(assume, **ASSUME, DurationSeconds=7200)[1]


def test_a_session_that_another_role_asks_for_lasts_an_hour(admin: Clients, role: Make) -> None:
    admin("iam").update_role(RoleName="lambda-s3-role", MaxSessionDuration=7200)
    chained = role("sts", allow("sts:AssumeRole", ROLE))
    admin("iam").update_assume_role_policy(
        RoleName="lambda-s3-role", PolicyDocument=policy(trust({"AWS": ACCOUNT}))
    )

    assert chained.assume_role(**ASSUME, DurationSeconds=3600)
    answer = refusal(chained.assume_role, **ASSUME, DurationSeconds=3601)
    assert answer == (
        "ValidationError",
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role "
        "chaining.",
    )


def test_a_token_that_nobody_checks_opens_no_role(keys: Keys, trusted: Make) -> None:
    trusted(trust({"AWS": ACCOUNT}))
    request = call(keys.owner, "sts", "assume_role", **ASSUME)
    body = request.body.replace(b"AssumeRole", b"AssumeRoleWithWebIdentity")
    assumed = read(changed(request, body=body))

    with pytest.raises(Refused, match="sts:AssumeRoleWithWebIdentity on .* because no role trust"):
        authorize(keys.owner.caller, assumed)


def test_a_role_that_was_assumed_has_the_roles_permissions(
    connect: Make, admin: Clients, role: Make, trusted: Make
) -> None:
    role("sqs", allow("sqs:ListQueues", "*"))
    trusted(trust({"AWS": ACCOUNT}))
    assumed = admin("sts").assume_role(**ASSUME)["Credentials"]
    credentials = key_pair(
        assumed["AccessKeyId"], assumed["SecretAccessKey"], assumed["SessionToken"]
    )

    sqs = connect(credentials, "sqs")

    assert sqs.list_queues()
    assert "assumed-role/lambda-s3-role/test is not" in refusal(sqs.create_queue, QueueName="q")[1]


def test_a_change_of_the_trust_policy_counts_at_once(admin: Clients, trusted: Make) -> None:
    sts = admin("sts")
    trusted(trust({"AWS": ACCOUNT}))
    assert sts.assume_role(**ASSUME)

    trusted(trust(LAMBDA))
    assert refusal(sts.assume_role, **ASSUME) == not_trusted(OWNER)

    trusted(trust({"AWS": ACCOUNT}))
    assert sts.assume_role(**ASSUME)


def test_a_change_of_the_roles_policy_counts_at_once_for_a_function_that_runs_warm(
    admin: Clients, role: Make
) -> None:
    warm = role("sqs", allow("sqs:ListQueues", "*"))
    assert warm.list_queues()

    role("sqs", allow("sqs:CreateQueue", "*"))
    assert refusal(warm.list_queues)[0] == "AccessDenied"
    assert warm.create_queue(QueueName="q")

    role("sqs", allow("sqs:ListQueues", "*"))
    assert warm.list_queues()

    admin("iam").delete_role_policy(RoleName="lambda-s3-role", PolicyName="p")
    assert refusal(warm.list_queues)[0] == "AccessDenied"
