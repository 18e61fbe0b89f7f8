"""Conditions that are judged, and what becomes of those that the sandbox cannot judge."""

from __future__ import annotations

from typing import Any

import pytest

from mailfanout.sandbox.access.context import CallContext
from mailfanout.sandbox.access.keys import Caller
from mailfanout.sandbox.access.permissions import permissions
from mailfanout.sandbox.calls import make_call
from support.calls.refusals import refusal
from support.calls.signed_calls import ACCOUNT_ID, KEYS, called
from support.calls.verdicts import verdict
from support.sandboxes.account_setup import (
    BUCKET,
    ROLE,
    Clients,
    Make,
    allow,
    create_bucket,
    create_queue,
    deny,
)

pytestmark = pytest.mark.slow

NOW = {"aws:currenttime": "2026-11-26T12:00:00+00:00", "aws:sourceip": "127.0.0.1"}


@pytest.mark.parametrize(
    "condition, holds",
    [
        ({"DateLessThan": {"aws:CurrentTime": "2026-12-01T00:00:00Z"}}, True),
        ({"DateGreaterThan": {"aws:CurrentTime": "2026-12-01T00:00:00Z"}}, False),
        ({"DateGreaterThan": {"aws:CurrentTime": "2026-11-01"}}, True),
        ({"DateLessThan": {"aws:CurrentTime": "1700000000"}}, False),
        ({"DateLessThan": {"aws:CurrentTime": "9" * 20}}, True),
        ({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, True),
        ({"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "192.0.2.1"]}}, False),
        ({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, True),
        ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, False),
        ({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}, True),
    ],
)
def test_times_and_addresses_are_judged(condition: Any, holds: bool) -> None:
    assert (verdict(deny("*", "*", Condition=condition), context=NOW) == "Deny") == holds
    assert (verdict(allow("*", "*", Condition=condition), context=NOW) == "Allow") == holds


UNJUDGED = [
    {"StringEquals": {"aws:ResourceTag/team": "mail"}},
    {"StringEqualsIfExists": {"kms:ViaService": "x"}},
    {"Null": {"aws:PrincipalTag/team": "true"}},
    {"CloseTo": {"aws:SourceIp": "127.0.0.1"}},
    {"StringLike": {"aws:SourceIp": "${aws:PrincipalTag/address}"}},
]


@pytest.mark.parametrize("condition", UNJUDGED)
def test_a_condition_that_cannot_be_judged_denies_and_does_not_allow(condition: Any) -> None:
    assert verdict(deny("*", "*", Condition=condition), context=NOW) == "Deny"
    assert verdict(allow("*", "*", Condition=condition), context=NOW) is None


def test_a_condition_that_fails_needs_no_other_to_be_judged() -> None:
    condition = {"StringEquals": {"aws:ResourceTag/team": "mail", "aws:SourceIp": "10.0.0.1"}}

    assert verdict(deny("*", "*", Condition=condition), context=NOW) is None


def test_a_list_of_objects_is_known_by_its_prefix(role: Make, admin: Clients) -> None:
    create_bucket(admin)
    condition = {"StringLike": {"s3:prefix": "in/*"}}
    s3 = role("s3", allow("s3:ListBucket", BUCKET, Condition=condition))

    assert s3.list_objects_v2(Bucket="mailbody", Prefix="in/a")
    assert refusal(s3.list_objects_v2, Bucket="mailbody", Prefix="out/")[0] == "AccessDenied"
    assert refusal(s3.list_objects_v2, Bucket="mailbody")[0] == "AccessDenied"


def test_a_version_is_denied_in_whatever_call_it_is_named(role: Make, admin: Clients) -> None:
    create_bucket(admin)
    own, versioning = admin("s3"), {"VersioningConfiguration": {"Status": "Enabled"}}
    own.put_bucket_versioning(Bucket="mailbody", **versioning)
    kept = own.put_object(Bucket="mailbody", Key="a", Body=b"")["VersionId"]
    condition = {"StringEquals": {"s3:VersionId": kept}}
    s3 = role("s3", allow("s3:*", "*"), deny("s3:*", "*", Condition=condition))
    named = {"Key": "a", "VersionId": kept}
    source = {"Bucket": "mailbody", **named}

    assert refusal(s3.get_object, Bucket="mailbody", **named)[0] == "AccessDenied"
    assert (
        refusal(s3.copy_object, Bucket="mailbody", Key="b", CopySource=source)[0] == "AccessDenied"
    )
    many = {"Objects": [{"Key": "c"}, named]}
    assert refusal(s3.delete_objects, Bucket="mailbody", Delete=many)[0] == "AccessDenied"
    assert s3.get_object(Bucket="mailbody", Key="a")["VersionId"] == kept


def test_who_is_refused_reads_what_the_sandbox_cannot_judge(role: Make, admin: Clients) -> None:
    create_queue(admin)
    condition = {"StringEquals": {"kms:ViaService": "x.amazonaws.com"}}
    sqs = role("sqs", allow("sqs:ListQueues", "*", Condition=condition))

    _, message = refusal(sqs.list_queues)

    cannot = "the sandbox cannot judge: StringEquals on kms:ViaService"
    assert message.endswith(f"({cannot})")


def test_a_deny_on_a_user_is_one(role: Make, admin: Clients) -> None:
    admin("iam").create_user(UserName="tanaka", Path="/mail/")
    tanaka = f"arn:aws:iam::{ACCOUNT_ID}:user/mail/tanaka"
    iam = role("iam", allow("iam:*", "*"), deny("iam:DeleteUser", tanaka))

    assert refusal(iam.delete_user, UserName="tanaka")[0] == "AccessDenied"
    assert iam.get_user(UserName="tanaka")


@pytest.mark.parametrize(
    "service, method, parameters",
    [
        (
            "lambda",
            "create_function",
            {"FunctionName": "f", "Role": ROLE, "Code": {"ZipFile": b"x"}},
        ),
        ("lambda", "update_function_configuration", {"FunctionName": "f", "Role": ROLE}),
        ("events", "put_rule", {"Name": "r", "RoleArn": ROLE}),
        (
            "events",
            "put_targets",
            {"Rule": "r", "Targets": [{"Id": "1", "Arn": "arn:aws:sqs:r:1:q", "RoleArn": ROLE}]},
        ),
        (
            "cloudformation",
            "create_stack",
            {"StackName": "s", "TemplateBody": "{}", "RoleARN": ROLE},
        ),
        (
            "cognito-identity",
            "set_identity_pool_roles",
            {"IdentityPoolId": "us-east-1:p", "Roles": {"authenticated": ROLE}},
        ),
        ("redshift", "modify_cluster_iam_roles", {"ClusterIdentifier": "c", "AddIamRoles": [ROLE]}),
        (
            "pipes",
            "create_pipe",
            {"Name": "p", "Source": "arn:aws:sqs:r:1:q", "Target": "arn:x", "RoleArn": ROLE},
        ),
        (
            "sns",
            "subscribe",
            {
                "TopicArn": "arn:aws:sns:us-east-1:123456789012:t",
                "Protocol": "firehose",
                "Attributes": {"SubscriptionRoleArn": ROLE},
            },
        ),
        (
            "iam",
            "add_role_to_instance_profile",
            {"InstanceProfileName": "p", "RoleName": "lambda-s3-role"},
        ),
    ],
)
def test_whoever_gives_a_service_a_role_needs_leave_to_pass_it(
    service: str, method: str, parameters: dict[str, Any]
) -> None:
    call = called(KEYS.owner, service, method, **parameters)

    assert ("iam:PassRole", ROLE) in permissions(call, ACCOUNT_ID)


def test_leave_to_pass_a_role_may_be_for_one_service(role: Make) -> None:
    passing = allow(
        "iam:PassRole", ROLE, Condition={"StringEquals": {"iam:PassedToService": "x.amazonaws.com"}}
    )
    client = role("lambda", allow("lambda:*", "*"), passing)
    function = {"FunctionName": "f", "Role": ROLE, "Code": {"ZipFile": b"x"}}

    _, message = refusal(client.create_function, **function, Runtime="python3.13", Handler="f.f")

    assert f"is not authorized to perform: iam:PassRole on resource: {ROLE}" in message


def test_a_call_is_known_by_its_tags() -> None:
    tags = [{"Key": "Team", "Value": "mail"}]
    call = called(KEYS.owner, "lambda", "tag_resource", Resource=ROLE, Tags={"Team": "mail"})

    context = CallContext(Caller.user(ACCOUNT_ID, "learner"), call)

    assert context["aws:requesttag/team"] == tags[0]["Value"]
    assert context["aws:tagkeys"] == ["Team"]


@pytest.mark.parametrize(
    ("condition", "is_denied"),
    [
        ({"StringNotEquals": {"s3:signatureversion": "AWS4-HMAC-SHA256"}}, False),
        ({"StringEquals": {"s3:signatureversion": "AWS4-HMAC-SHA256"}}, True),
        ({"StringNotEquals": {"s3:authType": "REST-HEADER"}}, False),
        ({"StringNotEquals": {"s3:authType": "REST-QUERY-STRING"}}, True),
        ({"NumericGreaterThan": {"s3:signatureAge": "600000"}}, False),
        ({"NumericLessThan": {"s3:signatureAge": "600000"}}, True),
    ],
)
def test_how_a_call_of_s3_is_signed_is_judged(
    role: Make, admin: Clients, condition: Any, is_denied: bool
) -> None:
    create_bucket(admin)
    s3 = role("s3", allow("s3:*", "*"), deny("s3:*", "*", Condition=condition))

    if is_denied:
        assert refusal(s3.list_objects_v2, Bucket="mailbody")[0] == "AccessDenied"
    else:
        assert s3.list_objects_v2(Bucket="mailbody")


def test_the_program_that_calls_is_judged_by_what_it_says_of_itself(
    role: Make, admin: Clients
) -> None:
    create_queue(admin)
    by_boto3 = {"StringLike": {"aws:UserAgent": "Boto3/*"}}
    elsewhere = {"StringNotLike": {"aws:UserAgent": "Boto3/*"}}

    assert role("sqs", allow("*", "*", Condition=by_boto3)).list_queues()
    assert role("sqs", allow("*", "*"), deny("*", "*", Condition=elsewhere)).list_queues()
    denied = role("sqs", allow("*", "*"), deny("*", "*", Condition=by_boto3))
    assert refusal(denied.list_queues)[0] == "AccessDenied"


@pytest.mark.parametrize(
    ("caller", "is_via"),
    [
        (Caller.user(ACCOUNT_ID, "learner"), True),
        (Caller.session(ROLE, "AWSCloudFormation"), False),
    ],
)
def test_a_stacks_calls_are_made_for_its_caller_unless_it_has_a_role(
    caller: Caller, is_via: bool
) -> None:
    made = make_call("s3", "CreateBucket", {"Bucket": "b"}, region="us-east-1", host="h")

    context = CallContext(caller, made)

    assert context["aws:viaawsservice"] == str(is_via).lower()
    assert context.get("aws:calledvia") == (["cloudformation.amazonaws.com"] if is_via else None)
    assert (context["s3:authtype"], context["s3:signatureversion"]) == (
        "REST-HEADER",
        "AWS4-HMAC-SHA256",
    )
