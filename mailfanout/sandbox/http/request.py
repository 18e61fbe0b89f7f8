"""One HTTP request as it arrives, and one answer as it leaves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from mailfanout.sandbox.http.signature import Signature, header_signature, query_signature


class Answer(NamedTuple):
    """What goes back; the server adds the date and the length."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @classmethod
    def of_json(cls, status: int, value: Any) -> Answer:
        return cls(status, {"Content-Type": "application/json"}, json.dumps(value).encode())

    @property
    def phrase(self) -> str:
        return HTTPStatus(self.status).phrase


@dataclass(frozen=True)
class Request:
    """An HTTP request to the sandbox. Path and query are as sent; header names in lower case."""

    method: str
    raw_path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    def with_body(self, body: bytes) -> Request:
        """The same request and its body; what was read of its head is not read again."""
        whole = object.__new__(Request)
        vars(whole).update(vars(self), body=body)
        return whole

    @property
    def host(self) -> str:
        return self.headers.get("host", "")

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        """The query string's parameters, decoded, in their order."""
        return parse_qsl(self.query, keep_blank_values=True) if self.query else []

    @cached_property
    def args(self) -> dict[str, str]:
        """The query string's parameters by name. Of a name that comes twice, the last."""
        return dict(self.pairs)

    @cached_property
    def signature(self) -> Signature | None:
        """The call's Signature Version 4, from its header or its presigned URL, or None."""
        if "X-Amz-Signature" in self.args:
            return query_signature(self.args)
        return header_signature(self.headers)
