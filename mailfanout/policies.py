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
# What Lambda needs to poll a queue for a function.
CONSUMER_ACTIONS = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
BULK_ACTIONS = ["ses:SendBulkEmail", "ses:SendBulkTemplatedEmail"]
LEDGER_ACTIONS = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]


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
        *_read_mail(stack),
        _allow("UseQueue", QUEUE_ACTIONS, stack.queue_arn),
        _send_mail(stack),
        _write_log(stack),
    )


def plan_policy(stack: Stack) -> Policy:
    """What the reliable design's sendQueue may do: read recipients and mail, write the ledger."""
    return _policy(
        _allow("ReadRecipients", ["dynamodb:Scan"], stack.table_arn),
        _allow("PlanCampaigns", LEDGER_ACTIONS, stack.ledger_arn),
        # In a bucket with versions, the version is read that the event tells of.
        *_read_mail(stack, "s3:GetObjectVersion"),
        _allow("SendMessages", ["sqs:SendMessage"], stack.queue_arn, stack.failed_queue_arn),
        _allow("ReadSendingRate", ["ses:GetAccount"], "*"),
        _write_log(stack),
    )


def send_policy(stack: Stack) -> Policy:
    """What the reliable design's readMessageAndSendMail may do.

    The recipients' flag and the mail's object are for messages of the simple design.
    """
    recipient_actions = ["dynamodb:BatchGetItem", "dynamodb:UpdateItem"]
    ledger_actions = ["dynamodb:BatchGetItem", *LEDGER_ACTIONS]
    return _policy(
        _allow("ReadRecipients", recipient_actions, stack.table_arn),
        _allow("RecordDelivery", ledger_actions, stack.ledger_arn),
        *_read_mail(stack),
        _allow("ReceiveMessages", CONSUMER_ACTIONS, stack.queue_arn),
        _send_mail(stack, *BULK_ACTIONS),
        _write_log(stack),
    )


def feedback_policy(stack: Stack) -> Policy:
    """What recordFeedback may do: mark recipients, write the ledger, tell people."""
    ledger_actions = ["dynamodb:BatchGetItem", *LEDGER_ACTIONS]
    return _policy(
        _allow("MarkRecipients", ["dynamodb:UpdateItem"], stack.table_arn),
        _allow("RecordFeedback", ledger_actions, stack.ledger_arn),
        _allow("ReceiveMessages", CONSUMER_ACTIONS, stack.feedback_queue_arn),
        _tell_people(stack),
        _write_log(stack),
    )


def sweep_policy(stack: Stack) -> Policy:
    """What sweepCampaigns may do: go through the ledger, set things going, tell people."""
    ledger_actions = ["dynamodb:Query", "dynamodb:ConditionCheckItem", *LEDGER_ACTIONS]
    feedback_queues = [stack.feedback_queue_arn, stack.feedback_dead_letter_queue_arn]
    planner = stack.function_arn(stack.send_queue_name)
    return _policy(
        _allow("SweepCampaigns", ledger_actions, stack.ledger_arn),
        _allow("SendMessages", ["sqs:SendMessage"], stack.queue_arn),
        _allow("CountMessages", ["sqs:GetQueueAttributes"], stack.queue_arn, *feedback_queues),
        _allow("ReadQuota", ["ses:GetAccount"], "*"),
        _allow("PlanOn", ["lambda:InvokeFunction"], planner),
        _tell_people(stack),
        _write_log(stack),
    )


def queue_policy(stack: Stack, *role_arns: str) -> Policy:
    """The queue's access policy: these roles, and nobody else, are named in it.

    Without any, the one execution role of the simple design. Within one account a queue's policy
    adds to what an identity's own policies allow: an administrator still reaches the queue.
    Other roles and other accounts do not.
    """
    sid = "OnlyTheExecutionRoles" if role_arns else "OnlyTheExecutionRole"
    principal = {"AWS": sorted(role_arns) or stack.role_arn}
    return _policy({**_allow(sid, QUEUE_ACTIONS, stack.queue_arn), "Principal": principal})


