"""What IAM and STS refuse, and in which words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.calls.refusals import refusal
from support.sandboxes.account_in_sandbox import ACCOUNT_ID, EVERYTHING, ROLE_NAME, Account

TRUST = {
    "Effect": "Allow",
    "Principal": {"Service": "lambda.amazonaws.com"},
    "Action": "sts:AssumeRole",
}

SID = (
    "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular "
    "expression [0-9A-Za-z]*"
)


def document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ("no JSON", "This policy contains invalid Json"),
        ('{"Statement": [], "Statement": []}', "This policy contains invalid Json"),
        ("{}", "This policy contains invalid Json"),
        (document({**TRUST, "Resource": "*"}), "Has prohibited field Resource"),
        (
            document({key: one for key, one in TRUST.items() if key != "Action"}),
            "Missing required field Action",
        ),
        (
            document({**TRUST, "Action": ["sts:AssumeRole", "s3:GetObject"]}),
            "AssumeRole policy may only specify STS AssumeRole actions.",
        ),
        (
            document({**TRUST, "Action": "sts:GetCallerIdentity"}),
            "AssumeRole policy may only specify STS AssumeRole actions.",
        ),
        (document({**TRUST, "Principal": {}}), "Missing required field Principal cannot be empty!"),
        *(
            (
                document({**TRUST, "Principal": {kind: who}}),
                f'Invalid principal in policy: "{kind.upper()}":"{who}"',
            )
            for kind, who in (
                ("AWS", f"arn:aws:iam::{ACCOUNT_ID}:role/nope"),
                ("AWS", f"arn:aws:iam::{ACCOUNT_ID}:user/nope"),
                ("AWS", "learner"),
                ("Service", "lambda"),
                ("Service", "no-such-service.amazonaws.com"),
            )
        ),
        (document({**TRUST, "Sid": "No Spaces"}), SID),
        (document({**TRUST, "Effect": "allow"}), "Syntax errors in policy."),
        (document(TRUST).replace("2012", "2013"), "Syntax errors in policy."),
    ],
)
def test_a_trust_policy_that_is_none_is_refused(account: Account, policy: str, words: str) -> None:
    iam = account.client("iam")
    expected = ("MalformedPolicyDocument", words)

    assert refusal(iam.create_role, RoleName="new", AssumeRolePolicyDocument=policy) == expected
    update = iam.update_assume_role_policy
    assert refusal(update, RoleName=ROLE_NAME, PolicyDocument=policy) == expected


@pytest.mark.parametrize("version", [{}, {"Version": "2008-10-17"}, {"Version": "2012-10-17"}])
def test_a_trust_policy_may_be_of_any_version(account: Account, version: dict[str, str]) -> None:
    iam = account.client("iam")
    policy = {**version, "Statement": [{**TRUST, "Action": ["sts:AssumeRole", "sts:SetContext"]}]}

    iam.update_assume_role_policy(RoleName=ROLE_NAME, PolicyDocument=json.dumps(policy))

    assert iam.get_role(RoleName=ROLE_NAME)["Role"]["AssumeRolePolicyDocument"] == policy


def test_a_trust_policy_names_who_is_there(account: Account) -> None:
    iam = account.client("iam")
    there = [iam.get_user(UserName="learner")["User"]["Arn"], ACCOUNT_ID, "*"]
    there += [iam.get_role(RoleName=ROLE_NAME)["Role"]["Arn"], "arn:aws:iam::210987654321:role/a"]
    trust = {**TRUST, "Principal": {"AWS": there, "Service": "lambda.amazonaws.com"}}

    iam.update_assume_role_policy(RoleName=ROLE_NAME, PolicyDocument=document(trust))

    held = iam.get_role(RoleName=ROLE_NAME)["Role"]["AssumeRolePolicyDocument"]
    assert held["Statement"] == [trust]


def test_a_policy_that_says_something_twice_is_refused_by_whoever_takes_policies(
    account: Account,
) -> None:
    twice = document(EVERYTHING).replace('"Effect"', '"Effect": "Deny", "Effect"')
    client = account.client
    url = client("sqs").get_queue_url(QueueName="queue")["QueueUrl"]
    topic = client("sns").create_topic(Name="twice")["TopicArn"]

    answers = [
        refusal(client("iam").create_policy, PolicyName="twice", PolicyDocument=twice),
        refusal(
            client("iam").put_role_policy,
            RoleName=ROLE_NAME,
            PolicyName="twice",
            PolicyDocument=twice,
        ),
        refusal(client("s3").put_bucket_policy, Bucket="whole-bucket", Policy=twice),
        refusal(client("sqs").set_queue_attributes, QueueUrl=url, Attributes={"Policy": twice}),
        refusal(
            client("sns").set_topic_attributes,
            TopicArn=topic,
            AttributeName="Policy",
            AttributeValue=twice,
        ),
    ]

    assert [code for code, _ in answers] == [
        *["MalformedPolicyDocument"] * 2,
        "MalformedPolicy",
        "InvalidAttributeValue",
        "InvalidParameter",
    ]


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
        ({**EVERYTHING, "Sid": "No Spaces"}, "MalformedPolicyDocument"),
    ],
)
def test_an_inline_policy_that_iam_does_not_take_is_refused(
    account: Account, statement: dict[str, Any], code: str
) -> None:
    put = account.client("iam").put_role_policy

    answer = refusal(put, RoleName=ROLE_NAME, PolicyName="new", PolicyDocument=document(statement))

    assert answer[0] == code


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ({**EVERYTHING, "Sid": []}, "Syntax errors in policy."),
        (
            {"Effect": "Allow", "Action": "of-no-service"},
            "Policy statement must contain resources.",
        ),
        (
            {**EVERYTHING, "Resource": "arn:aws:iam:::nobody"},
            'IAM resource path must either be "*", root, or start with user/, federated-user/, '
            "role/, group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, "
            "saml-provider/, oidc-provider/, report/, access-report/.",
        ),
    ],
)
def test_what_is_wrong_with_a_policy_is_said_in_iams_words(
    account: Account, statement: dict[str, Any], words: str
) -> None:
    iam, asked = account.client("iam"), {"PolicyDocument": document(statement)}

    answers = [
        refusal(iam.create_policy, PolicyName="new", **asked),
        refusal(iam.put_role_policy, RoleName=ROLE_NAME, PolicyName="new", **asked),
    ]

    assert answers == [("MalformedPolicyDocument", words)] * 2


def test_a_policy_names_the_root_of_an_account_and_all_that_it_has(account: Account) -> None:
    put, of_account = account.client("iam").put_role_policy, f"arn:aws:iam::{ACCOUNT_ID}"
    statement = {**EVERYTHING, "Resource": [f"{of_account}:root", f"{of_account}:*"]}

    put(RoleName=ROLE_NAME, PolicyName="named", PolicyDocument=document(statement))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"RoleArn": "no-arn-of-any-role-at-all"}, "no-arn-of-any-role-at-all is invalid"),
        ({"RoleArn": "arn::iam::123456789012:role/a"}, "arn::iam::123456789012:role/a is invalid"),
        (
            {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]},
            "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
        ),
        (
            {"Tags": [{"Key": "a", "Value": "1"}], "TransitiveTagKeys": ["b"]},
            "The specified transitive tag key must be included in the requested tags.",
        ),
        (
            {"DurationSeconds": 43_200},
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ),
        (
            {"SerialNumber": "arn:aws:iam::123456789012:mfa/phone", "TokenCode": "123456"},
            "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your "
            "MFA serial number is valid and associated with this user.",
        ),
    ],
)
def test_a_session_that_sts_does_not_give_is_refused(
    account: Account, parameters: dict[str, Any], message: str
) -> None:
    trust = {**TRUST, "Principal": {"AWS": "*"}, "Action": ["sts:AssumeRole", "sts:TagSession"]}
    account.client("iam").update_assume_role_policy(
        RoleName=ROLE_NAME, PolicyDocument=document(trust)
    )
    asked = {"RoleArn": f"arn:aws:iam::{ACCOUNT_ID}:role/{ROLE_NAME}", **parameters}

    answer = refusal(account.client("sts").assume_role, RoleSessionName="session", **asked)

    assert answer[1] == message


def test_a_managed_policy_names_no_principal(account: Account) -> None:
    create = account.client("iam").create_policy
    trusting = document({**EVERYTHING, "Principal": "*"})

    assert refusal(create, PolicyName="new", PolicyDocument=trusting) == (
        "MalformedPolicyDocument",
        "Policy document should not specify a principal.",
    )
