"""How long `sendQueue` takes to plan a million recipients, reckoned from what it takes here.

`python -m pytest -m benchmark -s tests/benchmarks/test_planning.py`. A partition of DynamoDB takes
1,000 write units and 3,000 read units a second, a transaction costs twice its writes, and a page of
a Scan has at most 1 MB. See
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
"""

from __future__ import annotations

import json
import math

import pytest

from mailfanout import campaign, provision, recipients
from mailfanout.stack import Stack
from mailfanout.target import Target, stack_for
from support.figures import show_figures
from support.waiting import wait_until

pytestmark = pytest.mark.benchmark

MILLION = 1_000_000
RECIPIENTS = 20_000
READ_UNITS_A_PAGE = 256
READ_UNITS_A_SECOND, WRITE_UNITS_A_SECOND = 3_000, 1_000
CHUNK_SIZE, CHUNKS_A_TRANSACTION, CHUNKS_A_BATCH = 50, 80, 10
# A call within a Region, as seen from a function; generous, since most take less.
ROUND_TRIP_SECONDS = 0.02
LAMBDA_LIMIT_SECONDS = 900


def test_a_million_recipients_are_planned_within_lambdas_time(mailfanout_target: Target) -> None:
    stack = stack_for(mailfanout_target)
    seconds_here = plan(mailfanout_target, stack)
    chunks = MILLION / CHUNK_SIZE
    transactions = chunks / CHUNKS_A_TRANSACTION
    batches = chunks / CHUNKS_A_BATCH
    read_units = MILLION * read_units_a_person(mailfanout_target, stack)
    pages = read_units / READ_UNITS_A_PAGE
    write_units = chunks * 2 * chunk_write_units(mailfanout_target, stack)

    parts = {
        "our own work, as measured here": seconds_here * MILLION / RECIPIENTS,
        f"{read_units:,.0f} read units": read_units / READ_UNITS_A_SECOND,
        f"{write_units:,.0f} write units": write_units / WRITE_UNITS_A_SECOND,
        "round trips": (pages + transactions + batches) * ROUND_TRIP_SECONDS,
    }
    total = sum(parts.values())

    show_figures(
        f"Planning {MILLION:,} recipients",
        {name: f"{seconds:6.0f} s" for name, seconds in [*parts.items(), ("in all", total)]},
    )
    assert total < LAMBDA_LIMIT_SECONDS


def plan(target: Target, stack: Stack) -> float:
    """Have a campaign planned, and nothing of it sent; how many seconds the function took."""
    assert target.sandbox
    target.sandbox.change_settings(max_send_rate=10_000)
    provision.deploy(target, stack, design="reliable")
    for name in (stack.read_message_name, stack.sweep_campaigns_name):
        target.client("lambda").delete_function(FunctionName=name)
    people = (
        recipients.Recipient(f"r{n}@example.com", f"Recipient {n}") for n in range(RECIPIENTS)
    )
    recipients.seed(target, stack, people)
    campaign.upload(target, stack, campaign.example_mail())
    wait_until(lambda: bool(runs(target, stack)), limit_seconds=300)
    [planned] = campaign.status(target, stack)
    assert planned["recipients"] == RECIPIENTS
    return sum(run.duration_ms for run in runs(target, stack)) / 1000


def runs(target: Target, stack: Stack) -> list[campaign.LoggedInvocation]:
    return campaign.invocations(campaign.read_lines(target, stack, stack.send_queue_name))


def read_units_a_person(target: Target, stack: Stack) -> float:
    """What a consistent Scan of the recipients costs each of them."""
    pages = (
        target.client("dynamodb")
        .get_paginator("scan")
        .paginate(TableName=stack.table_name, ConsistentRead=True, ReturnConsumedCapacity="TOTAL")
    )
    return sum(float(page["ConsumedCapacity"]["CapacityUnits"]) for page in pages) / RECIPIENTS


def chunk_write_units(target: Target, stack: Stack) -> int:
    """What putting a full chunk costs outside a transaction: a unit for each KB that is begun."""
    [planned] = campaign.status(target, stack)
    key = {"campaign": {"S": planned["campaign"]}, "part": {"S": "c000001"}}
    chunk = target.client("dynamodb").get_item(TableName=stack.ledger_name, Key=key)["Item"]
    return math.ceil(len(json.dumps(chunk)) / 1024)
