"""Changes to moto's Lambda, with their reasons: aliases, policies, settings of invocation, lists.

Each reads the call as it was read once, and not moto's path and query string.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from moto.awslambda.models import LambdaAlias, LambdaBackend, LambdaFunction, lambda_backends
from moto.awslambda.responses import LambdaResponse

from mailfanout.sandbox.awslambda import deployed, descriptions, qualified
from mailfanout.sandbox.pages import page_of
from mailfanout.sandbox.seams.replacement import LACKS, Method, Replacement, around, call_of

Spec = dict[str, Any]
Response = tuple[int, dict[str, Any], str | bytes]
Work = Callable[[LambdaBackend, Spec], Any]
Listed = Callable[[LambdaBackend, Spec], Iterable[Spec]]

_ONE_FOR_ALL = "keeps one for all versions and aliases of a function"
_STATUS = "answers with another status than AWS"
_LISTS_ALL = "lists all of it, with what AWS leaves out of lists"
# AWS's default quota: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
_CONCURRENT_EXECUTIONS = 1000
_CONFIG, _CONFIGS = "function_event_invoke_config", "FunctionEventInvokeConfigs"


def replacements() -> list[Replacement]:
    """Every change to what belongs to a version or an alias, to settings and lists, for setattr."""
    update_invoke_config = partial(qualified.put_invoke_config, update=True)
    works: list[tuple[str, Callable[..., Any], str]] = [
        ("add_permission", _doing(201, qualified.add_permission), _ONE_FOR_ALL),
        ("get_policy", _doing(200, qualified.get_policy), _ONE_FOR_ALL),
        ("remove_permission", _doing(204, qualified.remove_permission), _ONE_FOR_ALL),
        (f"put_{_CONFIG}", _doing(200, qualified.put_invoke_config), _ONE_FOR_ALL),
        (f"update_{_CONFIG}", _doing(200, update_invoke_config), _ONE_FOR_ALL),
        (f"get_{_CONFIG}", _doing(200, qualified.get_invoke_config), _ONE_FOR_ALL),
        (f"delete_{_CONFIG}", _doing(204, qualified.delete_invoke_config), _ONE_FOR_ALL),
        (f"list_{_CONFIG}s", _listing(_CONFIGS, qualified.list_invoke_configs), _ONE_FOR_ALL),
        ("list_functions", _listing("Functions", _functions), _LISTS_ALL),
        ("list_versions_by_function", _listing("Versions", _versions), _LISTS_ALL),
        ("list_aliases", _listing("Aliases", _aliases), _LISTS_ALL),
        ("list_event_source_mappings", _listing("EventSourceMappings", _mappings), _LISTS_ALL),
        ("tag_resource", _doing(204, _tag), _STATUS),
        ("untag_resource", _doing(204, _tag), _STATUS),
        ("get_account_settings", _doing(200, _account_settings), LACKS),
        ("get_function_recursion_config", _doing(200, _recursion), LACKS),
        ("put_function_recursion_config", _doing(200, _set_recursion), LACKS),
    ]
    return [
        *(Replacement(LambdaResponse, name, work, reason) for name, work, reason in works),
        *around(
            LambdaResponse,
            _STATUS,
            get_alias=partial(_with_status, 200),
            update_alias=partial(_with_status, 200),
            delete_alias=partial(_with_status, 204),
        ),
        *around(LambdaAlias, "leaves the alias its revision", update=_update_alias),
        *around(LambdaAlias, "shows weights though there are none", to_json=_describe_alias),
        *around(LambdaFunction, "counts those that are left", set_version=_set_version),
    ]


def _doing(status: int, work: Work) -> Callable[[LambdaResponse], Response]:
    """What answers a call with what comes of its parameters."""

    def answer(self: LambdaResponse) -> Response:
        body = work(self.backend, call_of(self).parameters)
        return status, {"status": status}, json.dumps(body) if body else ""

    return answer


def _listing(name: str, work: Listed) -> Callable[..., Any]:
    """What answers with one page, and with a marker if there are more."""

    def page(backend: LambdaBackend, asked: Spec) -> Spec:
        found = list(work(backend, asked))
        listed, marker = page_of(found, asked.get("Marker"), asked.get("MaxItems", len(found)))
        return {name: listed, **({"NextMarker": marker} if marker else {})}

    return _doing(200, page)


def _with_status(status: int, original: Method, self: LambdaResponse) -> Response:
    _, _, body = original(self)
    return status, {"status": status}, body


def _functions(backend: LambdaBackend, asked: Spec) -> Iterable[Spec]:
    found = backend.list_functions(asked.get("FunctionVersion"))
    return (descriptions.listed(one.get_configuration()) for one in found)


def _versions(backend: LambdaBackend, asked: Spec) -> Iterable[Spec]:
    function = backend.get_function(asked["FunctionName"])
    found = backend.list_versions_by_function(function.function_name)
    return (descriptions.listed(one.get_configuration()) for one in found)


def _aliases(backend: LambdaBackend, asked: Spec) -> Iterable[Spec]:
    version = asked.get("FunctionVersion")
    found = backend.list_aliases(asked["FunctionName"])
    return (one.to_json() for one in found if version in (None, one.function_version))


def _mappings(backend: LambdaBackend, asked: Spec) -> Iterable[Spec]:
    """Those of a queue, or of a function, which may be named by its ARN, too."""
    found = backend.list_event_source_mappings(asked.get("EventSourceArn", ""), "")
    name = asked.get("FunctionName")
    arn = deployed.arn_of(backend, name, None) if name else ""
    return (
        one.get_configuration()
        for one in found
        if name is None or name == one.function_name or arn == one.function_arn
    )


def _tag(backend: LambdaBackend, asked: Spec) -> None:
    """Add tags, or remove some: a function has another revision then, and a mapping has none."""
    arn = asked["Resource"]
    if "Tags" in asked:
        backend.tag_resource(arn, asked["Tags"])
    else:
        backend.untag_resource(arn, asked["TagKeys"])
    if ":function:" in arn:
        descriptions.change_revision(backend.get_function(arn))


def _account_settings(backend: LambdaBackend, _: Spec) -> Spec:
    functions = list(backend.list_functions())
    reserved = sum(int(one.reserved_concurrency or 0) for one in functions)
    limit = {
        "TotalCodeSize": 80_530_636_800,
        "CodeSizeUnzipped": 262_144_000,
        "CodeSizeZipped": 52_428_800,
        "ConcurrentExecutions": _CONCURRENT_EXECUTIONS,
        "UnreservedConcurrentExecutions": _CONCURRENT_EXECUTIONS - reserved,
    }
    size = sum(one.code_size for one in backend.list_functions("ALL"))
    usage = {"TotalCodeSize": size, "FunctionCount": len(functions)}
    return {"AccountLimit": limit, "AccountUsage": usage}


def _recursion(backend: LambdaBackend, asked: Spec) -> Spec:
    function = backend.get_function(asked["FunctionName"])
    return {"RecursiveLoop": deployed.recursive_loop(function.function_arn)}


def _set_recursion(backend: LambdaBackend, asked: Spec) -> Spec:
    function: Any = backend.get_function(asked["FunctionName"])
    function.recursive_loop = asked["RecursiveLoop"]
    return _recursion(backend, asked)


def _set_version(original: Method, self: LambdaFunction, version: int) -> None:
    """No number is given twice, also if the function was deleted and created anew meanwhile.

    See https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html
    """
    backend = vars(lambda_backends[self.account_id][self.region])
    given: Counter[str] = backend.setdefault("versions_given", Counter())
    given[self.function_name] += 1
    original(self, given[self.function_name])


def _describe_alias(original: Method, self: LambdaAlias) -> Spec:
    routing = self.routing_config if deployed.weights(self) else None
    return {**original(self), "RoutingConfig": routing}


def _update_alias(original: Method, self: LambdaAlias, *changes: Any) -> None:
    original(self, *changes)
    descriptions.change_revision(self)
