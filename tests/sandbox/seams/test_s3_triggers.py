"""What happens in a bucket invokes a function, as S3 does it."""

from __future__ import annotations

import io
import time
from typing import Any
from urllib.parse import unquote_plus

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from support.account_in_sandbox import RECORD, RECORD_AND_FAIL, Account

pytestmark = pytest.mark.slow

BUCKET = "mailbody-20221119"
BUCKET_ARN = f"arn:aws:s3:::{BUCKET}"
TAG = {"Key": "a", "Value": "b"}


@pytest.fixture
def s3(account: Account) -> Any:
    client = account.client("s3")
    client.create_bucket(Bucket=BUCKET)
    return client


def allow_s3(account: Account, name: str = "recorder", **options: Any) -> None:
    """Let S3 invoke the function for the bucket."""
    account.client("lambda").add_permission(
        FunctionName=name,
        StatementId="s3",
        Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com",
        **{"SourceArn": BUCKET_ARN, **options},
    )


def notify(account: Account, arn: str, *rules: dict[str, str], event: str = "") -> None:
    """Have the bucket invoke the function, for keys that match the rules."""
    notification: dict[str, Any] = {
        "Id": "uploads",
        "LambdaFunctionArn": arn,
        "Events": [event or "s3:ObjectCreated:*"],
    }
    if rules:
        notification["Filter"] = {"Key": {"FilterRules": list(rules)}}
    account.client("s3").put_bucket_notification_configuration(
        Bucket=BUCKET, NotificationConfiguration={"LambdaFunctionConfigurations": [notification]}
    )


@pytest.fixture
def trigger(account: Account, s3: Any) -> str:
    """A function that records what is created in the bucket; its ARN."""
    arn = account.function(RECORD)
    allow_s3(account)
    notify(account, arn)
    return arn


def test_upload_invokes_the_function_with_a_whole_record(
    account: Account, s3: Any, trigger: str
) -> None:
    answer = s3.put_object(Bucket=BUCKET, Key="example.txt", Body="メール".encode())

    (event,) = account.wait_for(1, account.events)
    (record,) = event["Records"]
    assert record["eventName"] == "ObjectCreated:Put"
    caller_id = account.client("sts").get_caller_identity()["UserId"]
    assert record["userIdentity"] == {"principalId": f"AWS:{caller_id}"}
    assert record["requestParameters"].keys() == {"sourceIPAddress"}
    assert record["responseElements"].keys() == {"x-amz-request-id", "x-amz-id-2"}
    assert record["s3"]["configurationId"] == "uploads"
    assert record["s3"]["bucket"]["name"] == BUCKET
    assert record["s3"]["object"].pop("sequencer")
    assert record["s3"]["object"] == {
        "key": "example.txt",
        "size": len("メール".encode()),
        "eTag": answer["ETag"].strip('"'),
    }


@pytest.mark.parametrize("key", ["two words.txt", "1+1.txt", "メール配信.txt", "日本語/a b+c.txt"])
def test_key_is_url_encoded(account: Account, s3: Any, trigger: str, key: str) -> None:
    s3.put_object(Bucket=BUCKET, Key=key, Body=b"")

    (record,) = account.wait_for(1, account.records)
    encoded = record["s3"]["object"]["key"]
    assert encoded != key
    assert unquote_plus(encoded) == key


def test_sequencer_grows_with_every_change_of_an_object(
    account: Account, s3: Any, trigger: str
) -> None:
    sequencers = []
    for number in range(1, 4):
        s3.put_object(Bucket=BUCKET, Key="example.txt", Body=b"")
        records = account.wait_for(number, account.records)
        sequencers.append(records[-1]["s3"]["object"]["sequencer"])

    assert sequencers == sorted(set(sequencers))
    assert len(set(map(len, sequencers))) == 1


def test_version_id_is_that_of_the_object(account: Account, s3: Any, trigger: str) -> None:
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})

    answer = s3.put_object(Bucket=BUCKET, Key="example.txt", Body=b"")

    (record,) = account.wait_for(1, account.records)
    assert record["s3"]["object"]["versionId"] == answer["VersionId"]


def test_copy_is_an_event_of_its_own(account: Account, s3: Any, trigger: str) -> None:
    s3.put_object(Bucket=BUCKET, Key="example.txt", Body=b"")
    account.wait_for(1, account.events)

    s3.copy_object(Bucket=BUCKET, Key="copy.txt", CopySource=f"{BUCKET}/example.txt")

    records = account.wait_for(2, account.records)
    assert [record["eventName"] for record in records] == [
        "ObjectCreated:Put",
        "ObjectCreated:Copy",
    ]


def test_upload_in_parts_is_one_event(account: Account, s3: Any, trigger: str) -> None:
    part = 5 * 2**20
    config = TransferConfig(multipart_threshold=part, multipart_chunksize=part)

    s3.upload_fileobj(io.BytesIO(b"x" * (part + 1)), BUCKET, "large.txt", Config=config)

    (record,) = account.wait_for(1, account.records)
    assert record["eventName"] == "ObjectCreated:CompleteMultipartUpload"
    assert record["s3"]["object"]["size"] == part + 1
    assert record["s3"]["object"]["eTag"].endswith("-2")


def test_tags_are_an_event_where_they_are_put_later(account: Account, s3: Any) -> None:
    arn = account.function(RECORD)
    allow_s3(account)
    notify(account, arn, event="s3:ObjectTagging:*")

    s3.put_object(Bucket=BUCKET, Key="mail.txt", Body=b"", Tagging="a=b")
    s3.put_object_tagging(Bucket=BUCKET, Key="mail.txt", Tagging={"TagSet": [TAG]})
    s3.delete_object_tagging(Bucket=BUCKET, Key="mail.txt")

    records = account.wait_for(2, account.records)
    account.wait_until_quiet()
    assert {record["eventName"] for record in account.records()} == {
        "ObjectTagging:Put",
        "ObjectTagging:Delete",
    }
    assert len(records) == 2


