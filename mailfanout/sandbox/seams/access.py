"""Changes to how moto treats callers, keys and resource policies, with their reasons."""

from __future__ import annotations

import copy
import secrets
from collections.abc import Iterator
from functools import partial
from typing import Any

from moto.core.responses import ActionResult
from moto.iam import policy_validation
from moto.iam import utils as iam_utils
from moto.iam.access_control import PermissionResult
from moto.iam.exceptions import MalformedPolicyDocument
from moto.iam.models import Group, IAMBackend, Policy, PolicyVersion, User
from moto.iam.policy_validation import IAMPolicyDocumentValidator, IAMTrustPolicyDocumentValidator
from moto.iam.responses import IamResponse
from moto.s3.models import FakeBucket
from moto.sqs.exceptions import InvalidAttributeValue
from moto.sqs.models import Queue
from moto.sts.responses import TokenResponse

from mailfanout.sandbox.access import (
    ManagedPolicies,
    SessionTag,
    current_caller,
    issue_user_session,
    note_session,
    statements_of,
    user_id,
)
from mailfanout.sandbox.http import ApiError
from mailfanout.sandbox.seams import identities
from mailfanout.sandbox.seams.replacement import Method, Replacement, around, changes, refuse

ID_LENGTH = 21
SESSION_SECONDS = 12 * 3600


def replacements() -> list[Replacement]:
    """Every change to how moto knows callers and keeps policies, for setattr."""
    return [*_callers(), *identities.replacements(), *_policies()]


def _callers() -> list[Replacement]:
    return [
        *changes(
            TokenResponse,
            "takes the keys of functions for a user named moto",
            get_caller_identity=get_caller_identity,
        ),
        *around(TokenResponse, "measures a policy that is not there", assume_role=assume_role),
        *around(
            IamResponse,
            "gives the document of a policy that has just been given",
            create_policy_version=_new_version,
        ),
        *around(
            IAMBackend,
            "gives the documents of all versions, and the oldest one first",
            list_policy_versions=_versions,
        ),
        *changes(
            TokenResponse,
            "gives everybody the example of AWS's documentation",
            get_session_token=get_session_token,
            get_federation_token=refuse,
        ),
        *_ids_and_keys(),
    ]


def _ids_and_keys() -> list[Replacement]:
    reason = "gives an id without AWS's prefix"
    return [
        *(
            one
            for entity, prefix in ((User, "AIDA"), (Group, "AGPA"), (Policy, "ANPA"))
            for one in around(entity, reason, __init__=partial(_with_an_id, prefix))
        ),
        *changes(
            iam_utils,
            "makes access keys that are known to whoever knows the seed",
            random=secrets.SystemRandom(),
        ),
    ]


def _policies() -> list[Replacement]:
    return [
        *_documents(),
        *changes(
            IAMBackend,
            "has AWS's policies only if a variable says so, and then loads them all at each start",
            _init_managed_policies=lambda iam: ManagedPolicies(iam),
        ),
        *around(
            Queue,
            "drops the access policy whenever any other attribute is set, and keeps half of what "
            "it refuses",
            _set_attributes=_sets_all_or_nothing,
        ),
        *changes(
            FakeBucket,
            "lets a Deny of the bucket's policy hit callers whom it does not mean; the call was "
            "authorized before it came here",
            get_permission=lambda bucket, action, resource: PermissionResult.NEUTRAL,
        ),
    ]


def _documents() -> list[Replacement]:
    return [
        *around(
            IAMPolicyDocumentValidator,
            "asks for a statement's resources last of all",
            _validate_actions_for_prefixes=_resources_first,
        ),
        *changes(
            IAMTrustPolicyDocumentValidator,
            "judges updates of trust alone, and takes no version of before 2012; the rules do",
            validate=lambda self: None,
        ),
        *changes(
            policy_validation,
            "takes neither an account's root nor all that an account has",
            VALID_RESOURCE_PATH_STARTING_VALUES={"iam": _paths()},
        ),
    ]


