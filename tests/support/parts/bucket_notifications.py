"""A bucket whose changes invoke a function."""

from __future__ import annotations

from typing import Any

from support.sandboxes.account_in_sandbox import Account

BUCKET = "mailbody-20221119"
BUCKET_ARN = f"arn:aws:s3:::{BUCKET}"


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
