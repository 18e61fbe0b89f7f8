"""The simple readMessageAndSendMail: one message in, one mail or one logged reason out."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError
from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID

from support.parts.queue_records import BUCKET_NAME, KEY, sqs_record

pytestmark = pytest.mark.slow

SENDER = "sender@example.com"
YAMADA = "yamada@example.com"
TANAKA = "tanaka@example.com"
MAIL = "メール配信テスト\n\nこのメールはテストです。\n".encode()


@pytest.fixture
def bucket(aws: None) -> Any:
    return boto3.resource("s3").create_bucket(Bucket=BUCKET_NAME)


@pytest.fixture
def put_mail(bucket: Any) -> Callable[[bytes], Any]:
    return lambda content: bucket.put_object(Key=KEY, Body=content)


@pytest.fixture
def ready(put_mail: Callable[[bytes], Any], put_recipient: Callable[..., Any]) -> None:
    """The article's mail is in the bucket, and yamada in the table."""
    put_mail(MAIL)
    put_recipient(YAMADA)


@pytest.fixture
def verify_sender(aws: None) -> Callable[[], None]:
    return lambda: boto3.client("sesv2").create_email_identity(EmailIdentity=SENDER)


@pytest.fixture
def send_mail_function(
    load_handler: Callable[..., ModuleType], table: Any, bucket: Any
) -> ModuleType:
    module = load_handler("simple/readMessageAndSendMail", TABLE_NAME=table.name, SENDER=SENDER)
    module.dynamodb.meta.events.register("after-call.dynamodb.UpdateItem", add_unchanged_flag)
    return module


def add_unchanged_flag(parsed: dict[str, Any], **_: Any) -> None:
    # AWS's UPDATED_OLD returns an attribute whose value did not change; moto leaves it out.
    if "Error" not in parsed:
        parsed.setdefault("Attributes", {"issend": {"N": "1"}})


@pytest.fixture
def send(
    send_mail_function: ModuleType, verify_sender: Callable[[], None]
) -> Callable[..., list[str]]:
    """`send(record, …)`: run the function where SES accepts; the ids reported as failed."""
    verify_sender()
    return lambda *records: run(send_mail_function, *records)


def run(function: ModuleType, *records: dict[str, Any]) -> list[str]:
    response = function.lambda_handler({"Records": list(records)}, None)
    assert list(response) == ["batchItemFailures"]
    return [failure["itemIdentifier"] for failure in response["batchItemFailures"]]


def mails() -> list[Any]:
    return list(get_backend("ses")[DEFAULT_ACCOUNT_ID]["us-east-1"].sent_messages)


def mailed() -> list[str]:
    return [address for mail in mails() for address in mail.destinations["ToAddresses"]]


def test_first_line_is_the_subject_and_the_rest_the_body(
    send: Any, ready: None, issend: Any, log_lines: Any
) -> None:
    failed = send(sqs_record(YAMADA))

    [mail] = mails()
    assert (mail.subject, mail.body) == ("メール配信テスト", "このメールはテストです。")
    assert mailed() == [YAMADA]
    assert failed == []
    assert issend(YAMADA) == 1
    assert log_lines() == [{"outcome": "sent", "recipient": "y***@example.com"}]


def test_sender_is_the_reply_address_and_the_charset_is_utf_8(
    send: Any, send_mail_function: ModuleType, ready: None
) -> None:
    requests: list[dict[str, Any]] = []
    send_mail_function.ses.meta.events.register(
        "provide-client-params.sesv2.SendEmail", lambda params, **_: requests.append(params)
    )

    send(sqs_record(YAMADA))

    [request] = requests
    assert (request["FromEmailAddress"], request["ReplyToAddresses"]) == (SENDER, [SENDER])
    mail = request["Content"]["Simple"]
    assert (mail["Subject"]["Charset"], mail["Body"]["Text"]["Charset"]) == ("UTF-8", "UTF-8")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"Subject\n\none\n\n  two\nthree\n", id="LF"),
        pytest.param(b"Subject\r\n\r\none\r\n\r\n  two\r\nthree\r\n", id="CRLF"),
        pytest.param(b"Subject\r\rone\r\r  two\rthree\r", id="CR"),
        pytest.param(b"\xef\xbb\xbfSubject\n\none\n\n  two\nthree\n", id="BOM"),
        pytest.param(b"Subject\n\none\n\n  two\nthree", id="no final newline"),
        pytest.param(b"Subject \n \t\none\n\n  two\nthree\n", id="trailing spaces"),
    ],
)
def test_every_line_of_the_body_is_kept(
    send: Any, ready: None, put_mail: Any, content: bytes
) -> None:
    put_mail(content)

    send(sqs_record(YAMADA))

    [mail] = mails()
    assert (mail.subject, mail.body) == ("Subject", "one\n\n  two\nthree")


