"""Changes that save work which moto does at every call."""

from __future__ import annotations

import functools
import string
from collections.abc import Callable
from typing import Any

from moto.core import responses as moto_responses
from moto.core import routing as moto_routing
from moto.core.responses import BaseResponse
from moto.core.utils import method_names_from_class
from moto.moto_api._internal.moto_random import MotoRandom
from moto.moto_server import werkzeug_app
from werkzeug.routing import Map, Rule

from mailfanout.sandbox.seams.replacement import Replacement

_moto_create_map = moto_routing._create_map


def replacements() -> list[Replacement]:
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
