"""Every change to moto: what is replaced, by what, why, and in which file of moto.

A test in tests/sandbox/test_seams.py stands for each, and fails when moto moves.
"""

from __future__ import annotations

import functools
import string
from collections.abc import Callable
from typing import Any

from moto.core import responses as moto_responses
from moto.core import routing as moto_routing
from moto.core.common_models import BaseModel
from moto.core.responses import BaseResponse
from moto.core.utils import method_names_from_class
from moto.moto_api._internal.moto_random import MotoRandom
from moto.moto_server import werkzeug_app
from moto.sqs import models as sqs_models
from moto.sqs.responses import SQSResponse
from werkzeug.routing import Map, Rule

from mailfanout.sandbox.awslambda.service import LambdaService
from mailfanout.sandbox.event_sources.pollers import EventSources
from mailfanout.sandbox.seams import (
    access as moto_access,
)
from mailfanout.sandbox.seams import (
    awslambda as moto_lambda,
)
from mailfanout.sandbox.seams import (
    dynamodb,
)
from mailfanout.sandbox.seams import (
    event_sources as moto_mappings,
)
from mailfanout.sandbox.seams import (
    ses as moto_ses,
)
from mailfanout.sandbox.seams import (
    triggers as moto_triggers,
)
from mailfanout.sandbox.seams.replacement import Replacement
from mailfanout.sandbox.ses.sending import Ses
from mailfanout.sandbox.sqs import backend as sqs
from mailfanout.sandbox.sqs import queue
from mailfanout.sandbox.sqs.message_store import Message

_moto_create_map = moto_routing._create_map


def install(service: LambdaService, sources: EventSources, ses: Ses) -> None:
    """Bend moto in this process. Once; there is no way back."""
    for owner, name, value, _reason in replacements(service, sources, ses):
        setattr(owner, name, value)


def replacements(service: LambdaService, sources: EventSources, ses: Ses) -> list[Replacement]:
    """Every seam. Some values call what they replace."""
    return [
        Replacement(
            werkzeug_app,
            "DISABLE_GLOBAL_CORS",
            True,
            "moto_server/werkzeug_app.py lets a page of any origin read the answers",
        ),
        Replacement(
            BaseModel,
            "__new__",
            lambda model, *args, **kwargs: object.__new__(model),
            "core/common_models.py keeps every instance for ever, for a dashboard",
        ),
        *remember_what_never_changes(),
        *store_messages(),
        *moto_access.replacements(),
        *moto_lambda.replacements(service),
        *moto_mappings.replacements(sources),
        *moto_triggers.replacements(service),
        *dynamodb.replacements(),
        *moto_ses.replacements(ses),
    ]


def remember_what_never_changes() -> list[Replacement]:
    """Work that moto does anew for every call, a third of what a call costs."""
    backend_for_host = functools.cache(
        werkzeug_app.DomainDispatcherApplication(
            werkzeug_app.create_backend_app
        ).get_backend_for_host
    )
    return [
        Replacement(
            werkzeug_app.DomainDispatcherApplication,
            "get_backend_for_host",
            lambda self, host: backend_for_host(host),
            "moto_server/werkzeug_app.py lists moto's own directory to find a service's name",
        ),
        Replacement(
            moto_responses,
            "method_names_from_class",
            functools.cache(method_names_from_class),
            "core/responses.py inspects a service's class",
        ),
        Replacement(
            BaseResponse,
            "_get_action_from_method_and_request_uri",
            _once_per_request(BaseResponse._get_action_from_method_and_request_uri),
            "core/responses.py looks up to three times for the operation that a path names",
        ),
        Replacement(
            moto_routing,
            "_create_map",
            _map_without_redirects,
            "core/routing.py has werkzeug compare a path's rule with all of the service's rules, "
            "for redirects that no rule asks for",
        ),
        Replacement(
            MotoRandom,
            "get_random_string",
            _random_string,
            "moto_api/_internal/moto_random.py chooses an answer's request id letter by letter",
        ),
    ]


def _once_per_request(find: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def _get_action_from_method_and_request_uri(self: Any, request: Any) -> Any:
        known_request, action = vars(self).get("found_action", (None, None))
        if known_request is not request:
            action = find(self, request)
            self.found_action = request, action
        return action

    return _get_action_from_method_and_request_uri


def _map_without_redirects(rules: list[Rule]) -> Map:
    routes = _moto_create_map(rules)
    routes.redirect_defaults = False
    return routes


def _random_string(
    self: MotoRandom, length: int = 20, include_digits: bool = True, lower_case: bool = False
) -> str:
    letters = string.ascii_letters + (string.digits if include_digits else "")
    text = "".join(self.choices(letters, k=length))
    return text.lower() if lower_case else text


def store_messages() -> list[Replacement]:
    """sqs/models.py scans the whole queue at every call, and calls functions in SendMessage."""
    reason = "a queue's cost does not grow with it"
    return [
        Replacement(sqs_models, "Message", Message, reason),
        Replacement(sqs_models, "Queue", queue.Queue, reason),
        Replacement(sqs_models.sqs_backends, "backend", sqs.Backend, reason),
        Replacement(
            sqs_models,
            "camelcase_to_underscores",
            sqs.camelcase_to_underscores,
            "every SendMessage converts the same few names",
        ),
        Replacement(
            SQSResponse, "receive_message", sqs.receive_message, "a dead letter names its source"
        ),
    ]
