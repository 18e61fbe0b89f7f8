"""The pipeline's policies, as AWS writes them: a Stack in, plain dicts out.

See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

from __future__ import annotations

from typing import Any

from mailfanout.stack import Stack

Policy = dict[str, Any]

QUEUE_ACTIONS = [
    "sqs:SendMessage",
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibility",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
]


def trust_policy() -> Policy:
    """Who may take on the execution role: the Lambda service, on behalf of a function."""
    return _policy(
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    )


def execution_policy(stack: Stack) -> Policy:
    """What both functions may do: the calls that they make, on the resources that they use."""
    return _policy(
        _allow("QueryRecipients", ["dynamodb:Query"], f"{stack.table_arn}/index/haserror-index"),
        _allow("MarkRecipients", ["dynamodb:UpdateItem"], stack.table_arn),
        _allow("ReadMail", ["s3:GetObject"], f"{stack.bucket_arn}/*"),
        # Without it, S3 answers for a missing object with AccessDenied instead of NoSuchKey.
        _allow("TellMissingMail", ["s3:ListBucket"], stack.bucket_arn),
        _allow("UseQueue", QUEUE_ACTIONS, stack.queue_arn),
        _send_mail(stack),
        _allow(
            "WriteLog",
            ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
            f"arn:aws:logs:{stack.region}:{stack.account_id}:*",
        ),
    )


def queue_policy(stack: Stack) -> Policy:
    """The queue's access policy: the execution role, and nobody else, is named in it.

    Within one account a queue's policy adds to what an identity's own policies allow: an
    administrator still reaches the queue. Other roles and other accounts do not.
    """
    statement = _allow("OnlyTheExecutionRole", QUEUE_ACTIONS, stack.queue_arn)
    return _policy({**statement, "Principal": {"AWS": stack.role_arn}})


def invoke_statement(stack: Stack) -> Policy:
    """The one statement of sendQueue's resource policy: the bucket, in S3's name, may invoke it.

    It reads as Lambda's GetPolicy returns it. The account is named because the bucket's name,
    once the bucket is deleted, may become somebody else's.
    """
    return {
        "Sid": "AllowBucketToInvoke",
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": stack.function_arn(stack.send_queue_name),
        "Condition": {
            "ArnLike": {"AWS:SourceArn": stack.bucket_arn},
            "StringEquals": {"AWS:SourceAccount": stack.account_id},
        },
    }


def _send_mail(stack: Stack) -> Policy:
    # While an account is in the SES sandbox, SES also checks the permission on the recipients'
    # identities. So the statement names every identity, and the condition names the one sender.
    identities = f"arn:aws:ses:{stack.region}:{stack.account_id}:identity/*"
    return {
        **_allow("SendMail", ["ses:SendEmail", "ses:SendRawEmail"], identities),
        "Condition": {"StringEqualsIfExists": {"ses:FromAddress": stack.sender}},
    }


def _allow(sid: str, actions: list[str], resource: str) -> Policy:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}


def _policy(*statements: Policy) -> Policy:
    return {"Version": "2012-10-17", "Statement": list(statements)}
