"""Changes to moto's Lambda, with their reasons: functions and their invocation."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from functools import partial
from typing import Any

from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda.models import LambdaBackend, LambdaFunction
from moto.awslambda.responses import LambdaResponse
from moto.core import responses

from mailfanout.sandbox.awslambda import (
    LambdaService,
    Response,
    check_configuration,
    code_path,
    deployed,
    descriptions,
    respond,
)
from mailfanout.sandbox.event_sources import mappings
from mailfanout.sandbox.ids import new_uuid
from mailfanout.sandbox.seams.replacement import (
    Method,
    Replacement,
    around,
    call_of,
    changes,
    given,
)

Spec = dict[str, Any]
_CHECKS_LITTLE = "checks little, and knows no environments, which a change ends"
_ENDS_NONE = "knows no environments, which a change ends"
_FORGETS_MUCH = "forgets the DeadLetterConfig, and knows no revision"


def replacements(service: LambdaService) -> list[Replacement]:
    """Every change to moto's Lambda but those to event source mappings, for setattr."""
    return [*_running(service), *_changing(service), *_answering()]


def _running(service: LambdaService) -> list[Replacement]:
    return [
        *changes(LambdaResponse, "runs functions in Docker alone", invoke=given(_invoke, service)),
        *changes(LambdaFunction, "makes an event's sender wait", invoke=given(_submit, service)),
    ]


def _changing(service: LambdaService) -> list[Replacement]:
    return [
        *around(LambdaBackend, _CHECKS_LITTLE, create_function=partial(_create_function, service)),
        *around(LambdaFunction, _ENDS_NONE, update_function_code=partial(_update_code, service)),
        *around(
            LambdaFunction,
            _CHECKS_LITTLE,
            update_configuration=partial(_update_configuration, service),
        ),
        *around(LambdaBackend, _ENDS_NONE, delete_function=partial(_delete_function, service)),
        *changes(LambdaBackend, "updates the code twice", update_function_code=_update_code_once),
        *around(LambdaBackend, "gives a version no revision", publish_version=_publish_version),
        *around(LambdaFunction, _FORGETS_MUCH, __init__=_initialize),
    ]


def _answering() -> list[Replacement]:
    return [
        *around(LambdaResponse, "says that the code is at AWS", get_function=_get_function),
        *changes(
            LambdaResponse,
            "leaves out the alias",
            _set_configuration_qualifier=staticmethod(_with_qualifier),
        ),
        *around(
            LambdaFunction,
            _FORGETS_MUCH,
            get_code=_get_code,
            get_configuration=_get_configuration,
        ),
        *changes(
            responses,
            "answers with another request id than the function and its log have, and with none "
            "that is a UUID",
            gen_amzn_requestid_long=_request_id,
        ),
    ]


def _invoke(service: LambdaService, self: LambdaResponse) -> Response:
    asked = call_of(self).parameters
    name, qualifier = asked["FunctionName"], asked.get("Qualifier")
    try:
        function = self.backend.get_function(name, qualifier)
    except UnknownFunctionException as error:
        arn = deployed.arn_of(self.backend, name, qualifier or "$LATEST")
        raise UnknownFunctionException(arn) from error
    return respond(service, deployed.invoked_arn(function, name, qualifier), asked)


def _get_function(original: Method, self: LambdaResponse) -> str:
    """moto's, with an address of the sandbox for the code."""
    answer: Spec = json.loads(original(self))
    path = code_path(answer["Configuration"]["FunctionArn"])
    answer["Code"]["Location"] = f"http://{call_of(self).host}{path}"
    return json.dumps(answer)


def _get_code(original: Callable[..., Spec], self: LambdaFunction) -> Spec:
    """With the key that encrypts the zip, and with a reserved concurrency of 0."""
    answer = original(self)
    if key := descriptions.source_key(self):
        answer["Code"]["SourceKMSKeyArn"] = key
    if self.reserved_concurrency is not None:
        answer["Concurrency"] = {"ReservedConcurrentExecutions": self.reserved_concurrency}
    return answer


