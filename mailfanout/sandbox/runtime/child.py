"""What runs inside an execution environment: the loop that asks for events and runs the handler.

It is a client of AWS's Lambda Runtime API, and needs nothing but the standard library, so that
AWS's own client (awslambdaric) can take its place.
See https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import builtins
import decimal
import http.client
import importlib
import importlib.util
import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType, SimpleNamespace, TracebackType
from typing import Any, NoReturn

RUNTIME = "/2018-06-01/runtime"
# The sandbox's proof, beside the process itself, that the Runtime API is called from here.
KEY_VARIABLE = "_MAILFANOUT_RUNTIME_KEY"
# What AWS's runtime has beside the standard library.
PACKAGES = frozenset({"boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3"})
Handler = Callable[[Any, "LambdaContext"], Any]


def _sibling(name: str) -> ModuleType:
    """A module of this folder, known to nobody else: a function may have one of the same name."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


child_logs = _sibling("child_logs")


class FunctionError(Exception):
    """An error that AWS names itself, such as Runtime.ImportModuleError."""

    def __init__(self, error_type: str, message: str, trace: list[str] | None = None) -> None:
        super().__init__(message)
        self.error_type = error_type
        self.trace = trace or []


class LambdaContext:
    """What a handler learns about its invocation.

    See https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """

    def __init__(self, headers: Mapping[str, str]) -> None:
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION", "")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "")
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME", "")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME", "")
        self.client_context = _client_context(headers.get("Lambda-Runtime-Client-Context"))
        self.identity = SimpleNamespace(cognito_identity_id=None, cognito_identity_pool_id=None)
        self.tenant_id = headers.get("Lambda-Runtime-Aws-Tenant-Id")
        self._deadline_ms = int(headers["Lambda-Runtime-Deadline-Ms"])

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the invocation times out, never less than 0."""
        return max(0, self._deadline_ms - int(time.time() * 1000))

    def log(self, message: object) -> None:
        """Write an event to the function's log, as the old runtimes did."""
        sys.stdout.write(child_logs.as_one_event(str(message)))


