"""Calls, done by moto: for each a request is made anew, and no byte of the caller's is in it."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib import import_module
from typing import Any
from urllib.parse import unquote_to_bytes, urlencode
from xml.etree import ElementTree

from botocore import xform_name
from botocore.serialize import create_serializer
from botocore.utils import percent_encode_sequence
from moto.backends import ALT_SERVICE_NAMES
from moto.core.request import (
    PRESERVED_HEADER_NAMES_ENVIRON_KEY,
    Request,
    environ_key_for_header,
    should_preserve_original_header_name,
)
from moto.core.responses import BaseResponse
from moto.s3.responses import S3Response
from werkzeug.exceptions import HTTPException

from mailfanout.sandbox.access import Credentials, calling
from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.front.operations import is_listed, is_taken_for_another
from mailfanout.sandbox.http import Answer, ApiError, Refused, in_xml
from mailfanout.sandbox.ids import host_id
from mailfanout.sandbox.tracing import following

Handler = Callable[..., Any]

# Where moto's responses find the call, its caller, and the body that was written anew.
CALL, BODY = "mailfanout.call", "mailfanout.body"

# S3 encrypts every object, and says by what.
_ENCRYPTED = {"s3:CopyObject", "s3:GetObject", "s3:HeadObject", "s3:PutObject"}
# What says the id of the version that it made, unless that is null.
_WRITING = {"s3:CompleteMultipartUpload", "s3:PutObject"}
# What S3 says otherwise than moto: the status, or a header.
_STATUSES = {"s3:PutBucketPolicy": 204}
_HEADERS = {"s3:HeadBucket": {"x-amz-access-point-alias": "false"}}
_BUCKET_KEY = "x-amz-server-side-encryption-bucket-key-enabled"
_VERSION = "x-amz-version-id"
# What moto says beside: ids of other services, and what uploads ask for.
_NOT_OF_S3 = {"x-amzn-requestid", "x-amz-sdk-checksum-algorithm"}
# S3 tells nobody's name any more.
_DISPLAY_NAME = re.compile(rb"<DisplayName>[^<]*</DisplayName>|<DisplayName ?/>")
_SENDS_NULLS = {"events", "lambda", "logs", "sesv2"}

# What moto sets a response's protocol by.
_TYPES = {"json": "application/x-amz-json-1.0", "query": "application/x-www-form-urlencoded"}


# What is to be done before the first call of a service, by the service.
_before_first_call: dict[str, Callable[[], None]] = {}
# The operations whose replacements in moto take the call itself, and read no body.
_without_body: set[tuple[str, str]] = set()


def before_first_call(service: str, prepare: Callable[[], None]) -> None:
    """Do then what takes too long to be done before anybody needs the service."""
    _before_first_call[service] = prepare


def read_no_body(service: str, operations: Iterable[str]) -> None:
    """Spare operations, named as moto's methods are, a body that nobody reads."""
    _without_body.update((service, operation) for operation in operations)


class MotoRequest(Request):
    """A request that never was on any wire: its path and URL are known, and not to be found."""

    from_wsgi_server = True

    @property
    def url(self) -> str:
        return self.raw_url

    @property
    def raw_url(self) -> str:
        return f"http://{self.environ['HTTP_HOST']}{self.environ['RAW_URI']}"

    @property
    def raw_path(self) -> str:
        path: str = self.environ["RAW_URI"].partition("?")[0]
        return path


def do_by_moto(call: ApiCall, credentials: Credentials) -> Answer:
    """What moto answers. Raises Refused for what it does not do, ApiError for some errors."""
    # Without itself in its environment, it is gone as soon as it is done.
    request = MotoRequest(_environ(call, credentials), populate_request=False)
    handler = _handler(call, request)
    try:
        with following(call.trace_header), calling(credentials.caller) as request_id:
            status, headers, body = handler(request, request.raw_url, request.headers)
    except HTTPException as error:
        answer = error.get_response(request.environ)
        status, headers, body = answer.status_code, answer.headers, answer.get_data()
    except NotImplementedError as error:
        raise _unsupported(call) from error
    if status == 404 and not body and not _is_rest(call):
        raise _unsupported(call)
    content = body.encode() if isinstance(body, str) else bytes(body or b"")
    if call.service in _SENDS_NULLS and call.operation != "Invoke" and b"null" in content:
        content = json.dumps(_without_nulls(json.loads(content))).encode()
    if call.protocol in ("query", "rest-xml") and not call.model.has_streaming_output:
        content = in_xml(content)
    if status >= 400 and call.protocol == "query":
        raise _error_of_query(int(status), content)
    if status >= 400 and call.service in ("dynamodb", "sqs"):
        raise _error_of_json(int(status), headers, json.loads(content))
    kept = {name: str(value) for name, value in headers.items() if name.lower() != "status"}
    if call.protocol == "json":
        kept["Content-Type"] = f"application/x-amz-json-{_json_version(call)}"
    if call.service == "s3":
        kept = {name: one for name, one in kept.items() if name.lower() not in _NOT_OF_S3}
        kept |= {"x-amz-request-id": request_id, "x-amz-id-2": host_id(request_id)}
        content = _with_ids(content, request_id) if status >= 400 else content
        content = content if call.model.has_streaming_output else _DISPLAY_NAME.sub(b"", content)
    if call.name in _ENCRYPTED and status < 300:
        _describe_object(kept)
    if call.name in _WRITING and kept.get(_VERSION) == "null":
        del kept[_VERSION]
    if status < 300:
        status = _STATUSES.get(call.name, status)
        kept |= _HEADERS.get(call.name, {})
    return Answer(int(status), kept, content)


def _json_version(call: ApiCall) -> str:
    return str(call.model.service_model.metadata["jsonVersion"])


