"""Faults on demand: each strikes as often as it was told to, and where it was told to."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from mailfanout import faults
from mailfanout.sandbox.control import Sandbox
from mailfanout.stack import Stack
from mailfanout.target import Target
from support.parts.pipelines import invoke_send_queue
from support.waiting import wait_until

SENDER = "sender@example.com"


ONCE = Config(retries={"total_max_attempts": 1})


@pytest.fixture
def queue_url(mailfanout_target: Target) -> str:
    return str(mailfanout_target.client("sqs").create_queue(QueueName="queue")["QueueUrl"])


def once(target: Target, service: str) -> Any:
    """A client that calls once, as the functions' SES client does."""
    return target.session.client(service, endpoint_url=target.endpoint_url, config=ONCE)


def send(target: Target, to: str, client: Any = None) -> None:
    target.client("sesv2").create_email_identity(EmailIdentity=SENDER)
    send_again(target, to, client)


def send_again(target: Target, to: str, client: Any = None) -> None:
    message = {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Body"}}}
    (client or once(target, "sesv2")).send_email(
        FromEmailAddress=SENDER,
        Destination={"ToAddresses": [to]},
        Content={"Simple": message},
    )


def reset(target: Target) -> None:
    assert target.sandbox is not None
    target.sandbox.reset()


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


@pytest.mark.parametrize(
    ("refuse", "code", "status"),
    [
        (faults.throttle_ses, "TooManyRequestsException", "ACCOUNT_THROTTLED"),
        (faults.reject_mail, "MessageRejected", "MESSAGE_REJECTED"),
        (faults.suspend_ses, "AccountSuspendedException", "ACCOUNT_SUSPENDED"),
    ],
)
class TestRefusedMail:
    def test_is_refused_so_often_and_then_taken(
        self, mailfanout_target: Target, sandbox: Sandbox, refuse: Any, code: str, status: str
    ) -> None:
        refuse(mailfanout_target)
        with pytest.raises(ClientError) as error:
            send(mailfanout_target, "ada@example.com")
        assert code_of(error) == code
        send_again(mailfanout_target, "ada@example.com")
        assert sandbox.count_mails() == 1

    def test_is_one_entry_of_a_bulk(
        self, mailfanout_target: Target, sandbox: Sandbox, refuse: Any, code: str, status: str
    ) -> None:
        ses = mailfanout_target.client("sesv2")
        ses.create_email_identity(EmailIdentity=SENDER)
        content = {"Subject": "Hello", "Text": "Body"}
        ses.create_email_template(TemplateName="template", TemplateContent=content)
        refuse(mailfanout_target, to="bob@example.com")
        names = ("ada", "bob", "eve")
        answer = ses.send_bulk_email(
            FromEmailAddress=SENDER,
            DefaultContent={"Template": {"TemplateName": "template", "TemplateData": "{}"}},
            BulkEmailEntries=[
                {"Destination": {"ToAddresses": [f"{name}@example.com"]}} for name in names
            ],
        )
        statuses = [result["Status"] for result in answer["BulkEmailEntryResults"]]
        assert statuses == ["SUCCESS", status, "SUCCESS"]
        assert sandbox.count_mails(to="bob@example.com") == 0


def test_only_the_chosen_recipients_are_refused(mailfanout_target: Target) -> None:
    faults.reject_mail(mailfanout_target, to="*@EXAMPLE.org", times=2)
    send(mailfanout_target, "ada@example.com")
    with pytest.raises(ClientError):
        send_again(mailfanout_target, "ada@example.org")
    (left,) = faults.active(mailfanout_target)
    assert left.times == 1


def test_reply_is_lost_after_the_mail_was_sent(mailfanout_target: Target, sandbox: Sandbox) -> None:
    faults.lose_reply(mailfanout_target, "sesv2:SendEmail")
    with pytest.raises(ConnectionClosedError):
        send(mailfanout_target, "ada@example.com")
    assert sandbox.count_mails() == 1


def test_sdk_that_tries_again_after_a_lost_reply_sends_twice(
    mailfanout_target: Target, sandbox: Sandbox
) -> None:
    faults.lose_reply(mailfanout_target, "sesv2:SendEmail")
    send(mailfanout_target, "ada@example.com", mailfanout_target.client("sesv2"))
    assert sandbox.count_mails() == 2


def test_lost_reply_of_send_message_batch_leaves_its_messages(
    mailfanout_target: Target, queue_url: str
) -> None:
    faults.lose_reply(mailfanout_target, "sqs:SendMessageBatch")
    sqs = once(mailfanout_target, "sqs")
    with pytest.raises(ConnectionClosedError):
        sqs.send_message_batch(QueueUrl=queue_url, Entries=[{"Id": "1", "MessageBody": "body"}])
    assert len(sqs.receive_message(QueueUrl=queue_url)["Messages"]) == 1


def test_calls_after_a_lost_reply_are_answered(mailfanout_target: Target) -> None:
    faults.lose_reply(mailfanout_target, "s3:*")
    s3 = once(mailfanout_target, "s3")
    with pytest.raises(ConnectionClosedError):
        s3.create_bucket(Bucket="bucket")
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["bucket"]


def test_fault_of_another_caller_spares_the_learner(mailfanout_target: Target) -> None:
    fault = faults.lose_reply(mailfanout_target, "s3:ListBuckets", by="sendQueue")
    once(mailfanout_target, "s3").list_buckets()
    assert faults.active(mailfanout_target) == (fault,)


def test_fault_of_the_learner_spares_the_function(mailfanout_target: Target, stack: Stack) -> None:
    fault = faults.fail_call(mailfanout_target, "dynamodb:Query", by="learner")
    assert invoke_send_queue(mailfanout_target, stack) is None
    assert faults.active(mailfanout_target) == (fault,)


@pytest.mark.parametrize(
    ("operation", "method", "throttled", "failed"),
    [
        (
            "dynamodb:ListTables",
            "list_tables",
            "ProvisionedThroughputExceededException",
            "InternalServerError",
        ),
        (
            "logs:DescribeLogGroups",
            "describe_log_groups",
            "ThrottlingException",
            "ServiceUnavailableException",
        ),
        (
            "sesv2:GetAccount",
            "get_account",
            "TooManyRequestsException",
            "InternalServiceErrorException",
        ),
        ("lambda:ListFunctions", "list_functions", "TooManyRequestsException", "ServiceException"),
        ("s3:ListBuckets", "list_buckets", "SlowDown", "InternalError"),
        ("ses:GetSendQuota", "get_send_quota", "Throttling", "InternalFailure"),
        ("sns:ListTopics", "list_topics", "Throttled", "InternalError"),
        ("sqs:ListQueues", "list_queues", "RequestThrottled", "InternalFailure"),
    ],
)
def test_call_is_answered_with_the_services_own_error(
    mailfanout_target: Target, operation: str, method: str, throttled: str, failed: str
) -> None:
    call = getattr(once(mailfanout_target, operation.partition(":")[0]), method)
    faults.throttle_call(mailfanout_target, operation)
    faults.fail_call(mailfanout_target, operation)
    with pytest.raises(ClientError) as first:
        call()
    with pytest.raises(ClientError) as second:
        call()
    call()
    assert (code_of(first), code_of(second)) == (throttled, failed)
    assert second.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500


def test_failed_call_does_no_work(mailfanout_target: Target) -> None:
    s3 = once(mailfanout_target, "s3")
    faults.fail_call(mailfanout_target, "s3:CreateBucket")
    with pytest.raises(ClientError):
        s3.create_bucket(Bucket="bucket")
    assert s3.list_buckets()["Buckets"] == []


def test_slow_call_takes_longer_once(mailfanout_target: Target) -> None:
    faults.slow_call(mailfanout_target, "s3:ListBuckets", delay_ms=300)
    s3 = once(mailfanout_target, "s3")
    seconds = []
    for _ in range(2):
        began = time.monotonic()
        s3.list_buckets()
        seconds.append(time.monotonic() - began)
    assert seconds[0] > 0.3 > seconds[1]


@pytest.mark.parametrize(
    ("switch_off", "said", "made"),
    [(faults.clear, "None", ["bucket"]), (reset, "The sandbox was reset.", [])],
)
def test_a_slow_call_is_held_no_longer_than_its_fault_is_on(
    mailfanout_target: Target, switch_off: Callable[[Target], None], said: str, made: list[str]
) -> None:
    s3 = once(mailfanout_target, "s3")
    faults.slow_call(mailfanout_target, "s3:CreateBucket", delay_ms=60_000)
    with ThreadPoolExecutor() as pool:
        call = pool.submit(s3.create_bucket, Bucket="bucket")
        wait_until(lambda: not faults.active(mailfanout_target))
        switch_off(mailfanout_target)
        error = call.exception(timeout=30)
    assert said in str(error)
    assert [one["Name"] for one in s3.list_buckets()["Buckets"]] == made


def test_deleted_message_comes_back(mailfanout_target: Target, queue_url: str) -> None:
    sqs = mailfanout_target.client("sqs")
    sqs.send_message(QueueUrl=queue_url, MessageBody="body")
    faults.repeat_message(mailfanout_target, queue="queue")
    counts = []
    for _ in range(2):
        (message,) = sqs.receive_message(
            QueueUrl=queue_url, AttributeNames=["ApproximateReceiveCount"]
        )["Messages"]
        counts.append(message["Attributes"]["ApproximateReceiveCount"])
        sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
    assert counts == ["1", "2"]
    assert "Messages" not in sqs.receive_message(QueueUrl=queue_url)


def test_entry_fails_and_the_others_are_sent(mailfanout_target: Target, queue_url: str) -> None:
    sqs = mailfanout_target.client("sqs")
    faults.fail_entry(mailfanout_target, queue="queue", times=2)
    entries = [{"Id": str(number), "MessageBody": "body"} for number in range(3)]
    answer = sqs.send_message_batch(QueueUrl=queue_url, Entries=entries)
    assert [sent["Id"] for sent in answer["Successful"]] == ["2"]
    assert [(entry["Id"], entry["SenderFault"]) for entry in answer["Failed"]] == [
        ("0", False),
        ("1", False),
    ]


def test_faults_are_off_after_clear_and_after_reset(mailfanout_target: Target) -> None:
    for switch_off in (faults.clear, reset):
        faults.fail_call(mailfanout_target, "s3:ListBuckets")
        switch_off(mailfanout_target)
        assert faults.active(mailfanout_target) == ()
        once(mailfanout_target, "s3").list_buckets()
