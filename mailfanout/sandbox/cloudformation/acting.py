"""API calls that CloudFormation makes, in the name of whoever asked for the stack."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from botocore.parsers import create_parser

from mailfanout.errors import MailfanoutError
from mailfanout.sandbox.access import Credentials
from mailfanout.sandbox.calls import ApiCall, make_call
from mailfanout.sandbox.cloudformation.typed import UntypedValue, typed
from mailfanout.sandbox.http import Answer, ApiError, Refused, worded
from mailfanout.sandbox.states import States

# Does a call, if the owner of the credentials may make it.
Perform = Callable[[ApiCall, Credentials], Answer]

PATIENCE_SECONDS = 120
_LOOK_SECONDS = 0.02
# S3 answers HeadBucket without words: its code is the status.
_MISSING = ("NotFound", "NoSuch", "NonExistent", "DoesNotExist", "404")

log = logging.getLogger(__name__)


class CallFailed(MailfanoutError):
    """A call was refused: AWS's code and message, and which call."""

    def __init__(self, call: str, code: str, message: str) -> None:
        super().__init__(f"{message} (Service: {call}, Code: {code})")
        self.code = code
        self.says_missing = any(word in code for word in _MISSING)


@dataclass(frozen=True)
class Api:
    """Makes calls in a Region as the owner of the credentials; `host` is in the URLs of queues.

    `states` says what is made, but not yet known everywhere.
    """

    perform: Perform
    states: States
    credentials: Credentials
    region: str
    host: str

    @property
    def account_id(self) -> str:
        return self.credentials.caller.account_id

    def arn(self, service: str, resource: str) -> str:
        """The ARN of something in the account and the Region."""
        return f"arn:aws:{service}:{self.region}:{self.account_id}:{resource}"

    def in_region_of(self, arn: str) -> Api:
        """The same in the Region of an ARN."""
        return replace(self, region=arn.split(":")[3])

    def __call__(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """What AWS answers, as boto3 would give it. Raises CallFailed."""
        call = make_call(service, operation, parameters, region=self.region, host=self.host)
        try:
            with whole(call.name):
                given = typed(call.model.input_shape, parameters)
                answer = self.perform(replace(call, parameters=given), self.credentials)
        except Refused as refused:
            error = worded(refused, call.speech)
            raise CallFailed(call.name, error.code, error.message) from refused
        except ApiError as error:
            raise CallFailed(call.name, error.code, error.message) from error
        return _parsed(call, answer)

    def unless_missing(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """Make the call; if its resource is gone already, the answer is empty."""
        try:
            return self(service, operation, **parameters)
        except CallFailed as error:
            if not error.says_missing:
                raise
        return {}

    def wait_until(self, is_so: Callable[[], bool], what: str) -> None:
        """Return once it is so. Raises CallFailed if that takes too long."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not is_so():
            if time.monotonic() > deadline:
                raise CallFailed("cloudformation", "NotStabilized", f"{what} takes too long.")
            time.sleep(_LOOK_SECONDS)


@contextmanager
def whole(what: str) -> Iterator[None]:
    """Within it, properties that cannot be read are a failure. Raises CallFailed."""
    try:
        yield
    except UntypedValue as error:
        raise _invalid(what, str(error)) from error
    except KeyError as error:
        raise _invalid(what, f"#: required key [{error.args[0]}] not found") from error
    except (AttributeError, TypeError, ValueError) as error:
        log.exception("%s failed for a stack", what)
        raise _invalid(what, str(error)) from error


def _invalid(what: str, words: str) -> CallFailed:
    return CallFailed(what, "ValidationError", f"Properties validation failed: {words}")


def _parsed(call: ApiCall, answer: Answer) -> dict[str, Any]:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    received = {"status_code": answer.status, "headers": headers, "body": answer.body}
    parsed: dict[str, Any] = create_parser(call.protocol).parse(received, call.model.output_shape)
    if error := parsed.get("Error") if answer.status >= 300 else None:
        raise CallFailed(call.name, error.get("Code", ""), error.get("Message", ""))
    return parsed
