"""The names by which policies let AWS's own services in, as far as they are known here.

See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

import re
from functools import cache

from botocore.session import Session

_PRINCIPAL = re.compile(r"([a-z0-9.-]+?)(\.[a-z]{2}(-[a-z]+)+-[0-9])?\.amazonaws\.com(\.cn)?")
# What is none of these is neither in botocore nor in a policy of AWS's own.
_OTHERS = {"edgelambda", "iotevents", "opsworks", "vpc-flow-logs"}


def is_service(principal: str) -> bool:
    """Whether AWS has a service of this name."""
    if principal.endswith(".aws.internal") or re.fullmatch(r"alexa-[a-z]+\.amazon\.com", principal):
        return True
    found = _PRINCIPAL.fullmatch(principal)
    if not found:
        return False
    name = found[1].rpartition(".")[2]
    return name in _OTHERS or name in _known() or _is_in_a_policy_of_aws(f"{name}.amazonaws.com")


@cache
def _known() -> frozenset[str]:
    session = Session()
    addresses = session.get_data("endpoints")["partitions"][0]["services"]
    return frozenset([*addresses, *session.get_available_services()])


def _is_in_a_policy_of_aws(principal: str) -> bool:
    from moto.iam.aws_managed_policies import aws_managed_policies_data  # of several megabytes

    return f'"{principal}"' in aws_managed_policies_data
