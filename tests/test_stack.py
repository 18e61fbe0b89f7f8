"""The ARNs that follow from a stack's names."""

from __future__ import annotations

from mailfanout.stack import Stack


def test_arns_carry_account_and_region_where_aws_has_them() -> None:
    stack = Stack(account_id="111122223333", region="eu-west-1")

    assert stack.table_arn == "arn:aws:dynamodb:eu-west-1:111122223333:table/mailaddress"
    assert stack.bucket_arn == "arn:aws:s3:::mailbody-20221119"
    assert stack.role_arn == "arn:aws:iam::111122223333:role/lambda-s3-role"
    assert stack.queue_arn == "arn:aws:sqs:eu-west-1:111122223333:mailsendqueue0000001"
    assert stack.dead_letter_queue_arn == f"{stack.queue_arn}-dlq"
    assert stack.identity_arn == "arn:aws:ses:eu-west-1:111122223333:identity/sender@example.com"


def test_a_function_has_an_arn_and_a_log_group_by_its_name() -> None:
    stack = Stack(send_queue_name="enqueue")
    name = stack.send_queue_name

    assert stack.function_arn(name) == "arn:aws:lambda:us-east-1:123456789012:function:enqueue"
    assert stack.log_group_name(name) == "/aws/lambda/enqueue"
