"""Who may call what: a caller's own policies, and those of the resource, as moto keeps them.

Service control policies and session policies are not read, and only roles have boundaries.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from mailfanout.sandbox.access.account import (
    boundary_documents,
    identity_documents,
    resource_documents,
)
from mailfanout.sandbox.access.conditions import Context
from mailfanout.sandbox.access.context import CallContext, caller_context
from mailfanout.sandbox.access.keys import Caller
from mailfanout.sandbox.access.permission import Permission, VersionPermission
from mailfanout.sandbox.access.permissions import permissions
from mailfanout.sandbox.access.statements import (
    UNKNOWN,
    Asked,
    all_statements,
    decide,
    judge,
    unjudged,
)
from mailfanout.sandbox.access.tags import Tagged
from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.http import Refused


def authorize(caller: Caller, call: ApiCall) -> None:
    """Nothing, if the caller may make this call. Raises Refused otherwise.

    Within the account a policy of the caller or one of the resource suffices, and a denial in
    either beats both. A role has to trust whoever assumes it.
    """
    _refuse_session(caller, call)
    if call.name in _FOR_EVERYBODY:
        return
    _name_oneself(caller, call)
    context = CallContext(caller, call)
    for permission in permissions(call, caller.account_id):
        more = dict(_own_keys(permission, call))
        judged = CallContext(caller, call, **more) if more else context
        if reason := _refused(caller, permission, judged):
            message = _words(call.signing_name, caller.arn, permission, reason)
            raise Refused("access_denied", message)


def _refuse_session(caller: Caller, call: ApiCall) -> None:
    """What a user's temporary credentials are not for, without a device's code. Raises Refused.

    See https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
    """
    if caller.kind != "user" or caller.token_issued_at is None or call.is_of_service:
        return
    if call.service == "iam":
        raise Refused("unknown_key")
    if call.service == "sts" and call.operation not in ("AssumeRole", "GetCallerIdentity"):
        raise Refused("access_denied", f"Cannot call {call.operation} with session credentials")


def _own_keys(permission: Permission, call: ApiCall) -> Iterator[tuple[str, str]]:
    """Condition keys of one of a call's permissions alone."""
    if permission.action == "iam:PassRole":
        yield "iam:passedtoservice", f"{call.signing_name}.amazonaws.com"
    if isinstance(permission, VersionPermission):
        yield "s3:versionid", permission.version_id


def _name_oneself(caller: Caller, call: ApiCall) -> None:
    """An IAM user who names no user means itself, to whoever reads the call after this."""
    shape = call.model.input_shape
    if call.service == "iam" and caller.kind == "user" and shape and "UserName" in shape.members:
        call.parameters.setdefault("UserName", caller.arn.rpartition("/")[2])


def role_allows(role_arn: str, action: str, resource_arn: str) -> bool:
    """Whether a session of the role may do it, as Lambda asks before it polls a queue for one."""
    caller = Caller.session(role_arn, "awslambda")
    context = caller_context(caller, region=resource_arn.split(":")[3])
    return _refused(caller, Permission(action, resource_arn), context) is None


def may_invoke(
    policy: Mapping[str, Any], *, principal_service: str, source_arn: str, source_account: str
) -> bool:
    """Whether a function's resource policy (its document) lets a service invoke it for a source.

    See https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-services.html
    """
    context = _of_service(principal_service, source_arn, source_account)
    principals = frozenset({principal_service})
    asked = Asked("lambda:InvokeFunction", "*", principals, context=context)
    # Each statement of a function's policy is about that function, so all resources will do.
    statements = [{**one, "Resource": "*"} for one in policy.get("Statement", [])]
    return decide(statements, asked) == "Allow"


def _of_service(service: str, source_arn: str, source_account: str) -> dict[str, str]:
    """What is true of a call that a service of AWS makes by itself."""
    return {
        "aws:principalisawsservice": "true",
        "aws:principalservicename": service,
        "aws:sourceaccount": source_account,
        "aws:sourcearn": source_arn,
        **({"aws:sourceowner": source_account} if service in _TELLS_THE_OWNER else {}),
    }


def service_may_assume(role_arn: str, service: str) -> bool:
    """Whether a role is there, and trusts a service of AWS."""
    asked = Asked("sts:AssumeRole", role_arn, frozenset({service}))
    account_id = "".join(role_arn.split(":")[4:5])
    return judge(resource_documents(role_arn, account_id), asked) == "Allow"


