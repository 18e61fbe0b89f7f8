"""The calls that a pipeline makes for every recipient, handed to moto's handlers without Flask.

Flask's routing and contexts are a fifth of what such a call costs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from moto.core.common_types import TYPE_RESPONSE
from moto.dynamodb.responses import DynamoHandler
from moto.moto_server.werkzeug_app import BackendRequest
from moto.s3.responses import S3Response
from moto.sesv2.responses import SESV2Response
from moto.sqs.responses import SQSResponse
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from mailfanout.sandbox.http import Request

# moto's view of a call's path, in moto/*/urls.py.
HANDLERS: Mapping[tuple[str, str], Callable[..., TYPE_RESPONSE]] = {
    ("dynamodb", "BatchGetItem"): DynamoHandler.dispatch,
    ("dynamodb", "GetItem"): DynamoHandler.dispatch,
    ("dynamodb", "PutItem"): DynamoHandler.dispatch,
    ("dynamodb", "Query"): DynamoHandler.dispatch,
    ("dynamodb", "TransactWriteItems"): DynamoHandler.dispatch,
    ("dynamodb", "UpdateItem"): DynamoHandler.dispatch,
    ("s3", "GetObject"): S3Response.key_dispatch,
    ("sesv2", "SendBulkEmail"): SESV2Response.dispatch,
    ("sesv2", "SendEmail"): SESV2Response.dispatch,
    ("sqs", "DeleteMessage"): SQSResponse.dispatch,
    ("sqs", "ReceiveMessage"): SQSResponse.dispatch,
    ("sqs", "SendMessage"): SQSResponse.dispatch,
    ("sqs", "SendMessageBatch"): SQSResponse.dispatch,
}


class DirectCalls:
    """A WSGI application in front of moto's. It finds the Request in the call's environ."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        asked: Request = environ["mailfanout.request"]
        handler = HANDLERS.get(asked.operation)
        if handler is None:
            return self._application(environ, start_response)
        request = BackendRequest(environ)
        try:
            status, headers, body = handler(request, request.raw_url, dict(request.headers))
        except HTTPException as error:
            return error(environ, start_response)
        return Response(body, status, headers)(environ, start_response)
