"""How moto's responses get a call that the front has read, in place of reading it again."""

from __future__ import annotations

from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

from moto import settings
from moto.core.responses import ActionContext, ActionResult, BaseResponse
from moto.core.serialize import get_serializer_class
from moto.iam.models import mark_account_as_visited
from moto.utilities.utils import get_partition

from mailfanout.sandbox.access import current_caller
from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.front import BODY, is_read_already
from mailfanout.sandbox.seams.replacement import Method, Replacement, around, call_of, changes


def replacements() -> list[Replacement]:
    """Every change to how moto's responses learn what is asked for, for setattr."""
    return [
        *changes(
            BaseResponse,
            "reads a request in its own way; the call was read at the front",
            setup_class=_set_up,
        ),
        *changes(
            BaseResponse,
            "looks up to three times for the operation that is asked for",
            _get_action=_get_action,
        ),
        *around(
            BaseResponse,
            "looks again for the operation and the protocol of a call to write its answer",
            serialized=_serialized,
        ),
        *changes(
            settings,
            "s3/responses.py looks for a bucket in the host, which is this machine",
            S3_IGNORE_SUBDOMAIN_BUCKETNAME=True,
        ),
    ]


def _set_up(self: Any, request: Any, *_: Any, **__: Any) -> None:
    """What moto's own setup gives a response, with the parameters as the front has read them."""
    self.normalized_request = request
    call = call_of(self)
    _set_up_for(self, request, call)
    if is_read_already(call):
        self.params = call.parameters
    elif self.automated_parameter_parsing:
        self.uri_match = _labels(call)
        self.parse_parameters(request)


def _set_up_for(self: Any, request: Any, call: ApiCall) -> None:
    caller = current_caller()
    query = request.environ["QUERY_STRING"]
    self.is_werkzeug_request = True
    self.uri, self.raw_path = request.raw_url, request.raw_path
    self.parsed_url = urlsplit(self.uri)
    self.path, self.method = self.raw_path, request.method
    self.region, self.partition = call.region, _partition(call.region)
    self.current_account = caller.account_id
    self.headers = request.headers
    self.response_headers = {"server": "amazon.com"}
    self.raw_body = request.environ[BODY]
    self.body = self.raw_body if self.use_raw_body else self.raw_body.decode(errors="replace")
    self.querystring = self.data = parse_qs(query, keep_blank_values=True) if query else {}
    self.form_data, self.uri_match = {}, {}
    # The front has written it. moto searches for what looks like a key.
    authorization: str = request.environ["HTTP_AUTHORIZATION"]
    self.access_key = authorization.partition("Credential=")[2].partition("/")[0]
    if caller.kind == "user":
        mark_account_as_visited(caller.account_id, self.access_key, self.service_name, self.region)


_partition = cache(get_partition)


def _get_action(self: Any) -> str:
    call = call_of(self)
    if not self.uri_match:
        self.uri_match = _labels(call)
    return call.operation


def _serialized(original: Method, self: Any, result: ActionResult) -> Any:
    if isinstance(result.result, Exception):
        return original(self, result)
    call = call_of(self)
    service: Any = call.model.service_model
    serializer = get_serializer_class(service.service_name, call.protocol)
    status, headers, body = result.execute_result(
        ActionContext(service, call.model, serializer, self)
    )
    return status, {**headers, **self.response_headers}, body


def _labels(call: ApiCall) -> dict[str, str]:
    """The parameters that stand in the path."""
    names = _named_in_path(call.model.input_shape)
    return {written: str(call.parameters[name]) for written, name in names.items()}


@cache
def _named_in_path(shape: Any) -> dict[str, str]:
    """The parameters that stand in an operation's path, by their names there."""
    return {
        member.serialization.get("name", name): name
        for name, member in (shape.members.items() if shape else [])
        if member.serialization.get("location") == "uri"
    }
