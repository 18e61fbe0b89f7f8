"""AWS's refusals in a sentence that says what mends it: who one is, what one may, and where."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from difflib import get_close_matches
from typing import TypeVar

import boto3
from botocore import exceptions
from botocore.exceptions import BotoCoreError, ClientError

from mailfanout.sandbox import control

T = TypeVar("T")

_DENIED = {
    "403",
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "AuthorizationErrorException",
    "UnauthorizedOperation",
}
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"}
UNKNOWN_KEY = {  # each protocol has its own word for it
    "AuthFailure",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
}
_NOT_ENABLED = {"OptInRequired", "RegionDisabledException", "InvalidLocationConstraint"}
_CLOCK = {"RequestExpired", "RequestTimeTooSkewed", "RequestInTheFuture"}
_SSO = (
    exceptions.NoAuthTokenError,
    exceptions.SSOError,
    exceptions.TokenRetrievalError,
)
_LOGIN = (exceptions.LoginError,)
_NO_ANSWER = (exceptions.EndpointConnectionError, exceptions.ConnectTimeoutError)
# The Region that every account has, by the beginning of the names of the others.
_HOMES = {"us-gov-": "us-gov-west-1", "cn-": "cn-north-1", "": "us-east-1"}


def unless_denied(call: Callable[[], T]) -> T | None:
    """What the call returns, or None if AWS says that the caller may not make it."""
    try:
        return call()
    except ClientError as error:
        if error.response["Error"]["Code"] not in _DENIED:
            raise
    return None


def is_of_another_server(error: BotoCoreError | ClientError) -> bool:
    """Whether the answer is not in AWS's form: a proxy's, perhaps, or a web server's.

    botocore then takes the HTTP status for the code, as for answers to HEAD, which have no form.
    """
    if not isinstance(error, ClientError) or error.operation_name.startswith("Head"):
        return False
    return bool(error.response["Error"]["Code"].isdecimal())


def explain(error: BotoCoreError | ClientError, *, region: str | None = None) -> str:
    """What happened and what mends it, in a sentence; what botocore says if that is enough."""
    found = _refusal(error, region) if isinstance(error, ClientError) else _failure(error, region)
    return found or str(error)


def home_region(region: str) -> str:
    """The Region of the same partition that every account has."""
    return next(home for start, home in _HOMES.items() if region.startswith(start))


def not_enabled(region: str) -> str:
    """What to do if an account has not opted in to a Region."""
    return (
        f"The Region {region} is not enabled for this account. An administrator enables it with: "
        f"aws account enable-region --region-name {region} — or set AWS_REGION to another one, "
        f"such as {home_region(region)}."
    )


def _refusal(error: ClientError, region: str | None) -> str | None:
    code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    if is_of_another_server(error):
        return (
            f"{error.operation_name} got HTTP status {code}, and no answer of AWS's form: a proxy "
            "or another web server is there. Type the same command again; if that does not help, "
            "check AWS_ENDPOINT_URL and HTTPS_PROXY."
        )
    if code in _EXPIRED:
        return f"Your AWS credentials have expired. Renew them, for example with: {_login()}"
    if code in _CLOCK or "Signature expired" in message or "Signature not yet" in message:
        return "This machine's clock differs from AWS's. Set it, then type the same command again."
    if code == "SignatureDoesNotMatch":
        return "AWS_SECRET_ACCESS_KEY does not belong to the access key. Type: aws configure"
    if code in UNKNOWN_KEY and control.leave_shell(os.environ):
        return (
            "AWS does not know the access key: this shell is one of the sandbox. To leave that, "
            'type: eval "$(mailfanout sandbox env --unset)"'
        )
    if code in UNKNOWN_KEY:
        return f"AWS does not know the access key, or not any more. Type: {_login()}"
    if code in _NOT_ENABLED and region:
        return not_enabled(region)
    return _denied(error, message) if code in _DENIED else None


def _denied(error: ClientError, message: str) -> str:
    found = re.search(r"perform: (\S+)", message)
    action = found[1] if found else error.operation_name
    if "explicit deny" in message:
        mend = "A policy denies it: ask the administrator of the account, or use another account"
    else:
        mend = f"Have an administrator allow {action}, then type the same command again"
    return f"AWS refuses {action}: {message or error}. {mend}."


def _failure(error: BotoCoreError, region: str | None) -> str | None:
    if isinstance(error, _SSO):
        return f"The SSO session has expired, or there is none. Type: {_command('aws sso login')}"
    if isinstance(error, _LOGIN):
        return f"The session of `aws login` has expired. Type: {_command('aws login')}"
    if isinstance(error, exceptions.NoCredentialsError):
        return (
            "There are no AWS credentials. Type `aws configure sso` or `aws login`, or set "
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        )
    if isinstance(error, exceptions.ProfileNotFound):
        return f"{error}. Choose one of those that `aws configure list-profiles` names."
    if isinstance(error, exceptions.PartialCredentialsError):
        return f"{error}. Set it, too, or neither of the two."
    if isinstance(error, exceptions.InvalidRegionError):
        return f"{error} Set AWS_REGION, for example to {_HOMES['']}."
    if isinstance(error, _NO_ANSWER) and region:
        return _unreachable(error, region)
    return None


def is_nobody_there(error: BotoCoreError | ClientError, region: str) -> bool:
    """Whether nobody answers, though AWS has the Region: nothing that was typed mends that."""
    return isinstance(error, _NO_ANSWER) and region in _regions()


def _regions() -> list[str]:
    session = boto3.Session(region_name=_HOMES[""])
    return [
        name
        for partition in session.get_available_partitions()
        for name in session.get_available_regions("sts", partition)
    ]


def _unreachable(error: BotoCoreError, region: str) -> str:
    url, known = str(error.kwargs.get("endpoint_url", "")), _regions()
    if region not in known:
        close = " or ".join(sorted(get_close_matches(region, known, 2)))
        meant = f" Did you mean {close}?" if close else ""
        return f"AWS has no Region {region}.{meant} Set AWS_REGION."
    if "email" in url:
        return f"Amazon SES is not in {region}. Set AWS_REGION to another Region."
    return f"Nobody answers at {url}. Is this machine connected to the internet, or behind a proxy?"


def _login() -> str:
    """The command that renews the credentials of the profile, by what its configuration says."""
    try:
        credentials = boto3.Session().get_credentials()
    except BotoCoreError:
        credentials = None
    by_sso = credentials is not None and credentials.method == "sso"
    return _command("aws sso login" if by_sso else "aws login")


def _command(command: str) -> str:
    profile = os.environ.get("AWS_PROFILE") or os.environ.get("AWS_DEFAULT_PROFILE")
    return f"{command} --profile {profile}" if profile else command
