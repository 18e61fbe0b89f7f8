"""What services refuse of tags."""

from __future__ import annotations

from typing import Any

import pytest

from support.calls.refusals import refusal
from support.sandboxes.account_in_sandbox import ACCOUNT_ID, Account

MANY = [{"Key": str(number), "Value": ""} for number in range(51)]
TWICE = [{"Key": "a", "Value": ""}] * 2
TABLE = f"arn:aws:dynamodb:us-east-1:{ACCOUNT_ID}:table/people"
NO_TABLE = f"{TABLE}-nope"
SES = f"arn:aws:ses:us-east-1:{ACCOUNT_ID}"
GROUP = f"arn:aws:logs:us-east-1:{ACCOUNT_ID}:log-group:made-anew"
TAG = [{"Key": "a", "Value": "b"}]


@pytest.mark.parametrize(
    ("service", "method", "given", "code"),
    [
        ("sqs", "create_queue", {"QueueName": "new", "tags": {"aws:a": ""}}, "InvalidParameterV"),
        ("sqs", "create_queue", {"QueueName": "new", "tags": {"k" * 129: ""}}, "InvalidParameterV"),
        ("sqs", "create_queue", {"QueueName": "new", "tags": {"k": "v" * 257}}, "InvalidParameter"),
        ("sqs", "create_queue", {"QueueName": "new", "tags": {"a\0": ""}}, "InvalidParameterValue"),
        ("sqs", "create_queue", {"QueueName": "new", "tags": {"💌": ""}}, "InvalidParameterValue"),
        ("iam", "tag_user", {"UserName": "u", "Tags": [{"Key": "💌", "Value": ""}]}, "Validation"),
        ("resourcegroupstaggingapi", "get_resources", {"TagFilters": [{}]}, "InvalidParameter"),
        ("sns", "create_topic", {"Name": "new", "Tags": MANY}, "TagLimitExceeded"),
        ("sesv2", "create_email_identity", {"EmailIdentity": "a.jp", "Tags": MANY}, "BadRequest"),
        ("events", "put_rule", {"Name": "r", "Tags": TWICE}, "ValidationException"),
        ("dynamodb", "tag_resource", {"ResourceArn": TABLE, "Tags": TWICE}, "ValidationExc"),
        ("dynamodb", "tag_resource", {"ResourceArn": TABLE, "Tags": []}, "ValidationException"),
        ("dynamodb", "untag_resource", {"ResourceArn": TABLE, "TagKeys": []}, "ValidationExc"),
        ("dynamodb", "tag_resource", {"ResourceArn": "people", "Tags": TAG}, "ValidationExc"),
        ("dynamodb", "list_tags_of_resource", {"ResourceArn": TABLE, "NextToken": "x"}, "Validat"),
        ("dynamodb", "tag_resource", {"ResourceArn": NO_TABLE, "Tags": []}, "ResourceNotFound"),
        (
            "sesv2",
            "tag_resource",
            {"ResourceArn": f"{SES}:identity/no.jp", "Tags": TAG},
            "NotFound",
        ),
        ("sesv2", "list_tags_for_resource", {"ResourceArn": f"{SES}:identity/no.jp"}, "NotFound"),
        ("logs", "tag_resource", {"resourceArn": GROUP, "tags": {"a": "b"}}, "ResourceNotFound"),
    ],
)
def test_tags_that_no_service_gives_are_refused(
    account: Account, service: str, method: str, given: dict[str, Any], code: str
) -> None:
    assert refusal(getattr(account.client(service), method), **given)[0].startswith(code)


def test_what_is_made_anew_has_no_tag_of_the_one_before_it(account: Account) -> None:
    logs, s3, sesv2 = (account.client(name) for name in ("logs", "s3", "sesv2"))
    name, bucket = {"ConfigurationSetName": "made-anew"}, {"Bucket": "made-anew"}
    logs.create_log_group(logGroupName="made-anew", tags={"a": "b"})
    s3.create_bucket(**bucket)
    s3.put_bucket_tagging(**bucket, Tagging={"TagSet": TAG})
    sesv2.create_configuration_set(**name, Tags=TAG)

    logs.delete_log_group(logGroupName="made-anew")
    s3.delete_bucket(**bucket)
    sesv2.delete_configuration_set(**name)
    logs.create_log_group(logGroupName="made-anew")
    s3.create_bucket(**bucket)
    sesv2.create_configuration_set(**name)

    assert logs.list_tags_for_resource(resourceArn=GROUP)["tags"] == {}
    assert refusal(s3.get_bucket_tagging, **bucket)[0] == "NoSuchTagSet"
    arn = f"{SES}:configuration-set/made-anew"
    assert sesv2.list_tags_for_resource(ResourceArn=arn)["Tags"] == []


def test_an_identity_that_is_made_anew_notifies_nobody_and_has_no_tags(account: Account) -> None:
    ses, sesv2 = account.client("ses"), account.client("sesv2")
    topic_arn = account.client("sns").create_topic(Name="anew")["TopicArn"]
    identity = {"EmailIdentity": "anew.jp"}
    sesv2.create_email_identity(**identity, Tags=TAG)
    ses.set_identity_notification_topic(
        Identity="anew.jp", NotificationType="Bounce", SnsTopic=topic_arn
    )

    ses.delete_identity(Identity="anew.jp")
    sesv2.create_email_identity(**identity)

    found = ses.get_identity_notification_attributes(Identities=["anew.jp"])
    assert "BounceTopic" not in found["NotificationAttributes"]["anew.jp"]
    assert sesv2.get_email_identity(**identity)["Tags"] == []
