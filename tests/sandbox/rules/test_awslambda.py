"""What Lambda refuses of functions."""

from __future__ import annotations

from typing import Any

import pytest

from support.account_in_sandbox import ACCOUNT_ID, Account, refusal
from support.zips import zip_of


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"Timeout": 901}, "Member must have value less than or equal to 900"),
        ({"MemorySize": 10_241}, "Member must have value less than or equal to 10240"),
        ({"Environment": {"Variables": {"NAME": "x" * 5000}}}, "exceeded the 4KB limit"),
        ({"Handler": None}, "Runtime and Handler are mandatory parameters"),
        ({"Code": {"S3Bucket": "whole-bucket", "S3Key": "nope"}}, "S3 Error Code: NoSuchKey"),
        ({"Layers": ["arn:aws:lambda:us-east-1:123456789012:layer:a:1"]}, "unpacks no layers"),
    ],
)
def test_a_function_that_lambda_does_not_take_is_refused(
    account: Account, changes: dict[str, Any], words: str
) -> None:
    settings = {
        "FunctionName": "another",
        "Runtime": "python3.13",
        "Handler": "lambda_function.lambda_handler",
        "Role": f"arn:aws:iam::{ACCOUNT_ID}:role/function-role",
        "Code": {"ZipFile": zip_of("def lambda_handler(event, context): ...")},
        **changes,
    }
    given = {name: value for name, value in settings.items() if value is not None}

    assert words in refusal(account.client("lambda").create_function, **given)[1]
