"""The figures that a forecast goes by: those that anybody may change, and AWS's limits."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mailfanout import prices
from mailfanout.errors import InputError
from mailfanout.stack import MOST_CONSUMERS, Design, check_consumers

# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
FIRST_CONSUMERS = 5
CONSUMERS_A_MINUTE = 300
# sendQueue's timeout, and its attempts with the waits between them.
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
FUNCTION_SECONDS = 900.0
RETRY_WAITS_SECONDS = (60.0, 120.0)
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
# Write units of one partition. DynamoDB may split one that stays hot, which nobody can count on.
WRITES_A_SECOND = 1_000.0
PAGE_BYTES = 1_000_000  # of a Query or a Scan
DAY_SECONDS = 86_400.0

# What the functions do at once: SendMessageBatch, SendBulkEmail, one transaction.
BATCH_SIZE = 10
MAX_CHUNK_SIZE = 50
CHUNKS_IN_A_TRANSACTION = 80

RELIABLE_CONSUMERS = 2


@dataclass(frozen=True, kw_only=True)
class Figures:
    """A campaign, an account and a pipeline, in numbers; each may be changed.

    `sending_rate` (recipients a second) and `daily_quota` (recipients in 24 hours) are SES's, and
    `refused` is the share of mails that SES refuses for a moment. `consumers` are as many as may
    work at once; without it, 2 in the reliable design, and as many as Lambda starts in the simple
    one. The sweep comes every `sweep_seconds`. An API call takes `call_seconds`, and an item of the
    table `item_bytes`. Raises InputError for a number that makes no sense.
    """

    recipients: int
    design: Design = "reliable"
    sending_rate: float = 14.0
    daily_quota: float = 50_000.0
    refused: float = 0.0
    consumers: int | None = None
    sweep_seconds: float = 60.0
    call_seconds: float = 0.01
    item_bytes: int = 200
    ses_plan: str = "à la carte"

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if isinstance(value, int | float) and value <= 0 and name != "refused":
                raise InputError(f"{name} has to be more than 0.")
        if not 0 <= self.refused < 1:
            raise InputError("refused is a share: from 0, and less than 1.")
        if self.consumers is not None:
            check_consumers(self.consumers)
        for name, known in (("design", prices.RATES), ("ses_plan", prices.SES_PLANS)):
            if getattr(self, name) not in known:
                raise InputError(f"{name} is one of: {', '.join(known)}.")

    @property
    def chunk_size(self) -> int:
        """SES takes no more entries in a call than mails in a second."""
        return max(1, min(MAX_CHUNK_SIZE, int(self.sending_rate)))

    @property
    def chunks(self) -> int:
        """In how many chunks the reliable design keeps the recipients."""
        return math.ceil(self.recipients / self.chunk_size)

    def consumers_at(self, seconds: float) -> float:
        """How many consumers work so long after the first message."""
        if self.design == "reliable":
            return self.consumers or RELIABLE_CONSUMERS
        started = FIRST_CONSUMERS + CONSUMERS_A_MINUTE * seconds / 60
        return min(started, self.consumers or MOST_CONSUMERS)
