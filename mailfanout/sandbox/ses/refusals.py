"""Why SES refuses a call, or one entry of SendBulkEmail.

See https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_BulkEmailEntryResult.html
"""

from __future__ import annotations

from functools import partial
from typing import Literal

from mailfanout.errors import MailfanoutError

BulkEmailStatus = (
    Literal["MESSAGE_REJECTED", "MAIL_FROM_DOMAIN_NOT_VERIFIED", "CONFIGURATION_SET_NOT_FOUND"]
    | Literal["TEMPLATE_NOT_FOUND", "ACCOUNT_SUSPENDED", "ACCOUNT_THROTTLED"]
    | Literal["ACCOUNT_DAILY_QUOTA_EXCEEDED", "ACCOUNT_SENDING_PAUSED", "INVALID_PARAMETER"]
    | Literal["CONFIGURATION_SET_SENDING_PAUSED"]
)

# Why SES refuses a call: for a reason that SendBulkEmail knows, or for one of other operations.
Refusal = (
    BulkEmailStatus
    | Literal["EVENT_DESTINATION_EXISTS", "EVENT_DESTINATION_NOT_FOUND", "TEMPLATE_EXISTS"]
    | Literal["RENDERING_DATA_INVALID", "RENDERING_FAILED"]
)


class AwsError(MailfanoutError):
    """SES refuses a call, or one entry of SendBulkEmail.

    `status` is the one that SendBulkEmail gives the entry, or RENDERING_FAILED, which no entry
    has; each protocol has an error code of its own for it.
    """

    def __init__(self, status: Refusal, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


# The refusal of a parameter.
invalid = partial(AwsError, "INVALID_PARAMETER")
