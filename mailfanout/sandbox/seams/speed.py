"""Changes that save work which moto does at every call, or at the first call to each service."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable
from typing import Any

from botocore.loaders import JSONFileLoader
from moto.core import responses as moto_responses
from moto.core import utils as moto_utils
from moto.core.base_backend import BackendDict, backend_lock
from moto.core.loaders import create_loader
from moto.core.utils import camelcase_to_underscores, method_names_from_class

from mailfanout.sandbox.seams.replacement import Replacement, changes


def replacements() -> list[Replacement]:
    """Work that moto does anew for every call, some of what a call costs."""
    return [
        *changes(
            moto_responses,
            "inspects a service's class",
            method_names_from_class=functools.cache(method_names_from_class),
        ),
        *changes(
            moto_responses,
            "spells an operation's name anew",
            camelcase_to_underscores=functools.cache(camelcase_to_underscores),
        ),
        *changes(
            moto_responses.BaseResponse,
            "searches every answer, of whatever length, for the tag of a request id",
            _enrich_response=staticmethod(_with_request_id),
        ),
        *changes(
            BackendDict,
            "locks and compares all services whenever one is asked for",
            __getitem__=_backends_of_account,
        ),
        *changes(BackendDict, "forgets which services have data again", reset=_reset),
        *changes(
            moto_utils,
            "looks into the folders of all services for the model of each",
            create_loader=_loader,
        ),
        *changes(
            moto_utils,
            "makes a session for the first error of each service",
            service_name_from_moto_package_name=_service_name,
        ),
        *changes(JSONFileLoader, "makes OrderedDicts, at twice the time", _load_file=_load_file),
    ]


_enriched = moto_responses.BaseResponse._enrich_response


def _with_request_id(headers: dict[str, str], body: Any) -> tuple[dict[str, str], Any]:
    has_place = isinstance(body, str) and "<RequestId>" in body
    headers, written = _enriched(headers, body if has_place else "")
    return headers, written if has_place else body


# Those that have to be reset.
_services: list[Any] = BackendDict._instances  # type: ignore[misc]


def _backends_of_account(self: BackendDict[Any], account_id: str) -> Any:
    """The account's backends of a service, which are only made, and noted to be reset, once."""
    if account_id not in self:
        self._create_account_specific_backend(account_id)
    return dict.__getitem__(self, account_id)


def _reset() -> None:
    """Like moto's, but what was noted stays so: a service's reset may ask another one for data."""
    with backend_lock:
        for service in list(_services):
            for backends in list(service.values()):
                backends.reset()
            service.clear()


_loader = functools.cache(create_loader)


@functools.cache
def _service_name(moto_package_name: str) -> str:
    """What botocore calls the service, such as `cognito-idp`, whose package is `cognitoidp`."""
    names: list[str] = _loader().list_available_services("service-2")
    return {name.replace("-", ""): name for name in names}.get(moto_package_name, moto_package_name)


def _load_file(self: JSONFileLoader, path: str, open_file: Callable[..., Any]) -> Any:
    """Like botocore's, but into plain dicts, which keep their order, too."""
    if not os.path.isfile(path):
        return None
    with open_file(path, "rb") as file:
        return json.loads(file.read())
