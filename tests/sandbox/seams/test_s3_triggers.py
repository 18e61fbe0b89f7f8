"""What happens in a bucket invokes a function, as S3 does it."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import unquote_plus

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session

from support.parts.bucket_notifications import BUCKET, allow_s3, notify
from support.sandboxes.account_in_sandbox import RECORD, Account

pytestmark = pytest.mark.slow

TAG = {"Key": "a", "Value": "b"}


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
    assert record["responseElements"] == {
        "x-amz-request-id": answer["ResponseMetadata"]["RequestId"],
        "x-amz-id-2": answer["ResponseMetadata"]["HostId"],
    }
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


def test_form_is_an_event_of_its_own(account: Account, s3: Any, trigger: str) -> None:
    presigned = s3.generate_presigned_post(BUCKET, "form.txt")

    sent = AWSRequest(method="POST", url=presigned["url"], data=form_of(presigned["fields"]))
    sent.headers["Content-Type"] = "multipart/form-data; boundary=form"
    answer = URLLib3Session().send(sent.prepare())

    (record,) = account.wait_for(1, account.records)
    assert (answer.status_code, record["eventName"]) == (204, "ObjectCreated:Post")


def form_of(fields: dict[str, str]) -> bytes:
    parts = (
        f'--form\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in {**fields, "file": "body"}.items()
    )
    return f"{''.join(parts)}--form--\r\n".encode()


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


def test_what_is_not_there_is_deleted_and_told_of_as_well(account: Account, s3: Any) -> None:
    arn = account.function(RECORD)
    allow_s3(account)
    notify(account, arn, event="s3:ObjectRemoved:*")

    s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "a"}, {"Key": "b"}]})

    records = account.wait_for(2, account.records)
    told = {(one["eventName"], one["s3"]["object"]["key"]) for one in records}
    assert told == {("ObjectRemoved:Delete", "a"), ("ObjectRemoved:Delete", "b")}


def test_grants_are_an_event_where_they_change(account: Account, s3: Any) -> None:
    arn = account.function(RECORD)
    allow_s3(account)
    notify(account, arn, event="s3:ObjectAcl:Put")
    s3.put_bucket_ownership_controls(
        Bucket=BUCKET, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    )
    logs = {"GrantRead": 'uri="http://acs.amazonaws.com/groups/s3/LogDelivery"'}
    for key, granted in (("a", {"ACL": "private"}), ("b", logs)):
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"")
        s3.put_object_acl(Bucket=BUCKET, Key=key, **granted)

    (record,) = account.wait_for(1, account.records)
    assert record["s3"]["object"]["key"] == "b"


def test_an_object_comes_back_from_an_archive_until_the_end_of_a_day(
    account: Account, s3: Any
) -> None:
    arn = account.function(RECORD)
    allow_s3(account)
    notify(account, arn, event="s3:ObjectRestore:*")
    s3.put_object(Bucket=BUCKET, Key="a", Body=b"1", StorageClass="GLACIER")

    s3.restore_object(Bucket=BUCKET, Key="a", RestoreRequest={"Days": 1})

    records = account.wait_for(2, account.records)
    (back,) = (one for one in records if one["eventName"] == "ObjectRestore:Completed")
    until = back["glacierEventData"]["restoreEventData"]["lifecycleRestorationExpiryTime"]
    assert until.endswith("T00:00:00.000Z")
    assert " 00:00:00 GMT" in s3.head_object(Bucket=BUCKET, Key="a")["Restore"]


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


def test_notification_can_name_an_alias(account: Account, s3: Any) -> None:
    arn = account.function(RECORD)
    client = account.client("lambda")
    client.publish_version(FunctionName="recorder")
    client.create_alias(FunctionName="recorder", Name="live", FunctionVersion="1")
    allow_s3(account, Qualifier="live")
    notify(account, f"{arn}:live")

    s3.put_object(Bucket=BUCKET, Key="example.txt", Body=b"")

    assert account.wait_for(1, account.events)
