"""Changes to moto's Lambda, with their reasons: functions and their invocation."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

from moto.awslambda.exceptions import UnknownEventConfig, UnknownFunctionException
from moto.awslambda.models import EventInvokeConfig, LambdaAlias, LambdaBackend, LambdaFunction
from moto.awslambda.responses import LambdaResponse
from moto.core import responses
from moto.core.responses import ActionResult

from mailfanout.sandbox.awslambda import (
    LambdaService,
    Response,
    begin_revision,
    check_configuration,
    check_destinations,
    check_revision,
    check_statement,
    code_path,
    deployed,
    described,
    remember_spec,
    respond,
)
from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.event_sources import mappings
from mailfanout.sandbox.front import CALL
from mailfanout.sandbox.seams.replacement import LACKS, Replacement

Method = Callable[..., Any]
Spec = dict[str, Any]


def replacements(service: LambdaService) -> list[Replacement]:
    """Every change to moto's Lambda but those to event source mappings, for setattr."""
    changes: list[tuple[Any, str, Method, str]] = [
        (LambdaResponse, "invoke", _invoke(service), "runs functions in Docker, or not at all"),
        (
            LambdaFunction,
            "invoke",
            _submit(service),
            "lets an event's sender wait for the function",
        ),
        (LambdaResponse, "get_function", _get_function, "says that the code is at a host of AWS"),
        (LambdaBackend, "create_function", _create_function(service), _CHECKS_LITTLE),
        (LambdaFunction, "update_function_code", _update_code(service), _KNOWS_NO_ENVIRONMENT),
        (LambdaFunction, "update_configuration", _update_configuration(service), _CHECKS_LITTLE),
        (LambdaBackend, "delete_function", _delete_function(service), _KNOWS_NO_ENVIRONMENT),
        (LambdaBackend, "update_function_code", _update_code_once, "updates the code twice"),
        (LambdaBackend, "add_permission", _add_permission, "adds a statement a second time"),
        (LambdaFunction, "__init__", _initialize, _FORGETS_MUCH),
        (LambdaFunction, "get_configuration", _get_configuration, _FORGETS_MUCH),
        (LambdaAlias, "update", _update_alias, "leaves the alias its revision"),
        (EventInvokeConfig, "response", _event_invoke_config, "leaves out the defaults"),
        (LambdaBackend, _PUT_CONFIG, _put_config, "appends a config, and reads the first"),
        (LambdaBackend, _UPDATE_CONFIG, _update_config, "drops what an update leaves out"),
    ]
    return [
        *(
            Replacement(owner, name, value, f"{_FILES[owner]} {reason}")
            for owner, name, value, reason in changes
        ),
        Replacement(LambdaResponse, "get_account_settings", _get_account_settings, LACKS),
        Replacement(LambdaResponse, "put_function_recursion_config", _put_recursion, LACKS),
        Replacement(LambdaResponse, "get_function_recursion_config", _get_recursion, LACKS),
        Replacement(
            responses,
            "gen_amzn_requestid_long",
            _request_id,
            "core/responses.py answers with another request id than the function and its log have, "
            "and with none that is a UUID",
        ),
    ]


_FILES = {
    LambdaResponse: "awslambda/responses.py",
    LambdaBackend: "awslambda/models.py",
    LambdaFunction: "awslambda/models.py",
    EventInvokeConfig: "awslambda/models.py",
    LambdaAlias: "awslambda/models.py",
}
_CHECKS_LITTLE = "checks little, and knows no environments, which a change ends"
_KNOWS_NO_ENVIRONMENT = "knows no environments, which a change ends"
_FORGETS_MUCH = "forgets the DeadLetterConfig, and knows no revision"
# AWS's default quota: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
_CONCURRENT_EXECUTIONS = 1000
_PUT_CONFIG = "put_function_event_invoke_config"
_UPDATE_CONFIG = "update_function_event_invoke_config"

_moto_get_function = LambdaResponse.get_function
_moto_create_function = LambdaBackend.create_function
_moto_update_code = LambdaFunction.update_function_code
_moto_update_configuration = LambdaFunction.update_configuration
_moto_delete_function = LambdaBackend.delete_function
_moto_update_alias = LambdaAlias.update
_moto_add_permission = LambdaBackend.add_permission
_moto_initialize = LambdaFunction.__init__
_moto_get_configuration = LambdaFunction.get_configuration
_moto_put_config = LambdaBackend.put_function_event_invoke_config


def _invoke(service: LambdaService) -> Method:
    def invoke(self: LambdaResponse) -> Response:
        call: ApiCall = self.normalized_request.environ[CALL]
        name, qualifier = call.parameters["FunctionName"], call.parameters.get("Qualifier")
        try:
            function = self.backend.get_function(name, qualifier)
        except UnknownFunctionException as error:
            arn = deployed.arn_of(self.backend, name, qualifier or "$LATEST")
            raise UnknownFunctionException(arn) from error
        return respond(service, deployed.invoked_arn(function, name, qualifier), call.parameters)

    return invoke


def _get_function(self: LambdaResponse) -> str:
    """moto's, with an address of the sandbox for the code."""
    answer: Spec = json.loads(_moto_get_function(self))
    call: ApiCall = self.normalized_request.environ[CALL]
    arn = answer["Configuration"]["FunctionArn"]
    answer["Code"]["Location"] = f"http://{call.host}{code_path(arn)}"
    return json.dumps(answer)


def _submit(service: LambdaService) -> Method:
    def invoke(self: LambdaFunction, body: str, *_headers: Any) -> str:
        service.asynchronous.submit(self.function_arn, body.encode())
        return ""

    return invoke


