"""Conditions on tags: the resource's, the caller's, an object's, and those that a call gives."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from support.calls.refusals import refusal
from support.calls.signed_calls import ACCOUNT_ID, REGION, key_pair
from support.sandboxes.account_setup import (
    BUCKET,
    FUNCTION,
    IDENTITY,
    MAIL,
    MESSAGE,
    QUEUE,
    ROLE,
    TABLE,
    Clients,
    Make,
    allow,
    create_bucket,
    create_function,
    create_queue,
    create_table,
    deny,
    policy,
    trust,
)

pytestmark = pytest.mark.slow

OF_MAIL = {"StringEquals": {"aws:ResourceTag/Team": "mail"}}
AS_PAIRS = [{"Key": "team", "Value": "mail"}]
GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:mail"
RULE = f"arn:aws:events:{REGION}:{ACCOUNT_ID}:rule/mail"
STACK = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:mail"


def queue_url(admin: Clients) -> str:
    return str(admin("sqs").get_queue_url(QueueName="mailsendqueue")["QueueUrl"])


Use = Callable[[Any, Clients], Any]
# For each service: how a resource is made, how it gets its tag, and a call on it.
TAGGED: dict[str, tuple[Callable[[Clients], Any], Use, Use]] = {
    "sqs": (
        create_queue,
        lambda sqs, admin: sqs.tag_queue(QueueUrl=queue_url(admin), Tags={"team": "mail"}),
        lambda sqs, admin: sqs.receive_message(QueueUrl=queue_url(admin)),
    ),
    "sns": (
        lambda admin: admin("sns").create_topic(Name="mail"),
        lambda sns, _: sns.tag_resource(ResourceArn=TOPIC, Tags=AS_PAIRS),
        lambda sns, _: sns.publish(TopicArn=TOPIC, Message="m"),
    ),
    "dynamodb": (
        create_table,
        lambda dynamodb, _: dynamodb.tag_resource(ResourceArn=TABLE, Tags=AS_PAIRS),
        lambda dynamodb, _: dynamodb.scan(TableName="mailaddress", IndexName="haserror-index"),
    ),
    "lambda": (
        create_function,
        lambda functions, _: functions.tag_resource(Resource=FUNCTION, Tags={"team": "mail"}),
        lambda functions, _: functions.get_function(FunctionName="sendQueue", Qualifier="$LATEST"),
    ),
    "logs": (
        lambda admin: admin("logs").create_log_group(logGroupName="mail"),
        lambda logs, _: logs.tag_resource(resourceArn=GROUP, tags={"team": "mail"}),
        lambda logs, _: logs.create_log_stream(logGroupName="mail", logStreamName="s"),
    ),
    "cloudformation": (
        lambda admin: admin("cloudformation").create_stack(StackName="mail", TemplateBody=STACK),
        lambda stacks, _: stacks.update_stack(
            StackName="mail", UsePreviousTemplate=True, Tags=AS_PAIRS
        ),
        lambda stacks, _: stacks.describe_stacks(StackName="mail"),
    ),
    "events": (
        lambda admin: admin("events").put_rule(Name="mail", ScheduleExpression="rate(1 hour)"),
        lambda events, _: events.tag_resource(ResourceARN=RULE, Tags=AS_PAIRS),
        lambda events, _: events.describe_rule(Name="mail"),
    ),
    "sesv2": (
        lambda admin: admin("sesv2").create_email_identity(EmailIdentity="sender@example.com"),
        lambda ses, _: ses.tag_resource(ResourceArn=IDENTITY, Tags=AS_PAIRS),
        lambda ses, _: ses.get_email_identity(EmailIdentity="sender@example.com"),
    ),
    "iam": (
        lambda admin: admin("iam").create_user(UserName="yamada"),
        lambda iam, _: iam.tag_user(UserName="yamada", Tags=AS_PAIRS),
        lambda iam, _: iam.list_access_keys(UserName="yamada"),
    ),
}


@pytest.mark.parametrize("service", TAGGED)
def test_leave_may_be_for_what_has_a_tag(service: str, role: Make, admin: Clients) -> None:
    create, tag, use = TAGGED[service]
    create(admin)
    client = role(service, allow("*", "*", Condition=OF_MAIL))

    assert refusal(lambda: use(client, admin))[0].startswith(("AccessDenied", "Authorization"))
    tag(admin(service), admin)
    assert use(client, admin)


@pytest.mark.parametrize("service", TAGGED)
def test_what_has_a_tag_may_be_denied(service: str, role: Make, admin: Clients) -> None:
    create, tag, use = TAGGED[service]
    create(admin)
    client = role(service, allow("*", "*"), deny("*", "*", Condition=OF_MAIL))

    assert use(client, admin)
    tag(admin(service), admin)
    assert "explicit deny" in refusal(lambda: use(client, admin))[1]


def test_a_caller_is_known_by_its_own_tags(role: Make, user: Clients, admin: Clients) -> None:
    create_queue(admin)
    own = {"StringEquals": {"aws:PrincipalTag/team": "mail"}}
    document = policy(allow("sqs:*", "*", Condition=own))
    admin("iam").put_user_policy(UserName="yamada", PolicyName="p", PolicyDocument=document)
    as_role, as_user = role("sqs", allow("sqs:*", "*", Condition=own)), user("sqs")
    url = queue_url(admin)

    assert refusal(as_role.receive_message, QueueUrl=url)
    assert refusal(as_user.receive_message, QueueUrl=url)
    admin("iam").tag_role(RoleName="lambda-s3-role", Tags=AS_PAIRS)
    admin("iam").tag_user(UserName="yamada", Tags=AS_PAIRS)
    assert as_role.receive_message(QueueUrl=url)
    assert as_user.receive_message(QueueUrl=url)


def test_a_resource_has_the_callers_tag(role: Make, admin: Clients) -> None:
    sqs, url = create_queue(admin)
    same = {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}
    client = role("sqs", allow("sqs:*", "*", Condition=same))

    assert refusal(client.receive_message, QueueUrl=url)
    admin("iam").tag_role(RoleName="lambda-s3-role", Tags=AS_PAIRS)
    sqs.tag_queue(QueueUrl=url, Tags={"team": "other"})
    assert refusal(client.receive_message, QueueUrl=url)
    sqs.tag_queue(QueueUrl=url, Tags={"team": "mail"})
    assert client.receive_message(QueueUrl=url)


def test_a_session_has_the_tags_that_it_is_given(role: Make, admin: Clients, connect: Make) -> None:
    trusting = {**trust({"AWS": "*"}), "Action": ["sts:AssumeRole", "sts:TagSession"]}
    role("sqs", allow("*", "*", Condition={"StringEquals": {"aws:PrincipalTag/team": "mail"}}))
    admin("iam").update_assume_role_policy(
        RoleName="lambda-s3-role", PolicyDocument=policy(trusting)
    )
    admin("iam").tag_role(RoleName="lambda-s3-role", Tags=[{"Key": "team", "Value": "other"}])
    create_queue(admin)

    def session(service: str, sts: Any = None, **tags: Any) -> Any:
        asked = {"RoleArn": ROLE, "RoleSessionName": "s1", **tags}
        found = (sts or admin("sts")).assume_role(**asked)["Credentials"]
        names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
        return connect(key_pair(*(found[one] for one in names)), service)

    tagged = {"Tags": AS_PAIRS}
    passed_on = session("sts", **tagged, TransitiveTagKeys=["team"])
    asked = {"QueueUrl": queue_url(admin)}

    assert refusal(session("sqs").receive_message, **asked)
    assert session("sqs", **tagged).receive_message(**asked)
    assert session("sqs", passed_on).receive_message(**asked)
    assert refusal(session("sqs", session("sts", **tagged)).receive_message, **asked)


def test_an_object_is_known_by_its_tags(role: Make, admin: Clients) -> None:
    s3 = create_bucket(admin)
    s3.put_object(Bucket="mailbody", Key="mail", Body=b"", Tagging="team=mail")
    s3.put_object(Bucket="mailbody", Key="plain", Body=b"")
    condition = {"StringEquals": {"s3:ExistingObjectTag/team": "mail"}}
    client = role("s3", allow("s3:*Object*", f"{BUCKET}/*", Condition=condition))

    assert client.get_object(Bucket="mailbody", Key="mail")
    assert client.get_object_tagging(Bucket="mailbody", Key="mail")
    assert refusal(client.get_object, Bucket="mailbody", Key="plain")[0] == "AccessDenied"
    assert refusal(client.put_object, Bucket="mailbody", Key="mail")[0] == "AccessDenied"


def test_new_tags_of_an_object_are_judged(role: Make, admin: Clients) -> None:
    create_bucket(admin)
    condition = {
        "StringEquals": {"s3:RequestObjectTag/team": "mail"},
        "ForAllValues:StringEquals": {"s3:RequestObjectTagKeys": ["team"]},
    }
    client = role("s3", allow("s3:PutObject*", f"{BUCKET}/*", Condition=condition))
    named = {"Bucket": "mailbody", "Key": "a"}

    assert client.put_object(**named, Tagging="team=mail")
    assert client.put_object_tagging(**named, Tagging={"TagSet": AS_PAIRS})
    for tagging in ("team=other", "team=mail&more=1", ""):
        assert refusal(client.put_object, **named, Tagging=tagging)[0] == "AccessDenied"


def test_keys_of_tags_are_judged_when_they_are_taken_away(role: Make, admin: Clients) -> None:
    _, url = create_queue(admin)
    kept = {"ForAnyValue:StringEquals": {"aws:TagKeys": ["team"]}}
    client = role("sqs", allow("sqs:*", QUEUE), deny("sqs:*", QUEUE, Condition=kept))

    assert client.untag_queue(QueueUrl=url, TagKeys=["other"])
    assert refusal(client.untag_queue, QueueUrl=url, TagKeys=["other", "team"])


def test_a_mail_is_denied_by_the_tag_of_its_sender(role: Make, admin: Clients) -> None:
    create, tag, _ = TAGGED["sesv2"]
    create(admin)
    tag(admin("sesv2"), admin)
    client = role("sesv2", allow("ses:*", "*"), deny("ses:*", "*", Condition=OF_MAIL))

    assert refusal(client.send_email, **MAIL, Content={"Simple": MESSAGE})
