"""What Lambda refuses of a function's code, configuration and concurrency.

See https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html and
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import Any

from moto.awslambda.exceptions import UnknownAliasException, UnknownFunctionException
from moto.awslambda.models import LambdaAlias, LambdaBackend, LambdaFunction, lambda_backends
from moto.s3.models import s3_backends

from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.http import ApiError, Refused
from mailfanout.sandbox.rules.tags import MOST_TAGS

LARGEST_VARIABLES_BYTES = 4 * 1024
LARGEST_ZIPPED_BYTES = 50 * 2**20
LARGEST_UNZIPPED_BYTES = 262_144_000
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
_PRINCIPAL = re.compile(r"\*|\d{12}|arn:aws:(iam|sts)::\d{12}:.+|[\w.-]+\.(amazonaws|amazon)\.com")

Json = dict[str, Any]


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
            raise _invalid(
                "Please don't provide ImageUri when updating a function with packageType Zip."
            )
        _check_variables(parameters.get("Environment", {}).get("Variables", {}))
    if call.operation in ("CreateFunction", "UpdateFunctionCode"):
        _check_code(parameters.get("Code", parameters), account_id, call.region)
    backend = lambda_backends[account_id][call.region]
    if call.operation == "PutFunctionConcurrency":
        _check_concurrency(parameters, backend)
    elif call.operation == "PutFunctionEventInvokeConfig":
        _check_asynchronous(parameters)
    elif call.operation == "CreateEventSourceMapping":
        _check_mapping(parameters, backend)
    elif call.operation == "AddPermission":
        _check_permission(parameters)
    elif call.operation == "PublishVersion":
        _check_published(parameters, backend)
    elif call.operation in ("CreateAlias", "UpdateAlias"):
        _check_alias(call, backend)
    elif call.operation == "DeleteFunction":
        _check_deleted(parameters, backend)
    elif call.operation in ("TagResource", "UntagResource", "ListTags"):
        _check_tags(call, backend)


def _check_name(call: ApiCall, account_id: str) -> None:
    """A function is named in the call's own Region and account, and with one qualifier at most."""
    name = call.parameters.get("FunctionName", "")
    prefix, is_arn, own_name = name.partition(":function:")
    if is_arn:
        region, owner = prefix.split(":")[-2:]
        if region != call.region:
            raise ApiError(
                "ResourceNotFoundException",
                f"Functions from '{region}' are not reachable in this region ('{call.region}')",
                404,
            )
        if owner != account_id:
            raise Refused("unsupported", f"{name} is in another account than the call.")
    if ":" in (own_name if is_arn else name):
        if "Qualifier" in call.parameters:
            raise _invalid(
                "The derived qualifier from the function name does not match the specified "
                "qualifier."
            )
        if call.operation.endswith(("FunctionConcurrency", "FunctionRecursionConfig")):
            raise _invalid(
                "This operation is permitted on Lambda functions only. Aliases and versions do not "
                "support this operation. Please specify either a function name or an unqualified "
                "function ARN."
            )


def _check_what_runs(call: ApiCall) -> None:
    parameters = call.parameters
    if parameters.get("Layers"):
        raise Refused("unsupported", "The sandbox unpacks no layers: put it all into the zip.")
    if parameters.get("PackageType") == "Image" or "ImageUri" in parameters.get("Code", {}):
        raise Refused("unsupported", "The sandbox runs no container images: give it a zip.")
    runtime = parameters.get("Runtime") or "python"
    if _OLD_RUNTIMES.fullmatch(runtime):
        kind = re.split(r"(?<=[a-z])(?=[\d.]|core|$)", runtime)[0]
        raise _invalid(
            f"The runtime parameter of {runtime} is no longer supported for creating or updating "
            f"AWS Lambda functions. We recommend you use the new runtime ({_NEW_RUNTIMES[kind]}) "
            "while creating or updating functions."
        )
    runtimes = call.model.service_model.shape_for("Runtime").metadata["enum"]
    if "Runtime" in parameters and runtime not in runtimes:
        current = ", ".join(one for one in runtimes if not _OLD_RUNTIMES.fullmatch(one))
        raise _invalid(
            f"Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum "
            f"value set: [{current}] or be a valid ARN"
        )
    if not runtime.startswith("python"):
        raise Refused("unsupported", f"The sandbox runs Python alone, and not {runtime}.")


