"""The sandbox under stress: `python -m pytest -m benchmark -s tests/benchmarks/test_stress.py`.

Each test prints its figures, and fails where a call failed or something leaked. Shorter runs:
STRESS_SECONDS, STRESS_CALLS and STRESS_INVOCATIONS (60, 200000 and 10000 where they are not set).
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from mailfanout import provision
from mailfanout.sandbox.control import Sandbox
from mailfanout.target import Target, stack_for
from support.figures import deploy_echo, median_ms, show_figures
from support.waiting import wait_for_table, wait_until

pytestmark = pytest.mark.benchmark

SECONDS = float(os.environ.get("STRESS_SECONDS", "60"))
CALLS = int(os.environ.get("STRESS_CALLS", "200000"))
INVOCATIONS = int(os.environ.get("STRESS_INVOCATIONS", "10000"))
CLIENTS = 200
NAME = "stress"
SENDER = "sender@example.com"
SERVICES = ("dynamodb", "lambda", "logs", "s3", "sesv2", "sqs")


class Size(NamedTuple):
    """What the sandbox takes of the machine; of its functions, the processes."""

    processes: int
    threads: int
    handles: int
    memory_mb: int

    @classmethod
    def of(cls, sandbox: Sandbox) -> Size:
        process = psutil.Process(sandbox.pid)
        # Each is there on its own system alone.
        count_handles = getattr(process, "num_handles" if psutil.WINDOWS else "num_fds")
        memory_mb = process.memory_info().rss // 2**20
        children = process.children(recursive=True)
        return cls(1 + len(children), process.num_threads(), count_handles(), memory_mb)

    def __str__(self) -> str:
        return ", ".join(f"{number} {name}" for name, number in self._asdict().items())

    def is_within(self, earlier: Size) -> bool:
        """No more than what comes and goes in pools, and what an allocator keeps."""
        limits = Size(processes=5, threads=8, handles=16, memory_mb=16)
        return all(
            now <= then + limit for now, then, limit in zip(self, earlier, limits, strict=True)
        )


@dataclass(frozen=True)
class Work:
    """Clients that try each call once, the resources that they work on, and what failed."""

    sandbox: Sandbox
    clients: dict[str, Any]
    queue_url: str
    errors: Counter[str] = field(default_factory=Counter)

    def attempt(self, call: Callable[[], Any]) -> None:
        try:
            call()
        except (BotoCoreError, ClientError) as error:
            self.errors[repr(error)] += 1

    def run_round(self, name: str) -> None:
        """Ten of the pipeline's calls, on things that the next round of that name overwrites."""
        for call in self._round(name):
            self.attempt(call)

    def in_halves(self, title: str, half: Callable[[], None]) -> None:
        """Do it twice. The second time keeps no more than the first, which keeps as many mails."""
        before, began = self._settled_size(), time.monotonic()
        half()
        middle = self._settled_size()
        half()
        calls, seconds = self.count_calls(), time.monotonic() - began
        failed = dict(self.errors) or "none"
        figures = {"calls": calls, "a second": f"{calls / seconds:.0f}", "errors": failed}
        sizes = {"before": before, "after the first half": middle, "at the end": self._size()}
        show_figures(title, {name: str(figure) for name, figure in {**figures, **sizes}.items()})
        assert not self.errors
        expected = before._replace(memory_mb=2 * middle.memory_mb - before.memory_mb)
        wait_until(lambda: self._settled_size().is_within(expected))

    def count_calls(self) -> int:
        return sum(self.sandbox.calls()["learner"].values())

    def _size(self) -> Size:
        return Size.of(self.sandbox)

    def _settled_size(self) -> Size:
        """Without open connections, and without the logs, which are kept by design."""
        logs = self.clients["logs"]
        for group in logs.describe_log_groups()["logGroups"]:
            logs.delete_log_group(logGroupName=group["logGroupName"])
        for client in self.clients.values():
            client.close()
        return self._size()

    def _round(self, name: str) -> Iterator[Callable[[], Any]]:
        sqs, dynamodb, s3 = (self.clients[service] for service in ("sqs", "dynamodb", "s3"))
        key, value = {"email": {"S": name}}, {":value": {"S": name}}
        yield partial(sqs.send_message, QueueUrl=self.queue_url, MessageBody=name)
        yield self._receive_and_delete
        yield partial(dynamodb.put_item, TableName=NAME, Item=key)
        yield partial(dynamodb.get_item, TableName=NAME, Key=key)
        yield partial(
            dynamodb.update_item,
            TableName=NAME,
            Key=key,
            UpdateExpression="SET username = :value",
            ExpressionAttributeValues=value,
        )
        yield partial(
            dynamodb.query,
            TableName=NAME,
            KeyConditionExpression="email = :value",
            ExpressionAttributeValues=value,
        )
        yield partial(s3.put_object, Bucket=NAME, Key=name, Body=b"x" * 1000)
        yield lambda: s3.get_object(Bucket=NAME, Key=name)["Body"].read()
        yield partial(
            self.clients["sesv2"].send_email,
            FromEmailAddress=SENDER,
            Destination={"ToAddresses": [f"{name}@example.com"]},
            Content={"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "b"}}}},
        )

    def _receive_and_delete(self) -> None:
        sqs = self.clients["sqs"]
        for message in sqs.receive_message(QueueUrl=self.queue_url).get("Messages", []):
            sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])


