"""Where the pipeline runs: the embedded sandbox, another AWS-compatible endpoint, or AWS."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from threading import Lock
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError, ProfileNotFound

from mailfanout.durations import IN_SANDBOX
from mailfanout.errors import (
    CredentialsMissing,
    InputError,
    MailfanoutError,
    SandboxEnded,
    none_such,
)
from mailfanout.sandbox import control
from mailfanout.stack import NO_PREFIX, Stack, check_prefix, check_sender, prefix_of_caller
from mailfanout.target import endpoint
from mailfanout.target.caller import Caller
from mailfanout.target.mends import (
    UNKNOWN_KEY,
    explain,
    home_region,
    is_nobody_there,
    is_of_another_server,
    not_enabled,
)
from mailfanout.target.models import share_models
from mailfanout.target.waiting import Sleep

Kind = Literal["sandbox", "endpoint", "aws"]


@dataclass(frozen=True)
class Target:
    """One place that speaks AWS's APIs: the boto3 session that reaches it, how to wait there.

    If it is not patient, a call of its clients that nobody answers fails after seconds.
    """

    kind: Kind
    session: boto3.Session
    endpoint_url: str | None = None
    sandbox: control.Sandbox | None = None
    sleep: Sleep = field(default=time.sleep, repr=False, compare=False)
    is_patient: bool = True
    _clients: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)
    _lock: Lock = field(default_factory=Lock, repr=False, compare=False)

    @property
    def region(self) -> str:
        return str(self.session.region_name)

    def require_sandbox(self, unless: str) -> control.Sandbox:
        """The sandbox behind it. On another target raises InputError, which says `unless`."""
        if self.sandbox is None:
            raise InputError(unless)
        return self.sandbox

    def client(self, service: str, *, is_retried: bool = True) -> Any:
        """The boto3 client of a service (`"dynamodb"`, `"sesv2"`, …), made once per target.

        One that is not retried makes each call once, also if the reply is lost.
        On an endpoint, its calls raise OperationMissing or EndpointUnavailable, too; in the
        sandbox SandboxEnded, if that has ended since.
        """
        with self._lock:  # a session makes its clients for one thread at a time
            name = service if is_retried else f"{service}, once"
            if name not in self._clients:
                config = self._config(service)
                once = Config(retries={"total_max_attempts": 1})
                self._clients[name] = self._new_client(
                    service, config if is_retried else config.merge(once)
                )
            return self._clients[name]

    def _new_client(self, service: str, config: Config) -> Any:
        client: Any = self.session.client(service, endpoint_url=self.endpoint_url, config=config)
        if self.kind == "endpoint":
            endpoint.watch(client)
        elif self.sandbox:
            client.meta.events.register("after-call-error", _say_that_it_has_ended)
            client.meta.events.register("after-call", partial(_unless_ended, self.sandbox))
        return client

    def _config(self, service: str) -> Config:
        if self.sandbox:
            return _DIRECT_CONFIG
        # The first call of all is STS's: whoever does not answer it shall not keep us waiting.
        is_first = (self.kind, service) == ("endpoint", "sts")
        return _IMPATIENT_CONFIG if is_first or not self.is_patient else _CONFIG

    def caller(self) -> Caller:
        """Whom the credentials belong to, as STS says.

        Raises CredentialsMissing, which says what mends it, if there are no credentials, or if
        they are not accepted; and MailfanoutError if nobody answers.
        """
        try:
            said = self.client("sts").get_caller_identity()
            return Caller(str(said["Account"]), str(said["Arn"]))
        except (BotoCoreError, ClientError) as error:
            why_not = self._why_not(error)
            if is_nobody_there(error, self.region) or is_of_another_server(error):
                raise MailfanoutError(why_not) from error
            raise CredentialsMissing(why_not) from error

    def _why_not(self, error: BotoCoreError | ClientError) -> str:
        home = home_region(self.region)
        if self.kind == "aws" and home != self.region and _is_unknown_key(error):
            # A Region that an account has not enabled knows none of its keys, either.
            try:
                self.session.client("sts", region_name=home).get_caller_identity()
                return not_enabled(self.region)
            except (BotoCoreError, ClientError):
                pass
        said = explain(error, region=self.region)
        if self.kind == "aws" or is_of_another_server(error):
            return said
        return f"The {self.kind} target does not accept the AWS credentials. {said}"


def connect(kind: str | None = None) -> Target:
    """The target named by `kind`, or by MAILFANOUT_TARGET, or else the sandbox.

    The sandbox is started when it does not run; while it runs, its target is the same one.
    `endpoint` is at AWS_ENDPOINT_URL. Real AWS is used only if it is named. Raises InputError,
    CredentialsMissing, SandboxUnavailable.
    """
    kind = kind or os.environ.get("MAILFANOUT_TARGET") or "sandbox"
    if kind == "sandbox":
        return in_sandbox(control.start())
    if kind == "endpoint":
        return _endpoint()
    if kind == "aws":
        return _aws()
    raise none_such("target", kind, get_args(Kind))


def stack_for(target: Target, *, prefix: str | None = None) -> Stack:
    """The article's stack in the target's account and Region.

    `prefix`, or else MAILFANOUT_PREFIX, stands in front of every name, with a hyphen; without
    either, on AWS, the caller's name, so that several people share an account. `"none"` is none.
    MAILFANOUT_SENDER names the sender. Raises InputError if that is no address, or if a name cannot
    begin with the prefix.
    """
    caller = target.caller()
    stack = stack_on(target.kind, Stack(caller.account_id, target.region, caller.partition))
    prefix = prefix or os.environ.get("MAILFANOUT_PREFIX")
    if not prefix:
        prefix = prefix_of_caller(caller.arn) if target.kind == "aws" else NO_PREFIX
    if prefix == NO_PREFIX:
        return stack
    return stack.with_prefix(f"{check_prefix(prefix)}-")


def stack_on(kind: str, stack: Stack) -> Stack:
    """The stack with the sender, the names and the durations that it has on a kind of target."""
    if sender := os.environ.get("MAILFANOUT_SENDER"):
        stack = replace(stack, sender=check_sender(sender))
    if kind == "sandbox":
        stack = replace(stack, durations=IN_SANDBOX)
    return stack.with_names_for_aws() if kind == "aws" else stack


_CONFIG = Config(
    max_pool_connections=32,
    retries={"mode": "standard", "total_max_attempts": 5},
    ignore_configured_endpoint_urls=True,
)
# A proxy that the machine uses for the internet cannot reach the machine's own loopback.
# botocore writes its own user agent anew for each call, which is a tenth of a call's work.
_DIRECT_CONFIG = _CONFIG.merge(Config(proxies={}, user_agent="mailfanout"))

_IMPATIENT_CONFIG = _CONFIG.merge(
    Config(connect_timeout=10, read_timeout=10, retries={"total_max_attempts": 1})
)


@lru_cache(1)
def in_sandbox(sandbox: control.Sandbox) -> Target:
    """The same again for the same sandbox: its clients take longer to make than to call."""
    session = boto3.Session(
        aws_access_key_id=sandbox.access_key_id,
        aws_secret_access_key=sandbox.secret_access_key,
        botocore_session=_deaf_session(sandbox.region),
    )
    return Target("sandbox", session, sandbox.endpoint_url, sandbox)


def _say_that_it_has_ended(*, exception: Exception, **_: Any) -> None:
    if isinstance(exception, EndpointConnectionError):
        asked = urlsplit(exception.kwargs["endpoint_url"])
        raise SandboxEnded(f"{asked.scheme}://{asked.netloc}") from exception


def _unless_ended(sandbox: control.Sandbox, *, parsed: dict[str, Any], **_: Any) -> None:
    """Raises SandboxEnded for what another sandbox answers, which has its port now."""
    if parsed.get("Error", {}).get("Code") in UNKNOWN_KEY and sandbox.is_gone():
        raise SandboxEnded(sandbox.endpoint_url)


def _deaf_session(region: str) -> Any:
    """A session of botocore that hears nothing of the user's AWS variables and files."""
    session = botocore.session.Session()
    defaults = {name: setting[2] for name, setting in session.SESSION_VARIABLES.items()}
    unread = {"config_file": None, "credentials_file": None, "s3": None}
    settings = session.get_component("config_store")
    for name, value in {**defaults, **unread, "region": region}.items():
        settings.set_config_variable(name, value)
    share_models(session.get_component("data_loader"))
    return session


def _endpoint() -> Target:
    url = os.environ.get("AWS_ENDPOINT_URL", "")
    if not endpoint.is_address(url):
        given = f", not {url!r}" if url else ""
        raise InputError(
            "The target `endpoint` needs an address. Set AWS_ENDPOINT_URL, "
            f"for example to http://127.0.0.1:4566{given}"
        )
    return Target("endpoint", _session_from_environment(), url)


def _aws() -> Target:
    return Target("aws", _session_from_environment())


def _session_from_environment() -> boto3.Session:
    # boto3 itself reads only AWS_DEFAULT_REGION.
    try:
        session = boto3.Session(region_name=os.environ.get("AWS_REGION"))
    except ProfileNotFound as error:
        raise CredentialsMissing(explain(error)) from error
    if not session.region_name:
        raise CredentialsMissing("No AWS Region is set. Set AWS_REGION, for example to us-east-1.")
    return session


def _is_unknown_key(error: BotoCoreError | ClientError) -> bool:
    return isinstance(error, ClientError) and error.response["Error"]["Code"] in UNKNOWN_KEY