class RuntimeClient:
    """The Lambda Runtime API over one connection that stays open."""

    def __init__(self, address: str, key: str) -> None:
        self._connection = http.client.HTTPConnection(address)
        self._path = f"/{key}{RUNTIME}"

    def next(self) -> tuple[Mapping[str, str], bytes]:
        """Wait for an event: its headers and its payload."""
        response = self._call("GET", "/invocation/next")
        return response.headers, response.body

    def respond(self, request_id: str, payload: bytes) -> None:
        self._call("POST", f"/invocation/{request_id}/response", payload)

    def fail(self, request_id: str, error: Mapping[str, Any]) -> None:
        self._post_error(f"/invocation/{request_id}/error", error)

    def fail_init(self, error: Mapping[str, Any]) -> None:
        self._post_error("/init/error", error)

    def _post_error(self, path: str, error: Mapping[str, Any]) -> None:
        header = {"Lambda-Runtime-Function-Error-Type": error["errorType"]}
        self._call("POST", path, json.dumps(error).encode(), header)

    def _call(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> SimpleNamespace:
        self._connection.request(method, self._path + path, body or None, dict(headers or {}))
        response = self._connection.getresponse()
        return SimpleNamespace(headers=response.headers, body=response.read())


class PackageFinder:
    """Lets functions import the runtime's packages, and nothing that lies in the same place."""

    def __init__(self, directories: Sequence[str]) -> None:
        self._directories = directories

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        return PathFinder.find_spec(name, self._directories) if name in PACKAGES else None


def offer_packages(directories: Sequence[str]) -> None:
    """Let functions import the runtime's packages, which lie in these directories."""
    sys.meta_path.append(PackageFinder(directories))


def load_handler(name: str) -> Handler:
    """The function that `module.function` names. Raises FunctionError with AWS's words."""
    try:
        module_name, function_name = name.rsplit(".", 1)
    except ValueError as error:
        raise FunctionError(
            "Runtime.MalformedHandlerName", f"Bad handler '{name}': {error}"
        ) from error
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        message = f"Unable to import module '{module_name}': {error}"
        raise FunctionError("Runtime.ImportModuleError", message) from error
    except SyntaxError as error:
        message = f"Syntax error in module '{module_name}': {error}"
        line = f'  File "{error.filename}" Line {error.lineno}\n    {error.text}'
        raise FunctionError("Runtime.UserCodeSyntaxError", message, [line]) from error
    try:
        handler: Handler = getattr(module, function_name)
    except AttributeError as error:
        message = f"Handler '{function_name}' missing on module '{module_name}'"
        raise FunctionError("Runtime.HandlerNotFound", message) from error
    return handler


def run_handler(handler: Handler, payload: bytes, context: LambdaContext) -> bytes:
    """The handler's result as JSON. Raises whatever the handler raises, or FunctionError."""
    try:
        event = json.loads(payload)
    except ValueError as error:
        raise FunctionError(
            "Runtime.UnmarshalError", f"Unable to unmarshal input: {error}"
        ) from error
    result = handler(event, context)
    if isinstance(result, bytes):
        return result
    try:
        return json.dumps(result, ensure_ascii=False, default=_number).encode()
    except (TypeError, ValueError) as error:
        raise FunctionError(
            "Runtime.MarshalError", f"Unable to marshal response: {error}"
        ) from error


def describe_error(error: Exception, request_id: str = "") -> dict[str, Any]:
    """An exception as AWS reports it: errorMessage, errorType, requestId, stackTrace."""
    if isinstance(error, FunctionError):
        error_type, trace = error.error_type, error.trace
    else:
        error_type, trace = type(error).__name__, _trace_in_function(error.__traceback__)
    return {
        "errorMessage": str(error),
        "errorType": error_type,
        "requestId": request_id,
        "stackTrace": trace,
    }


def main() -> None:
    """Load the handler, then run it for one event after another until the process is ended."""
    threading.Thread(target=_end_with_parent, args=(_take_stdin(),), daemon=True).start()
    runtime = RuntimeClient(os.environ["AWS_LAMBDA_RUNTIME_API"], os.environ.pop(KEY_VARIABLE))
    request_ids = child_logs.set_up()
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    # Defined by `site`, which is not imported, because it brings along what is installed.
    vars(builtins).update(exit=sys.exit, quit=sys.exit)
    try:
        handler = load_handler(os.environ["_HANDLER"])
    except Exception as error:
        _give_up(runtime, error)
    while True:
        headers, payload = runtime.next()
        context = LambdaContext(headers)
        request_ids.aws_request_id = context.aws_request_id
        os.environ["_X_AMZN_TRACE_ID"] = headers.get("Lambda-Runtime-Trace-Id", "")
        _serve(runtime, handler, payload, context)


def _number(value: object) -> int | float:
    """What DynamoDB's resources return as Decimal, AWS returns as a JSON number."""
    if not isinstance(value, decimal.Decimal):
        raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
    return int(value) if value.is_finite() and value == int(value) else float(value)


def _serve(
    runtime: RuntimeClient, handler: Handler, payload: bytes, context: LambdaContext
) -> None:
    try:
        result = run_handler(handler, payload, context)
    except Exception as error:
        description = describe_error(error, context.aws_request_id)
        child_logs.log_error(description)
        runtime.fail(context.aws_request_id, description)
    else:
        child_logs.flush()
        runtime.respond(context.aws_request_id, result)


def _give_up(runtime: RuntimeClient, error: Exception) -> NoReturn:
    description = describe_error(error)
    child_logs.log_error(description)
    runtime.fail_init(description)
    sys.exit(1)


def _trace_in_function(trace: TracebackType | None) -> list[str]:
    """The trace as AWS's client writes it: without our frames, and without marks below a line."""
    frames = [frame for frame in traceback.extract_tb(trace) if frame.filename != __file__]
    return traceback.format_list([(f.filename, f.lineno or 0, f.name, f.line) for f in frames])


def _client_context(header: str | None) -> Any:
    if header is None:
        return None
    context = json.loads(header)
    client = SimpleNamespace(**context["client"]) if context.get("client") else None
    return SimpleNamespace(custom=context.get("custom"), env=context.get("env"), client=client)


def _take_stdin() -> int:
    """Keep the pipe from the sandbox for ourselves; the handler reads an empty one."""
    pipe = os.dup(0)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    return pipe


def _end_with_parent(pipe: int) -> None:
    """The sandbox never writes to the pipe, so the read returns only when the sandbox has ended."""
    os.read(pipe, 1)
    os._exit(1)


if __name__ == "__main__":
    offer_packages(sys.argv[1:-1])  # the last one is the handler, which _HANDLER names, too
    main()
