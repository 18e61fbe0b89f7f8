"""An account to ask things of: its names, its policies, and its resources."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from support.calls.signed_calls import ACCOUNT_ID, REGION
from support.parts.dynamodb_tables import Table, new_table
from support.parts.zips import zip_of
from support.waiting import wait_for_function, wait_for_table

# Makes clients by the name of a service; makes whatever else a fixture makes.
Clients = Callable[[str], Any]
Make = Callable[..., Any]

ROLE = f"arn:aws:iam::{ACCOUNT_ID}:role/lambda-s3-role"
OWNER = f"arn:aws:iam::{ACCOUNT_ID}:user/learner"
SESSION = f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/lambda-s3-role/sendQueue"
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
BUCKET = "arn:aws:s3:::mailbody"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:mailsendqueue"
TABLE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT_ID}:table/mailaddress"
INDEX = f"{TABLE}/index/haserror-index"
IDENTITY = f"arn:aws:ses:{REGION}:{ACCOUNT_ID}:identity/sender@example.com"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:sendQueue"
MESSAGE = {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "b"}}}
TO = {"ToAddresses": ["yamada@example.com"]}
MAIL = {"FromEmailAddress": "sender@example.com", "Destination": TO}


def policy(*statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(principal: Any, effect: str = "Allow") -> dict[str, Any]:
    return {"Effect": effect, "Principal": principal, "Action": "sts:AssumeRole"}


def allow(action: Any, resource: Any, **elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **elements}


def deny(action: Any, resource: Any, **elements: Any) -> dict[str, Any]:
    return {**allow(action, resource, **elements), "Effect": "Deny"}


def create_table(admin: Clients) -> Any:
    dynamodb = admin("dynamodb")
    new_table(dynamodb)
    wait_for_table(dynamodb, "mailaddress")
    return dynamodb


def query_index(dynamodb: Any) -> Any:
    return Table(dynamodb).query_index()


def create_bucket(admin: Clients) -> Any:
    s3 = admin("s3")
    s3.create_bucket(Bucket="mailbody")
    return s3


def create_queue(admin: Clients) -> tuple[Any, str]:
    sqs = admin("sqs")
    return sqs, sqs.create_queue(QueueName="mailsendqueue")["QueueUrl"]


def set_queue_policy(sqs: Any, queue_url: str, *statements: Any) -> None:
    sqs.set_queue_attributes(QueueUrl=queue_url, Attributes={"Policy": policy(*statements)})


def create_function(admin: Clients) -> None:
    admin("lambda").create_function(
        FunctionName="sendQueue",
        Runtime="python3.13",
        Role=ROLE,
        Handler="lambda_function.lambda_handler",
        Code={"ZipFile": zip_of("def lambda_handler(event, context): ...")},
    )
    wait_for_function(admin("lambda"), "sendQueue")
