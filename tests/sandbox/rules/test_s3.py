"""What S3 refuses of buckets, keys and notifications."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from support.account_in_sandbox import ACCOUNT_ID, Account, queue_arn, refusal


def notify(account: Account, *destinations: dict[str, Any], **options: Any) -> Any:
    kinds: dict[str, list[dict[str, Any]]] = {}
    for one in destinations:
        kind = next(name for name in one if name.endswith("Arn")).removesuffix("Arn")
        kinds.setdefault(f"{kind}Configurations", []).append(
            {"Events": ["s3:ObjectCreated:*"], **one}
        )
    account.client("s3").put_bucket_notification_configuration(
        Bucket="whole-bucket", NotificationConfiguration=kinds, **options
    )


def function(*rules: tuple[str, str]) -> dict[str, Any]:
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT_ID}:function:recorder"
    found = [{"Name": name, "Value": value} for name, value in rules]
    return {"LambdaFunctionArn": arn, "Filter": {"Key": {"FilterRules": found}}}


@pytest.mark.parametrize(
    ("destinations", "words"),
    [
        ([function(("prefix", "in/")), function(("prefix", "in/a/"))], "Configurations overlap"),
        ([function(("prefix", "a"), ("prefix", "b"))], "more than one prefix rule"),
        ([function(("middle", "a"))], "must be either prefix or suffix"),
        ([{"QueueArn": queue_arn()}], "Unable to validate the following destination"),
        ([{"QueueArn": queue_arn("nope")}], "Unable to validate the following destination"),
        (
            [{"TopicArn": f"arn:aws:sns:us-east-1:{ACCOUNT_ID}:nope"}],
            "Unable to validate the following destination",
        ),
    ],
)
def test_a_notification_that_s3_does_not_take_is_refused(
    account: Account, destinations: list[dict[str, Any]], words: str
) -> None:
    with pytest.raises(ClientError, match=f"InvalidArgument.*{words}"):
        notify(account, *destinations)


def test_names_of_filter_rules_are_taken_in_any_case(account: Account) -> None:
    notify(account, function(("Prefix", "in/")), SkipDestinationValidation=True)

    kept = account.client("s3").get_bucket_notification_configuration(Bucket="whole-bucket")
    rules = kept["LambdaFunctionConfigurations"][0]["Filter"]["Key"]["FilterRules"]
    assert rules == [{"Name": "prefix", "Value": "in/"}]


@pytest.mark.parametrize("name", ["My_Bucket", "ab", "192.168.5.4", "a..b"])
def test_bucket_names_that_s3_does_not_take_are_refused(account: Account, name: str) -> None:
    create = account.client("s3").create_bucket

    assert refusal(create, Bucket=name)[0] == "InvalidBucketName"


def test_a_key_of_1025_bytes_is_too_long(account: Account) -> None:
    put = account.client("s3").put_object

    assert refusal(put, Bucket="whole-bucket", Key="k" * 1025, Body=b"")[0] == "KeyTooLongError"