def _with_qualifier(configuration: Spec, function_name: str, qualifier: str | None) -> Spec:
    """A function that is asked for by a version or an alias has that in its ARN."""
    if qualifier:
        arn = ":".join(configuration["FunctionArn"].split(":")[:7])
        configuration["FunctionArn"] = f"{arn}:{qualifier}"
    return configuration


def _submit(service: LambdaService, self: LambdaFunction, body: str, *_headers: Any) -> str:
    service.asynchronous.submit(self.function_arn, body.encode())
    return ""


def _request_id(headerdict: Spec) -> str:
    """The request id that an answer has already, or a new one."""
    request_id: str = headerdict.setdefault("x-amzn-requestid", new_uuid())
    return request_id


def _create_function(
    service: LambdaService, original: Callable[..., LambdaFunction], self: LambdaBackend, spec: Spec
) -> LambdaFunction:
    check_configuration(spec, role_arn=spec["Role"])
    function = original(self, spec)
    service.start_over(deployed.unqualified_arn(function))
    return function


def _update_code(
    service: LambdaService, original: Method, self: LambdaFunction, updated_spec: Spec
) -> Spec:
    descriptions.check_revision(self, updated_spec)
    if updated_spec.get("DryRun"):
        code = base64.b64decode(updated_spec.get("ZipFile", ""))
        return {**self.get_configuration(), **(descriptions.measured(code) if code else {})}
    descriptions.begin_revision(self)
    if architectures := updated_spec.get("Architectures"):
        self.architectures = architectures
    descriptions.remember_source(self, updated_spec)
    answer: Spec = original(self, updated_spec)
    service.start_over(deployed.unqualified_arn(self))
    return answer


def _update_code_once(self: LambdaBackend, function_name: str, qualifier: str, body: Spec) -> Spec:
    answer = self.get_function(function_name, qualifier).update_function_code(body)
    is_published = body.get("Publish") and not body.get("DryRun")
    version = self.publish_version(function_name) if is_published else None
    return version.get_configuration() if version else answer


def _update_configuration(
    service: LambdaService,
    original: Callable[..., Spec],
    self: LambdaFunction,
    config_updates: Spec,
) -> Spec:
    descriptions.check_revision(self, config_updates)
    check_configuration(config_updates, role_arn=config_updates.get("Role", self.role))
    if "Timeout" in config_updates:
        mappings.check_timeout_of(self, config_updates["Timeout"])
    descriptions.remember_spec(self, config_updates)
    if size := config_updates.get("EphemeralStorage", {}).get("Size"):
        self.ephemeral_storage = size
    if "KMSKeyArn" in config_updates:
        self.kms_key_arn = config_updates["KMSKeyArn"] or None
    descriptions.begin_revision(self)
    answer = original(self, config_updates)
    service.start_over(deployed.unqualified_arn(self))
    return answer


def _publish_version(
    original: Callable[..., LambdaFunction | None],
    self: LambdaBackend,
    function_name: str,
    description: str = "",
) -> LambdaFunction | None:
    """A new version has a revision of its own, and the function another one than before."""
    version = original(self, function_name, description)
    function = self.get_function(function_name)
    if version is not None and descriptions.revision(version) == descriptions.revision(function):
        descriptions.change_revision(version)
        descriptions.change_revision(function)
    return version


def _delete_function(
    service: LambdaService,
    original: Method,
    self: LambdaBackend,
    function_name: str,
    qualifier: str | None = None,
) -> None:
    try:
        function = self.get_function(function_name, qualifier)
    except UnknownFunctionException:
        self.get_function(function_name)
        return  # a version that is not there is gone
    original(self, function_name, qualifier)
    service.functions.retire(function.function_name)


def _initialize(
    original: Method, self: Any, account_id: str, spec: Spec, *args: Any, **kwargs: Any
) -> None:
    original(self, account_id, spec, *args, **kwargs)
    vars(self)["invoke_configs"] = {}
    descriptions.remember_spec(self, spec)
    descriptions.remember_source(self, spec["Code"])
    descriptions.begin_revision(self)


def _get_configuration(original: Method, self: LambdaFunction, on_create: bool = False) -> Spec:
    return descriptions.described(self, original(self, on_create))
