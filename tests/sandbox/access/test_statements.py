"""IAM's rules, one row each."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from mailfanout.sandbox.access.statements import UNKNOWN, Asked, decide, statements_of

ACCOUNT_ID = "123456789012"
ROOT = f"arn:aws:iam::{ACCOUNT_ID}:root"
ROLE = f"arn:aws:iam::{ACCOUNT_ID}:role/lambda-s3-role"
SESSION = f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/lambda-s3-role/sendQueue"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT_ID}:mailsendqueue0000001"

BY_ROLE = Asked("sqs:SendMessage", QUEUE, frozenset({ROLE, SESSION}), ACCOUNT_ID)
BY_ROOT = Asked("sqs:SendMessage", QUEUE, frozenset({ROOT}), ACCOUNT_ID)
BY_S3 = Asked("sqs:SendMessage", QUEUE, frozenset({"s3.amazonaws.com"}))


def allow(**elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": QUEUE, **elements}


def deny(**elements: Any) -> dict[str, Any]:
    return {**allow(**elements), "Effect": "Deny"}


def without(element: str, **elements: Any) -> dict[str, Any]:
    return {name: value for name, value in allow(**elements).items() if name != element}


@pytest.mark.parametrize(
    "action, verdict",
    [
        ("sqs:SendMessage", "Allow"),
        ("SQS:sendmessage", "Allow"),
        ("sqs:*", "Allow"),
        ("sqs:Send*", "Allow"),
        ("sqs:SendMessag?", "Allow"),
        ("*", "Allow"),
        (["sqs:ReceiveMessage", "sqs:SendMessage"], "Allow"),
        ("sqs:SendMessage?", None),
        ("sqs:ReceiveMessage", None),
        ("sns:*", None),
        ([], None),
    ],
)
def test_an_action_matches_in_any_case_and_by_wildcards(action: str, verdict: str | None) -> None:
    assert decide([allow(Action=action)], BY_ROLE) == verdict


@pytest.mark.parametrize(
    "resource, verdict",
    [
        (QUEUE, "Allow"),
        ("*", "Allow"),
        (f"arn:aws:sqs:*:{ACCOUNT_ID}:mail*", "Allow"),
        ([f"{QUEUE}-dlq", QUEUE], "Allow"),
        (QUEUE.upper(), None),
        (f"{QUEUE}-dlq", None),
        (QUEUE[:-1], None),
        (QUEUE.replace("sqs:", "sqs."), None),
    ],
)
def test_a_resource_matches_in_its_own_case_and_by_wildcards(
    resource: str, verdict: str | None
) -> None:
    assert decide([allow(Resource=resource)], BY_ROLE) == verdict


@pytest.mark.parametrize(
    "statement, verdict",
    [
        (without("Action", NotAction="sqs:DeleteQueue"), "Allow"),
        (without("Action", NotAction=["sqs:Delete*", "sqs:Send*"]), None),
        (without("Resource", NotResource=f"{QUEUE}-dlq"), "Allow"),
        (without("Resource", NotResource=QUEUE), None),
    ],
)
def test_a_negated_element_matches_all_but_what_it_lists(
    statement: Any, verdict: str | None
) -> None:
    assert decide([statement], BY_ROLE) == verdict


@pytest.mark.parametrize(
    "statement, verdict",
    [
        (allow(), None),
        (allow(Resource="*"), "Allow"),
        (deny(), "Deny"),
        (deny(Action="sqs:DeleteQueue"), None),
        (without("Resource", NotResource=QUEUE), None),
    ],
)
def test_what_a_call_is_about_may_be_unknown(statement: Any, verdict: str | None) -> None:
    assert decide([statement], replace(BY_ROLE, resource=UNKNOWN)) == verdict


@pytest.mark.parametrize("statements", [[allow(), deny()], [deny(), allow()]])
def test_an_explicit_deny_beats_an_allow_in_either_order(statements: Any) -> None:
    assert decide(statements, BY_ROLE) == "Deny"


def test_nothing_is_decided_where_no_statement_applies() -> None:
    assert decide([deny(Action="sqs:DeleteQueue")], BY_ROLE) is None
    assert decide([], BY_ROLE) is None


@pytest.mark.parametrize(
    "principal, asked, verdict",
    [
        ("*", BY_ROLE, "Allow"),
        ({"AWS": "*"}, BY_ROLE, "Allow"),
        ({"AWS": ROLE}, BY_ROLE, "Allow"),
        ({"AWS": SESSION}, BY_ROLE, "Allow"),
        ({"AWS": [f"{ROLE}-of-others", ROLE]}, BY_ROLE, "Allow"),
        ({"AWS": f"{ROLE}-of-others"}, BY_ROLE, None),
        ({"Service": "s3.amazonaws.com"}, BY_ROLE, None),
        ({"Service": "s3.amazonaws.com"}, BY_S3, "Allow"),
        ({"Service": ["sns.amazonaws.com", "s3.amazonaws.com"]}, BY_S3, "Allow"),
        ({"Service": "sns.amazonaws.com"}, BY_S3, None),
        ({"AWS": ROOT}, BY_ROOT, "Allow"),
        ({"AWS": ACCOUNT_ID}, BY_ROOT, "Allow"),
        ({"AWS": "999999999999"}, BY_ROOT, None),
    ],
)
def test_a_principal_is_named_by_its_arn_its_account_or_its_service(
    principal: Any, asked: Any, verdict: str | None
) -> None:
    assert decide([allow(Principal=principal)], asked) == verdict


@pytest.mark.parametrize("account", [ROOT, ACCOUNT_ID])
def test_an_account_allowed_is_not_yet_its_roles_but_an_account_denied_is(account: Any) -> None:
    principal = {"AWS": account}

    assert decide([allow(Principal=principal)], BY_ROLE) is None
    assert decide([deny(Principal=principal)], BY_ROLE) == "Deny"


@pytest.mark.parametrize(
    "excepted, verdict", [(ROLE, None), (SESSION, None), (ROOT, "Deny"), (f"{ROLE}-2", "Deny")]
)
def test_a_denial_of_all_but_some_principals_spares_only_those(
    excepted: Any, verdict: str | None
) -> None:
    assert decide([deny(NotPrincipal={"AWS": excepted})], BY_ROLE) == verdict


SOURCE: dict[str, str | list[str]] = {
    "aws:sourcearn": "arn:aws:s3:::mailbody",
    "aws:sourceaccount": ACCOUNT_ID,
    "n": "5",
    "ses:recipients": ["a@example.com", "b@example.jp"],
}


@pytest.mark.parametrize(
    "condition, holds",
    [
        ({"StringEquals": {"aws:SourceAccount": ACCOUNT_ID}}, True),
        ({"StringEquals": {"AWS:sourceaccount": ["1", ACCOUNT_ID]}}, True),
        ({"StringEquals": {"aws:SourceAccount": "1"}}, False),
        ({"StringEquals": {"aws:SourceArn": "arn:aws:s3:::*"}}, False),
        ({"StringEquals": {"aws:username": "yamada"}}, False),
        ({"StringEqualsIfExists": {"aws:username": "yamada"}}, True),
        ({"StringEqualsIfExists": {"aws:SourceAccount": "1"}}, False),
        ({"StringEqualsIgnoreCase": {"aws:SourceArn": "ARN:aws:s3:::MAILBODY"}}, True),
        ({"StringNotEqualsIgnoreCase": {"aws:SourceArn": "ARN:aws:s3:::MAILBODY"}}, False),
        ({"StringNotEquals": {"aws:SourceAccount": "1"}}, True),
        ({"StringNotEquals": {"aws:SourceAccount": ["1", ACCOUNT_ID]}}, False),
        ({"StringNotEquals": {"aws:username": "yamada"}}, True),
        ({"StringLike": {"aws:SourceArn": "arn:aws:s3:::mail*"}}, True),
        ({"StringLike": {"aws:SourceArn": "arn:aws:s3:::MAIL*"}}, False),
        ({"StringNotLike": {"aws:SourceArn": "arn:aws:s3:::mail*"}}, False),
        ({"ArnEquals": {"aws:SourceArn": "arn:aws:s3:::mailbody"}}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::mail????"}}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:sns:::mail????"}}, False),
        ({"ArnLike": {"aws:SourceArn": "arn:*:*:*:*:*"}}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:*"}}, False),
        ({"ArnEquals": {"aws:SourceArn": "*"}}, False),
        ({"ArnNotLike": {"aws:SourceArn": "arn:aws:s3:*"}}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s*:mailbody"}}, False),
        ({"ArnNotEquals": {"aws:SourceArn": "arn:aws:s3:::mailbody"}}, False),
        ({"ArnNotLike": {"aws:SourceArn": "arn:aws:s3:::other*"}}, True),
        ({"Bool": {"aws:SecureTransport": "true"}}, False),
        ({"BoolIfExists": {"aws:SecureTransport": True}}, True),
        ({"Null": {"aws:username": "true"}}, True),
        ({"Null": {"aws:username": "false"}}, False),
        ({"Null": {"aws:SourceArn": "false"}}, True),
        ({"NumericEquals": {"n": "5.0"}}, True),
        ({"NumericNotEquals": {"n": 5}}, False),
        ({"NumericLessThan": {"n": "5"}}, False),
        ({"NumericLessThanEquals": {"n": "5"}}, True),
        ({"NumericGreaterThan": {"n": "4"}}, True),
        ({"NumericGreaterThanEquals": {"n": "6"}}, False),
        ({"NumericLessThan": {"aws:SourceArn": "6"}}, False),
        ({"IpAddress": {"aws:SourceIp": "127.0.0.1"}}, False),
        ({"ForAllValues:StringLike": {"ses:Recipients": ["*.com", "*.jp"]}}, True),
        ({"ForAllValues:StringLike": {"ses:Recipients": "*@example.com"}}, False),
        ({"ForAllValues:StringNotLike": {"ses:Recipients": "*@example.com"}}, False),
        ({"ForAllValues:StringNotLike": {"ses:Recipients": "*@example.org"}}, True),
        ({"ForAnyValue:StringLike": {"ses:Recipients": "*@example.com"}}, True),
        ({"ForAnyValue:StringLike": {"ses:Recipients": "*@example.org"}}, False),
        ({"StringLike": {"ses:Recipients": "*@example.jp"}}, True),
        ({"Null": {"ses:Recipients": "false"}}, True),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": "x"}}, True),
        ({"ForAnyValue:StringNotEquals": {"dynamodb:Attributes": "x"}}, False),
        ({"ForAllValues:StringEqualsIfExists": {"aws:TagKeys": "x"}}, True),
        ({"ForAllValues:StringEquals": {"kms:ViaService": "x"}}, False),
        ({"ForSomeValues:StringLike": {"ses:Recipients": "*"}}, False),
        (
            {
                "ArnLike": {"aws:SourceArn": "arn:aws:s3:::mailbody"},
                "StringEquals": {"aws:SourceAccount": "1"},
            },
            False,
        ),
    ],
)
def test_a_statement_applies_where_each_of_its_conditions_holds(
    condition: Any, holds: bool
) -> None:
    asked = Asked("sqs:SendMessage", QUEUE, context=SOURCE)

    assert decide([allow(Condition=condition)], asked) == ("Allow" if holds else None)


def test_a_boolean_of_json_is_compared_as_its_word() -> None:
    asked = Asked("sqs:SendMessage", QUEUE, context={"aws:securetransport": "true"})

    assert decide([deny(Condition={"Bool": {"aws:SecureTransport": False}})], asked) is None
    assert decide([deny(Condition={"Bool": {"aws:SecureTransport": True}})], asked) == "Deny"


@pytest.mark.parametrize(
    "document, count",
    [
        ({"Statement": allow()}, 1),
        ({"Statement": [allow(), deny()]}, 2),
        ({"Statement": [{}, "Allow"]}, 0),
        ({"Version": "2012-10-17"}, 0),
        ([], 0),
    ],
)
def test_a_document_has_one_statement_or_a_list(document: Any, count: Any) -> None:
    assert len(statements_of(json.dumps(document))) == count


@pytest.mark.parametrize("text", ["", "{", "null"])
def test_what_is_not_a_policy_has_no_statements(text: str) -> None:
    assert statements_of(text) == ()
