"""From an HTTP request to a call, by the service's model."""

from __future__ import annotations

import zlib
from contextlib import suppress
from functools import cache
from typing import Any

from boto3 import Session
from moto.core.base_backend import AccountSpecificBackend
from moto.core.model import OperationModel, ServiceModel

from mailfanout.sandbox.calls import json_values, query_form, rest
from mailfanout.sandbox.calls.api_call import ApiCall
from mailfanout.sandbox.calls.names import not_valid, settle_names
from mailfanout.sandbox.calls.speech import has_form, protocol_of, service_of
from mailfanout.sandbox.http import Protocol, Refused, Request

_LARGEST_UNPACKED_BYTES = 2**20  # as CloudWatch has it
Found = tuple[OperationModel, dict[str, Any]]


def read_call(request: Request, *, service: str, region: str, account_id: str) -> ApiCall:
    """The call that a request makes, signed for this service and Region. Raises Refused.

    Members that the model does not have are left out, as AWS does.
    """
    if region not in regions():
        raise Refused(
            "wrong_scope", f"Credential should be scoped to a valid Region, not {region}."
        )
    model = service_of(request, service)
    protocol = protocol_of(request, model)
    operation, parameters = _read(_as_it_is(request, model), model, protocol)
    call = ApiCall(
        str(model.service_name),
        operation.name,
        parameters,
        protocol,
        region,
        request.host,
        request.headers.get("x-amzn-trace-id", ""),
        user_agent=request.headers.get("user-agent", ""),
        referer=request.headers.get("referer", ""),
        signature=request.signature,
        model=operation,
    )
    settle_names(call, request.raw_path, account_id)
    return call


def _as_it_is(request: Request, model: ServiceModel) -> Request:
    """With its body unpacked, which clients may pack for one operation, PutMetricData, alone."""
    encoding = request.headers.get("content-encoding")
    if encoding is None or model.service_name == "s3":
        return request
    unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    if (model.service_name, encoding) == ("cloudwatch", "gzip"):
        with suppress(zlib.error):
            body = unpacking.decompress(request.body, _LARGEST_UNPACKED_BYTES)
            if unpacking.eof and not unpacking.unused_data:
                return request.with_body(body)
    raise Refused("malformed", "The body has to come as it is, in no Content-Encoding.")


@cache
def regions() -> frozenset[str]:
    """Every Region that SQS is in, which is in all."""
    session: Session = AccountSpecificBackend.get_session()
    partitions = session.get_available_partitions()
    return frozenset(
        region for one in partitions for region in session.get_available_regions("sqs", one)
    )


def _read(request: Request, model: ServiceModel, protocol: Protocol) -> Found:
    if protocol == "json":
        return _read_json(request, model)
    if protocol == "query":
        return _read_query(request, model)
    return rest.read(request, model)


def _read_json(request: Request, model: ServiceModel) -> Found:
    target = request.headers["x-amz-target"]
    prefix, _, name = target.rpartition(".")
    if prefix != model.metadata.get("targetPrefix"):
        raise Refused("unknown_operation", f"There is no operation {target}.")
    operation = _operation(model, name)
    document = json_values.document(request.body)
    shape = operation.input_shape
    return operation, json_values.structure(shape, document) if shape else {}


def _read_query(request: Request, model: ServiceModel) -> Found:
    form = _form(request)
    is_queue = model.service_name == "sqs"
    if is_queue and form.get("Action") not in model.operation_names:
        raise not_valid(form.get("Action", ""))
    operation = _operation(model, form.get("Action", ""))
    # SQS alone needs no version: a queue's URL and an action are enough.
    if form.get("Version", model.api_version if is_queue else None) != model.api_version:
        raise Refused(
            "unknown_operation",
            f"Could not find operation {operation.name} for version "
            f"{form.get('Version', 'NO_VERSION_SPECIFIED')}",
        )
    shape = operation.input_shape
    return operation, query_form.structure(shape, form) if shape else {}


def _operation(model: ServiceModel, name: str) -> OperationModel:
    if name not in model.operation_names:
        raise Refused("unknown_operation", f"Could not find operation {name}")
    operation: OperationModel = model.operation_model(name)
    return operation


def _form(request: Request) -> dict[str, str]:
    """The form's fields, each of which may be given once, in the body or in the query string."""
    if request.body and not has_form(request):
        raise Refused("two_meanings", "A body beside an Action in the query string is no form.")
    signature = request.signature
    is_presigned = signature is not None and signature.expires_seconds is not None
    asked = [one for one in request.pairs if not (is_presigned and one[0].startswith("X-Amz-"))]
    try:
        body = request.body.decode()
        pairs = [*asked, *query_form.fields(body)]
    except UnicodeDecodeError as error:
        raise Refused("malformed", "The form is not in UTF-8.") from error
    form = dict(pairs)
    if len(form) != len(pairs):
        raise Refused("two_meanings", "A parameter is given twice.")
    if asked and body:
        raise Refused("two_meanings", "Parameters stand in the query string and in the body.")
    return form
