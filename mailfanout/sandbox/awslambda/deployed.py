"""Deployed functions, as moto's Lambda keeps them: found by their ARNs, described for a run."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from moto.awslambda.exceptions import UnknownAliasException, UnknownFunctionException
from moto.awslambda.models import LambdaAlias, LambdaBackend, LambdaFunction, lambda_backends

from mailfanout.sandbox.awslambda.asynchronous import Limits
from mailfanout.sandbox.awslambda.descriptions import logging_config
from mailfanout.sandbox.runtime import Configuration, Function, LogSettings, NoSuchFunction


def find(function_arn: str) -> LambdaFunction:
    """The function's version that an ARN, with or without a qualifier, stands for now.

    Raises NoSuchFunction.
    """
    _, _, _, region, account_id, *_ = function_arn.split(":")
    try:
        return lambda_backends[account_id][region].get_function(function_arn)
    except (UnknownFunctionException, UnknownAliasException) as error:
        raise NoSuchFunction(function_arn) from error


def invoked_arn(function: LambdaFunction, name_or_arn: str, qualifier: str | None = None) -> str:
    """The ARN of a function, with the qualifier by which it is named, if any."""
    name = name_or_arn.rpartition(":function:")[2]
    qualifier = name.partition(":")[2] or qualifier
    arn = unqualified_arn(function)
    return f"{arn}:{qualifier}" if qualifier else arn


def arn_of(backend: LambdaBackend, name_or_arn: str, qualifier: str | None) -> str:
    """The ARN that a name and a qualifier would have; no function need be there."""
    name = name_or_arn.rpartition("function:")[2]
    name = name if ":" in name or not qualifier else f"{name}:{qualifier}"
    return f"arn:aws:lambda:{backend.region_name}:{backend.account_id}:function:{name}"


def unqualified_arn(function: LambdaFunction) -> str:
    """The function's ARN without a version or an alias."""
    return ":".join(function.function_arn.split(":")[:7])


def describe(function_arn: str) -> Function:
    """What a run of the function needs to know. Raises NoSuchFunction.

    An alias with weights gives each run to one of its versions, by chance.
    See https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
    """
    function = _weighted(find(function_arn), function_arn)
    arn = unqualified_arn(function)
    configuration = Configuration(
        function_name=function.function_name,
        function_arn=arn,
        version=str(function.version),
        handler=function.handler or "",
        runtime=function.run_time or "",
        memory_mb=int(function.memory_size),
        timeout_seconds=int(function.timeout),
        role_arn=function.role,
        variables=tuple((key, str(value)) for key, value in function.environment_vars.items()),
        code_sha256=function.code_sha_256,
        log=_log_settings(function),
    )
    # moto keeps it only with the unpublished version; it is valid for all versions.
    reserved = find(arn).reserved_concurrency
    limit = None if reserved is None else int(reserved)
    return Function(configuration, function.code_bytes, function_arn, limit)


def _log_settings(function: LambdaFunction) -> LogSettings:
    config = logging_config(function)
    levels = (config.get(f"{one}LogLevel", "INFO") for one in ("Application", "System"))
    return LogSettings(config["LogGroup"], config["LogFormat"], *levels)


def _weighted(function: LambdaFunction, function_arn: str) -> LambdaFunction:
    """The version that an alias's weights give this run to; else the one that was found."""
    qualifier = (function_arn.split(":") + [""])[7]
    if qualifier in ("", str(function.version)):
        return function
    backend = lambda_backends[function.account_id][function.region]
    routing = weights(backend.get_alias(qualifier, function.function_name))
    for version, weight in routing.items():
        if random.random() < weight:
            return find(f"{unqualified_arn(function)}:{version}")
    return function


def weights(alias: LambdaAlias) -> Mapping[str, float]:
    """The share of its invocations that each further version of an alias gets, from 0 to 1."""
    routing: dict[str, dict[str, float]] = alias.routing_config or {}  # type: ignore[assignment]
    return routing.get("AdditionalVersionWeights") or {}


def limits(function_arn: str) -> Limits:
    """How often asynchronous events of the function are tried. Raises NoSuchFunction."""
    config = event_invoke_config(function_arn)
    return Limits(
        config.get("MaximumRetryAttempts", Limits.max_retries),
        config.get("MaximumEventAgeInSeconds", Limits.max_age_seconds),
    )


def event_invoke_config(function_arn: str) -> dict[str, Any]:
    """The settings of asynchronous invocation that were put for what the ARN says, none by default.

    Raises NoSuchFunction.
    """
    configs = vars(find(function_arn))["invoke_configs"]
    qualifier = (function_arn.split(":") + ["$LATEST"])[7]
    found: dict[str, Any] = configs.get(qualifier, {})
    return found


def recursive_loop(function_arn: str) -> str:
    """`Allow` or `Terminate`: what becomes of a loop. It is valid for all versions."""
    function = find(":".join(function_arn.split(":")[:7]))
    return str(vars(function).get("recursive_loop", "Terminate"))


def dead_letter_arn(function: LambdaFunction) -> str | None:
    """The queue or topic of the function's DeadLetterConfig, which a seam keeps with it."""
    config: dict[str, str] = vars(function).get("dead_letter_config") or {}
    return config.get("TargetArn") or None
