"""The account's keys, identities and policies, as moto's backends hold them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any, ClassVar

from moto.awslambda.exceptions import UnknownAliasException, UnknownFunctionException
from moto.awslambda.models import lambda_backends
from moto.dynamodb.models import dynamodb_backends
from moto.iam.models import Group, IAMBackend, Policy, Role, User, iam_backends
from moto.s3.models import s3_backends
from moto.ses.models import ses_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends
from moto.sts.models import sts_backends

from mailfanout.sandbox.access.keys import Caller, Credentials, SessionTag
from mailfanout.sandbox.access.managed_policies import administrator_access
from mailfanout.sandbox.calls import ApiCall, bare_address, identity_for
from mailfanout.sandbox.states import States


class LatePolicies:
    """An identity's policies count some time after they were written; `states` has those before."""

    # The sandbox gives its states to all who ask.
    states: ClassVar[States] = States()


def create_administrator(credentials: Credentials) -> None:
    """Have an IAM user with AdministratorAccess, whose access key these credentials are."""
    iam = _iam(credentials.caller.account_id)
    user = iam.create_user("us-east-1", credentials.caller.arn.rpartition("/")[2])
    administrator_access(iam).attach_to(user)
    key = user.create_access_key(prefix="AKIA")
    key.access_key_id = credentials.access_key_id
    key.secret_access_key = credentials.secret_access_key
    iam.access_keys[key.access_key_id] = key


def issued_credentials(account_id: str, access_key_id: str) -> Credentials | None:
    """The active key or the session of an IAM user, or the session of an AssumeRole, or None."""
    key = _iam(account_id).access_keys.get(access_key_id)
    if key is None:
        return None
    session = sts_backends[account_id]["aws"].get_assumed_role_from_access_key(access_key_id)
    if session:
        role = find_role(session.role_arn)
        if role and role.id != vars(session).get("role_id", role.id):
            return None  # another role has the name of the one that it was of
        return Credentials(
            access_key_id,
            session.secret_access_key,
            Caller(
                account_id,
                "role",
                session.arn,
                session.role_arn,
                session_tags=vars(session).get("session_tags", ()),
                token_issued_at=vars(session).get("issued_at"),
            ),
            session.session_token,
            session.expiration.replace(tzinfo=UTC),
        )
    user = _iam(account_id).users.get(key.user_name or "")
    if user is None or key.status != "Active":
        return None
    temporary = vars(key)
    return Credentials(
        access_key_id,
        key.secret_access_key,
        Caller(account_id, "user", user.arn, token_issued_at=temporary.get("issued_at")),
        temporary.get("session_token"),
        temporary.get("expires_at"),
    )


def note_session(account_id: str, access_key_id: str, tags: Iterable[SessionTag]) -> None:
    """Note what moto does not of a session that AssumeRole has just given: tags, time, role."""
    session: Any = sts_backends[account_id]["aws"].get_assumed_role_from_access_key(access_key_id)
    role = find_role(session.role_arn)
    kept = {
        "session_tags": tuple(tags),
        "role_id": role and role.id,
        "issued_at": datetime.now(UTC),
    }
    vars(session).update(kept)


def issue_user_session(caller: Caller, *, lifetime_seconds: float) -> Credentials:
    """Temporary credentials of an IAM user, who may do with them what the user may do."""
    key = _iam(caller.account_id).create_temp_access_key()
    key.user_name = caller.arn.rpartition("/")[2]
    token = secrets.token_urlsafe(96)
    now = datetime.now(UTC)
    expires_at = now + timedelta(seconds=lifetime_seconds)
    vars(key).update(session_token=token, issued_at=now, expires_at=expires_at)
    return Credentials(key.access_key_id, key.secret_access_key, caller, token, expires_at)


def user_id(caller: Caller) -> str:
    """The UserId of a caller in STS's words; a role that is gone is called by its name.

    See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
    """
    *_, owner_name, name = caller.arn.split("/")
    identity = identity_of(caller)
    identity_id = identity.id if identity else owner_name
    return f"{identity_id}:{name}" if caller.kind == "role" else identity_id


def identity_of(caller: Caller) -> User | Role | None:
    """The user who calls, or the role whose session calls, if it is still there."""
    if caller.role_arn:
        return find_role(caller.role_arn)
    user: User | None = _iam(caller.account_id).users.get(caller.arn.rpartition("/")[2])
    return user


def identity_documents(caller: Caller) -> tuple[str, ...]:
    """Every policy of a user, its groups, or a session's role."""
    return tuple(chain.from_iterable(map(_documents, _identities(caller))))


def boundary_documents(caller: Caller) -> tuple[str, ...] | None:
    """The policy that bounds what a session's role may do; None if nothing bounds it.

    If that policy is gone, the role may do nothing.
    """
    role = find_role(caller.role_arn) if caller.role_arn else None
    if role is None or not (arn := role.permissions_boundary_arn):
        return None
    policy = _iam(caller.account_id).managed_policies.get(arn)
    return tuple(_of_managed(policy)) if policy else ()


