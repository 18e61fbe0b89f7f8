"""Variables in policies: what stands for them, and where."""

from __future__ import annotations

from typing import Any

import pytest

from support.calls.verdicts import verdict
from support.sandboxes.account_setup import allow, deny

YAMADA = {"aws:username": "yamada"}


@pytest.mark.parametrize(
    "resource, applies",
    [
        ("arn:aws:s3:::b/${aws:username}/*", True),
        ("arn:aws:s3:::b/${AWS:UserName}/*", True),
        ("arn:aws:s3:::b/${aws:userid, 'yamada'}/*", True),
        ("arn:aws:s3:::b/${aws:userid}/*", False),
        ("arn:aws:s3:::b/${*}", False),
    ],
)
def test_a_resource_may_be_written_with_a_variable(resource: str, applies: Any) -> None:
    assert (verdict(allow("*", resource), context=YAMADA) == "Allow") == applies
    assert (verdict(deny("*", resource), context=YAMADA) == "Deny") == applies


@pytest.mark.parametrize(
    "pattern, applies",
    [
        ("arn:aws:iam::${aws:PrincipalAccount}:user/${aws:username}", True),
        ("arn:aws:iam::${aws:PrincipalAccount}:role/${aws:username}", False),
        ("arn:aws:iam:${aws:PrincipalAccount}", False),
    ],
)
def test_an_arns_pattern_may_have_variables(pattern: str, applies: bool) -> None:
    context = {
        **YAMADA,
        "aws:principalaccount": "123456789012",
        "aws:principalarn": "arn:aws:iam::123456789012:user/yamada",
    }
    own = allow("*", "*", Condition={"ArnLike": {"aws:PrincipalArn": pattern}})

    assert (verdict(own, context=context) == "Allow") is applies


def test_a_variables_value_has_no_wildcards() -> None:
    everybody = {"aws:username": "*"}

    own = allow("*", "arn:aws:s3:::b/${aws:username}/*")

    assert verdict(own, context=everybody) is None


def test_policies_of_the_old_version_have_no_variables() -> None:
    own = allow("*", "arn:aws:s3:::b/${aws:username}/*")

    assert verdict(own, context=YAMADA, version="2008-10-17") is None
