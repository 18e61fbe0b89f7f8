"""moto's SQS in this process, with the sandbox's changes to it, and a clock that stands still."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.sqs import models
from moto.sqs.responses import SQSResponse

from mailfanout.sandbox.sqs import answers, message_store, queue
from mailfanout.sandbox.sqs import backend as sqs
from mailfanout.sandbox.sqs.queue import Queue
from support.calls.sqs_calls import REGION, Clock, MakePair, MakeQueue, arn, inside


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("moto.core.utils.utcnow", clock)
    monkeypatch.setattr(message_store, "time", SimpleNamespace(time=clock.seconds))
    return clock


@pytest.fixture(autouse=True)
def seams(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(models, "Queue", queue.Queue)
    monkeypatch.setattr(models, "Message", message_store.Message)
    monkeypatch.setattr(models, "camelcase_to_underscores", sqs.camelcase_to_underscores)
    monkeypatch.setattr(models.sqs_backends, "backend", sqs.Backend)
    monkeypatch.setattr(SQSResponse, "receive_message", answers.receive_message)
    with mock_aws():
        yield


@pytest.fixture(scope="session")
def client() -> Iterator[Any]:
    session = boto3.Session("testing", "testing", region_name=REGION)
    client = session.client("sqs")
    yield client
    client.close()


@pytest.fixture
def make_queue(client: Any) -> MakeQueue:
    def make(name: str = "work", **attributes: Any) -> str:
        values = {key: str(value) for key, value in attributes.items()}
        return str(client.create_queue(QueueName=name, Attributes=values)["QueueUrl"])

    return make


@pytest.fixture
def make_dead_letter_pair(client: Any, make_queue: MakeQueue) -> MakePair:
    def make(max_receive_count: int = 2, **attributes: Any) -> tuple[str, str]:
        dead_url = make_queue("dead", **attributes)
        policy = {"deadLetterTargetArn": arn(dead_url), "maxReceiveCount": max_receive_count}
        return make_queue("work", VisibilityTimeout=0, RedrivePolicy=json.dumps(policy)), dead_url

    return make


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(250) as pool:
        yield pool


@pytest.fixture
def work(make_queue: MakeQueue) -> Queue:
    return inside(make_queue())
