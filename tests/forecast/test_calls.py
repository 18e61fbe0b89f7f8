"""Calls are reckoned as the sandbox counts them."""

from __future__ import annotations

import pytest

from mailfanout import bench, forecast, provision
from mailfanout.forecast import Figures
from mailfanout.stack import Design, Stack
from mailfanout.target import Target, stack_for


@pytest.mark.parametrize(
    ("recipients", "transactions", "batches"),
    [(1, 2, 1), (4_000, 3, 8), (4_001, 3, 9), (10_003, 4, 21)],
)
def test_a_transaction_holds_eighty_chunks_and_the_last_one_is_not_full(
    recipients: int, transactions: int, batches: int
) -> None:
    calls = forecast.calls_on_the_way(Figures(recipients=recipients, sending_rate=50))

    assert calls["sendQueue"]["dynamodb:TransactWriteItems"] == transactions
    assert calls["sendQueue"]["sqs:SendMessageBatch"] == batches


def test_a_low_rate_makes_small_chunks_and_more_calls() -> None:
    at_50, at_14 = (
        forecast.calls_on_the_way(Figures(recipients=700, sending_rate=rate)) for rate in (50, 14)
    )

    assert at_50["readMessageAndSendMail"]["sesv2:SendBulkEmail"] == 14
    assert at_14["readMessageAndSendMail"]["sesv2:SendBulkEmail"] == 50


@pytest.mark.slow
@pytest.mark.parametrize(("design", "sizes"), [("simple", (23,)), ("reliable", (40, 120))])
def test_the_sandbox_counts_what_is_reckoned(
    mailfanout_target: Target, design: Design, sizes: tuple[int, ...]
) -> None:
    target, stack = mailfanout_target, stack_for(mailfanout_target)
    assert target.sandbox
    target.sandbox.change_settings(max_send_rate=1_000)
    provision.deploy(target, stack, design=design)

    for size in sizes:
        run = bench.measure_here(target, stack, size)
        assert run.counted(*on_the_way(stack)) == reckoned(design, size)


def on_the_way(stack: Stack) -> tuple[str, str]:
    return stack.send_queue_name, stack.read_message_name


def reckoned(design: Design, size: int) -> dict[str, float]:
    figures = Figures(recipients=size, design=design, sending_rate=1_000)
    return {
        f"{function} {operation}": number
        for function, operations in forecast.calls_on_the_way(figures).items()
        for operation, number in operations.items()
    }
