"""moto alone, without any change of the sandbox's."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from support.parts.zips import zip_of

REGION, ACCOUNT_ID = "us-east-1", "123456789012"

Client = Callable[[str], Any]


def create_function(client: Client, **options: Any) -> str:
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}}]}
    role = client("iam").create_role(RoleName="role", AssumeRolePolicyDocument=json.dumps(trust))
    settings = {
        "FunctionName": "recorder",
        "Runtime": "python3.13",
        "Handler": "lambda_function.lambda_handler",
        "Role": role["Role"]["Arn"],
        "Code": {"ZipFile": zip_of("")},
    }
    arn: str = client("lambda").create_function(**{**settings, **options})["FunctionArn"]
    return arn