def _check_new(parameters: Json) -> None:
    """A name may be written as an ARN; it is spelled as a name."""
    name = parameters["FunctionName"] = parameters["FunctionName"].rpartition("function:")[2]
    if len(name) > LONGEST_NAME:
        raise _invalid(
            f"1 validation error detected: Value '{name}' at 'functionName' failed to satisfy "
            f"constraint: Member must have length less than or equal to {LONGEST_NAME}",
        )
    if not (parameters.get("Runtime") and parameters.get("Handler")):
        raise _invalid(
            "Runtime and Handler are mandatory parameters for functions created with deployment "
            "packages."
        )


def _check_variables(variables: dict[str, str]) -> None:
    written = json.dumps(variables, ensure_ascii=False, separators=(",", ":"))
    if len(written.encode()) > LARGEST_VARIABLES_BYTES:
        raise _invalid(
            "Lambda was unable to configure your environment variables because the environment "
            f"variables you have provided exceeded the 4KB limit. String measured: {written}"
        )


def _check_code(code: Json, account_id: str, region: str) -> None:
    if code.get("ZipFile") and "S3Bucket" in code:
        raise _invalid(
            "Please do not provide other FunctionCode parameters when providing a ZipFile."
        )
    if len(code.get("ZipFile") or b"") > LARGEST_ZIPPED_BYTES:
        message = f"Zipped size must be smaller than {LARGEST_ZIPPED_BYTES} bytes"
        raise ApiError("RequestEntityTooLargeException", message, 413)
    if "ZipFile" not in code and not ("S3Bucket" in code and "S3Key" in code):
        raise _invalid("Please provide a source for function code.")
    content = code["ZipFile"] if "ZipFile" in code else _stored(code, account_id, region)
    if content is None:  # moto says of a bucket that it does not exist
        return
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if not archive.infolist():
                raise _invalid("Uploaded file must be a non-empty zip")
            size = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile as error:
        raise _invalid(
            "Could not unzip uploaded file. Please check your file, then try to upload again."
        ) from error
    if size > LARGEST_UNZIPPED_BYTES:
        raise _invalid(f"Unzipped size must be smaller than {LARGEST_UNZIPPED_BYTES} bytes")


def _stored(code: Json, account_id: str, region: str) -> bytes | None:
    bucket = s3_backends[account_id]["aws"].buckets.get(code["S3Bucket"])
    if bucket is None:
        return None
    if bucket.region_name != region:
        raise _not_got(
            "PermanentRedirect",
            f"The bucket is in this region: {bucket.region_name}. Please use this region to retry "
            "the request",
        )
    versions = bucket.keys.getlist(code["S3Key"], [])
    if not versions:
        raise _not_got("NoSuchKey", "The specified key does not exist.")
    version_id = code.get("S3ObjectVersion")
    found = [one for one in versions if version_id in (None, str(one.version_id))]
    if not found:
        raise _not_got("NoSuchVersion", "The specified version does not exist.")
    content: bytes = found[-1].value
    return content


def _not_got(code: str, message: str) -> ApiError:
    return _invalid(
        f"Error occurred while GetObject. S3 Error Code: {code}. S3 Error Message: {message}"
    )


def _check_concurrency(parameters: Json, backend: LambdaBackend) -> None:
    _function(parameters["FunctionName"], "$LATEST", backend)
    others = sum(
        int(one.reserved_concurrency or 0)
        for one in backend.list_functions()
        if one.function_name != parameters["FunctionName"].rpartition(":")[2]
    )
    reserved = others + parameters["ReservedConcurrentExecutions"]
    if reserved > CONCURRENT_EXECUTIONS - LEAST_UNRESERVED:
        raise _invalid(
            "Specified ReservedConcurrentExecutions for function decreases account's "
            f"UnreservedConcurrentExecution below its minimum value of [{LEAST_UNRESERVED}]."
        )


def _check_asynchronous(parameters: Json) -> None:
    if not parameters.keys() & {
        "DestinationConfig",
        "MaximumEventAgeInSeconds",
        "MaximumRetryAttempts",
    }:
        raise _invalid("You must specify at least one of error handling or destination setting.")
    name = parameters["FunctionName"].rpartition("function:")[2].partition(":")[0]
    for destination in parameters.get("DestinationConfig", {}).values():
        prefix, _, own_name = destination.get("Destination", "").partition(":function:")
        if prefix.startswith("arn:aws:lambda:") and own_name.partition(":")[0] == name:
            raise _invalid("You can't specify the function as a destination for itself.")


def _check_mapping(parameters: Json, backend: LambdaBackend) -> None:
    if "EventSourceArn" not in parameters:
        raise _invalid("Unrecognized event source.")
    if _latest(parameters["FunctionName"], backend) is None:
        raise _invalid("Function does not exist")