def _with_ids(error: bytes, request_id: str) -> bytes:
    """An error of S3's with the ids that its head has: moto makes up others, or none."""
    for name, one in {"RequestId": request_id, "HostId": host_id(request_id)}.items():
        error = re.sub(f"(?<=<{name}>)[^<]*".encode(), one.encode(), error)
    return error


def _describe_object(headers: dict[str, str]) -> None:
    """What moto leaves out of what S3 says of an object."""
    if "x-amz-server-side-encryption-customer-algorithm" not in headers:
        headers.setdefault("x-amz-server-side-encryption", "AES256")
    if headers.get(_BUCKET_KEY, "").lower() == "false":
        del headers[_BUCKET_KEY]
    if any(name.startswith("x-amz-checksum-") for name in headers):
        headers.setdefault("x-amz-checksum-type", "FULL_OBJECT")


def _error_of_query(status: int, content: bytes) -> ApiError:
    """moto writes some members of an error twice."""
    found = {
        one.tag.rpartition("}")[2]: one.text or "" for one in ElementTree.fromstring(content).iter()
    }
    return ApiError(found["Code"], found.get("Message", ""), status)


def _error_of_json(status: int, headers: Mapping[str, str], said: dict[str, Any]) -> ApiError:
    """moto has an error's code, and not the name that SQS has for it beside the code."""
    name = said.pop("__type").rpartition("#")[2]
    code = headers.get("x-amzn-query-error", name).partition(";")[0]
    told = [said.pop(one, "") for one in ("message", "Message")]
    return ApiError(code, told[0] or told[1], status, members=said)


def _without_nulls(value: Any) -> Any:
    """moto writes some answers by hand, and null for what AWS leaves out."""
    if isinstance(value, dict):
        return {name: _without_nulls(one) for name, one in value.items() if one is not None}
    return [_without_nulls(one) for one in value] if isinstance(value, list) else value


def _unsupported(call: ApiCall) -> Refused:
    return Refused("unsupported", f"The sandbox does not do {call.name}.")


def _is_rest(call: ApiCall) -> bool:
    return call.protocol in ("rest-json", "rest-xml")


def _environ(call: ApiCall, credentials: Credentials) -> dict[str, Any]:
    environ = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/",
        "QUERY_STRING": "",
        "RAW_URI": "/",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": call.host,
        "HTTP_AUTHORIZATION": _authorization(call, credentials.access_key_id),
        "wsgi.url_scheme": "http",
        BODY: b"",
        CALL: call,
    }
    if is_read_already(call):
        environ["CONTENT_TYPE"] = _TYPES[call.protocol]
        return environ
    return environ | _written_anew(call)


def is_read_already(call: ApiCall) -> bool:
    """Whether moto takes the call's parameters as they are, and needs no body to read."""
    return not _is_rest(call) and is_listed(call) and _takes_parameters(call.service)


def _authorization(call: ApiCall, access_key_id: str) -> str:
    """Whose call it is, where moto looks for it. It was checked before."""
    scope = f"{access_key_id}/20200101/{call.region}/{call.signing_name}/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"


def _written_anew(call: ApiCall) -> dict[str, Any]:
    serializer = _serializer(call.protocol)
    parameters = call.parameters
    if (call.service, xform_name(call.operation)) in _without_body:
        members = call.model.input_shape.members
        parameters = {
            key: one for key, one in parameters.items() if "location" in members[key].serialization
        }
    written = serializer.serialize_to_request(parameters, call.model)
    path, _, query = written["url_path"].partition("?")
    asked = percent_encode_sequence(written["query_string"]) if written["query_string"] else ""
    query = "&".join(filter(None, (query, asked)))
    body = _bytes(written["body"])
    environ = {
        "REQUEST_METHOD": written["method"],
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "RAW_URI": f"{path}?{query}" if query else path,
        BODY: body,
        "wsgi.input": io.BytesIO(body),
        PRESERVED_HEADER_NAMES_ENVIRON_KEY: {
            environ_key_for_header(name): name
            for name in written["headers"]
            if should_preserve_original_header_name(name)
        },
    }
    for name, value in written["headers"].items():
        environ[environ_key_for_header(name)] = str(value)
    return environ | {"CONTENT_LENGTH": str(len(body))}


@cache
def _serializer(protocol: str) -> Any:
    return create_serializer(protocol, include_validation=False)


def _bytes(body: Any) -> bytes:
    if isinstance(body, Mapping):
        return urlencode(body, doseq=True).encode()
    return bytes(body)


def _handler(call: ApiCall, request: Request) -> Handler:
    if is_taken_for_another(call):
        raise _unsupported(call)
    if call.service == "s3":
        on_object = "Key" in call.parameters
        dispatch: Handler = S3Response.key_dispatch if on_object else S3Response.bucket_dispatch
        return dispatch
    handler = _dispatch(call.service)
    if handler is None:
        raise _unsupported(call)
    return handler


@cache
def _dispatch(service: str) -> Handler | None:
    """What moto answers the service's calls with; None if it does not know the service.

    Beside it, some services have pages that are no operation of AWS.
    """
    if prepare := _before_first_call.get(service):
        prepare()
    name = service.replace("-", "")
    try:
        urls = import_module(f"moto.{ALT_SERVICE_NAMES.get(name, name)}.urls")
    except ImportError:
        return None
    handlers = urls.url_paths.values()
    return next((one for one in handlers if one.__name__ == "dispatch"), None)


@cache
def _takes_parameters(service: str) -> bool:
    handler: Any = _dispatch(service)
    response: BaseResponse | None = handler and handler.__self__()
    return response is not None and response.automated_parameter_parsing
