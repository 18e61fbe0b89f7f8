"""The names of a stack, its prefix, and the ARNs that follow."""

from __future__ import annotations

from typing import Any

import pytest

from mailfanout import provision
from mailfanout.errors import InputError
from mailfanout.stack import (
    LONGEST_PREFIX,
    Stack,
    check_prefix,
    check_unsubscribe_url,
    prefix_of_caller,
)


def test_arns_carry_account_and_region_where_aws_has_them() -> None:
    stack = Stack(account_id="111122223333", region="eu-west-1")

    assert stack.table_arn == "arn:aws:dynamodb:eu-west-1:111122223333:table/mailaddress"
    assert stack.bucket_arn == "arn:aws:s3:::mailbody-20221119"
    assert stack.role_arn == "arn:aws:iam::111122223333:role/mailfanout/lambda-s3-role"
    assert stack.queue_arn == "arn:aws:sqs:eu-west-1:111122223333:mailsendqueue0000001"
    assert stack.dead_letter_queue_arn == f"{stack.queue_arn}-dlq"
    assert stack.identity_arn == "arn:aws:ses:eu-west-1:111122223333:identity/sender@example.com"


def test_a_function_has_an_arn_and_a_log_group_by_its_name() -> None:
    stack = Stack(send_queue_name="enqueue")
    name = stack.send_queue_name

    assert stack.function_arn(name) == "arn:aws:lambda:us-east-1:123456789012:function:enqueue"
    assert stack.log_group_name(name) == "/aws/lambda/enqueue"


@pytest.mark.parametrize("partition", ["aws-us-gov", "aws-cn"])
def test_every_arn_is_of_the_stacks_partition(partition: str) -> None:
    stack = Stack(partition=partition)
    names = [name for name in dir(Stack) if name.endswith("_arn")]
    arns = [getattr(stack, name) for name in names if name not in ("function_arn", "_role_arn")]

    assert len(arns) > 10
    assert all(arn.startswith(f"arn:{partition}:") for arn in arns)
    assert stack.role_arn_of("f").startswith(f"arn:{partition}:iam::")
    for part in provision.every_part():
        assert "arn:aws:" not in str(part.settings(stack))


@pytest.mark.parametrize("region", ["us-gov-east-1", "ap-southeast-5", "us-east-1"])
def test_the_longest_names_are_no_longer_than_aws_allows(region: str) -> None:
    stack = Stack(region=region).with_names_for_aws().with_prefix("x" * LONGEST_PREFIX + "-")

    assert len(stack.bucket_name) <= 63
    assert max(len(part.name(stack)) for part in provision.every_part()) <= 64


def test_names_that_aws_shares_between_regions_name_theirs() -> None:
    stack = Stack().with_names_for_aws()

    assert stack.bucket_name == "mailbody-20221119-123456789012-us-east-1"
    assert stack.role_name == "lambda-s3-role-us-east-1"
    assert stack.role_name_of("sendQueue") == "sendQueue-role-us-east-1"


@pytest.mark.parametrize(
    "prefix",
    [
        *("Anna", "-anna", "anna-", "an--na", "a_b", "ä", "x" * 17, "a b"),
        *("xn--anna", "sthree", "sthree-anna", "amzn-s3-demo", "amzn-s3-demo-a"),
    ],
)
def test_a_prefix_that_no_bucket_may_have_is_refused(prefix: str) -> None:
    with pytest.raises(InputError, match="is no prefix"):
        check_prefix(prefix)
    with pytest.raises(InputError, match="is no prefix"):
        Stack().with_prefix(f"{prefix}-")


@pytest.mark.parametrize("prefix", [None, 3, b"anna-"])
def test_what_is_no_text_is_no_prefix(prefix: Any) -> None:
    for takes_it in (check_prefix, Stack().with_prefix):
        with pytest.raises(InputError, match="is no prefix"):
            takes_it(prefix)


def test_a_prefix_in_front_of_names_ends_in_a_hyphen() -> None:
    with pytest.raises(InputError, match="'anna' has no hyphen at its end: 'anna-'"):
        Stack().with_prefix("anna")


@pytest.mark.parametrize(
    ("caller", "prefix"),
    [
        ("arn:aws:iam::123456789012:user/anna", "anna"),
        ("arn:aws:iam::123456789012:user/team/Anna", "anna"),
        ("arn:aws-cn:iam::123456789012:root", "root"),
        ("arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_1a2b/ben", "ben"),
        ("arn:aws:sts::123456789012:assumed-role/web/i-0123456789ab", "i-0123456789ab"),
        ("arn:aws:sts::123456789012:assumed-role/admin/anna@example.com", "anna-f7d54c"),
        ("arn:aws:sts::123456789012:assumed-role/admin/anna@example.org", "anna-a3bf86"),
        ("arn:aws:iam::123456789012:user/none", "none-140bed"),
        ("arn:aws:iam::123456789012:user/山田", "x-5f34cd"),
    ],
)
def test_the_prefix_of_a_caller_is_its_name(caller: str, prefix: str) -> None:
    assert check_prefix(prefix_of_caller(caller)) == prefix


@pytest.mark.parametrize("name", ["botocore-session-1764132000", "AWSCLI-Session-1764132000"])
def test_a_session_that_has_another_name_each_time_gives_no_prefix(name: str) -> None:
    with pytest.raises(InputError, match="Set MAILFANOUT_PREFIX"):
        prefix_of_caller(f"arn:aws:sts::123456789012:assumed-role/admin/{name}")


@pytest.mark.parametrize(
    "host",
    [
        "a",
        "a:1",
        "a:10000",
        "a:65535",
        "localhost:8443",
        "mail-1.example.com",
        "1a.example",
        "xn--fsq.jp",
        "a" * 63 + ".b",
    ],
)
def test_a_mail_can_name_any_host_to_unsubscribe_at(host: str) -> None:
    assert check_unsubscribe_url(f"https://{host}/u") == f"https://{host}/u"


@pytest.mark.parametrize(
    "host",
    [
        *("", "-", ".", "a..b", "-a.b", "a-.b", "a.-", ".a", "a.", "a_b.c", "あ.jp", "a.b:x"),
        *("a:0", "a:080", "a:65536", "a:69999", "a:100000", "a:-1"),
        *("1.2.3", "300.1.1.1", "a" * 64 + ".b", ".".join(["a" * 49] * 6)),
    ],
)
def test_what_is_no_hosts_name_is_nowhere_to_unsubscribe_at(host: str) -> None:
    with pytest.raises(InputError, match="the name of a host"):
        check_unsubscribe_url(f"https://{host}/u")