def _paths() -> dict[str, Any]:
    known = policy_validation.VALID_RESOURCE_PATH_STARTING_VALUES["iam"]["values"]
    words = f'IAM resource path must either be "*", root, or start with {", ".join(known)}.'
    return {"values": [*known, "*", "root"], "error_message": words}


def _resources_first(original: Method, self: IAMPolicyDocumentValidator) -> None:
    try:
        self._validate_resource_exist()
    except AssertionError:
        words = "Policy statement must contain resources."
        raise MalformedPolicyDocument(words) from None
    original(self)


def get_caller_identity(response: TokenResponse) -> ActionResult:
    """The caller that the gateway found by the call's signature.

    See https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    """
    caller = current_caller()
    identity = {"UserId": user_id(caller), "Account": caller.account_id, "Arn": caller.arn}
    return ActionResult(identity)


def assume_role(original: Method, response: TokenResponse) -> ActionResult:
    """The session's credentials; the size of its tags and policy, if it has any."""
    answered: Any = original(response).result
    tags = {one.key: one for one in _tags_of_new_session(response)}
    account_id = answered["AssumedRoleUser"]["Arn"].split(":")[4]
    note_session(account_id, answered["Credentials"].access_key_id, tags.values())
    answer = dict(answered)
    if not any(response._get_param(name) for name in ("Policy", "PolicyArns", "Tags")):
        del answer["PackedPolicySize"]
    return ActionResult(answer)


def _tags_of_new_session(response: TokenResponse) -> Iterator[SessionTag]:
    """Those that the call gives it, and the transitive ones of a session that calls."""
    transitive = [one.lower() for one in response._get_param("TransitiveTagKeys") or ()]
    for one in response._get_param("Tags") or ():
        yield SessionTag(one["Key"], one["Value"], one["Key"].lower() in transitive)
    yield from (one for one in current_caller().session_tags if one.is_transitive)


def _new_version(original: Method, response: IamResponse) -> ActionResult:
    answered: Any = original(response).result
    return ActionResult({"PolicyVersion": _in_short(answered["PolicyVersion"])})


def _versions(original: Method, self: IAMBackend, policy_arn: str) -> list[dict[str, Any]]:
    return [_in_short(one) for one in reversed(original(self, policy_arn))]


def _in_short(version: PolicyVersion) -> dict[str, Any]:
    """A version of a policy without its document, which GetPolicyVersion alone gives."""
    return {
        "VersionId": version.version_id,
        "IsDefaultVersion": version.is_default,
        "CreateDate": version.create_date,
    }


def get_session_token(response: TokenResponse) -> ActionResult:
    """Temporary credentials of the user who calls.

    See https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
    """
    caller = current_caller()
    if caller.kind != "user":
        message = "Cannot call GetSessionToken with session credentials"
        raise ApiError("AccessDenied", message, 403)
    seconds = response._get_param("DurationSeconds") or SESSION_SECONDS
    issued = issue_user_session(caller, lifetime_seconds=seconds)
    credentials = {
        "AccessKeyId": issued.access_key_id,
        "SecretAccessKey": issued.secret_access_key,
        "SessionToken": issued.session_token,
        "Expiration": issued.expires_at,
    }
    return ActionResult({"Credentials": credentials})


def _with_an_id(
    prefix: str, original: Method, self: User | Group | Policy, *args: Any, **kwargs: Any
) -> None:
    original(self, *args, **kwargs)
    self.id = iam_utils.generate_access_key_id_from_account_id(
        self.account_id, prefix=prefix, total_length=ID_LENGTH
    )


def _sets_all_or_nothing(
    original: Method, self: Queue, attributes: dict[str, Any], now: float | None = None
) -> None:
    if "Policy" not in attributes:
        attributes = {**attributes, "Policy": self.policy}
    if attributes["Policy"] and not statements_of(attributes["Policy"]):
        raise InvalidAttributeValue("Policy")
    # A copy is changed first, so that a refused change leaves the policy as it is.
    original(copy.copy(self), attributes, now)
    original(self, attributes, now)
