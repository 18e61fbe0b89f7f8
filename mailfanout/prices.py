"""What a campaign costs on AWS: one table of prices, and what each kind of call is taken to need.

The functions' calls are counted; what nobody can count here is stated as an assumption in the rate
that it belongs to. Prices are those of us-east-1, on demand, without free tiers.
https://aws.amazon.com/dynamodb/pricing/on-demand/ https://aws.amazon.com/ses/pricing/
https://aws.amazon.com/sqs/pricing/ https://aws.amazon.com/sns/pricing/
https://aws.amazon.com/lambda/pricing/ https://aws.amazon.com/s3/pricing/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from mailfanout.stack import Design

AS_OF = "2026-11"

# What there is to pay for: dollars per million.
Unit = Literal[
    "DynamoDB write unit",
    "DynamoDB read unit",
    "SQS request",
    "SNS publish",
    "Lambda request",
    "Lambda GB-second",
    "S3 GET",
]
PER_MILLION: dict[Unit, float] = {
    "DynamoDB write unit": 0.625,
    "DynamoDB read unit": 0.125,
    "SQS request": 0.40,
    "SNS publish": 0.50,
    "Lambda request": 0.20,
    "Lambda GB-second": 16.6667,
    "S3 GET": 0.40,
}
# SES, per million mails: what new accounts get since 2026-07-21, and what they can choose.
SES_PLANS = {"default plan of 2026-07-21": 160.0, "à la carte": 100.0}

# The same by what SESv2 GetAccount calls them; there are more.
SES_PRICES = {
    "ESSENTIALS": SES_PLANS["default plan of 2026-07-21"],
    "NONE": SES_PLANS["à la carte"],
}

RECIPIENT = "recipient"
CALL = "call"
# A month in minutes.
MONTH = 30 * 24 * 60


@dataclass(frozen=True)
class Rate:
    """So many units for each call of a kind: `function service:Operation`.

    `per` may be RECIPIENT, too, or CALL: any call that a function makes.
    """

    per: str
    units: float
    unit: Unit
    because: str


# Both: an API call takes 10 ms of a function with 256 MB. SES itself has its plan's price.
_TIME = Rate(CALL, 0.01 * 0.25, "Lambda GB-second", "10 ms at 256 MB")

RATES: dict[Design, tuple[Rate, ...]] = {
    "simple": (
        _TIME,
        Rate(RECIPIENT, 0.025, "DynamoDB read unit", "200 bytes of a query"),
        Rate("sendQueue dynamodb:UpdateItem", 1, "DynamoDB write unit", "the flag stays 0"),
        Rate("sendQueue sqs:SendMessageBatch", 1, "SQS request", "10 messages, below 64 KB"),
        Rate("readMessageAndSendMail s3:GetObject", 1, "S3 GET", "the mail, each time"),
        Rate(
            "readMessageAndSendMail dynamodb:UpdateItem",
            4,
            "DynamoDB write unit",
            "the item, twice the index of the flag, and the other index",
        ),
        Rate(RECIPIENT, 0.1, "Lambda request", "10 messages a batch"),
        Rate(RECIPIENT, 0.2, "SQS request", "10 messages are received, and deleted, at once"),
    ),
    "reliable": (
        _TIME,
        Rate("sendQueue s3:GetObject", 1, "S3 GET", "the mail, once"),
        Rate("sendQueue dynamodb:GetItem", 1, "DynamoDB read unit", "the campaign"),
        Rate(RECIPIENT, 0.05, "DynamoDB read unit", "200 bytes of a consistent scan"),
        Rate(RECIPIENT, 0.12, "DynamoDB write unit", "60 bytes of a chunk, twice: a transaction"),
        Rate("sendQueue sqs:SendMessageBatch", 1, "SQS request", "10 messages, below 64 KB"),
        Rate("readMessageAndSendMail dynamodb:UpdateItem", 4, "DynamoDB write unit", "a lease"),
        Rate(
            "readMessageAndSendMail dynamodb:BatchGetItem",
            53,
            "DynamoDB read unit",
            "50 recipients, the campaign, a mail of 8 KB",
        ),
        Rate(
            "readMessageAndSendMail dynamodb:PutItem",
            10,
            "DynamoDB write unit",
            "50 entries with their message ids",
        ),
        Rate("readMessageAndSendMail dynamodb:PutItem", 1, "Lambda request", "a chunk a batch"),
        Rate("readMessageAndSendMail dynamodb:PutItem", 2, "SQS request", "receive and delete"),
        Rate(RECIPIENT, 2, "SNS publish", "SES publishes Send, and Delivery or Bounce"),
        Rate(RECIPIENT, 2, "SQS request", "SNS sends both to the queue"),
        Rate(RECIPIENT, 0.4, "SQS request", "10 are received, and deleted, at once"),
        Rate(
            "recordFeedback dynamodb:BatchGetItem",
            60,
            "DynamoDB read unit",
            "1,000 events are of 20 chunks of 10 KB",
        ),
        Rate("recordFeedback dynamodb:BatchGetItem", 1, "Lambda request", "a batch"),
        Rate("recordFeedback dynamodb:UpdateItem", 1, "DynamoDB write unit", "a count, or a flag"),
        Rate("recordFeedback dynamodb:PutItem", 10, "DynamoDB write unit", "a chunk"),
        Rate("recordFeedback sns:Publish", 1, "SNS publish", "a notice"),
        Rate("sweepCampaigns dynamodb:Query", 256, "DynamoDB read unit", "1 MB of the ledger"),
        Rate("sweepCampaigns dynamodb:GetItem", 1, "DynamoDB read unit", "a campaign"),
        Rate("sweepCampaigns dynamodb:PutItem", 1, "DynamoDB write unit", "what it saw"),
        Rate("sweepCampaigns sqs:GetQueueAttributes", 1, "SQS request", "a queue's counts"),
    ),
}


# The calls that each function makes for a recipient, as `mailfanout bench` counts them for 1,000.
CALLS: dict[Design, dict[str, dict[str, float]]] = {
    "simple": {
        "sendQueue": {
            "dynamodb:Query": 0.001,
            "dynamodb:UpdateItem": 1,
            "sqs:SendMessageBatch": 0.1,
        },
        "readMessageAndSendMail": {
            "dynamodb:UpdateItem": 1,
            "s3:GetObject": 1,
            "sesv2:SendEmail": 1,
        },
    },
    "reliable": {
        "sendQueue": {
            "dynamodb:GetItem": 0.002,
            "dynamodb:Scan": 0.001,
            "dynamodb:TransactWriteItems": 0.002,
            "s3:GetObject": 0.001,
            "sesv2:GetAccount": 0.001,
            "sqs:SendMessageBatch": 0.002,
        },
        "readMessageAndSendMail": {
            "dynamodb:BatchGetItem": 0.02,
            "dynamodb:PutItem": 0.02,
            "dynamodb:UpdateItem": 0.02,
            "sesv2:SendBulkEmail": 0.02,
        },
        "recordFeedback": {"dynamodb:BatchGetItem": 0.002, "dynamodb:UpdateItem": 0.002},
    },
}

_POLLING = "Lambda's 5 pollers ask a queue, for 20 s each time"
# What a month costs in which nobody sends anything. Storage is left out: a cent or two.
IDLE: dict[Design, tuple[Rate, ...]] = {
    "simple": (Rate("month", 15 * MONTH, "SQS request", _POLLING),),
    "reliable": (
        Rate("month", 2 * 15 * MONTH, "SQS request", f"{_POLLING}; two queues"),
        Rate("month", MONTH, "Lambda request", "sweepCampaigns, once a minute"),
        Rate("month", MONTH * 0.05, "Lambda GB-second", "200 ms at 256 MB"),
        Rate("month", MONTH, "DynamoDB read unit", "sweepCampaigns looks for open campaigns"),
    ),
}


def dollars_idle(design: Design, *, with_feedback: bool = False) -> float:
    """What a month costs in which nobody sends anything.

    `with_feedback`, the simple design has a second queue that is polled, as the reliable one has.
    """
    more = IDLE["simple"] if with_feedback and design == "simple" else ()
    rates = (*IDLE[design], *more)
    return sum(rate.units * PER_MILLION[rate.unit] / 1_000_000 for rate in rates)


def dollars_per_million(design: Design, calls: Mapping[str, Mapping[str, float]]) -> float:
    """What a million recipients cost beside SES, by the calls that each of them took.

    `calls` are by function, then by operation.
    """
    return sum(dollars_by_service(design, calls).values())


def dollars_by_service(
    design: Design, calls: Mapping[str, Mapping[str, float]]
) -> dict[str, float]:
    """The same for each service by itself, such as `DynamoDB`."""
    counts = {
        f"{function} {operation}": number
        for function, operations in calls.items()
        for operation, number in operations.items()
    }
    counts |= {RECIPIENT: 1.0, CALL: sum(counts.values())}
    dollars: dict[str, float] = {}
    for rate in RATES[design]:
        service = rate.unit.partition(" ")[0]
        units = counts.get(rate.per, 0.0) * rate.units
        dollars[service] = dollars.get(service, 0.0) + units * PER_MILLION[rate.unit]
    return dollars