def test_markers_and_versions_that_go_are_events(account: Account, s3: Any) -> None:
    arn = account.function(RECORD)
    allow_s3(account)
    notify(account, arn, event="s3:ObjectRemoved:*")
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket=BUCKET, Key="mail.txt", Body=b"")["VersionId"]

    marker = s3.delete_object(Bucket=BUCKET, Key="mail.txt")["VersionId"]
    for one in (version, marker):
        s3.delete_object(Bucket=BUCKET, Key="mail.txt", VersionId=one)

    records = account.wait_for(3, account.records)
    told = sorted((one["eventName"], one["s3"]["object"]["versionId"]) for one in records)
    deletes = [("ObjectRemoved:Delete", one) for one in (version, marker)]
    assert told == sorted([*deletes, ("ObjectRemoved:DeleteMarkerCreated", marker)])


def test_deletion_is_an_event_where_it_is_asked_for(account: Account, s3: Any) -> None:
    arn = account.function(RECORD)
    allow_s3(account)
    notify(account, arn, event="s3:ObjectRemoved:*")
    s3.put_object(Bucket=BUCKET, Key="example.txt", Body=b"")

    s3.delete_object(Bucket=BUCKET, Key="example.txt")

    (record,) = account.wait_for(1, account.records)
    assert record["eventName"] == "ObjectRemoved:Delete"


def test_only_keys_with_the_prefix_and_the_suffix_invoke_the_function(
    account: Account, s3: Any
) -> None:
    arn = account.function(RECORD)
    allow_s3(account)
    notify(account, arn, rule("prefix", "mail/"), rule("suffix", ".txt"))

    for key in ("mail/a.csv", "a.txt", "mail/a.txt"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"")

    (record,) = account.wait_for(1, account.records)
    account.wait_until_quiet()
    assert record["s3"]["object"]["key"] == "mail/a.txt"
    assert len(account.events()) == 1


def rule(name: str, value: str) -> dict[str, str]:
    return {"Name": name, "Value": value}


def test_function_gets_no_test_event(account: Account, s3: Any, trigger: str) -> None:
    account.wait_until_quiet()

    assert account.events() == []


@pytest.mark.parametrize("exists", [True, False])
def test_notification_for_a_function_that_s3_may_not_invoke_is_refused(
    account: Account, s3: Any, exists: bool
) -> None:
    arn = account.function(RECORD)
    if not exists:
        arn = arn.replace("recorder", "nobody")

    with pytest.raises(ClientError) as refusal:
        notify(account, arn)

    error = refusal.value.response["Error"]
    assert error["Code"] == "InvalidArgument"
    assert error["Message"] == "Unable to validate the following destination configurations"


@pytest.mark.parametrize(
    "options",
    [{"SourceArn": "arn:aws:s3:::another-bucket"}, {"SourceAccount": "999999999999"}],
    ids=["another bucket", "another account"],
)
def test_permission_for_something_else_does_not_suffice(
    account: Account, s3: Any, options: dict[str, str]
) -> None:
    arn = account.function(RECORD)
    allow_s3(account, **options)

    with pytest.raises(ClientError, match="Unable to validate"):
        notify(account, arn)


def test_refused_notification_leaves_the_one_before(
    account: Account, s3: Any, trigger: str
) -> None:
    with pytest.raises(ClientError, match="Unable to validate"):
        notify(account, trigger.replace("recorder", "nobody"))

    s3.put_object(Bucket=BUCKET, Key="example.txt", Body=b"")

    assert account.wait_for(1, account.events)


def test_event_is_dropped_when_the_permission_was_removed(
    account: Account, s3: Any, trigger: str
) -> None:
    account.client("lambda").remove_permission(FunctionName="recorder", StatementId="s3")

    s3.put_object(Bucket=BUCKET, Key="example.txt", Body=b"")

    account.wait_until_quiet()
    assert account.events() == []


def test_upload_succeeds_when_the_function_was_deleted(
    account: Account, s3: Any, trigger: str
) -> None:
    account.client("lambda").delete_function(FunctionName="recorder")

    answer = s3.put_object(Bucket=BUCKET, Key="example.txt", Body=b"")

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_upload_waits_for_no_function(account: Account, s3: Any) -> None:
    arn = account.function(f"{RECORD}    time.sleep(10)\n")
    allow_s3(account)
    notify(account, arn)

    began = time.monotonic()
    for _ in range(3):
        s3.put_object(Bucket=BUCKET, Key="example.txt", Body=b"")

    assert time.monotonic() - began < 5
    assert len(account.wait_for(3, account.events)) == 3


def test_event_is_tried_again_when_the_function_fails(account: Account, s3: Any) -> None:
    arn = account.function(RECORD_AND_FAIL)
    allow_s3(account)
    notify(account, arn)

    s3.put_object(Bucket=BUCKET, Key="example.txt", Body=b"")

    events = account.wait_for(3, account.events)
    account.wait_until_quiet()
    assert len(account.events()) == 3
    assert events[0] == events[1] == events[2]


def test_notification_can_name_an_alias(account: Account, s3: Any) -> None:
    arn = account.function(RECORD)
    client = account.client("lambda")
    client.publish_version(FunctionName="recorder")
    client.create_alias(FunctionName="recorder", Name="live", FunctionVersion="1")
    allow_s3(account, Qualifier="live")
    notify(account, f"{arn}:live")

    s3.put_object(Bucket=BUCKET, Key="example.txt", Body=b"")

    assert account.wait_for(1, account.events)
