"""What moto's Lambda gets in place of its own methods, and why: functions and their invocation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from moto.awslambda.exceptions import UnknownEventConfig
from moto.awslambda.models import LambdaBackend, LambdaFunction
from moto.awslambda.responses import LambdaResponse
from moto.core import responses
from moto.utilities.aws_headers import gen_amzn_requestid_long

from mailfanout.sandbox import deployed
from mailfanout.sandbox.invoke_api import Response, respond
from mailfanout.sandbox.lambda_checks import check_code, check_configuration, check_destinations
from mailfanout.sandbox.lambda_service import LambdaService
from mailfanout.sandbox.moto_ses import Replacement

Method = Callable[..., Any]
Spec = dict[str, Any]


def replacements(service: LambdaService) -> list[Replacement]:
    """Every change to moto's Lambda but those to event source mappings, for setattr."""
    return [*_runs(service), *_changes(service), *_dead_letter_config(), *_event_invoke_config()]


def _runs(service: LambdaService) -> list[Replacement]:
    def invoke(self: LambdaResponse) -> Response:
        name = unquote(self.path.rstrip("/").rsplit("/", 2)[-2])
        qualifier = self.querystring.get("Qualifier", [None])[0]
        function = self.backend.get_function(name, qualifier)
        arn = deployed.invoked_arn(function, name, qualifier)
        return respond(service, arn, self.raw_body or b"", self.headers)

    def submit(self: LambdaFunction, body: str, *_headers: Any) -> str:
        service.asynchronous.submit(self.function_arn, body.encode())
        return ""

    return [
        Replacement(
            LambdaResponse,
            "invoke",
            invoke,
            "awslambda/responses.py runs functions in Docker, or not at all",
        ),
        Replacement(
            LambdaFunction,
            "invoke",
            submit,
            "awslambda/models.py lets whoever sends an event wait for the function",
        ),
        Replacement(
            responses,
            "gen_amzn_requestid_long",
            _request_id,
            "core/responses.py answers with another request id than the function and its log have",
        ),
    ]


def _request_id(headerdict: Spec | None = None) -> str:
    """The request id that an answer has already, or a new one, as moto makes them."""
    return (headerdict or {}).get("x-amzn-requestid") or gen_amzn_requestid_long(headerdict)


def _changes(service: LambdaService) -> list[Replacement]:
    create = LambdaBackend.create_function
    update_code = LambdaFunction.update_function_code
    update_configuration = LambdaFunction.update_configuration
    delete = LambdaBackend.delete_function

    def create_function(self: LambdaBackend, spec: Spec) -> LambdaFunction:
        check_configuration(spec, role_arn=spec["Role"])
        check_code(spec["Code"])
        function = create(self, spec)
        service.start_over(deployed.unqualified_arn(function))
        return function

    def update_backend_code(
        self: LambdaBackend, function_name: str, qualifier: str, body: Spec
    ) -> Spec:
        check_code(body)
        answer = self.get_function(function_name, qualifier).update_function_code(body)
        version = self.publish_version(function_name) if body.get("Publish") else None
        return version.get_configuration() if version else answer

    def update_function_code(self: LambdaFunction, spec: Spec) -> Spec:
        answer = update_code(self, spec)
        if not spec.get("DryRun"):
            service.start_over(deployed.unqualified_arn(self))
        return answer

    def update_function_configuration(self: LambdaFunction, updates: Spec) -> Spec:
        check_configuration(updates, role_arn=updates.get("Role", self.role))
        if "DeadLetterConfig" in updates:
            self.dead_letter_config = updates["DeadLetterConfig"]  # type: ignore[attr-defined]
        update_configuration(self, updates)
        service.start_over(deployed.unqualified_arn(self))
        return self.get_configuration()

    def delete_function(
        self: LambdaBackend, function_name: str, qualifier: str | None = None
    ) -> None:
        function = self.get_function(function_name, qualifier)
        delete(self, function_name, qualifier)
        service.functions.retire(function.function_name)

    reason = "awslambda/models.py checks little, and knows no environments that a change ends"
    return [
        Replacement(LambdaBackend, "create_function", create_function, reason),
        Replacement(
            LambdaBackend,
            "update_function_code",
            update_backend_code,
            "awslambda/models.py updates the code twice",
        ),
        Replacement(LambdaFunction, "update_function_code", update_function_code, reason),
        Replacement(LambdaFunction, "update_configuration", update_function_configuration, reason),
        Replacement(LambdaBackend, "delete_function", delete_function, reason),
    ]


def _dead_letter_config() -> list[Replacement]:
    initialize = LambdaFunction.__init__
    get = LambdaFunction.get_configuration

    def __init__(self: Any, account_id: str, spec: Spec, *args: Any, **kwargs: Any) -> None:
        initialize(self, account_id, spec, *args, **kwargs)
        self.dead_letter_config = spec.get("DeadLetterConfig")

    def get_configuration(self: LambdaFunction, on_create: bool = False) -> Spec:
        configuration = get(self, on_create)
        if arn := deployed.dead_letter_arn(self):
            configuration["DeadLetterConfig"] = {"TargetArn": arn}
        return configuration

    reason = "awslambda/models.py forgets the DeadLetterConfig"
    return [
        Replacement(LambdaFunction, "__init__", __init__, reason),
        Replacement(LambdaFunction, "get_configuration", get_configuration, reason),
    ]


def _event_invoke_config() -> list[Replacement]:
    put = LambdaBackend.put_function_event_invoke_config

    def put_config(self: LambdaBackend, function_name: str, config: Spec) -> Spec:
        function = self.get_function(function_name)
        check_destinations(config, role_arn=function.role)
        answer = put(self, function_name, config)
        del function.event_invoke_config[:-1]
        return answer

    def update_config(self: LambdaBackend, function_name: str, config: Spec) -> Spec:
        function = self.get_function(function_name)
        current = deployed.event_invoke_config(function)
        if not current:
            raise UnknownEventConfig(function.function_arn)
        return self.put_function_event_invoke_config(function_name, current | config)

    return [
        Replacement(
            LambdaBackend,
            "put_function_event_invoke_config",
            put_config,
            "awslambda/models.py appends a config, and reads the first",
        ),
        Replacement(
            LambdaBackend,
            "update_function_event_invoke_config",
            update_config,
            "awslambda/models.py drops the settings that an update leaves out",
        ),
    ]
