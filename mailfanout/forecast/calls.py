"""How many API calls the functions make, from the number of recipients: what is counted, too."""

from __future__ import annotations

import math

from mailfanout.forecast.figures import BATCH_SIZE, CHUNKS_IN_A_TRANSACTION, PAGE_BYTES, Figures

# By function, then by `service:Operation`, as the sandbox counts them.
Calls = dict[str, dict[str, float]]

# An entry of a chunk: an address, and later the message id and what became of it.
PENDING_BYTES, RECORDED_BYTES = 60, 200
EVENTS_OF_A_MAIL = 2  # Send, and Delivery or Bounce
EVENTS_IN_A_BATCH, FEEDBACK_WINDOW_SECONDS = 1_000, 30.0


def calls_on_the_way(figures: Figures, *, messages: float | None = None) -> Calls:
    """The calls of the two functions that each mail passes: exact, if nothing goes wrong.

    In the simple design `messages` are those that sendQueue enqueues, by default one for each
    recipient.
    """
    if figures.design == "reliable":
        return {"sendQueue": _planning(figures), "readMessageAndSendMail": _sending(figures)}
    number = figures.recipients if messages is None else messages
    return {
        "sendQueue": {
            "dynamodb:Query": _pages(figures.recipients * figures.item_bytes),
            "dynamodb:UpdateItem": number,
            "sqs:SendMessageBatch": math.ceil(number / BATCH_SIZE),
        },
        "readMessageAndSendMail": {
            "dynamodb:UpdateItem": number,
            "s3:GetObject": number,
            "sesv2:SendEmail": number,
        },
    }


def calls_beside_it(figures: Figures, seconds: float, open_seconds: float) -> Calls:
    """The reliable design's other calls: for SES's events, and each minute for the sweep.

    The sweep reads the table of campaigns, and every chunk of a campaign that is open; while that
    waits for SES's daily quota, it asks SES instead.
    """
    if figures.design == "simple":
        return {}
    events = EVENTS_OF_A_MAIL * figures.recipients
    batches = max(events / EVENTS_IN_A_BATCH, min(events, seconds / FEEDBACK_WINDOW_SECONDS), 1)
    sweeps = max(1.0, seconds / figures.sweep_seconds)
    waiting = (seconds - open_seconds) / figures.sweep_seconds
    ledger = figures.recipients * (PENDING_BYTES + RECORDED_BYTES) / 2  # halfway through
    return {
        "recordFeedback": {"dynamodb:BatchGetItem": batches, "dynamodb:UpdateItem": batches},
        "sweepCampaigns": {
            "dynamodb:Query": sweeps + (sweeps - waiting) * _pages(ledger),
            "dynamodb:GetItem": 2 * sweeps,
            "dynamodb:PutItem": sweeps,
            "sesv2:GetAccount": waiting,
            "sqs:GetQueueAttributes": 3 * sweeps,
        },
    }


def _planning(figures: Figures) -> dict[str, float]:
    """A transaction begins the campaign; then one holds up to 80 chunks, and the last one fewer."""
    in_a_transaction = CHUNKS_IN_A_TRANSACTION * figures.chunk_size
    full, rest = divmod(figures.recipients, in_a_transaction)
    batches = full * math.ceil(CHUNKS_IN_A_TRANSACTION / BATCH_SIZE)
    batches += math.ceil(math.ceil(rest / figures.chunk_size) / BATCH_SIZE)
    return {
        "dynamodb:GetItem": 2,
        "dynamodb:Scan": _pages(figures.recipients * figures.item_bytes),
        "dynamodb:TransactWriteItems": 1 + full + 1,
        "s3:GetObject": 1,
        "sesv2:GetAccount": 1,
        "sqs:SendMessageBatch": batches,
    }


def _sending(figures: Figures) -> dict[str, float]:
    """Claim, read, send, record: four calls for a chunk, and again for what SES refused."""
    chunks = figures.chunks / (1 - figures.refused) if figures.refused else figures.chunks
    calls = ("dynamodb:UpdateItem", "dynamodb:BatchGetItem", "sesv2:SendBulkEmail")
    return dict.fromkeys((*calls, "dynamodb:PutItem"), chunks)


def _pages(size: float) -> int:
    return max(1, math.ceil(size / PAGE_BYTES))
