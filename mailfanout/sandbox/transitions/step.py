"""One call on its way to being done, and what a service needs to give it its time."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.http import Answer
from mailfanout.sandbox.json_objects import Json
from mailfanout.sandbox.states import Change, States

Key = tuple[str, str]


@dataclass(frozen=True)
class Step:
    """A call, how to do it, and what changes meanwhile. Resources are known by Region and name."""

    call: ApiCall
    account_id: str
    states: States
    do: Callable[[ApiCall], Answer]

    @property
    def parameters(self) -> Json:
        return self.call.parameters

    def done(self) -> Answer:
        """The answer to the call itself."""
        return self.do(self.call)

    def asked(self, operation: str, **parameters: Any) -> Answer:
        """The answer to another operation of the same service."""
        model = self.call.model.service_model.operation_model(operation)
        return self.do(replace(self.call, operation=operation, parameters=parameters, model=model))

    def key(self, name: str) -> Key:
        return self.call.region, name

    def begin(self, change: Change, name: str, shown: Any = True) -> None:
        self.states.begin(change, self.key(name), shown)

    def shown(self, change: Change, name: str) -> Any:
        return self.states.shown(change, self.key(name))


def is_done(answer: Answer) -> bool:
    """Whether the service has done what was asked, and not refused it."""
    return answer.status < 300


def document(answer: Answer) -> Json:
    """A JSON answer's own; empty if the call was refused."""
    found: Json = json.loads(answer.body) if is_done(answer) and answer.body else {}
    return found


def altered(answer: Answer, alter: Callable[[Json], Json]) -> Answer:
    """A JSON answer with its document altered; a refusal as it is."""
    return with_document(answer, alter(document(answer))) if is_done(answer) else answer


def with_document(answer: Answer, value: Json) -> Answer:
    """The answer with another body. moto's checksum and length are of its own."""
    headers = {
        name: text
        for name, text in answer.headers.items()
        if name.lower() not in ("content-length", "x-amz-crc32")
    }
    return Answer(answer.status, headers, json.dumps(value).encode())
