"""By which names policies let AWS's services in."""

from __future__ import annotations

import pytest

from mailfanout.sandbox.service_principals import is_service


@pytest.mark.parametrize(
    "principal",
    [
        *("lambda.amazonaws.com", "s3.amazonaws.com", "ses.amazonaws.com", "sns.amazonaws.com"),
        *("events.amazonaws.com", "ecs-tasks.amazonaws.com", "edgelambda.amazonaws.com"),
        *("logs.us-east-1.amazonaws.com", "delivery.logs.amazonaws.com"),
        *("alexa-appkit.amazon.com", "ec2.amazonaws.com.cn", "ops.aws.internal"),
    ],
)
def test_a_service_of_awss_is_known(principal: str) -> None:
    assert is_service(principal)


@pytest.mark.parametrize(
    "principal",
    ["nobody.amazonaws.com", "S3.amazonaws.com", "s3.amazon.com", "s3", "", ".amazonaws.com"],
)
def test_what_only_looks_like_one_is_not(principal: str) -> None:
    assert not is_service(principal)
