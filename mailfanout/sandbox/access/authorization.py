"""Who may call what: a caller's own policies, and those of the resource, as moto keeps them.

The front of the sandbox asks in this order: refusals.refuse_stranger, signatures.authenticate,
authorize. Service control policies, permissions boundaries and session policies are not read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from mailfanout.sandbox.access.account import identity_statements, resource_statements
from mailfanout.sandbox.access.keys import Caller
from mailfanout.sandbox.access.mail_requests import condition_keys
from mailfanout.sandbox.access.permissions import Permission, permissions
from mailfanout.sandbox.access.statements import Asked, Statement, decide
from mailfanout.sandbox.http import Request, refusal

# Condition keys, in lower case.
Context = dict[str, str | list[str]]


def authorize(caller: Caller, request: Request) -> None:
    """Nothing, where the caller may make this call. Raises AccessError otherwise.

    Within the account a policy of the caller or one of the resource suffices, and a denial in
    either beats both. The root pair needs no policy; a resource may still deny it. A role has to
    trust whoever assumes it, root too.
    """
    service, operation = request.operation
    if (service, operation) == ("sts", "GetCallerIdentity"):
        return
    if caller.kind == "root" and service not in _MAY_HAVE_POLICY:
        return
    context = _context(caller, request.region) | condition_keys(request)
    for permission in permissions(request, caller.account_id):
        if reason := _refused(caller, permission, context):
            message = _words(request.service, caller.arn, permission, reason)
            raise refusal(request, "access_denied", message)


def role_allows(role_arn: str, action: str, resource_arn: str) -> bool:
    """Whether a session of the role may do it, as Lambda asks before it polls a queue for one."""
    caller = Caller.session(role_arn, "awslambda")
    context = _context(caller, region=resource_arn.split(":")[3])
    return _refused(caller, Permission(action, resource_arn), context) is None


def may_invoke(
    function_policy: Mapping[str, Any],
    *,
    principal_service: str,
    source_arn: str,
    source_account: str,
) -> bool:
    """Whether a function's resource policy (its document) lets a service invoke it for a source.

    See https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-services.html
    """
    context = {"aws:sourcearn": source_arn, "aws:sourceaccount": source_account}
    principals = frozenset({principal_service})
    asked = Asked("lambda:InvokeFunction", "*", principals, context=context)
    # Each statement of a function's policy is about that function, so all resources will do.
    statements = [{**one, "Resource": "*"} for one in function_policy.get("Statement", [])]
    return decide(statements, asked) == "Allow"


def _refused(caller: Caller, permission: Permission, context: Context) -> str | None:
    """Why not, as AWS ends the sentence; None where it is allowed."""
    action, resource = permission
    asked = Asked(
        action,
        resource,
        frozenset({caller.arn, caller.role_arn or caller.arn}),
        caller.account_id,
        context,
    )
    by_identity = decide(identity_statements(caller), asked)
    if by_identity == "Deny":
        return _DENIED_BY_IDENTITY
    resource_policy = resource_statements(resource, caller.account_id)
    if action.startswith("sts:AssumeRole") and (reason := _distrust(resource_policy, asked)):
        return reason
    by_resource = decide(resource_policy, asked)
    if by_resource == "Deny":
        return _DENIED_BY_RESOURCE
    if caller.kind == "root" or by_identity or by_resource:
        return None
    return _NOT_ALLOWED


def _distrust(trust_policy: Iterable[Statement], asked: Asked) -> str | None:
    """Why the caller may not assume a role, whatever its own policies say.

    A role that trusts the account trusts all in it whose own policies let them assume the role.
    See https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """
    account = Caller.root(asked.account_id).arn
    verdict = decide(trust_policy, replace(asked, principals=asked.principals | {account}))
    if verdict == "Deny":
        return _DENIED_BY_TRUST
    return None if verdict else _NOT_TRUSTED


def _context(caller: Caller, region: str) -> Context:
    context: Context = {
        "aws:principalaccount": caller.account_id,
        "aws:principalarn": caller.role_arn or caller.arn,
        "aws:requestedregion": region,
        # On AWS the same SDK call goes through TLS, which policies often ask for.
        "aws:securetransport": "true",
    }
    if caller.kind == "user":
        context["aws:username"] = caller.arn.rpartition("/")[2]
    return context


def _words(service: str, caller_arn: str, permission: Permission, reason: str) -> str:
    """The message, with each service's habits."""
    action, resource = permission
    if service == "ses" and action.startswith("ses:Send"):
        return (
            f"User `{caller_arn}' is not authorized to perform `{action}' on resource `{resource}'"
        )
    if service == "sqs":
        action = action.lower()
    if service == "sns":
        action = action.replace("sns:", "SNS:")
    if service == "s3":
        resource = f'"{resource}"'
    on_resource = "" if reason in (_DENIED_BY_TRUST, _NOT_TRUSTED) else f" on resource: {resource}"
    return (
        f"User: {caller_arn} is not authorized to perform: {action}{on_resource} "
        + reason.format(action=action)
    )


_MAY_HAVE_POLICY = {"lambda", "s3", "sns", "sqs", "sts"}
_NOT_ALLOWED = "because no identity-based policy allows the {action} action"
_DENIED_BY_IDENTITY = "with an explicit deny in an identity-based policy"
_DENIED_BY_RESOURCE = "with an explicit deny in a resource-based policy"
_NOT_TRUSTED = "because no role trust policy allows the {action} action"
_DENIED_BY_TRUST = "with an explicit deny in the role trust policy"
