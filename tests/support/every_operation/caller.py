"""Calls operations and keeps their answers; the names that the calls of several services share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from botocore.config import Config

from mailfanout.target import Target

Json = dict[str, Any]

ACCOUNT_ID = "123456789012"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT_ID}:role/whole"
QUEUE_ARN = f"arn:aws:sqs:us-east-1:{ACCOUNT_ID}:whole"
FUNCTION_ARN = f"arn:aws:lambda:us-east-1:{ACCOUNT_ID}:function:whole"
TAGS = [{"Key": "created-by", "Value": "mailfanout"}]


class Answered(NamedTuple):
    """An answer: its operation's model, the body as it came in, and what botocore made of it."""

    model: Any
    body: bytes
    parsed: Json


class Caller:
    """Calls operations by their names, and keeps the first answer to each."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._clients: dict[str, Any] = {}
        self.answers: dict[str, Answered] = {}

    def client(self, service: str) -> Any:
        if service not in self._clients:
            config = Config(retries={"total_max_attempts": 1})
            self._clients[service] = client = self._target.session.client(
                service, endpoint_url=self._target.endpoint_url, config=config
            )
            client.meta.events.register("after-call", self._keep(service))
        return self._clients[service]

    def __call__(self, service: str, operation: str, **parameters: Any) -> Any:
        client = self.client(service)
        names = client.meta.method_to_api_mapping
        method = next(name for name, one in names.items() if one == operation)
        return getattr(client, method)(**parameters)

    def _keep(self, service: str) -> Callable[..., None]:
        def keep(http_response: Any, parsed: Json, model: Any, **_: Any) -> None:
            if http_response.status_code < 300:
                is_stream = model.has_streaming_output
                body = b"" if is_stream else http_response.content
                name = f"{service}-{model.name}"
                self.answers.setdefault(name, Answered(model, body, parsed))

        return keep
