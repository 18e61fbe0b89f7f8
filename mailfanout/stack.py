"""The names and ARNs of one pipeline's resources."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from mailfanout.durations import ON_AWS, Durations

Design = Literal["simple", "reliable"]
# What becomes of a recipient of whom nobody knows whether SES took the mail.
UnknownPolicy = Literal["at_most_once", "at_least_once", "settle"]

# The settings of a resource, as AWS words them.
State = dict[str, Any]


@dataclass(frozen=True)
class Stack:
    """One pipeline: AWS's names for its parts, and the ARNs that follow from them.

    The names are those of the published article. `dead_letter_queue_name`, and `sender`
    (the one verified address that mails come from and replies go to), complete it; the names
    after it are the reliable design's. `unsubscribe_url` is an HTTPS address that a recipient's
    address can follow, or nothing.
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
    ledger_name: str = "maildelivery"
    failed_queue_name: str = "mailsendqueue0000001-failed"
    record_feedback_name: str = "recordFeedback"
    sweep_campaigns_name: str = "sweepCampaigns"
    feedback_name: str = "mailfeedback"
    feedback_dead_letter_queue_name: str = "mailfeedback-dlq"
    notices_name: str = "mailnotices"
    rule_name: str = "mailsweep"
    durations: Durations = ON_AWS
    unknown_policy: UnknownPolicy = "settle"
    unsubscribe_url: str = ""
    consumers: int = 2

    def with_prefix(self, prefix: str) -> Stack:
        """The same stack with this in front of every name, so that two share one account."""
        names = [field.name for field in fields(self) if field.name.endswith("_name")]
        changes: State = {name: f"{prefix}{getattr(self, name)}" for name in names}
        return replace(self, **changes)

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource in the stack's Region, such as `arn("sqs", "mailsendqueue")`."""
        return f"arn:aws:{service}:{self.region}:{self.account_id}:{resource}"

    def role_name_of(self, function_name: str) -> str:
        """The name of the execution role that a function of the reliable design has to itself."""
        return f"{function_name}-role"

    def role_arn_of(self, function_name: str) -> str:
        """The ARN of that role."""
        return f"arn:aws:iam::{self.account_id}:role/{self.role_name_of(function_name)}"

    @property
    def table_arn(self) -> str:
        return self.arn("dynamodb", f"table/{self.table_name}")

    @property
    def ledger_arn(self) -> str:
        return self.arn("dynamodb", f"table/{self.ledger_name}")

    @property
    def notices_arn(self) -> str:
        return self.arn("sns", self.notices_name)

    @property
    def feedback_topic_arn(self) -> str:
        return self.arn("sns", self.feedback_name)

    @property
    def feedback_queue_arn(self) -> str:
        return self.arn("sqs", self.feedback_name)

    @property
    def feedback_dead_letter_queue_arn(self) -> str:
        return self.arn("sqs", self.feedback_dead_letter_queue_name)

    @property
    def failed_queue_arn(self) -> str:
        return self.arn("sqs", self.failed_queue_name)

    @property
    def configuration_set_arn(self) -> str:
        return self.arn("ses", f"configuration-set/{self.feedback_name}")

    @property
    def rule_arn(self) -> str:
        return self.arn("events", f"rule/{self.rule_name}")

    @property
    def bucket_arn(self) -> str:
        return f"arn:aws:s3:::{self.bucket_name}"

    @property
    def role_arn(self) -> str:
        return f"arn:aws:iam::{self.account_id}:role/{self.role_name}"

    @property
    def queue_arn(self) -> str:
        return self.arn("sqs", self.queue_name)

    @property
    def dead_letter_queue_arn(self) -> str:
        return self.arn("sqs", self.dead_letter_queue_name)

    @property
    def identity_arn(self) -> str:
        return self.arn("ses", f"identity/{self.sender}")

    def function_arn(self, name: str) -> str:
        """The ARN of one of the functions, by its name."""
        return self.arn("lambda", f"function:{name}")

    def log_group_name(self, name: str) -> str:
        """The CloudWatch log group that AWS Lambda writes a function's log to."""
        return f"/aws/lambda/{name}"
