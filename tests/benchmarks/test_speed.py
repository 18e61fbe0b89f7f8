"""Figures side by side, printed in one run: `python -m pytest -m benchmark -s`.

Nothing here fails because a machine is slow. What is asserted is that the work was done.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import IO, Any

import pytest

from mailfanout import campaign, provision, recipients
from mailfanout.stack import Stack
from mailfanout.target import Target
from support.figures import deploy_echo, median_ms, show_figures
from support.waiting import wait_for_function

pytestmark = pytest.mark.benchmark

BENCH_CHILD = Path(__file__).with_name("bench_child.py")


@pytest.fixture
def pipe() -> Iterator[Callable[[str], str]]:
    with subprocess.Popen(
        [sys.executable, "-I", str(BENCH_CHILD)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        to, back = _streams(process)

        def call(line: str) -> str:
            to.write(line + "\n")
            to.flush()
            return back.readline()

        yield call
        to.close()


def _streams(process: subprocess.Popen[str]) -> tuple[IO[str], IO[str]]:
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout


def test_invocation_beside_a_bare_pipe_and_an_api_call(
    mailfanout_target: Target, stack: Stack, pipe: Callable[[str], str], tmp_path: Path
) -> None:
    client = mailfanout_target.client("lambda")
    deploy_echo(mailfanout_target, stack, tmp_path / "lambda_function.py")

    def invoke() -> Any:
        return json.loads(client.invoke(FunctionName="echo", Payload=b'{"n": 1}')["Payload"].read())

    def start_cold() -> None:
        variables = {"RUN": str(time.monotonic_ns())}
        client.update_function_configuration(
            FunctionName="echo", Environment={"Variables": variables}
        )
        invoke()

    assert invoke() == json.loads(pipe('{"n": 1}')) == {"n": 1}
    figures = {
        "bare function over a pipe": median_ms(lambda: pipe('{"n": 1}'), times=500),
        "API call without an invocation": median_ms(
            lambda: client.get_function_concurrency(FunctionName="echo"), times=200
        ),
        "warm invocation through the API": median_ms(invoke, times=300),
        "cold start through the API": median_ms(
            start_cold, times=10, between=lambda: wait_for_function(client, "echo")
        ),
    }
    show_figures("Invocation", {name: f"{ms:8.2f} ms" for name, ms in figures.items()})


def test_commands_while_a_sandbox_runs(mailfanout_target: Target) -> None:
    commands = ("tour", "deploy", "send", "status", "sandbox status", "--help")

    def run(words: str) -> None:
        command = [sys.executable, "-m", "mailfanout", *words.split()]
        subprocess.run(command, check=True, capture_output=True)

    run("tour")
    figures = {words: median_ms(partial(run, words), times=5) for words in commands}
    show_figures("Commands", {words: f"{ms:8.0f} ms" for words, ms in figures.items()})


def test_pipeline_takes_the_same_time_per_recipient_at_any_size(
    mailfanout_target: Target, stack: Stack
) -> None:
    send_to(mailfanout_target, stack, 100)  # starts the execution environments
    rows = {}
    for number in (100, 1_000, 10_000):
        report = send_to(mailfanout_target, stack, number)
        rate = report.sent / report.seconds
        rows[f"{number:6} recipients"] = f"{rate:6.0f} a second, {1000 / rate:6.2f} ms each"
    show_figures("The simple pipeline", rows)


def test_moment_between_ses_and_the_record(mailfanout_target: Target, stack: Stack) -> None:
    assert mailfanout_target.sandbox
    mailfanout_target.sandbox.change_settings(max_send_rate=10_000)
    provision.deploy(mailfanout_target, stack, design="reliable")
    send_to(mailfanout_target, stack, 1_000)
    lines = campaign.read_lines(mailfanout_target, stack, stack.read_message_name)
    recorded_ms = {
        said["chunk"]: line.timestamp_ms
        for line in lines
        for said in campaign.outcomes([line])
        if said["outcome"] == "recorded"
    }
    moments_ms = [
        recorded_ms[mail["tags"]["chunk"]]
        - datetime.fromisoformat(mail["accepted_at"]).timestamp() * 1000
        for mail in mailfanout_target.sandbox.mails()
    ]
    named = {"median": statistics.median(moments_ms), "longest": max(moments_ms)}
    show_figures(
        "From SES's taking a mail to its record", {n: f"{ms:8.0f} ms" for n, ms in named.items()}
    )


def send_to(target: Target, stack: Stack, number: int) -> campaign.Report:
    people = [recipients.Recipient(f"u{n}@example.com", f"User {n}") for n in range(number)]
    recipients.seed(target, stack, people)
    report = campaign.send(target, stack, campaign.example_mail())
    assert len({mail.to for mail in report.mails}) == report.recipients == number
    return report


def test_queue_takes_the_same_time_per_message_at_any_length(mailfanout_target: Target) -> None:
    client = mailfanout_target.client("sqs")
    url = client.create_queue(QueueName="long")["QueueUrl"]
    batch = [{"Id": str(number), "MessageBody": "x" * 100} for number in range(10)]
    rows, queued = {}, 0
    for length in (100, 10_000, 100_000):
        while queued < length:
            client.send_message_batch(QueueUrl=url, Entries=batch)
            queued += 10
        rows[f"{length:6} messages queued"] = queue_figures(client, url, batch)
    show_figures("SQS, per call", rows)


def queue_figures(client: Any, url: str, batch: list[dict[str, str]]) -> str:
    def send() -> None:
        client.send_message_batch(QueueUrl=url, Entries=batch)

    def receive_and_delete() -> None:
        received = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
        entries = [{"Id": m["MessageId"], "ReceiptHandle": m["ReceiptHandle"]} for m in received]
        client.delete_message_batch(QueueUrl=url, Entries=entries)

    def count() -> None:
        client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])

    parts = {"send 10": send, "receive and delete 10": receive_and_delete, "count": count}
    return ", ".join(f"{name} {median_ms(part, times=50):.2f} ms" for name, part in parts.items())
