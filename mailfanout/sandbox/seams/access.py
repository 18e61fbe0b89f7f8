"""Changes to how moto treats callers, keys and resource policies, with their reasons."""

from __future__ import annotations

import copy
import secrets
from collections.abc import Iterator
from functools import partial
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.iam import policy_validation
from moto.iam import utils as iam_utils
from moto.iam.access_control import PermissionResult
from moto.iam.exceptions import MalformedPolicyDocument
from moto.iam.models import Group, IAMBackend, ManagedPolicy, Policy, PolicyVersion, Role, User
from moto.iam.policy_validation import IAMPolicyDocumentValidator
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
from mailfanout.sandbox.seams.replacement import LACKS, Method, Replacement, around, changes, refuse

ID_LENGTH = 21
SESSION_SECONDS = 12 * 3600


def replacements() -> list[Replacement]:
    """Every change to how moto knows callers and keeps policies, for setattr."""
    return [*_callers(), *_roles(), *_policies()]


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
        *around(
            IAMBackend,
            "leaves a user's keys and tags behind with its old name",
            update_user=_update_user,
        ),
        *changes(
            TokenResponse,
            "gives everybody the example of AWS's documentation",
            get_session_token=get_session_token,
            get_federation_token=refuse,
        ),
        *_ids_and_keys(),
    ]


def _roles() -> list[Replacement]:
    return [
        *changes(ManagedPolicy, LACKS, permissions_boundary_usage_count=property(_bounded_roles)),
        *around(
            IamResponse,
            "says more of a role",
            create_role=partial(_role, described=False),
            update_role_description=partial(_role, described=True),
        ),
        *changes(
            IamResponse,
            "takes what is not said for what is to be as at first",
            update_role=_update_role,
        ),
        *changes(
            Role,
            "has the word of botocore's model for a boundary's type, not AWS's",
            permissions_boundary=property(_boundary),
        ),
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


def _role(method: Method, response: IamResponse, *, described: bool) -> ActionResult:
    """How long sessions last, and when the role was used, is said by GetRole alone.

    CreateRole does not even repeat the description.
    """
    answered: Any = method(response).result
    role: Role = answered["Role"]
    shown = {
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": role.id,
        "Arn": role.arn,
        "CreateDate": role.create_date,
        "AssumeRolePolicyDocument": role.assume_role_policy_document,
        "Description": role.description if described else "",
        "PermissionsBoundary": role.permissions_boundary,
        "Tags": role.tags,
    }
    return ActionResult({"Role": {name: value for name, value in shown.items() if value}})


def _boundary(role: Role) -> dict[str, str] | None:
    arn = role.permissions_boundary_arn
    return {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn} if arn else None


def _update_user(
    original: Method,
    self: IAMBackend,
    user_name: str,
    new_path: str | None = None,
    new_user_name: str | None = None,
) -> None:
    user = self.get_user(user_name)
    before, tags = user.arn, user.tags
    original(self, user_name, new_path, new_user_name)
    for key in [*user.access_keys, *self.access_keys.values()]:
        if key.user_name == user_name:
            key.user_name = user.name
    self.tagger.delete_all_tags_for_resource(before)
    self.tagger.tag_resource(user.arn, tags or [])


def _bounded_roles(policy: Any) -> int:
    """How many roles a policy bounds; users cannot be bounded here."""
    roles = list(policy.backend.roles.values())
    return sum(one.permissions_boundary_arn == policy.arn for one in roles)


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


def _update_role(response: IamResponse) -> ActionResult:
    """Change what is said of a role."""
    role = response.backend.get_role(response._get_param("RoleName"))
    role.description = response._get_param("Description", role.description)
    longest = response._get_param("MaxSessionDuration", role.max_session_duration)
    role.max_session_duration = longest
    return EmptyResult()


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
