"""A call of SES, whichever version of its API it came by."""

from __future__ import annotations

from typing import Any, NamedTuple

from mailfanout.sandbox.json_objects import Json


class Call(NamedTuple):
    """One request: its parameters in AWS's names, moto's SESBackend that it is for, its caller.

    And the operation, as the caller calls it.
    """

    params: Json
    backend: Any
    caller_identity: str = "learner"
    operation: str = "SendEmail"
