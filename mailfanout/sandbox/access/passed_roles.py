"""The roles that calls hand to services, for which the caller needs `iam:PassRole`.

See https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

from mailfanout.sandbox.access.account import identity_arn
from mailfanout.sandbox.calls import ApiCall

_ROLE_ARN = re.compile(r"arn:aws:iam::\d{12}:role/.+")


def passed_roles(call: ApiCall, account_id: str) -> Iterator[str]:
    """The roles that the call hands to a service, which then acts in them.

    They are wherever the call's model has a role's ARN: in a target, a destination, a setting.
    """
    if call.name == "iam:AddRoleToInstanceProfile":
        name = call.parameters["RoleName"]
        yield identity_arn(account_id, "role", name) or f"arn:aws:iam::{account_id}:role/{name}"
    elif call.name == "sns:Subscribe":
        yield from _role_in("rolearn", call.parameters.get("Attributes", {}).get(_SUBSCRIPTION))
    elif call.service not in ("iam", "sts") and call.parameters:
        yield from _roles_in(call.model.input_shape, call.parameters)


_SUBSCRIPTION = "SubscriptionRoleArn"


def _roles_in(shape: Any, value: Any) -> Iterator[str]:
    if isinstance(value, dict) and shape.type_name == "structure":
        for name, one in value.items():
            yield from _role_in(name.lower(), one)
            if name in shape.members:
                yield from _roles_in(shape.members[name], one)
    elif isinstance(value, list):
        yield from chain.from_iterable(_roles_in(shape.member, one) for one in value)


def _role_in(name: str, value: Any) -> Iterator[str]:
    is_named = name.endswith(("role", "rolearn"))
    if is_named and isinstance(value, str) and _ROLE_ARN.fullmatch(value):
        yield value
