"""What an execution environment is made from, and where its log goes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LogSettings:
    """The log group of a function, and what is written there: as text, or as JSON by levels."""

    group: str
    format: str = "Text"
    application_level: str = "INFO"
    system_level: str = "INFO"

    def variables(self) -> dict[str, str]:
        """What AWS's client learns of them."""
        named = {"AWS_LAMBDA_LOG_GROUP_NAME": self.group}
        if self.format == "JSON":
            named["AWS_LAMBDA_LOG_FORMAT"] = self.format
            named["AWS_LAMBDA_LOG_LEVEL"] = self.application_level
        return named


@dataclass(frozen=True)
class Configuration:
    """What an execution environment is made from. Two that differ never share one.

    `function_arn` is without a qualifier: an alias and its version share environments.
    """

    function_name: str
    function_arn: str
    version: str
    handler: str
    runtime: str
    memory_mb: int
    timeout_seconds: int
    role_arn: str
    variables: tuple[tuple[str, str], ...]
    code_sha256: str
    log: LogSettings
