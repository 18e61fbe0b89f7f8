"""The owner is an administrator: everything works, in every protocol, and odd keys too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from boto3.s3.transfer import TransferConfig

from mailfanout.sandbox.access.keys import Keys
from support.calls.signed_calls import ACCOUNT_ID
from support.sandboxes.account_setup import (
    FUNCTION,
    MAIL,
    MESSAGE,
    TO,
    Clients,
    Make,
    create_bucket,
    create_function,
    create_queue,
    create_table,
    deny,
    query_index,
)


def test_an_administrator_reads_and_writes_a_table(admin: Clients) -> None:
    table = create_table(admin)

    table.put_item(TableName="mailaddress", Item={"email": {"S": "a"}, "haserror": {"N": "0"}})

    assert query_index(table)["Count"] == 1


@pytest.mark.parametrize(
    "key", ["plain.txt", "a b+c.txt", "メール/配信 テスト.txt", "'()!*,;=@$&~#?%2F%", "/a//b/"]
)
def test_an_administrator_gets_back_the_object_that_it_put(admin: Clients, key: str) -> None:
    s3 = create_bucket(admin)

    s3.put_object(Bucket="mailbody", Key=key, Body="メール".encode(), Metadata={"a": "b"})

    assert s3.get_object(Bucket="mailbody", Key=key)["Body"].read().decode() == "メール"
    assert s3.head_object(Bucket="mailbody", Key=key)["Metadata"] == {"a": "b"}
    assert [one["Key"] for one in s3.list_objects_v2(Bucket="mailbody")["Contents"]] == [key]


def test_an_administrator_uploads_a_file_in_parts(admin: Clients, tmp_path: Path) -> None:
    s3 = create_bucket(admin)
    file = tmp_path / "large.bin"
    file.write_bytes(b"x" * (6 * 2**20))
    config = TransferConfig(multipart_threshold=2**20, multipart_chunksize=5 * 2**20)

    s3.upload_file(str(file), "mailbody", "large.bin", Config=config)

    stored = s3.get_object(Bucket="mailbody", Key="large.bin")
    assert stored["ContentLength"] == 6 * 2**20
    assert stored["ETag"].endswith('-2"')


@pytest.mark.parametrize("options", [{}, {"signature_version": "s3v4"}], ids=["old", "v4"])
def test_an_administrator_gives_away_a_presigned_url(
    admin: Clients, connect: Make, keys: Keys, endpoint_url: str, fetch: Make, options: Any
) -> None:
    create_bucket(admin)
    s3 = connect(keys.owner, "s3", **options)
    s3.put_object(Bucket="mailbody", Key="a b.txt", Body=b"body")

    url = s3.generate_presigned_url("get_object", {"Bucket": "mailbody", "Key": "a b.txt"})

    assert fetch(url.removeprefix(endpoint_url)) == (200, b"body")


def test_an_administrator_sends_and_receives_a_message(admin: Clients) -> None:
    sqs, queue_url = create_queue(admin)

    sqs.send_message_batch(QueueUrl=queue_url, Entries=[{"Id": "1", "MessageBody": "山田"}])

    [message] = sqs.receive_message(QueueUrl=queue_url)["Messages"]
    assert message["Body"] == "山田"


def test_an_administrator_sends_a_mail_with_either_version_of_ses(admin: Clients) -> None:
    admin("ses").verify_email_identity(EmailAddress="sender@example.com")

    assert admin("ses").send_email(Source="sender@example.com", Destination=TO, Message=MESSAGE)
    assert admin("sesv2").send_email(**MAIL, Content={"Simple": MESSAGE})


def test_an_administrator_creates_a_function(admin: Clients, role: Make) -> None:
    role("lambda")

    create_function(admin)

    [function] = admin("lambda").list_functions()["Functions"]
    assert function["FunctionArn"] == FUNCTION


def test_an_administrator_publishes_to_a_topic(admin: Clients) -> None:
    sns = admin("sns")
    topic_arn = sns.create_topic(Name="feedback")["TopicArn"]

    assert sns.publish(TopicArn=topic_arn, Message="bounce")["MessageId"]


def test_an_administrator_writes_a_log(admin: Clients) -> None:
    logs = admin("logs")
    logs.create_log_group(logGroupName="/aws/lambda/sendQueue")
    logs.create_log_stream(logGroupName="/aws/lambda/sendQueue", logStreamName="[$LATEST]1")

    event = {"timestamp": 0, "message": "送信"}
    assert logs.put_log_events(
        logGroupName="/aws/lambda/sendQueue", logStreamName="[$LATEST]1", logEvents=[event]
    )


def test_everybody_may_ask_who_they_are(admin: Clients, role: Make) -> None:
    denied = role("sts", deny("*", "*"))

    assert admin("sts").get_caller_identity()["Account"] == ACCOUNT_ID
    assert denied.get_caller_identity()["Account"] == ACCOUNT_ID
