"""Which operation a path, a method and a query string name, by AWS's model of the service.

See https://smithy.io/2.0/spec/http-bindings.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote

from moto.core.model import OperationModel, ServiceModel

from mailfanout.sandbox.http import Refused, Request

_LABEL = re.compile(r"\{([^}+]+)(\+?)\}")


@dataclass(frozen=True)
class Route:
    """An operation, and what a request to it looks like.

    `path` is a pattern. `literals` are the fields of the query string that its URI names
    (`?acl`); `args` and `headers` are the fields and headers that it cannot do without.
    """

    operation: OperationModel
    path: str
    literals: frozenset[tuple[str, str]]
    args: frozenset[str]
    headers: frozenset[str]

    def fits(self, request: Request) -> bool:
        args = request.args
        return (
            all(args.get(name) == value for name, value in self.literals)
            and all(name in args for name in self.args)
            and all(name in request.headers for name in self.headers)
        )

    @property
    def weight(self) -> tuple[int, int, bool]:
        """The more a route asks for, the more is meant by it."""
        asked = len(self.args) + len(self.headers)
        return len(self.literals), asked, not self.operation.deprecated


def find_route(request: Request, model: ServiceModel) -> tuple[OperationModel, dict[str, str]]:
    """The operation that a request names, and its path's labels, decoded. Raises Refused."""
    paths = dict.fromkeys((request.raw_path, request.raw_path.rstrip("/") or "/"))
    found = [
        (match, routes)
        for path in paths
        for pattern, routes in _routes(model).get((request.method, bool(request.query)), [])
        if (match := pattern.fullmatch(path))
    ]
    for match, routes in found:
        if fitting := [route for route in routes if route.fits(request)]:
            return _best(fitting, match)
    if found and model.metadata["protocol"] == "rest-json":
        match, routes = found[0]
        if len(routes) == 1:  # what it lacks is said by the model's limits
            return _best(routes, match)
    raise Refused("unknown_operation", f"No operation is {request.method} {request.raw_path}.")


def _best(routes: list[Route], match: re.Match[str]) -> tuple[OperationModel, dict[str, str]]:
    route = max(routes, key=lambda one: one.weight)
    if others := {name for one in routes for name, _ in one.literals - route.literals}:
        named = ", ".join(sorted({*others, *(name for name, _ in route.literals)}))
        raise Refused("two_meanings", f"Conflicting query string parameters: {named}")
    path = route.operation.http["requestUri"].partition("?")[0]
    names = [name for name, _ in _LABEL.findall(path)]
    labels = zip(names, match.groups(), strict=True)
    return route.operation, {name: _decoded(text) for name, text in labels}


def _decoded(text: str) -> str:
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError as error:
        raise Refused("malformed", "The path is not in UTF-8.") from error


_Routes = list[tuple[re.Pattern[str], list[Route]]]


@cache
def _routes(model: ServiceModel) -> dict[tuple[str, bool], _Routes]:
    """By method, and whether there is a query string: all routes of one path together."""
    found: dict[tuple[str, bool], dict[str, list[Route]]] = {}
    for name in model.operation_names:
        route = _route(model.operation_model(name))
        method = route.operation.http["method"]
        for has_query in (True,) if route.literals else (False, True):
            found.setdefault((method, has_query), {}).setdefault(route.path, []).append(route)
    return {
        key: [(re.compile(path, re.DOTALL), routes) for path, routes in paths.items()]
        for key, paths in found.items()
    }


def _route(operation: OperationModel) -> Route:
    path, _, query = operation.http["requestUri"].partition("?")
    literals = frozenset(parse_qsl(query, keep_blank_values=True))
    fixed = {name for name, _ in literals}
    asked = _asked(operation.input_shape)
    return Route(
        operation,
        _pattern(path),
        literals,
        frozenset(asked["querystring"]) - fixed,
        frozenset(name.lower() for name in asked["header"]),
    )


def _asked(shape: Any) -> dict[str, list[str]]:
    asked: dict[str, list[str]] = {"querystring": [], "header": []}
    for name in shape.required_members if shape else []:
        serialization = shape.members[name].serialization
        if serialization.get("location") in asked:
            asked[serialization["location"]].append(serialization.get("name", name))
    return asked


def _pattern(path: str) -> str:
    parts = _LABEL.split(path)
    pattern = re.escape(parts[0])
    for greedy, literal in zip(parts[2::3], parts[3::3], strict=True):
        pattern += ("(.+)" if greedy else "([^/]+)") + re.escape(literal)
    return pattern