@pytest.fixture
def work(mailfanout_target: Target) -> Iterator[Work]:
    config = Config(max_pool_connections=CLIENTS, retries={"total_max_attempts": 1})
    session, url = mailfanout_target.session, mailfanout_target.endpoint_url
    clients = {one: session.client(one, endpoint_url=url, config=config) for one in SERVICES}
    queue_url = clients["sqs"].create_queue(QueueName=NAME)["QueueUrl"]
    clients["s3"].create_bucket(Bucket=NAME)
    clients["sesv2"].create_email_identity(EmailIdentity=SENDER)
    clients["dynamodb"].create_table(
        TableName=NAME,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "email", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "email", "AttributeType": "S"}],
    )
    wait_for_table(clients["dynamodb"], NAME)
    assert mailfanout_target.sandbox is not None
    yield Work(mailfanout_target.sandbox, clients, queue_url)
    for client in clients.values():
        client.close()


def test_two_hundred_clients_at_once(work: Work) -> None:
    def work_until(ends: float, number: int) -> None:
        while time.monotonic() < ends:
            work.run_round(f"client-{number}")

    def half() -> None:
        ends = time.monotonic() + SECONDS / 2
        with ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(partial(work_until, ends), range(CLIENTS)))

    work.in_halves(f"{CLIENTS} clients for {SECONDS:.0f} s", half)


def test_calls_are_answered_while_two_hundred_clients_wait_for_messages(work: Work) -> None:
    sqs = work.clients["sqs"]
    empty_url = sqs.create_queue(QueueName="empty")["QueueUrl"]
    wait = partial(sqs.receive_message, QueueUrl=empty_url, WaitTimeSeconds=20)
    with ThreadPoolExecutor(CLIENTS) as pool:
        waiting = [pool.submit(work.attempt, wait) for _ in range(CLIENTS)]
        wait_until(lambda: work.sandbox.calls()["learner"].get("sqs:ReceiveMessage") == CLIENTS)
        milliseconds = median_ms(lambda: work.run_round("other"), times=50)
        still_waiting = sum(not one.done() for one in waiting)
    show_figures(f"Beside {still_waiting} calls that wait", {"10 calls": f"{milliseconds:.1f} ms"})
    assert not work.errors


def test_calls_in_sequence(work: Work) -> None:
    def half() -> None:
        ends = work.count_calls() + CALLS / 2
        for number in count():
            work.run_round(f"number-{number % 1000}")
            if number % 20 == 0 and work.count_calls() >= ends:
                return

    work.in_halves(f"{CALLS} calls in sequence", half)


def test_invocations_through_the_api(mailfanout_target: Target, work: Work, tmp_path: Path) -> None:
    stack = stack_for(mailfanout_target)
    provision.create_role(mailfanout_target, stack)
    deploy_echo(mailfanout_target, stack, tmp_path / "lambda_function.py")

    def invoke(number: int) -> None:
        answer = work.clients["lambda"].invoke(FunctionName="echo", Payload=str(number))
        assert answer["Payload"].read() == str(number).encode()

    def half() -> None:
        for number in range(INVOCATIONS // 2):
            work.attempt(partial(invoke, number))

    work.in_halves(f"{INVOCATIONS} invocations through the API", half)
