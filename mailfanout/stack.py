"""The names, tags and ARNs of one pipeline's resources."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from mailfanout.durations import ON_AWS, Durations
from mailfanout.errors import InputError

# The tags that every part carries, if AWS lets it carry any: what made it, and for which stack.
CREATOR_TAG, STACK_TAG = "created-by", "mailfanout:stack"
CREATOR = "mailfanout"
# AWS knows one list of roles for all Regions, so a role says its own.
REGION_TAG = "mailfanout:region"
# The tagging API leaves out roles. They are found by this path.
ROLE_PATH = "/mailfanout/"

Design = Literal["simple", "reliable"]
# What becomes of a recipient of whom nobody knows whether SES took the mail.
UnknownPolicy = Literal["at_most_once", "at_least_once", "settle"]

# S3 allows a bucket's name 63 characters, and the rest of ours takes up to 47; lesson 12 adds two.
LONGEST_PREFIX = 14
# What no bucket's name may begin with; a prefix has no two hyphens, so `xn--` is none already.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_RESERVED_BY_S3 = "sthree-|amzn-s3-demo-"
# What stands in front of every name, with its hyphen.
PREFIX_PATTERN = f"(?!{_RESERVED_BY_S3})[a-z0-9]+(-[a-z0-9]+)*-"
# What MAILFANOUT_PREFIX and --prefix take for none.
NO_PREFIX = "none"

# As many of a queue's messages as Lambda lets functions handle at once: MaximumConcurrency.
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
FEWEST_CONSUMERS, MOST_CONSUMERS = 2, 1_000

# Addresses that an environment variable, an option or the template's parameters name. What a
# recipient's address follows has a path or a query, and is part of a mail's header.
SENDER_PATTERN = r"[^@\s]+@[^@\s]+"
NO_URL = "none"
# SES takes headers of up to 870 characters, two of which are brackets. An address has up to 64
# characters before its @-sign, each of which may be written as three, as that is, and 189 after it.
# https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_MessageHeader.html
LONGEST_UNSUBSCRIBE_URL = 870 - 2 - (3 * 64 + 3 + 189)
# A host has names of up to 63 characters between its dots, and the last one is no number.
_HOST_NAME = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = rf"(?=[^/?:]{{1,253}}[/?:])({_HOST_NAME}\.)*(?![0-9]+[/?:]){_HOST_NAME}"
# 1 to 65535
_PORT = "([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
UNSUBSCRIBE_PATTERN = (
    rf"https://{_HOST}(:{_PORT})?"
    r"[/?]([A-Za-z0-9._~:/?@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*"
)

# The settings of a resource, as AWS words them.
State = dict[str, Any]


@dataclass(frozen=True)
class Stack:
    """One pipeline: AWS's names for its parts, and the ARNs that follow from them.

    The names are those of the published article. `dead_letter_queue_name`, and `sender`
    (the one verified address that mails come from and replies go to), complete it; the names
    after it are the reliable design's. `unsubscribe_url` is an HTTPS address that a recipient's
    address can follow, or nothing. If it `reports_feedback`, the simple design, too, has the
    reliable one's parts for SES's events, and its mails go by the configuration set. `stack_name`
    is what the stack's parts are tagged with.
    """

    account_id: str = "123456789012"
    region: str = "us-east-1"
    partition: str = "aws"
    stack_name: str = CREATOR
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
    role_suffix: str = ""
    durations: Durations = ON_AWS
    unknown_policy: UnknownPolicy = "settle"
    unsubscribe_url: str = ""
    reports_feedback: bool = False
    consumers: int = 2

    def with_prefix(self, prefix: str) -> Stack:
        """The same stack with this in front of every name, so that two share one account.

        `prefix` ends in a hyphen. Raises InputError if a name cannot begin with it.
        """
        bare = prefix.removesuffix("-") if type(prefix) is str else prefix
        if prefix != "" and prefix != f"{check_prefix(bare)}-":
            raise InputError(f"The prefix {prefix!r} has no hyphen at its end: {f'{prefix}-'!r}.")
        return self.with_names_after(prefix)

    def with_names_after(self, prefix: str) -> Stack:
        """The same, unchecked: for a parameter of a template, or for what stands already."""
        names = [field.name for field in fields(self) if field.name.endswith("_name")]
        changes: State = {name: f"{prefix}{getattr(self, name)}" for name in names}
        return replace(self, **changes)

    def with_names_for_aws(self) -> Stack:
        """The same stack with names that nobody else has, if AWS shares them more widely.

        Everybody's buckets share their names, and an account's Regions share its roles' names.
        """
        return replace(
            self,
            bucket_name=f"{self.bucket_name}-{self.account_id}-{self.region}",
            role_name=f"{self.role_name}-{self.region}",
            role_suffix=f"-{self.region}",
        )

    @property
    def prefix(self) -> str:
        """What stands in front of every name, without its hyphen; "" is nothing."""
        return self.stack_name.removesuffix(CREATOR).rstrip("-")

    @property
    def tags(self) -> dict[str, str]:
        """What every part is tagged with, if AWS lets it carry tags."""
        return {CREATOR_TAG: CREATOR, STACK_TAG: self.stack_name}

    @property
    def role_tags(self) -> dict[str, str]:
        """What a role is tagged with."""
        return {**self.tags, REGION_TAG: self.region}

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource in the stack's Region, such as `arn("sqs", "mailsendqueue")`."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{resource}"

    def role_name_of(self, function_name: str) -> str:
        """The name of the execution role that a function of the reliable design has to itself."""
        return f"{function_name}-role{self.role_suffix}"

    def role_arn_of(self, function_name: str) -> str:
        """The ARN of that role."""
        return self._role_arn(self.role_name_of(function_name))

    def _role_arn(self, name: str) -> str:
        return f"arn:{self.partition}:iam::{self.account_id}:role{ROLE_PATH}{name}"

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
        return f"arn:{self.partition}:s3:::{self.bucket_name}"

    @property
    def role_arn(self) -> str:
        return self._role_arn(self.role_name)

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


def check_prefix(prefix: str) -> str:
    """The prefix, if every name may begin with it. Raises InputError if it may not."""
    fits = type(prefix) is str and len(prefix) <= LONGEST_PREFIX
    if not fits or not re.fullmatch(PREFIX_PATTERN, f"{prefix}-"):
        raise InputError(
            f"{prefix!r} is no prefix. One is, for example, anna: up to {LONGEST_PREFIX} small "
            "letters, digits and single hyphens between them, as buckets are named with it, too; "
            "S3 keeps names that begin with sthree- and amzn-s3-demo- to itself."
        )
    return prefix


def check_sender(sender: str) -> str:
    """The sender's address, if it is one. Raises InputError if it is not."""
    if not re.fullmatch(SENDER_PATTERN, sender):
        raise InputError(f"MAILFANOUT_SENDER is {sender!r}, which is no address.")
    return sender


