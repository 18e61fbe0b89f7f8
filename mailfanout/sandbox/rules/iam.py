"""What IAM refuses of policies' documents, roles and users, and STS of a session of a role.

See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html and
https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

from __future__ import annotations

import json
import re
from functools import partial
from typing import Any

from moto.iam.models import iam_backends

from mailfanout.sandbox.access import current_caller, find_role
from mailfanout.sandbox.calls import ApiCall, read_json
from mailfanout.sandbox.http import ApiError
from mailfanout.sandbox.json_objects import Json, as_list
from mailfanout.sandbox.rules.iam_entities import check_entities, kept_entities
from mailfanout.sandbox.rules.resource_policies import unknown_principals

# All of a role's inline policies together, without their white space; so of users and groups.
LARGEST_POLICIES_BYTES = {"Group": 5_120, "Role": 10_240, "User": 2_048}
# Of a session that another role asks for.
LONGEST_CHAINED_SECONDS = 3600
_TRUSTED = {
    f"sts:{name}"
    for name in """
    AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity SetContext SetSourceIdentity TagSession
    """.split()
}
_SID = re.compile(r"[0-9A-Za-z]*")
_malformed = partial(ApiError, "MalformedPolicyDocument")


def check(call: ApiCall, account_id: str) -> None:
    """Raise ApiError for a policy that IAM does not take, and for what is not there."""
    parameters = call.parameters
    if not (arn := parameters.get("PolicyArn", "arn:")).startswith("arn:"):
        raise ApiError("ValidationError", f"ARN {arn} is not valid.")
    of_a_user = "UserName" in getattr(call.model.input_shape, "members", ())
    if of_a_user and "UserName" not in parameters and current_caller().kind != "user":
        words = "Must specify userName when calling with non-User credentials"
        raise ApiError("ValidationError", words)
    check_entities(call, account_id)
    if call.operation == "CreateRole":
        _check_trust(parameters["AssumeRolePolicyDocument"], account_id)
    elif call.operation == "UpdateAssumeRolePolicy":
        _check_trust(parameters["PolicyDocument"], account_id)
    elif call.operation in ("PutGroupPolicy", "PutRolePolicy", "PutUserPolicy"):
        _check_inline(call.operation.removeprefix("Put").removesuffix("Policy"), call, account_id)
    elif call.operation in ("CreatePolicy", "CreatePolicyVersion"):
        _check_of_identity(parameters["PolicyDocument"])


def check_session(call: ApiCall, account_id: str) -> None:
    """Raise ApiError for tags that are none, and a session that is longer than the role lets it."""
    keys = [one["Key"].lower() for one in call.parameters.get("Tags", ())]
    if len(set(keys)) < len(keys):
        words = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
        raise ApiError("InvalidParameterValue", words)
    if not {one.lower() for one in call.parameters.get("TransitiveTagKeys", ())} <= {*keys}:
        words = "The specified transitive tag key must be included in the requested tags."
        raise ApiError("InvalidParameterValue", words)
    _check_device(call.parameters)
    role = find_role(call.parameters["RoleArn"]) if call.operation == "AssumeRole" else None
    longest = int(role and role.max_session_duration or 3600)
    if role and call.parameters.get("DurationSeconds", 0) > longest:
        words = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        raise ApiError("ValidationError", words)
    is_chained = role is not None and current_caller().kind == "role"
    if is_chained and call.parameters.get("DurationSeconds", 0) > LONGEST_CHAINED_SECONDS:
        words = (
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by "
            "role chaining."
        )
        raise ApiError("ValidationError", words)


def _check_device(parameters: Json) -> None:
    """Nobody has a device here whose code could be true."""
    if "SerialNumber" in parameters or "TokenCode" in parameters:
        words = (
            "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your "
            "MFA serial number is valid and associated with this user."
        )
        raise ApiError("AccessDenied", words, 403)


def _check_trust(document: str, account_id: str) -> None:
    statements = _statements(document)
    if statements is None:
        raise _malformed("This policy contains invalid Json")
    if json.loads(document).get("Version", "2008-10-17") not in ("2008-10-17", "2012-10-17"):
        raise _malformed("Syntax errors in policy.")
    for one in statements:
        _check_sid(one)
        if one.get("Effect") not in ("Allow", "Deny"):
            raise _malformed("Syntax errors in policy.")
        if "Resource" in one:
            raise _malformed("Has prohibited field Resource")
        if "Action" not in one and "NotAction" not in one:
            raise _malformed("Missing required field Action")
        if not all(action in _TRUSTED for action in as_list(one.get("Action", []))):
            raise _malformed("AssumeRole policy may only specify STS AssumeRole actions.")
        if not one.get("Principal") and not one.get("NotPrincipal"):
            raise _malformed("Missing required field Principal cannot be empty!")
        for kind, who in unknown_principals(one, account_id):
            raise _malformed(f'Invalid principal in policy: "{kind.upper()}":"{who}"')


def _check_sid(statement: Json) -> None:
    sid: Any = statement.get("Sid", "")
    if not isinstance(sid, str):
        raise _malformed("Syntax errors in policy.")
    if not _SID.fullmatch(sid):
        raise _malformed(
            "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the "
            "regular expression [0-9A-Za-z]*"
        )


def _check_inline(kind: str, call: ApiCall, account_id: str) -> None:
    document, name = call.parameters["PolicyDocument"], call.parameters[f"{kind}Name"]
    _check_of_identity(document)
    held = kept_entities(iam_backends[account_id]["aws"], kind)[name].policies
    documents = {**held, call.parameters["PolicyName"]: document}.values()
    largest = LARGEST_POLICIES_BYTES[kind]
    if sum(len("".join(one.split()).encode()) for one in documents) > largest:
        words = f"Maximum policy size of {largest} bytes exceeded for {kind.lower()} {name}"
        raise ApiError("LimitExceeded", words, 409)


def _check_of_identity(document: str) -> None:
    """What is said twice has two meanings. What else is no policy, moto knows."""
    statements = _statements(document)
    if statements is None:
        raise _malformed("Syntax errors in policy.")
    for one in statements:
        _check_sid(one)
        if "Principal" in one or "NotPrincipal" in one:
            raise _malformed("Policy document should not specify a principal.")


def _statements(document: str) -> list[Json] | None:
    """The statements of a document; None if it has none, is no JSON, or says something twice."""
    policy = read_json(document)
    if not isinstance(policy, dict) or "Statement" not in policy:
        return None
    return [one for one in as_list(policy["Statement"]) if isinstance(one, dict)]
