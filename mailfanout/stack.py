"""The names and ARNs of one pipeline's resources."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

# The settings of a resource, as AWS words them.
State = dict[str, Any]


@dataclass(frozen=True)
class Stack:
    """One pipeline: AWS's names for its parts, and the ARNs that follow from them.

    The names are those of the published article. `dead_letter_queue_name`, and `sender`
    (the one verified address that mails come from and replies go to), complete it.
    """

    account_id: str = "123456789012"
    region: str = "us-east-1"
    table_name: str = "mailaddress"
    bucket_name: str = "mailbody-20221119"
    role_name: str = "lambda-s3-role"
    queue_name: str = "mailsendqueue0000001"
    dead_letter_queue_name: str = "mailsendqueue0000001-dlq"
    send_queue_name: str = "sendQueue"
    read_message_name: str = "readMessageAndSendMail"
    sender: str = "sender@example.com"

    def with_prefix(self, prefix: str) -> Stack:
        """The same stack with this in front of every name, so that two share one account."""
        names = [field.name for field in fields(self) if field.name.endswith("_name")]
        return replace(self, **{name: f"{prefix}{getattr(self, name)}" for name in names})

    @property
    def table_arn(self) -> str:
        return f"arn:aws:dynamodb:{self.region}:{self.account_id}:table/{self.table_name}"

    @property
    def bucket_arn(self) -> str:
        return f"arn:aws:s3:::{self.bucket_name}"

    @property
    def role_arn(self) -> str:
        return f"arn:aws:iam::{self.account_id}:role/{self.role_name}"

    @property
    def queue_arn(self) -> str:
        return f"arn:aws:sqs:{self.region}:{self.account_id}:{self.queue_name}"

    @property
    def dead_letter_queue_arn(self) -> str:
        return f"arn:aws:sqs:{self.region}:{self.account_id}:{self.dead_letter_queue_name}"

    @property
    def identity_arn(self) -> str:
        return f"arn:aws:ses:{self.region}:{self.account_id}:identity/{self.sender}"

    def function_arn(self, name: str) -> str:
        """The ARN of one of the functions, by its name."""
        return f"arn:aws:lambda:{self.region}:{self.account_id}:function:{name}"

    def log_group_name(self, name: str) -> str:
        """The CloudWatch log group that AWS Lambda writes a function's log to."""
        return f"/aws/lambda/{name}"
