"""What Lambda refuses of functions: their configuration, concurrency, permissions and tags.

See https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html and
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
"""

from __future__ import annotations

import re

from moto.awslambda.models import LambdaBackend, lambda_backends

from mailfanout.sandbox.awslambda import invalid
from mailfanout.sandbox.calls import ApiCall, violated
from mailfanout.sandbox.http import ApiError, Refused
from mailfanout.sandbox.json_objects import Json, written
from mailfanout.sandbox.rules.lambda_code import check_code
from mailfanout.sandbox.rules.lambda_lookups import find_function, find_latest
from mailfanout.sandbox.rules.lambda_versions import check_alias, check_deleted, check_published
from mailfanout.sandbox.rules.resource_policies import unknown_principals
from mailfanout.sandbox.rules.tags import MOST_TAGS

LARGEST_VARIABLES_BYTES = 4 * 1024
LONGEST_NAME = 64
CONCURRENT_EXECUTIONS, LEAST_UNRESERVED = 1000, 100
# Functions can neither be created nor updated with them any more.
_OLD_RUNTIMES = re.compile(
    r"python(2\.7|3\.[678])|nodejs(|4\.3.*|6\.10|(8|10|12|14|16)\..*)|java8"
    r"|dotnet(core.*|5\.0|6)|go1\.x|ruby2\.[57]|provided"
)
# What AWS proposes instead.
_NEW_RUNTIMES = {
    "dotnet": "dotnet8",
    "go": "provided.al2023",
    "java": "java21",
    "nodejs": "nodejs20.x",
    "provided": "provided.al2023",
    "python": "python3.12",
    "ruby": "ruby3.3",
}
# https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html
_SLOW_TO_START = ("python3.9", "python3.10", "python3.11")
_UNQUALIFIED = (
    *("FunctionConcurrency", "FunctionRecursionConfig"),
    *("UpdateFunctionCode", "UpdateFunctionConfiguration"),
)


def check(call: ApiCall, account_id: str) -> None:
    """Raise ApiError for what Lambda does not take, Refused for what the sandbox does not run."""
    parameters = call.parameters
    _check_name(call, account_id)
    if "FunctionUrlConfig" in call.operation or _NOT_RUN & parameters.keys():
        raise Refused("unsupported", f"The sandbox does not do {call.name} with what is asked.")
    if call.operation in _CHANGES:
        _check_what_runs(call)
        if call.operation == "CreateFunction":
            _check_new(parameters)
        elif "ImageUri" in parameters:
            raise invalid(
                "Please don't provide ImageUri when updating a function with packageType Zip."
            )
        # An environment that names no variables has none.
        _check_variables(parameters.get("Environment", {}).setdefault("Variables", {}))
    if call.operation in ("CreateFunction", "UpdateFunctionCode"):
        check_code(parameters.get("Code", parameters), account_id, call.region)
    backend = lambda_backends[account_id][call.region]
    if call.operation == "PutFunctionConcurrency":
        _check_concurrency(parameters, backend)
    elif call.operation == "PutFunctionEventInvokeConfig":
        _check_asynchronous(parameters)
    elif call.operation == "CreateEventSourceMapping":
        _check_mapping(parameters, backend)
    elif call.operation == "AddPermission":
        _check_permission(parameters, account_id)
    elif call.operation == "PublishVersion":
        check_published(parameters, backend)
    elif call.operation in ("CreateAlias", "UpdateAlias"):
        check_alias(call, backend)
    elif call.operation == "DeleteFunction":
        check_deleted(parameters, backend)
    elif call.operation in ("TagResource", "UntagResource", "ListTags"):
        _check_tags(call, backend)


def _check_name(call: ApiCall, account_id: str) -> None:
    """A function is named in the call's own Region and account, and with one qualifier at most."""
    name = call.parameters.get("FunctionName", "")
    prefix, is_arn, own_name = name.partition(":function:")
    if is_arn:
        region, owner = prefix.split(":")[-2:]
        if region != call.region:
            words = f"Functions from '{region}' are not reachable in this region ('{call.region}')"
            raise ApiError("ResourceNotFoundException", words, 404)
        if owner != account_id:
            raise Refused("unsupported", f"{name} is in another account than the call.")
    if ":" in (own_name if is_arn else name):
        if "Qualifier" in call.parameters:
            raise invalid(
                "The derived qualifier from the function name does not match the specified "
                "qualifier."
            )
        is_latest = name.endswith(":$LATEST") and not call.operation.endswith("Concurrency")
        if call.operation.endswith(_UNQUALIFIED) and not is_latest:
            raise invalid(
                "This operation is permitted on Lambda functions only. Aliases and versions do not "
                "support this operation. Please specify either a function name or an unqualified "
                "function ARN."
            )


# Parameters that would change what a function does, and why they change nothing here.
_UNDONE = {
    "CapacityProviderConfig": "starts functions on this machine alone",
    "CodeSigningConfigArn": "checks no signatures of code",
    "DurableConfig": "has no durable functions: keep what is done in a table",
    "FileSystemConfigs": "mounts no file systems: read from a bucket, or write to /tmp",
    "ImageConfig": "runs no container images: it finds the handler in a zip",
    "Layers": "unpacks no layers: put it all into the zip",
    "PublishTo": "publishes versions that have numbers, and no other",
    "TenancyConfig": "runs all tenants in the same environments",
}


