"""How moto's responses get a call that the front has read, in place of reading it again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.core.responses import BaseResponse
from moto.utilities.utils import get_partition

from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.front import CALL, CALLER, is_read_already
from mailfanout.sandbox.seams.replacement import Replacement


def replacements() -> list[Replacement]:
    """Every change to how moto's responses learn what is asked for, for setattr."""
    return [
        Replacement(
            BaseResponse,
            "setup_class",
            _set_up(BaseResponse.setup_class),
            "core/responses.py reads a request in its own way; the call was read at the front",
        ),
        Replacement(
            BaseResponse,
            "_get_action",
            _get_action(BaseResponse._get_action),
            "core/responses.py looks up to three times for the operation that is asked for",
        ),
    ]


def _set_up(original: Callable[..., None]) -> Callable[..., None]:
    def setup_class(self: Any, request: Any, *args: Any, **kwargs: Any) -> None:
        call: ApiCall | None = request.environ.get(CALL)
        if call is None or not is_read_already(call):
            return original(self, request, *args, **kwargs)
        self.normalized_request = request
        self.is_werkzeug_request = True
        self.params = call.parameters
        self.region, self.partition = call.region, get_partition(call.region)
        self.current_account = request.environ[CALLER].account_id
        self.method, self.path, self.raw_path = "POST", "/", "/"
        self.uri = f"http://{call.host}/"
        self.headers = request.headers
        self.response_headers = {"server": "amazon.com"}
        self.body = self.raw_body = b""
        self.querystring = self.data = self.form_data = self.uri_match = {}

    return setup_class


def _get_action(original: Callable[..., str]) -> Callable[..., str]:
    def get_action(self: Any) -> str:
        call: ApiCall | None = self.normalized_request.environ.get(CALL)
        if call is None:
            return original(self)
        if not self.uri_match:
            self.uri_match = _labels(call)
        return call.operation

    return get_action


def _labels(call: ApiCall) -> dict[str, str]:
    """The parameters that stand in the path."""
    shape: Any = call.model.input_shape
    members = shape.members.items() if shape else []
    return {
        member.serialization.get("name", name): str(call.parameters[name])
        for name, member in members
        if member.serialization.get("location") == "uri"
    }
