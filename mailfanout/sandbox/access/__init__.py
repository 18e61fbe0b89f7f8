"""Who may call what: the keys that were given out, signatures, identities, policies."""

from __future__ import annotations

from mailfanout.sandbox.access.account import (
    LatePolicies,
    create_administrator,
    find_role,
    identity_arn,
    issue_user_session,
    issued_credentials,
    note_session,
    policy_documents,
    user_id,
)
from mailfanout.sandbox.access.authorization import (
    authorize,
    may_invoke,
    role_allows,
    service_may,
    service_may_assume,
)
from mailfanout.sandbox.access.calling import (
    calling,
    current_caller,
    current_request_id,
    current_user_id,
)
from mailfanout.sandbox.access.keys import STACKS_SESSION, Caller, Credentials, Keys, SessionTag
from mailfanout.sandbox.access.mail_requests import raw_mail
from mailfanout.sandbox.access.managed_policies import ManagedPolicies
from mailfanout.sandbox.access.post_policies import authenticate_form
from mailfanout.sandbox.access.signatures import authenticate, find_signer, signed_scope
from mailfanout.sandbox.access.statements import statements_of

__all__ = [
    "Caller",
    "Credentials",
    "Keys",
    "LatePolicies",
    "ManagedPolicies",
    "STACKS_SESSION",
    "SessionTag",
    "authenticate",
    "authenticate_form",
    "authorize",
    "calling",
    "create_administrator",
    "current_caller",
    "current_request_id",
    "current_user_id",
    "find_role",
    "find_signer",
    "identity_arn",
    "issue_user_session",
    "issued_credentials",
    "may_invoke",
    "policy_documents",
    "raw_mail",
    "role_allows",
    "service_may",
    "service_may_assume",
    "signed_scope",
    "statements_of",
    "note_session",
    "user_id",
]
