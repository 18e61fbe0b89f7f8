"""AWS's own policies, of which moto has the documents: arn:aws:iam::aws:policy/AmazonSQSFullAccess.

See https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html
"""

from __future__ import annotations

import json
from collections import ChainMap, UserDict
from functools import cache, cached_property
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend, ManagedPolicy


def administrator_access(iam: IAMBackend) -> AWSManagedPolicy:
    """The policy that allows everything."""
    name = "AdministratorAccess"
    return _policy(iam, name, _read_alone(name))


@cache
def _read_alone(name: str) -> dict[str, Any]:
    """One of AWS's policies: all of them take a tenth of a second."""
    start = aws_managed_policies_data.index(f'"{name}":') + len(f'"{name}":')
    described: dict[str, Any] = json.JSONDecoder().raw_decode(aws_managed_policies_data, start)[0]
    return described


class ManagedPolicies(UserDict[str, ManagedPolicy]):
    """An account's managed policies by ARN; AWS's own are loaded when somebody looks."""

    def __init__(self, iam: IAMBackend) -> None:
        self._iam = iam

    @cached_property
    def data(self) -> dict[str, ManagedPolicy]:  # type: ignore[override]
        described = json.loads(aws_managed_policies_data)
        policies = [_policy(self._iam, *one) for one in described.items()]
        attached = [user.managed_policies for user in self._iam.users.values()]
        return {policy.arn: policy for policy in policies} | dict(ChainMap(*attached))


def _policy(iam: IAMBackend, name: str, described: dict[str, Any]) -> AWSManagedPolicy:
    return AWSManagedPolicy.from_data(name, iam.account_id, iam.region_name, described)