def check_consumers(consumers: int) -> int:
    """The number, if a queue can have so many consumers at once. Raises InputError if not."""
    if type(consumers) is not int or not FEWEST_CONSUMERS <= consumers <= MOST_CONSUMERS:
        raise InputError(
            f"consumers is {consumers!r}: Lambda lets from {FEWEST_CONSUMERS} to "
            f"{MOST_CONSUMERS:,} work at once. Type, for example: consumers={FEWEST_CONSUMERS}"
        )
    return consumers


def check_unsubscribe_url(url: str) -> str:
    """What a recipient's address can follow, or nothing for `none`. Raises InputError."""
    if url == NO_URL:
        return ""
    if len(url) > LONGEST_UNSUBSCRIBE_URL:
        raise InputError(
            f"The address to unsubscribe at has {len(url)} characters. With a recipient's address "
            f"after it, SES would refuse the mail: name one of up to {LONGEST_UNSUBSCRIBE_URL}."
        )
    if not re.fullmatch(UNSUBSCRIBE_PATTERN, url):
        raise InputError(
            f"{url!r} is no address to unsubscribe at. It begins with https:// (RFC 8058) and the "
            "name of a host, and a recipient's address follows it, as in https://example.com/unsubscribe?address="
        )
    return url


def prefix_of_caller(caller_arn: str) -> str:
    """The prefix that follows from who AWS says the caller is; no two callers have the same.

    Raises InputError for a session that has another name each time.
    """
    name = caller_arn.rpartition("/")[2].rpartition(":")[2].lower()
    if re.fullmatch(r"[\w-]*session-?\d{9,}", name):
        raise InputError(
            f"AWS knows you as {name}, which is another name each time, and no prefix for what "
            "you deploy. Set MAILFANOUT_PREFIX to your name, or type it after --prefix."
        )
    words = "-".join(re.findall("[a-z0-9]+", name.partition("@")[0]))
    if words == name and len(name) <= LONGEST_PREFIX and name != NO_PREFIX:
        return name
    unique = hashlib.sha256(name.encode()).hexdigest()[:6]
    return f"{words[: LONGEST_PREFIX - 7].rstrip('-') or 'x'}-{unique}"
