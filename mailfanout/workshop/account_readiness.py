"""Is an AWS account ready, or another endpoint? What is missing, and what mends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from mailfanout import account
from mailfanout.errors import InputError, MailfanoutError
from mailfanout.stack import Stack
from mailfanout.target import Target, connect, explain, stack_on
from mailfanout.workshop.readiness import Finding

_FAILURES = (BotoCoreError, ClientError, MailfanoutError)


def examine_account(kind: str) -> Iterator[Finding]:
    """Look at the account behind a target, `aws` or `endpoint`; nothing is changed.

    Without credentials, or without a network, it ends with the finding that says so.
    """
    try:
        target = replace(connect(kind), is_patient=False)
    except _FAILURES as error:
        lacks_address = kind == "endpoint" and isinstance(error, InputError)
        yield _missing("Endpoint" if lacks_address else "Region", error, None)
        return
    yield Finding("Region", True, target.region, "")
    credentials = _checked("credentials", target, lambda: _credentials(target))
    yield credentials
    if not credentials.ok:
        return
    try:
        caller = target.caller()
    except _FAILURES as error:
        yield _missing("account", error, target.region)
        return
    yield Finding("account", True, f"{caller.account_id}, as {caller.arn}", "")
    stack = stack_on(kind, Stack(caller.account_id, target.region, caller.partition))
    yield _checked("SES", target, lambda: _ses(target))
    yield _checked("sender", target, lambda: _sender(target, stack))
    yield _checked("Lambda", target, lambda: _lambda(target))


def _credentials(target: Target) -> Finding:
    found = target.session.get_credentials()
    if found is None:
        raise NoCredentialsError()
    profile = target.session.profile_name
    whose = f", profile {profile}" if found.method != "env" else ""
    return Finding(
        "credentials", True, f"from {_SOURCES.get(found.method, found.method)}{whose}", ""
    )


_SOURCES = {
    "env": "the environment",
    "shared-credentials-file": "the credentials file",
    "config-file": "the configuration file",
    "sso": "IAM Identity Center",
    "login": "aws login",
}


def _ses(target: Target) -> Finding:
    sending = account.sending_of(target)
    if sending is None:
        mend = "Have an administrator allow ses:GetAccount, to see quotas before you send."
        return Finding("SES", False, "its quotas may not be read", mend)
    if sending.paused:
        said, _, mend = sending.paused.partition(": ")
        return Finding("SES", False, said, mend)
    is_full = sending.sent_today >= sending.mails_a_day > 0
    if is_full:
        return Finding("SES", False, str(sending), "Wait: they are free again 24 hours after use.")
    only = f"; {' '.join(account.IN_SES_SANDBOX)}" if sending.in_sandbox else ""
    return Finding("SES", True, f"{sending}{only}", "")


def _sender(target: Target, stack: Stack) -> Finding:
    status = account.sender_status(target, stack)
    said, _, mend = account.about_sender(stack, status).partition(": ")
    return Finding("sender", status == "SUCCESS", said.removeprefix("the sender "), mend)


def _lambda(target: Target) -> Finding:
    number = account.executions_at_once(target)
    if number is None:
        mend = "Have an administrator allow lambda:GetAccountSettings."
        return Finding("Lambda", False, "its quota may not be read", mend)
    few = number < account.FEW_EXECUTIONS
    more = "; more: Service Quotas console, Lambda, Concurrent executions" if few else ""
    said = f"up to {number:,} functions at once, for all of the account in this Region"
    return Finding("Lambda", True, f"{said}{more}", "")


def _checked(name: str, target: Target, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except _FAILURES as error:
        return _missing(name, error, target.region)


def _missing(name: str, error: Exception, region: str | None) -> Finding:
    is_aws = isinstance(error, BotoCoreError | ClientError)
    return Finding(name, False, "unknown", explain(error, region=region) if is_aws else str(error))