def _check_permission(parameters: Json) -> None:
    if parameters.get("Qualifier") == "$LATEST":
        raise _invalid("We currently do not support adding policies for $LATEST.")
    if not _PRINCIPAL.fullmatch(parameters["Principal"]):
        raise _invalid(
            "The provided principal was invalid. Please check the principal and try again."
        )


def _check_published(parameters: Json, backend: LambdaBackend) -> None:
    function = _latest(parameters["FunctionName"], backend)
    if function is None:
        return
    _check_revision(parameters, vars(function)["revision_id"])
    given, held = parameters.get("CodeSha256"), function.code_sha_256
    if given not in (None, held):
        raise _invalid(
            f"CodeSHA256 ({given}) is different from current CodeSHA256 in $LATEST ({held}). "
            "Please try again with the CodeSHA256 in $LATEST."
        )


def _check_revision(parameters: Json, held: str) -> None:
    if parameters.get("RevisionId") not in (None, held):
        raise ApiError(
            "PreconditionFailedException",
            "The Revision Id provided does not match the latest Revision Id. Call the "
            "GetFunction/GetAlias API to retrieve the latest Revision Id",
            412,
        )


def _check_alias(call: ApiCall, backend: LambdaBackend) -> None:
    parameters = call.parameters
    weights = (parameters.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    if len(weights) > 1:
        raise _invalid("Number of items in AdditionalVersionWeights cannot be greater than 1")
    version = parameters.get("FunctionVersion")
    function = _function(parameters["FunctionName"], version, backend)
    alias = _aliases(function, backend).get(parameters["Name"])
    version = version or (alias and alias.function_version)
    if weights and version == "$LATEST":
        raise _invalid("$LATEST is not supported for an alias pointing to more than 1 version")
    for other in weights:
        if other == version:
            raise _invalid(
                f"Invalid function version {other}. Function version {other} is already included "
                "in routing configuration."
            )
        _function(function.function_name, other, backend)
    if alias and call.operation == "CreateAlias":
        raise ApiError("ResourceConflictException", f"Alias already exists: {alias.arn}", 409)
    if alias:
        _check_revision(parameters, alias.revision_id)


def _check_deleted(parameters: Json, backend: LambdaBackend) -> None:
    version, function = parameters.get("Qualifier"), _latest(parameters["FunctionName"], backend)
    if version == "$LATEST":
        raise _invalid("$LATEST version cannot be deleted without deleting the function.")
    if version and function:
        aliases = _aliases(function, backend).values()
        if named := [one.name for one in aliases if one.function_version == version]:
            raise ApiError(
                "ResourceConflictException",
                "Unable to delete version because the following aliases reference it: "
                f"[{', '.join(named)}]",
                409,
            )


def _aliases(function: LambdaFunction, backend: LambdaBackend) -> dict[str, LambdaAlias]:
    return {one.name: one for one in backend.list_aliases(function.function_name)}


def _check_tags(call: ApiCall, backend: LambdaBackend) -> None:
    resource, tags = call.parameters["Resource"], call.parameters.get("Tags")
    if ":" in resource.partition(":function:")[2]:
        raise _invalid(
            "Tags on function aliases and versions are not supported. Please specify a function "
            "ARN."
        )
    if tags == {}:
        raise _invalid("An error occurred and the request cannot be processed.")
    if ":function:" in resource:
        _function(resource, None, backend)
    if tags and len(tags.keys() | backend.list_tags(resource).keys()) > MOST_TAGS:
        raise _invalid("Number of tags exceeds resource tag limit.")


def _function(name: str, qualifier: str | None, backend: LambdaBackend) -> LambdaFunction:
    """The function, or a version or an alias of it. Raises ApiError if there is none."""
    try:
        return backend.get_function(name, qualifier)
    except (UnknownFunctionException, UnknownAliasException) as error:
        raise ApiError("ResourceNotFoundException", error.message, 404) from error


def _latest(name: str, backend: LambdaBackend) -> LambdaFunction | None:
    try:
        return backend.get_function(name)
    except (UnknownFunctionException, UnknownAliasException):
        return None


def _invalid(message: str) -> ApiError:
    return ApiError("InvalidParameterValueException", message)


# What functions are not run with here.
_NOT_RUN = {"DurableExecutionName", "TenantId"}
_CHANGES = {"CreateFunction", "UpdateFunctionCode", "UpdateFunctionConfiguration"}
