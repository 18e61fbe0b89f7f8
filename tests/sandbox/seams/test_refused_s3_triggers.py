"""What S3 may not invoke is refused; what fails later disturbs no upload."""

from __future__ import annotations

import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from support.calls.refusals import refusal
from support.parts.bucket_notifications import BUCKET, allow_s3, notify
from support.sandboxes.account_in_sandbox import RECORD, RECORD_AND_FAIL, Account

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("exists", [True, False])
def test_notification_for_a_function_that_s3_may_not_invoke_is_refused(
    account: Account, s3: Any, exists: bool
) -> None:
    arn = account.function(RECORD)
    if not exists:
        arn = arn.replace("recorder", "nobody")

    assert refusal(notify, account, arn) == (
        "InvalidArgument",
        "Unable to validate the following destination configurations",
    )


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
