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
LARGEST_UNZIPPED_BYTES = 262_144_000
LONGEST_NAME = 64
CONCURRENT_EXECUTIONS, LEAST_UNRESERVED = 1000, 100
# Functions can neither be created nor updated with them any more.
_OLD_RUNTIMES = re.compile(
    r"python(2\.7|3\.[678])|nodejs(|4\.3.*|6\.10|(8|10|12|14|16)\..*)|java8"
    r"|dotnet(core.*|5\.0|6)|go1\.x|ruby2\.[57]|provided"
)
_PRINCIPAL = re.compile(r"\*|\d{12}|arn:aws:(iam|sts)::\d{12}:.+|[\w.-]+\.(amazonaws|amazon)\.com")

Json = dict[str, Any]


def check(call: ApiCall, account_id: str) -> None:
    """Raise ApiError for what Lambda does not take, Refused for what the sandbox does not run."""
    parameters = call.parameters
    if "FunctionUrlConfig" in call.operation or _NOT_RUN & parameters.keys():
        raise Refused("unsupported", f"The sandbox does not do {call.name} with what is asked.")
    if call.operation in _CHANGES:
        _check_what_runs(parameters)
        if call.operation == "CreateFunction":
            _check_new(parameters)
        _check_variables(parameters.get("Environment", {}).get("Variables", {}))
    if call.operation in ("CreateFunction", "UpdateFunctionCode"):
        _check_code(parameters.get("Code", parameters), account_id, call.region)
    backend = lambda_backends[account_id][call.region]
    if call.operation == "PutFunctionConcurrency":
        _check_concurrency(parameters, backend)
    elif call.operation == "PutFunctionEventInvokeConfig":
        _check_asynchronous(parameters)
    elif call.operation == "CreateEventSourceMapping" and "EventSourceArn" not in parameters:
        raise _invalid("Either EventSourceArn or SelfManagedEventSource is required.")
    elif call.operation == "AddPermission":
        _check_principal(parameters["Principal"])
    elif call.operation == "PublishVersion":
        _check_published(parameters, backend)
    elif call.operation == "UpdateAlias":
        _check_alias(parameters, backend)
    elif call.operation == "DeleteFunction":
        _check_deleted(parameters, backend)
    _check_tags(parameters, backend)


def _check_what_runs(parameters: Json) -> None:
    if parameters.get("Layers"):
        raise Refused("unsupported", "The sandbox unpacks no layers: put it all into the zip.")
    if parameters.get("PackageType") == "Image" or "ImageUri" in parameters:
        raise Refused("unsupported", "The sandbox runs no container images: give it a zip.")
    runtime = parameters.get("Runtime") or "python"
    if _OLD_RUNTIMES.fullmatch(runtime):
        raise _invalid(
            f"The runtime parameter of {runtime} is no longer supported for creating or updating "
            "AWS Lambda functions. We recommend you use a supported runtime while creating or "
            "updating functions."
        )
    if not runtime.startswith("python"):
        raise Refused("unsupported", f"The sandbox runs Python alone, and not {runtime}.")


def _check_new(parameters: Json) -> None:
    """A name may be written as an ARN; it is spelled as a name."""
    name = parameters["FunctionName"] = parameters["FunctionName"].rpartition("function:")[2]
    if len(name) > LONGEST_NAME:
        raise ApiError(
            "ValidationException",
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
        if destination.get("Destination", "").partition(":function:")[2].partition(":")[0] == name:
            raise _invalid("You can't specify the function as a destination for itself.")


def _check_principal(principal: str) -> None:
    if not _PRINCIPAL.fullmatch(principal):
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
            "The RevisionId provided does not match the latest RevisionId. Call the "
            "GetFunction/GetAlias API to retrieve the latest RevisionId",
            412,
        )


def _check_alias(parameters: Json, backend: LambdaBackend) -> None:
    function = _latest(parameters["FunctionName"], backend)
    if function and (alias := _aliases(function, backend).get(parameters["Name"])):
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


def _check_tags(parameters: Json, backend: LambdaBackend) -> None:
    tags = parameters.get("Tags") or {}
    held = backend.list_tags(parameters["Resource"]) if _is_there(parameters, backend) else {}
    if len(tags.keys() | held.keys()) > MOST_TAGS and tags:
        raise _invalid(f"A resource can have at most {MOST_TAGS} tags.")


def _is_there(parameters: Json, backend: LambdaBackend) -> bool:
    return bool(_latest(parameters.get("Resource", ""), backend))


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