def service_may(action: str, resource_arn: str, *, service: str, source_arn: str) -> bool:
    """Whether a resource's own policy lets a service of AWS do this for a source of its account.

    False if there is no such resource.
    """
    account_id = resource_arn.split(":")[4]
    context = _of_service(service, source_arn, account_id)
    tagged = Tagged(context, Permission(action, resource_arn), account_id)
    asked = Asked(action, resource_arn, frozenset({service}), context=tagged)
    return judge(resource_documents(resource_arn, account_id), asked) == "Allow"


def _refused(caller: Caller, permission: Permission, context: Context) -> str | None:
    """Why not, as AWS ends the sentence; None if it is allowed."""
    action, resource = permission
    principals = frozenset({caller.arn, caller.role_arn or caller.arn})
    tagged = Tagged(context, permission, caller.account_id, caller)
    asked = Asked(action, resource, principals, caller.account_id, tagged)
    if resource.startswith("arn:aws:iam::aws:") and not action.startswith(("iam:Get", "iam:List")):
        return _NOT_ALLOWED
    own_policies = identity_documents(caller)
    by_identity = judge(own_policies, asked)
    if by_identity == "Deny":
        return _DENIED_BY_IDENTITY + _not_judged(own_policies, asked)
    resource_policy = resource_documents(resource, caller.account_id)
    if action.startswith(_TRUSTED) and (reason := _distrust(resource_policy, asked)):
        return reason
    by_resource = judge(resource_policy, asked)
    if by_resource == "Deny":
        return _DENIED_BY_RESOURCE + _not_judged(resource_policy, asked)
    if by_identity or by_resource:
        return _out_of_bounds(caller, asked, resource_policy)
    return _NOT_ALLOWED + _not_judged((*own_policies, *resource_policy), asked)


def _out_of_bounds(caller: Caller, asked: Asked, resource_policy: tuple[str, ...]) -> str | None:
    """Why a role's permissions boundary keeps it from what policies let it do.

    It does not bound what a resource's policy gives to the session itself. See
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
    """
    if (boundary := boundary_documents(caller)) is None:
        return None
    verdict = judge(boundary, asked)
    if verdict == "Deny":
        return _DENIED_BY_BOUNDARY + _not_judged(boundary, asked)
    session = replace(asked, principals=frozenset({caller.arn}))
    if verdict or judge(resource_policy, session) == "Allow":
        return None
    return _NOT_IN_BOUNDARY + _not_judged(boundary, asked)


def _not_judged(documents: Iterable[str], asked: Asked) -> str:
    """A line on what the sandbox could not judge, if that may be why."""
    found = list(dict.fromkeys(unjudged(all_statements(documents), asked)))
    return f" (the sandbox cannot judge: {', '.join(found)})" if found else ""


def _distrust(trust_policy: tuple[str, ...], asked: Asked) -> str | None:
    """Why the caller may not assume a role, whatever its own policies say.

    A role that trusts the account trusts all in it whose own policies let them assume the role.
    See https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """
    account = f"arn:aws:iam::{asked.account_id}:root"
    verdict = judge(trust_policy, replace(asked, principals=asked.principals | {account}))
    if verdict == "Deny":
        return _DENIED_BY_TRUST
    return None if verdict else _NOT_TRUSTED


def _words(service: str, caller: str, permission: Permission, reason: str) -> str:
    """The message, with each service's habits."""
    action, resource = permission
    resource = "*" if resource == UNKNOWN else resource
    if service == "ses" and action.startswith("ses:Send"):
        return f"User `{caller}' is not authorized to perform `{action}' on resource `{resource}'"
    if service == "sqs":
        action = action.lower()
    if service == "sns":
        action = action.replace("sns:", "SNS:")
    if service == "s3":
        resource = f'"{resource}"'
    return (
        f"User: {caller} is not authorized to perform: {action} on resource: {resource} "
        + reason.replace("{action}", action)
    )


# Which services a condition on aws:SourceOwner lets in, as the first policy of a topic has it.
_TELLS_THE_OWNER = {"cloudwatch.amazonaws.com"}
# Who one is, and a session of one's own, no policy can deny.
_FOR_EVERYBODY = {"sts:GetCallerIdentity", "sts:GetSessionToken"}
_TRUSTED = ("sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession")
_NOT_ALLOWED = "because no identity-based policy allows the {action} action"
_DENIED_BY_IDENTITY = "with an explicit deny in an identity-based policy"
_DENIED_BY_BOUNDARY = "with an explicit deny in a permissions boundary"
_NOT_IN_BOUNDARY = "because no permissions boundary allows the {action} action"
_DENIED_BY_RESOURCE = "with an explicit deny in a resource-based policy"
_NOT_TRUSTED = "because no role trust policy allows the {action} action"
_DENIED_BY_TRUST = "with an explicit deny in the role trust policy"