def test_separators_that_are_no_line_ends_stay_in_the_mail(
    send: Any, ready: None, put_mail: Any
) -> None:
    put_mail("One\tsubject\n\na\x0cbody\u2029".encode())

    send(sqs_record(YAMADA))

    [mail] = mails()
    assert (mail.subject, mail.body) == ("One\tsubject", "a\x0cbody\u2029")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"", "the mail is empty", id="empty"),
        pytest.param(b"\xef\xbb\xbf\r\n\r\n", "the mail is empty", id="blank"),
        pytest.param(b"\n\nbody", "or its first line is", id="no subject"),
        pytest.param(b"Subject\nbody\n", "second line is not empty", id="no blank line"),
        pytest.param(b"A\0subject\n\nbody", "control character U+0000", id="control character"),
        pytest.param(b"Subject", "has no body", id="one line"),
        pytest.param(b"Subject\n\n \n\n", "has no body", id="blank body"),
        pytest.param("件名\n\n本文".encode("shift_jis"), "is not UTF-8", id="Shift_JIS"),
        pytest.param("件名\n\n本文".encode("utf-16"), "is not UTF-8", id="UTF-16"),
    ],
)
def test_mail_that_cannot_be_used_fails_before_the_flag_is_set(
    send: Any,
    ready: None,
    put_mail: Any,
    issend: Any,
    log_lines: Any,
    content: bytes,
    reason: str,
) -> None:
    put_mail(content)

    failed = send(sqs_record(YAMADA))

    assert failed == [f"id of {YAMADA}"]
    assert issend(YAMADA) == 0
    assert mails() == []
    [line] = log_lines()
    assert (line["outcome"], line["recipient"]) == ("failed", "y***@example.com")
    assert reason in line["reason"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"username": None}, "the message has no username"),
        ({"username": ""}, "the message has no username"),
        ({"bucketname": None}, "the message has no bucketname"),
        ({"filename": None}, "the message has no filename"),
        ({"filename": "gone.txt"}, f"there is no s3://{BUCKET_NAME}/gone.txt: was it deleted?"),
        ({"bucketname": "no-such-bucket"}, "GetObject failed: NoSuchBucket"),
    ],
)
def test_message_that_names_no_mail_or_username_fails_before_the_flag_is_set(
    send: Any, ready: None, issend: Any, log_lines: Any, changes: dict[str, Any], reason: str
) -> None:
    failed = send(sqs_record(YAMADA, **changes))

    assert failed == [f"id of {YAMADA}"]
    assert issend(YAMADA) == 0
    assert mails() == []
    assert [line["reason"] for line in log_lines()] == [reason]


def test_failed_message_does_not_hold_up_the_others(
    send: Any, ready: None, put_recipient: Any
) -> None:
    put_recipient(TANAKA)
    put_recipient("sato@example.com")

    failed = send(
        sqs_record(YAMADA), sqs_record(TANAKA, username=None), sqs_record("sato@example.com")
    )

    assert failed == [f"id of {TANAKA}"]
    assert mailed() == [YAMADA, "sato@example.com"]


def test_second_message_to_a_recipient_is_a_resend_skip(
    send: Any, ready: None, log_lines: Any
) -> None:
    failed = send(sqs_record(YAMADA), sqs_record(YAMADA))

    assert failed == []
    assert mailed() == [YAMADA]
    assert [line["outcome"] for line in log_lines()] == ["sent", "Resend Skip"]


def test_deleted_recipient_is_gone_and_does_not_come_back(
    send: Any, put_mail: Any, table: Any, log_lines: Any
) -> None:
    put_mail(MAIL)

    failed = send(sqs_record(YAMADA))

    assert failed == []
    assert mails() == []
    assert table.scan()["Items"] == []
    assert log_lines() == [{"outcome": "suppressed", "recipient": "y***@example.com"}]


def test_mail_that_ses_refuses_is_skipped_on_the_retry(
    send_mail_function: ModuleType, verify_sender: Any, ready: None, log_lines: Any
) -> None:
    refused = run(send_mail_function, sqs_record(YAMADA))
    verify_sender()
    retried = run(send_mail_function, sqs_record(YAMADA))

    recipient = {"recipient": "y***@example.com"}
    assert (refused, retried) == ([f"id of {YAMADA}"], [])
    assert mails() == []
    assert log_lines() == [
        {"outcome": "failed", "reason": "SendEmail failed: MessageRejected", **recipient},
        {"outcome": "Resend Skip", **recipient},
    ]


def test_lost_reply_does_not_send_the_mail_twice(
    send: Any, send_mail_function: ModuleType, ready: None, log_lines: Any
) -> None:
    def lose_reply(request: Any, **_: Any) -> None:
        raise ReadTimeoutError(endpoint_url=request.url)

    # Last, and under the name that moto uses: moto accepts the mail, and then the reply is lost.
    send_mail_function.ses.meta.events.register_last("before-send", lose_reply)

    failed = send(sqs_record(YAMADA))

    assert failed == [f"id of {YAMADA}"]
    assert mailed() == [YAMADA]
    [line] = log_lines()
    assert line["reason"].startswith("Read timeout")


def test_no_log_line_shows_a_whole_address(
    send_mail_function: ModuleType,
    verify_sender: Callable[[], None],
    ready: None,
    put_recipient: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    put_recipient(TANAKA)

    run(send_mail_function, sqs_record(YAMADA))
    verify_sender()
    run(send_mail_function, sqs_record(YAMADA), sqs_record(TANAKA), sqs_record("no address"))
    run(send_mail_function, sqs_record("sato@example.com"), sqs_record(TANAKA, username=None))

    output = capsys.readouterr().out
    assert len(output.splitlines()) == 6
    for secret in ("yamada", "tanaka", "sato", SENDER, "no address"):
        assert secret not in output