def _request_id(headerdict: Spec | None = None) -> str:
    """The request id that an answer has already, or a new one."""
    headers = {} if headerdict is None else headerdict
    request_id: str = headers.setdefault("x-amzn-requestid", str(uuid.uuid4()))
    return request_id


def _create_function(service: LambdaService) -> Method:
    def create_function(self: LambdaBackend, spec: Spec) -> LambdaFunction:
        check_configuration(spec, role_arn=spec["Role"])
        function = _moto_create_function(self, spec)
        service.start_over(deployed.unqualified_arn(function))
        return function

    return create_function


def _update_code(service: LambdaService) -> Method:
    def update_function_code(self: LambdaFunction, updated_spec: Spec) -> Spec:
        check_revision(self, updated_spec)
        if not updated_spec.get("DryRun"):
            begin_revision(self)
        answer = _moto_update_code(self, updated_spec)
        if not updated_spec.get("DryRun"):
            service.start_over(deployed.unqualified_arn(self))
        return answer

    return update_function_code


def _update_code_once(self: LambdaBackend, function_name: str, qualifier: str, body: Spec) -> Spec:
    answer = self.get_function(function_name, qualifier).update_function_code(body)
    version = self.publish_version(function_name) if body.get("Publish") else None
    return version.get_configuration() if version else answer


def _update_configuration(service: LambdaService) -> Method:
    def update_configuration(self: LambdaFunction, config_updates: Spec) -> Spec:
        check_revision(self, config_updates)
        check_configuration(config_updates, role_arn=config_updates.get("Role", self.role))
        if "Timeout" in config_updates:
            mappings.check_timeout_of(self, config_updates["Timeout"])
        remember_spec(self, config_updates)
        if size := config_updates.get("EphemeralStorage", {}).get("Size"):
            self.ephemeral_storage = size
        begin_revision(self)
        answer = _moto_update_configuration(self, config_updates)
        service.start_over(deployed.unqualified_arn(self))
        return answer

    return update_configuration


def _update_alias(self: LambdaAlias, *changes: Any) -> None:
    _moto_update_alias(self, *changes)
    self.revision_id = str(uuid.uuid4())


def _delete_function(service: LambdaService) -> Method:
    def delete_function(
        self: LambdaBackend, function_name: str, qualifier: str | None = None
    ) -> None:
        try:
            function = self.get_function(function_name, qualifier)
        except UnknownFunctionException:
            if qualifier and function_name in {one.function_name for one in self.list_functions()}:
                return  # a version that is not there is gone
            raise
        _moto_delete_function(self, function_name, qualifier)
        service.functions.retire(function.function_name)

    return delete_function


def _add_permission(self: LambdaBackend, function_name: str, qualifier: str, raw: str) -> Spec:
    check_statement(self.get_function(function_name, qualifier), json.loads(raw)["StatementId"])
    return _moto_add_permission(self, function_name, qualifier, raw)


def _initialize(self: Any, account_id: str, spec: Spec, *args: Any, **kwargs: Any) -> None:
    _moto_initialize(self, account_id, spec, *args, **kwargs)
    remember_spec(self, spec)
    begin_revision(self)


def _get_configuration(self: LambdaFunction, on_create: bool = False) -> Spec:
    return described(self, _moto_get_configuration(self, on_create))


def _event_invoke_config(self: EventInvokeConfig) -> Spec:
    destinations = {"OnSuccess": {}, "OnFailure": {}, **self.config.get("DestinationConfig", {})}
    modified_at = vars(self).setdefault("modified_at", time.time())
    arn = self.arn if self.arn.count(":") > 6 else f"{self.arn}:$LATEST"
    answer = {"FunctionArn": arn, "LastModified": modified_at, **self.config}
    return {**answer, "DestinationConfig": destinations}


def _get_account_settings(self: LambdaResponse) -> ActionResult:
    functions = list(self.backend.list_functions())
    reserved = sum(int(one.reserved_concurrency or 0) for one in functions)
    size = sum(one.code_size for one in functions)
    limit = {
        "TotalCodeSize": 80_530_636_800,
        "CodeSizeUnzipped": 262_144_000,
        "CodeSizeZipped": 52_428_800,
        "ConcurrentExecutions": _CONCURRENT_EXECUTIONS,
        "UnreservedConcurrentExecutions": _CONCURRENT_EXECUTIONS - reserved,
    }
    usage = {"TotalCodeSize": size, "FunctionCount": len(functions)}
    return ActionResult({"AccountLimit": limit, "AccountUsage": usage})


def _put_recursion(self: LambdaResponse) -> ActionResult:
    call: ApiCall = self.normalized_request.environ[CALL]
    function: Any = self.backend.get_function(call.parameters["FunctionName"])
    function.recursive_loop = call.parameters["RecursiveLoop"]
    return ActionResult({"RecursiveLoop": function.recursive_loop})


def _get_recursion(self: LambdaResponse) -> ActionResult:
    call: ApiCall = self.normalized_request.environ[CALL]
    function = self.backend.get_function(call.parameters["FunctionName"])
    return ActionResult({"RecursiveLoop": deployed.recursive_loop(function.function_arn)})


def _put_config(self: LambdaBackend, function_name: str, config: Spec) -> Spec:
    function = self.get_function(function_name)
    check_destinations(config, role_arn=function.role)
    answer = _moto_put_config(self, function_name, config)
    del function.event_invoke_config[:-1]
    return answer


def _update_config(self: LambdaBackend, function_name: str, config: Spec) -> Spec:
    function = self.get_function(function_name)
    current = deployed.event_invoke_config(function)
    if not current:
        raise UnknownEventConfig(function.function_arn)
    return self.put_function_event_invoke_config(function_name, current | config)
