"""AWS Lambda: which functions there are, what may be asked of them, and their invocations."""

from __future__ import annotations

from mailfanout.sandbox.awslambda import deployed, descriptions, destinations, qualified
from mailfanout.sandbox.awslambda.checks import check_configuration, check_destinations, invalid
from mailfanout.sandbox.awslambda.downloads import DOWNLOAD_PATH, code_at, code_path
from mailfanout.sandbox.awslambda.invoke import Response, respond
from mailfanout.sandbox.awslambda.repeated_events import RepeatedEvents
from mailfanout.sandbox.awslambda.service import LambdaService, may_hear, may_notify, may_poll

__all__ = [
    "DOWNLOAD_PATH",
    "LambdaService",
    "RepeatedEvents",
    "Response",
    "check_configuration",
    "check_destinations",
    "code_at",
    "code_path",
    "deployed",
    "descriptions",
    "destinations",
    "invalid",
    "may_hear",
    "may_notify",
    "may_poll",
    "qualified",
    "respond",
]
