"""The roles that calls hand to services, for which the caller needs `iam:PassRole`.

See https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

from __future__ import annotations

from collections.abc import Iterator

from mailfanout.sandbox.calls import ApiCall


def passed_roles(call: ApiCall) -> Iterator[str]:
    """The roles that the call hands to a service, which then acts in them."""
    if (name := _ROLES.get(call.name, "")) in call.parameters:
        yield call.parameters[name]
    if call.name == "events:PutTargets":
        yield from (
            one["RoleArn"] for one in call.parameters.get("Targets", []) if "RoleArn" in one
        )
    if call.service == "scheduler" and "RoleArn" in (target := call.parameters.get("Target", {})):
        yield target["RoleArn"]


_ROLES = {
    "cloudformation:CreateChangeSet": "RoleARN",
    "cloudformation:CreateStack": "RoleARN",
    "cloudformation:DeleteStack": "RoleARN",
    "cloudformation:UpdateStack": "RoleARN",
    "events:PutRule": "RoleArn",
    "lambda:CreateFunction": "Role",
    "lambda:UpdateFunctionConfiguration": "Role",
    "stepfunctions:CreateStateMachine": "roleArn",
    "stepfunctions:UpdateStateMachine": "roleArn",
}