def resource_documents(resource_arn: str, account_id: str) -> tuple[str, ...]:
    """The policy that a queue, topic, table or suchlike has, if any; an address has several."""
    try:
        if resource_arn.startswith("arn:aws:ses:"):
            return _identity_policies(resource_arn, account_id)
        return (_resource_document(resource_arn, account_id),)
    except (KeyError, ValueError, UnknownAliasException, UnknownFunctionException):
        return ()


def identity_arn(account_id: str, kind: str, name: str) -> str | None:
    """The ARN, with its path, of the role, user or group of this name, or None."""
    iam = _iam(account_id)
    if kind == "role":
        return next((one.arn for one in list(iam.roles.values()) if one.name == name), None)
    kept: Any = {"user": iam.users, "group": iam.groups}
    found = kept.get(kind, {}).get(name)
    return found.arn if found else None


def is_missing(account_id: str, bucket: str, key: str | None) -> bool:
    """Whether a bucket that is there has no object by this key."""
    found = s3_backends[account_id]["aws"].buckets.get(bucket)
    return found is not None and key not in found.keys


def sending_identity(mailbox: str, account_id: str, region: str) -> str:
    """The identity that verifies a sender: an address, or a domain; the address if none does."""
    identities = ses_backends[account_id][region].email_identities
    return identity_for(mailbox, identities) or bare_address(mailbox)


def mapped_function(call: ApiCall, account_id: str) -> str | None:
    """The ARN of the function that an event source mapping calls, or is to call, or None."""
    if uuid := call.parameters.get("UUID"):
        mapping = lambda_backends[account_id][call.region].get_event_source_mapping(uuid)
        return str(mapping.function_arn) if mapping else None
    name = call.parameters.get("FunctionName")
    if call.operation != "CreateEventSourceMapping" or not name:
        return None
    of_account = f"arn:aws:lambda:{call.region}:{account_id}:function:"
    return str(name) if name.startswith("arn:") else f"{of_account}{name}"


def find_role(role_arn: str) -> Role | None:
    """The role with this ARN, or None."""
    account_id = role_arn.split(":")[4]
    return next((one for one in list(_iam(account_id).roles.values()) if one.arn == role_arn), None)


def _identities(caller: Caller) -> Sequence[User | Group | Role]:
    """Whose policies count for a caller: a role's, or a user's and those of its groups."""
    identity = identity_of(caller)
    if identity is None or isinstance(identity, Role):
        return [identity] if identity else []
    return [identity, *_iam(caller.account_id).get_groups_for_user(identity.name)]


def policy_documents(account_id: str, arn: str) -> tuple[str, ...]:
    """The documents of the policies that count just now for a role or user, inline and attached."""
    iam = _iam(account_id)
    identities: list[User | Role] = [*list(iam.roles.values()), *list(iam.users.values())]
    return tuple(chain.from_iterable(_documents(one) for one in identities if one.arn == arn))


def _documents(identity: User | Group | Role) -> Iterable[str]:
    late: tuple[str, ...] | None = LatePolicies.states.shown("policies written", identity.arn)
    return _written_documents(identity) if late is None else late


def _written_documents(identity: User | Group | Role) -> Iterator[str]:
    yield from list(identity.policies.values())
    for policy in list(identity.managed_policies.values()):
        yield from _of_managed(policy)


def _of_managed(policy: Policy) -> Iterator[str]:
    return (version.document for version in policy.versions if version.is_default)


def _identity_policies(arn: str, account_id: str) -> tuple[str, ...]:
    """Those of an address or domain that mails are sent from."""
    region, name = arn.split(":", 5)[3], arn.partition(":identity/")[2]
    policies = ses_backends[account_id][region].email_identities[name].policies
    return tuple(policies.values())


def _resource_document(resource_arn: str, account_id: str) -> str:
    _, _, service, region, _, name = resource_arn.split(":", 5)
    if service == "s3":
        bucket = s3_backends[account_id]["aws"].buckets[name.partition("/")[0]]
        return (bucket.policy or b"").decode()
    if service == "sqs":
        return sqs_backends[account_id][region].queues[name].policy or ""
    if service == "sns":
        return sns_backends[account_id][region].topics[resource_arn].policy
    if service == "lambda":
        function = lambda_backends[account_id][region].get_function(resource_arn)
        return json.dumps({"Statement": function.policy.statements})
    if service == "dynamodb":
        table_arn = ":".join((*resource_arn.split(":")[:5], name.partition("/index/")[0]))
        return dynamodb_backends[account_id][region].resource_policies[table_arn].policy_doc
    if service == "iam":
        role = find_role(resource_arn)
        return role.assume_role_policy_document if role else ""
    return ""


def _iam(account_id: str) -> IAMBackend:
    return iam_backends[account_id]["aws"]
