"""moto's SES in this process, with the sandbox's changes to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto.moto_api._internal.models import moto_api_backend

from mailfanout.sandbox.seams import calls
from mailfanout.sandbox.seams.ses import replacements
from mailfanout.sandbox.ses.destinations import VALIDATED
from mailfanout.sandbox.ses.feedback import TopicMessage
from mailfanout.sandbox.ses.sending import Ses
from support.sandboxes.in_process import answer_here

SENDER = "sender@example.com"
MESSAGE = {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Body"}}}
GREETING = {"Subject": "Dear {{username}}", "Text": "{{ username }}, you are number {{n}}"}

Send = Callable[..., str]


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.seconds = 1_700_000_000.0

    def __call__(self) -> float:
        return self.seconds


class Topics:
    """Stands for SNS: what was published, the messages parsed.

    What SES tells a topic first, because it is one of its topics now, is in `first`.
    """

    def __init__(self) -> None:
        self.published: list[tuple[str, str | None, dict[str, Any]]] = []
        self.first: list[tuple[str, str | None, str]] = []

    def __call__(self, messages: Iterable[TopicMessage]) -> None:
        for topic_arn, subject, said in messages:
            message = said if isinstance(said, str) else said()
            if message == VALIDATED or '"AmazonSnsSubscriptionSucceeded"' in message:
                self.first.append((topic_arn, subject, message))
            else:
                self.published.append((topic_arn, subject, json.loads(message)))

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [message for _, _, message in self.published]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def topics() -> Topics:
    return Topics()


@pytest.fixture
def ses(clock: Clock, topics: Topics, monkeypatch: pytest.MonkeyPatch) -> Ses:
    ses = Ses(topics, clock=clock)
    for owner, name, value, _ in [*calls.replacements(), *replacements(ses)]:
        monkeypatch.setattr(owner, name, value, raising=False)
    return ses


@pytest.fixture(scope="session")
def clients() -> dict[str, Any]:
    session = boto3.Session("testing", "testing", region_name="us-east-1")
    once = Config(retries={"total_max_attempts": 1})
    services = ("ses", "sesv2")
    return {service: answer_here(session.client(service, config=once)) for service in services}


@pytest.fixture
def sesv2(ses: Ses, clients: dict[str, Any]) -> Iterator[Any]:
    clients["sesv2"].create_email_identity(EmailIdentity=SENDER)
    yield clients["sesv2"]
    moto_api_backend.reset()


@pytest.fixture
def sesv1(sesv2: Any, clients: dict[str, Any]) -> Any:
    return clients["ses"]


@pytest.fixture
def send(sesv2: Any) -> Send:
    """SESv2 SendEmail to recipients; keywords replace the request's fields. The message id."""

    def send(*recipients: str, **fields: Any) -> str:
        request = {
            "FromEmailAddress": SENDER,
            "Destination": {"ToAddresses": recipients or ["yamada@example.com"]},
            "Content": {"Simple": MESSAGE},
        }
        return str(sesv2.send_email(**request | fields)["MessageId"])

    return send


@pytest.fixture
def send_v1(sesv1: Any) -> Send:
    """The same with API v1."""

    def send_v1(*recipients: str, **fields: Any) -> str:
        request = {
            "Source": SENDER,
            "Destination": {"ToAddresses": recipients or ["yamada@example.com"]},
            "Message": MESSAGE,
        }
        return str(sesv1.send_email(**request | fields)["MessageId"])

    return send_v1


@pytest.fixture
def send_bulk(sesv2: Any) -> Callable[..., list[dict[str, Any]]]:
    """SESv2 SendBulkEmail of a greeting to entries. The entries' results."""

    def send_bulk(*entries: dict[str, Any], **fields: Any) -> list[dict[str, Any]]:
        template = {"TemplateContent": GREETING, "TemplateData": '{"n": 1}'}
        request = {
            "FromEmailAddress": SENDER,
            "DefaultContent": {"Template": template},
            "BulkEmailEntries": entries,
        }
        return list(sesv2.send_bulk_email(**request | fields)["BulkEmailEntryResults"])

    return send_bulk
