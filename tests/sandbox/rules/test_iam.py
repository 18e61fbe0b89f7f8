"""What IAM refuses of policies' documents."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.account_in_sandbox import EVERYTHING, ROLE_NAME, Account, refusal

TRUST = {
    "Effect": "Allow",
    "Principal": {"Service": "lambda.amazonaws.com"},
    "Action": "sts:AssumeRole",
}


def document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ("no JSON", "This policy contains invalid Json"),
        (document({**TRUST, "Resource": "*"}), "Has prohibited field Resource"),
        (document({**TRUST, "Principal": {}}), "Missing required field Principal cannot be empty!"),
    ],
)
def test_a_trust_policy_that_is_none_is_refused(account: Account, policy: str, words: str) -> None:
    iam = account.client("iam")
    expected = ("MalformedPolicyDocument", words)

    assert refusal(iam.create_role, RoleName="new", AssumeRolePolicyDocument=policy) == expected
    update = iam.update_assume_role_policy
    assert refusal(update, RoleName=ROLE_NAME, PolicyDocument=policy) == expected


def test_inline_policies_of_a_role_are_measured_together(account: Account) -> None:
    put = account.client("iam").put_role_policy
    half = document({**EVERYTHING, "Action": [f"sqs:{'x' * 600}"] * 10})

    put(RoleName=ROLE_NAME, PolicyName="one", PolicyDocument=half)
    put(RoleName=ROLE_NAME, PolicyName="one", PolicyDocument=half)  # in the place of itself

    answer = refusal(put, RoleName=ROLE_NAME, PolicyName="two", PolicyDocument=half)
    assert answer[0] == "LimitExceeded"


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ({**EVERYTHING, "Principal": "*"}, "MalformedPolicyDocument"),
        ({**EVERYTHING, "Action": [f"sqs:{'x' * 1024}"] * 10}, "LimitExceeded"),
        ({"Action": "*", "Resource": "*"}, "MalformedPolicyDocument"),
    ],
)
def test_an_inline_policy_that_iam_does_not_take_is_refused(
    account: Account, statement: dict[str, Any], code: str
) -> None:
    put = account.client("iam").put_role_policy

    answer = refusal(put, RoleName=ROLE_NAME, PolicyName="new", PolicyDocument=document(statement))

    assert answer[0] == code
