"""Changes to moto's Lambda, with their reasons: functions and their invocation."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda.models import LambdaBackend, LambdaFunction
from moto.awslambda.responses import LambdaResponse
from moto.core import responses
from moto.core.responses import ActionResult

from mailfanout.sandbox.awslambda import (
    LambdaService,
    Response,
    check_configuration,
    code_path,
    deployed,
    descriptions,
    respond,
)
from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.event_sources import mappings
from mailfanout.sandbox.front import CALL
from mailfanout.sandbox.ids import new_uuid
from mailfanout.sandbox.seams.replacement import LACKS, Replacement, changes

Method = Callable[..., Any]
Spec = dict[str, Any]


def replacements(service: LambdaService) -> list[Replacement]:
    """Every change to moto's Lambda but those to event source mappings, for setattr."""
    return [*_running(service), *_changing(service), *_answering()]


def _running(service: LambdaService) -> list[Replacement]:
    return [
        *changes(
            LambdaResponse, "runs functions in Docker, or not at all", invoke=_invoke(service)
        ),
        *changes(
            LambdaFunction, "lets an event's sender wait for the function", invoke=_submit(service)
        ),
    ]


def _changing(service: LambdaService) -> list[Replacement]:
    return [
        *changes(LambdaBackend, _CHECKS_LITTLE, create_function=_create_function(service)),
        *changes(LambdaFunction, _KNOWS_NO_ENVIRONMENT, update_function_code=_update_code(service)),
        *changes(
            LambdaFunction, _CHECKS_LITTLE, update_configuration=_update_configuration(service)
        ),
        *changes(LambdaBackend, _KNOWS_NO_ENVIRONMENT, delete_function=_delete_function(service)),
        *changes(LambdaBackend, "updates the code twice", update_function_code=_update_code_once),
        *changes(LambdaBackend, "gives a version no revision", publish_version=_publish_version),
        *changes(LambdaFunction, _FORGETS_MUCH, __init__=_initialize),
    ]


def _answering() -> list[Replacement]:
    return [
        *changes(
            LambdaResponse, "says that the code is at a host of AWS", get_function=_get_function
        ),
        *changes(
            LambdaResponse,
            "leaves out the alias",
            get_function_configuration=_get_function_configuration,
        ),
        *changes(LambdaFunction, _FORGETS_MUCH, get_configuration=_get_configuration),
        *changes(
            LambdaResponse,
            LACKS,
            get_account_settings=_get_account_settings,
            put_function_recursion_config=_put_recursion,
            get_function_recursion_config=_get_recursion,
        ),
        *changes(
            responses,
            "answers with another request id than the function and its log have, and with none "
            "that is a UUID",
            gen_amzn_requestid_long=_request_id,
        ),
    ]


_CHECKS_LITTLE = "checks little, and knows no environments, which a change ends"
_KNOWS_NO_ENVIRONMENT = "knows no environments, which a change ends"
_FORGETS_MUCH = "forgets the DeadLetterConfig, and knows no revision"
# AWS's default quota: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
_CONCURRENT_EXECUTIONS = 1000

_moto_get_function = LambdaResponse.get_function
_moto_get_function_configuration = LambdaResponse.get_function_configuration
_moto_create_function = LambdaBackend.create_function
_moto_update_code = LambdaFunction.update_function_code
_moto_update_configuration = LambdaFunction.update_configuration
_moto_delete_function = LambdaBackend.delete_function
_moto_publish_version = LambdaBackend.publish_version
_moto_initialize = LambdaFunction.__init__
_moto_get_configuration = LambdaFunction.get_configuration


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
    answer["Code"]["Location"] = (
        f"http://{call.host}{code_path(answer['Configuration']['FunctionArn'])}"
    )
    _name_alias(answer["Configuration"], call)
    return json.dumps(answer)


def _get_function_configuration(self: LambdaResponse) -> str:
    answer: Spec = json.loads(_moto_get_function_configuration(self))
    _name_alias(answer, self.normalized_request.environ[CALL])
    return json.dumps(answer)


def _name_alias(configuration: Spec, call: ApiCall) -> None:
    """A function that is asked for by an alias has the alias in its ARN."""
    if qualifier := call.parameters.get("Qualifier"):
        arn = ":".join(configuration["FunctionArn"].split(":")[:7])
        configuration["FunctionArn"] = f"{arn}:{qualifier}"


def _submit(service: LambdaService) -> Method:
    def invoke(self: LambdaFunction, body: str, *_headers: Any) -> str:
        service.asynchronous.submit(self.function_arn, body.encode())
        return ""

    return invoke


def _request_id(headerdict: Spec | None = None) -> str:
    """The request id that an answer has already, or a new one."""
    headers = {} if headerdict is None else headerdict
    request_id: str = headers.setdefault("x-amzn-requestid", new_uuid())
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
        descriptions.check_revision(self, updated_spec)
        if updated_spec.get("DryRun"):
            code = base64.b64decode(updated_spec.get("ZipFile", ""))
            return {**self.get_configuration(), **(descriptions.measured(code) if code else {})}
        descriptions.begin_revision(self)
        answer: Spec = _moto_update_code(self, updated_spec)
        service.start_over(deployed.unqualified_arn(self))
        return answer

    return update_function_code


def _update_code_once(self: LambdaBackend, function_name: str, qualifier: str, body: Spec) -> Spec:
    answer = self.get_function(function_name, qualifier).update_function_code(body)
    is_published = body.get("Publish") and not body.get("DryRun")
    version = self.publish_version(function_name) if is_published else None
    return version.get_configuration() if version else answer


def _update_configuration(service: LambdaService) -> Method:
    def update_configuration(self: LambdaFunction, config_updates: Spec) -> Spec:
        descriptions.check_revision(self, config_updates)
        check_configuration(config_updates, role_arn=config_updates.get("Role", self.role))
        if "Timeout" in config_updates:
            mappings.check_timeout_of(self, config_updates["Timeout"])
        descriptions.remember_spec(self, config_updates)
        if size := config_updates.get("EphemeralStorage", {}).get("Size"):
            self.ephemeral_storage = size
        descriptions.begin_revision(self)
        answer = _moto_update_configuration(self, config_updates)
        service.start_over(deployed.unqualified_arn(self))
        return answer

    return update_configuration


def _publish_version(
    self: LambdaBackend, function_name: str, description: str = ""
) -> LambdaFunction | None:
    """A new version has a revision of its own, and the function another one than before."""
    version = _moto_publish_version(self, function_name, description)
    function = self.get_function(function_name)
    if version is not None and descriptions.revision(version) == descriptions.revision(function):
        descriptions.change_revision(version)
        descriptions.change_revision(function)
    return version


def _delete_function(service: LambdaService) -> Method:
    def delete_function(
        self: LambdaBackend, function_name: str, qualifier: str | None = None
    ) -> None:
        try:
            function = self.get_function(function_name, qualifier)
        except UnknownFunctionException:
            self.get_function(function_name)
            return  # a version that is not there is gone
        _moto_delete_function(self, function_name, qualifier)
        service.functions.retire(function.function_name)

    return delete_function


def _initialize(self: Any, account_id: str, spec: Spec, *args: Any, **kwargs: Any) -> None:
    _moto_initialize(self, account_id, spec, *args, **kwargs)
    vars(self)["invoke_configs"] = {}
    descriptions.remember_spec(self, spec)
    descriptions.begin_revision(self)


def _get_configuration(self: LambdaFunction, on_create: bool = False) -> Spec:
    return descriptions.described(self, _moto_get_configuration(self, on_create))


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
