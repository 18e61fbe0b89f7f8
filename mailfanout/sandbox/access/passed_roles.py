"""The roles that calls hand to services, for which the caller needs `iam:PassRole`.

See https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import chain
from typing import Any

from mailfanout.sandbox.access.account import identity_arn
from mailfanout.sandbox.calls import ApiCall

_ROLE_ARN = re.compile(r"arn:aws:iam::[0-9]{12}:role/.+")
_SUBSCRIPTION = "SubscriptionRoleArn"
_TAKE_NONE = ("dynamodb", "iam", "sqs", "sts")


def passed_roles(call: ApiCall, account_id: str) -> Iterator[str]:
    """The roles that the call hands to a service, which then acts in them.

    They are wherever the call's model has a role's ARN: in a target, a destination, a setting.
    """
    if call.name == "iam:AddRoleToInstanceProfile":
        name = call.parameters["RoleName"]
        yield identity_arn(account_id, "role", name) or f"arn:aws:iam::{account_id}:role/{name}"
    elif call.name == "sns:Subscribe":
        role_arn = call.parameters.get("Attributes", {}).get(_SUBSCRIPTION)
        yield from _roles_in(_SUBSCRIPTION, None, role_arn)
    elif call.service not in _TAKE_NONE and call.parameters and _may_hold_roles(call.model):
        yield from _roles_in("", call.model.input_shape, call.parameters)


@cache
def _may_hold_roles(operation: Any) -> bool:
    """Whether a member of the operation's model is named for a role, or a key may be."""
    waiting, seen = [operation.input_shape], set[str]()
    while waiting:
        shape = waiting.pop()
        if shape.name not in seen:
            seen.add(shape.name)
            members = getattr(shape, "members", {})
            if shape.type_name == "map" or any(one.lower().endswith(_NAMES) for one in members):
                return True
            waiting += [*members.values(), *([shape.member] if shape.type_name == "list" else ())]
    return False


def _roles_in(name: str, shape: Any, value: Any) -> Iterator[str]:
    """The roles in what a member of this name holds; in a list or a map of them, too."""
    if isinstance(value, str):
        if name.lower().endswith(_NAMES) and _ROLE_ARN.fullmatch(value):
            yield value
    elif isinstance(value, list):
        yield from chain.from_iterable(_roles_in(name, shape.member, one) for one in value)
    elif isinstance(value, dict) and shape.type_name == "map":
        for key, one in value.items():
            named = key if key.lower().endswith(_NAMES) else name
            yield from _roles_in(named, shape.value, one)
    elif isinstance(value, dict) and shape.type_name == "structure":
        for member, one in shape.members.items():
            yield from _roles_in(member, one, value.get(member))


_NAMES = ("role", "roles", "rolearn", "rolearns")
