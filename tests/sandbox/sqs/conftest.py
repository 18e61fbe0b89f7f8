import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import boto3
import pytest
from moto import mock_aws
from moto.sqs import models
from moto.sqs.responses import SQSResponse

from mailfanout.sandbox.sqs import backend as sqs
from mailfanout.sandbox.sqs import message_store, queue
from support.sqs_calls import REGION, arn, inside


class Clock:
    """moto's time, which moves when a test moves it, and by `tick_seconds` when it is read."""

    def __init__(self):
        self.now = datetime(2026, 3, 1, 12)
        self.tick_seconds = 0

    def __call__(self):
        self.advance(self.tick_seconds)
        return self.now

    def advance(self, seconds):
        self.now += timedelta(seconds=seconds)

    @property
    def now_ms(self):
        return int((self.now - datetime(1970, 1, 1)).total_seconds() * 1000)


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr("moto.core.utils.utcnow", clock)
    return clock


@pytest.fixture(autouse=True)
def seams(monkeypatch):
    monkeypatch.setattr(models, "Queue", queue.Queue)
    monkeypatch.setattr(models, "Message", message_store.Message)
    monkeypatch.setattr(models, "camelcase_to_underscores", sqs.camelcase_to_underscores)
    monkeypatch.setattr(models.sqs_backends, "backend", sqs.Backend)
    monkeypatch.setattr(SQSResponse, "receive_message", sqs.receive_message)
    with mock_aws():
        yield


@pytest.fixture(scope="session")
def client():
    session = boto3.Session("testing", "testing", region_name=REGION)
    client = session.client("sqs")
    yield client
    client.close()


@pytest.fixture
def make_queue(client):
    def make(name="work", **attributes):
        values = {key: str(value) for key, value in attributes.items()}
        return client.create_queue(QueueName=name, Attributes=values)["QueueUrl"]

    return make


@pytest.fixture
def make_dead_letter_pair(client, make_queue):
    def make(max_receive_count=2, **attributes):
        dead_url = make_queue("dead", **attributes)
        policy = {"deadLetterTargetArn": arn(dead_url), "maxReceiveCount": max_receive_count}
        return make_queue("work", VisibilityTimeout=0, RedrivePolicy=json.dumps(policy)), dead_url

    return make


@pytest.fixture
def pool():
    with ThreadPoolExecutor(250) as pool:
        yield pool


@pytest.fixture
def work(make_queue):
    return inside(make_queue())