def _check_what_runs(call: ApiCall) -> None:
    parameters = call.parameters
    for name, words in _UNDONE.items():
        if parameters.get(name):
            raise Refused("unsupported", f"The sandbox {words}.")
    if parameters.get("PackageType") == "Image" or "ImageUri" in parameters.get("Code", {}):
        raise Refused("unsupported", "The sandbox runs no container images: give it a zip.")
    runtime = parameters.get("Runtime") or "python"
    if _OLD_RUNTIMES.fullmatch(runtime):
        kind = re.split(r"(?<=[a-z])(?=[0-9.]|core|$)", runtime)[0]
        raise invalid(
            f"The runtime parameter of {runtime} is no longer supported for creating or updating "
            f"AWS Lambda functions. We recommend you use the new runtime ({_NEW_RUNTIMES[kind]}) "
            "while creating or updating functions."
        )
    runtimes = call.model.service_model.shape_for("Runtime").metadata["enum"]
    if "Runtime" in parameters and runtime not in runtimes:
        current = ", ".join(one for one in runtimes if not _OLD_RUNTIMES.fullmatch(one))
        raise invalid(
            f"Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum "
            f"value set: [{current}] or be a valid ARN"
        )
    if not runtime.startswith("python"):
        raise Refused("unsupported", f"The sandbox runs Python alone, and not {runtime}.")
    if (
        runtime in _SLOW_TO_START
        and parameters.get("SnapStart", {}).get("ApplyOn", "None") != "None"
    ):
        raise invalid(f"{runtime} is not supported for SnapStart enabled functions.")


def _check_new(parameters: Json) -> None:
    """A name may be written as an ARN; it is spelled as a name."""
    name = parameters["FunctionName"] = parameters["FunctionName"].rpartition("function:")[2]
    if len(name) > LONGEST_NAME:
        wanted = f"Member must have length less than or equal to {LONGEST_NAME}"
        raise invalid(violated(("functionName", name, wanted)))
    if not (parameters.get("Runtime") and parameters.get("Handler")):
        raise invalid(
            "Runtime and Handler are mandatory parameters for functions created with deployment "
            "packages."
        )


def _check_variables(variables: dict[str, str]) -> None:
    measured = written(variables)
    if len(measured) > LARGEST_VARIABLES_BYTES:
        raise invalid(
            "Lambda was unable to configure your environment variables because the environment "
            "variables you have provided exceeded the 4KB limit. String measured: "
            f"{measured.decode()}"
        )


def _check_concurrency(parameters: Json, backend: LambdaBackend) -> None:
    find_function(parameters["FunctionName"], "$LATEST", backend)
    others = sum(
        int(one.reserved_concurrency or 0)
        for one in backend.list_functions()
        if one.function_name != parameters["FunctionName"].rpartition(":")[2]
    )
    reserved = others + parameters["ReservedConcurrentExecutions"]
    if reserved > CONCURRENT_EXECUTIONS - LEAST_UNRESERVED:
        raise invalid(
            "Specified ReservedConcurrentExecutions for function decreases account's "
            f"UnreservedConcurrentExecution below its minimum value of [{LEAST_UNRESERVED}]."
        )


def _check_asynchronous(parameters: Json) -> None:
    if not parameters.keys() & _OF_EVENTS:
        raise invalid("You must specify at least one of error handling or destination setting.")
    name = parameters["FunctionName"].rpartition("function:")[2].partition(":")[0]
    for destination in parameters.get("DestinationConfig", {}).values():
        prefix, _, own_name = destination.get("Destination", "").partition(":function:")
        if prefix.startswith("arn:aws:lambda:") and own_name.partition(":")[0] == name:
            raise invalid("You can't specify the function as a destination for itself.")


def _check_mapping(parameters: Json, backend: LambdaBackend) -> None:
    if "EventSourceArn" not in parameters:
        raise invalid("Unrecognized event source.")
    if (service := parameters["EventSourceArn"].split(":")[2]) not in ("dynamodb", "sqs"):
        raise Refused("unsupported", f"The sandbox does not do event source mappings of {service}.")
    if find_latest(parameters["FunctionName"], backend) is None:
        raise invalid("Function does not exist")


def _check_permission(parameters: Json, account_id: str) -> None:
    if parameters.get("Qualifier") == "$LATEST":
        raise invalid("We currently do not support adding policies for $LATEST.")
    who = parameters["Principal"]
    named = {"Service" if who.endswith(".com") else "AWS": who}
    if any(unknown_principals({"Principal": named}, account_id)):
        raise invalid(
            "The provided principal was invalid. Please check the principal and try again."
        )


def _check_tags(call: ApiCall, backend: LambdaBackend) -> None:
    resource, tags = call.parameters["Resource"], call.parameters.get("Tags")
    if ":" in resource.partition(":function:")[2]:
        raise invalid(
            "Tags on function aliases and versions are not supported. Please specify a function "
            "ARN."
        )
    if tags == {}:
        raise invalid("An error occurred and the request cannot be processed.")
    if ":function:" in resource:
        find_function(resource, None, backend)
    elif resource.rpartition(":event-source-mapping:")[2] not in {
        one.uuid for one in backend.list_event_source_mappings("", "")
    }:
        message = f"Event source mapping not found: {resource}"
        raise ApiError("ResourceNotFoundException", message, 404)
    if tags and len(tags.keys() | backend.list_tags(resource).keys()) > MOST_TAGS:
        raise invalid("Number of tags exceeds resource tag limit.")


# What functions are not run with here.
_NOT_RUN = {"DurableExecutionName", "TenantId"}
_OF_EVENTS = {"DestinationConfig", "MaximumEventAgeInSeconds", "MaximumRetryAttempts"}
_CHANGES = {"CreateFunction", "UpdateFunctionCode", "UpdateFunctionConfiguration"}
