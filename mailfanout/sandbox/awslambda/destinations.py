"""Where Lambda puts what became of an asynchronous event: queues, topics, buses and the like.

See https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from moto.awslambda.models import lambda_backends
from moto.events.models import events_backends
from moto.s3.exceptions import MissingBucket
from moto.s3.models import s3_backends
from moto.sns.exceptions import SNSNotFoundError
from moto.sns.models import sns_backends
from moto.sqs.exceptions import QueueDoesNotExist
from moto.sqs.models import sqs_backends

from mailfanout.sandbox.access import role_allows

MessageAttributes = Mapping[str, Mapping[str, str]]

# The permission that the function's role needs, by the service of the destination's ARN.
ACTIONS = {
    "events": "events:PutEvents",
    "lambda": "lambda:InvokeFunction",
    "s3": "s3:PutObject",
    "sns": "sns:Publish",
    "sqs": "sqs:SendMessage",
}

# Of the keys of records in a bucket.
_PREFIX = "aws/lambda/async/"

log = logging.getLogger(__name__)


def may_send(role_arn: str, arn: str) -> bool:
    """Whether a function with this role may hand its records on to this destination."""
    service = arn.split(":")[2]
    return role_allows(role_arn, ACTIONS[service], f"{arn}/{_PREFIX}" if service == "s3" else arn)


def is_there(arn: str) -> bool:
    """Whether there is a queue, a topic or a function with this ARN. Others are not looked for."""
    _, _, service, region, account_id, *name = arn.split(":")
    if service == "sqs":
        return name[0] in sqs_backends[account_id][region].queues
    if service == "sns":
        return arn in sns_backends[account_id][region].topics
    if service == "lambda":
        functions = lambda_backends[account_id][region].list_functions()
        return name[1] in {one.function_name for one in functions}
    return True


def send(
    arn: str, text: str, attributes: MessageAttributes, *, invoke: Callable[[str, bytes], object]
) -> None:
    """Put a message on the queue or topic with this ARN, or `invoke` the function with it.

    A record becomes an event of a bus, or an object of a bucket. If the destination does not exist
    any more, nothing is sent, and no error is raised.
    """
    _, _, service, region, account_id, name, *_ = arn.split(":")
    try:
        if service == "sqs":
            queues = sqs_backends[account_id][region]
            queues.send_message(name, text, {key: dict(one) for key, one in attributes.items()})
        elif service == "sns":
            topics = sns_backends[account_id][region]
            topics.publish(text, arn=arn, message_attributes=_for_topic(attributes))
        elif service == "lambda":
            invoke(arn, text.encode())
        elif service == "events":
            events_backends[account_id][region].put_events([_event(arn, text)])
        elif service == "s3":
            _put(name, text)
        else:
            log.warning("%s: the sandbox sends no records to %s", arn, service)
    except (QueueDoesNotExist, SNSNotFoundError, MissingBucket):
        log.warning("%s is gone: a record for it is dropped", arn)


def _event(bus_arn: str, record: str) -> dict[str, Any]:
    """What a bus is told of an invocation that is over: the record, of Lambda itself."""
    context = json.loads(record)["requestContext"]
    outcome = "Success" if context["condition"] == "Success" else "Failure"
    return {
        "Source": "lambda",
        "DetailType": f"Lambda Function Invocation Result - {outcome}",
        "Detail": record,
        "Resources": [bus_arn, context["functionArn"]],
        "EventBusName": bus_arn,
    }


def _put(bucket_name: str, record: str) -> None:
    """Keep the record of an event that failed as an object of its own."""
    function_arn = json.loads(record)["requestContext"]["functionArn"]
    _, _, _, _, account_id, _, function_name, *_ = function_arn.split(":")
    key = f"{_PREFIX}{function_name}/{datetime.now(UTC):%Y/%m/%d/%Y-%m-%dT%H.%M.%S}-{uuid.uuid4()}"
    s3_backends[account_id]["aws"].put_object(bucket_name, key, record.encode())


def _for_topic(attributes: MessageAttributes) -> dict[str, dict[str, str]]:
    return {
        name: {"Type": value["DataType"], "Value": value["StringValue"]}
        for name, value in attributes.items()
    }