def feedback_queue_policy(stack: Stack) -> Policy:
    """The feedback queue's access policy: its topic, and nobody else, may put messages there."""
    statement = _allow("FromTheTopic", ["sqs:SendMessage"], stack.feedback_queue_arn)
    return _policy(
        {
            **statement,
            "Principal": {"Service": "sns.amazonaws.com"},
            "Condition": {"ArnEquals": {"aws:SourceArn": stack.feedback_topic_arn}},
        }
    )


def feedback_topic_policy(stack: Stack) -> Policy:
    """The feedback topic's access policy: SES publishes what becomes of this account's mails.

    https://docs.aws.amazon.com/ses/latest/dg/event-publishing-add-event-destination-sns.html
    """
    statement = _allow("FromSes", ["sns:Publish"], stack.feedback_topic_arn)
    return _policy(
        {
            **statement,
            "Principal": {"Service": "ses.amazonaws.com"},
            "Condition": {
                "StringEquals": {"AWS:SourceAccount": stack.account_id},
                "StringLike": {"AWS:SourceArn": stack.configuration_set_arn},
            },
        }
    )


def invoke_statement(stack: Stack) -> Policy:
    """The statement of sendQueue's resource-based policy: the bucket, in S3's name, may invoke it.

    It reads as Lambda's GetPolicy returns it. The account is named because the bucket's name,
    once the bucket is deleted, may become somebody else's.
    """
    account = {"StringEquals": {"AWS:SourceAccount": stack.account_id}}
    return _invoke(
        "AllowBucketToInvoke",
        "s3.amazonaws.com",
        stack.function_arn(stack.send_queue_name),
        {"ArnLike": {"AWS:SourceArn": stack.bucket_arn}, **account},
    )


def invoked_by_rule_statement(stack: Stack) -> Policy:
    """The statement of sweepCampaigns' resource-based policy: the rule, in EventBridge's name."""
    return _invoke(
        "AllowRuleToInvoke",
        "events.amazonaws.com",
        stack.function_arn(stack.sweep_campaigns_name),
        {"ArnLike": {"AWS:SourceArn": stack.rule_arn}},
    )


def _invoke(sid: str, service: str, function_arn: str, condition: Policy) -> Policy:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "lambda:InvokeFunction",
        "Resource": function_arn,
        "Condition": condition,
    }


def _read_mail(stack: Stack, *more_actions: str) -> list[Policy]:
    return [
        _allow("ReadMail", ["s3:GetObject", *more_actions], f"{stack.bucket_arn}/*"),
        # Without it, S3 answers for a missing object with AccessDenied instead of NoSuchKey.
        _allow("TellMissingMail", ["s3:ListBucket"], stack.bucket_arn),
    ]


def _tell_people(stack: Stack) -> Policy:
    return _allow("TellPeople", ["sns:Publish"], stack.notices_arn)


def _write_log(stack: Stack) -> Policy:
    return _allow(
        "WriteLog",
        ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
        stack.arn("logs", "*"),
    )


def _send_mail(stack: Stack, *bulk_actions: str) -> Policy:
    # While an account is in the SES sandbox, SES asks for leave on the recipients' identities
    # too. So the statement names every identity, and the condition the one sender.
    resources = [stack.arn("ses", "identity/*")]
    if bulk_actions or stack.reports_feedback:
        resources.append(stack.configuration_set_arn)
    actions = ["ses:SendEmail", "ses:SendRawEmail", *bulk_actions]
    return {
        **_allow("SendMail", actions, *resources),
        "Condition": {"StringEqualsIfExists": {"ses:FromAddress": stack.sender}},
    }


def _allow(sid: str, actions: list[str], *resources: str) -> Policy:
    resource = resources[0] if len(resources) == 1 else list(resources)
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}


def _policy(*statements: Policy) -> Policy:
    return {"Version": "2012-10-17", "Statement": list(statements)}
