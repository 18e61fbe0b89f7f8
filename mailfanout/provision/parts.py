"""What of the pipeline exists, and in which state: read, never changed."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from mailfanout.errors import ResourceMissing
from mailfanout.stack import Stack
from mailfanout.target.connection import Target
from mailfanout.target.waiting import unless_missing

State = dict[str, Any]

# The identity may have been there before the pipeline: who created it is written on it.
CREATOR_TAG = {"Key": "created-by", "Value": "mailfanout"}

_QUEUE_ATTRIBUTES = [
    "DelaySeconds",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "Policy",
    "ReceiveMessageWaitTimeSeconds",
    "RedrivePolicy",
    "VisibilityTimeout",
]
_FUNCTION_KEYS = [
    "Architectures",
    "CodeSha256",
    "Handler",
    "MemorySize",
    "Role",
    "Runtime",
    "Timeout",
]
_MAPPING_KEYS = ["BatchSize", "FilterCriteria", "FunctionResponseTypes", "ScalingConfig"]


def describe(target: Target, stack: Stack) -> dict[str, State]:
    """The resources that exist, by kind and name, each with its settings as AWS words them.

    Two stacks of the same names are equal where these are: dates, counts, the ids that AWS
    chooses and the host in a queue's URL are left out, and so is what only a run creates.
    """
    send_queue, read_message = stack.function_names
    found = {
        f"table {stack.table_name}": _table(target, stack),
        f"bucket {stack.bucket_name}": _bucket(target, stack),
        f"role {stack.role_name}": _role(target, stack),
        f"queue {stack.dead_letter_queue_name}": _queue(target, stack.dead_letter_queue_name),
        f"queue {stack.queue_name}": _queue(target, stack.queue_name),
        f"identity {stack.sender}": _identity(target, stack),
        f"function {send_queue}": _function(target, send_queue),
        f"function {read_message}": _function(target, read_message),
        f"event source mapping of {read_message}": _mapping(target, stack),
    }
    return {name: state for name, state in found.items() if state is not None}


def remaining(target: Target, stack: Stack) -> list[str]:
    """What a teardown would still have to delete, log groups included; empty when all is gone.

    An identity that was not created by mailfanout stays, and is not in the list.
    """
    described = describe(target, stack)
    identity = f"identity {stack.sender}"
    if identity in described and CREATOR_TAG not in described[identity]["Tags"]:
        del described[identity]
    groups = [stack.log_group_name(name) for name in stack.function_names]
    return [*described, *(f"log group {name}" for name in groups if _has_log_group(target, name))]


def find_queue(target: Target, name: str) -> str | None:
    """A queue's URL, or None where there is no such queue."""
    found = unless_missing(target.client("sqs").get_queue_url, QueueName=name)
    return found and found["QueueUrl"]


def find_mapping(target: Target, stack: Stack) -> State | None:
    """The event source mapping from the queue to its function, as Lambda lists it, or None."""
    mappings = target.client("lambda").list_event_source_mappings(EventSourceArn=stack.queue_arn)
    wanted = {"FunctionArn": stack.function_arn(stack.read_message_name)}
    found = (item for item in mappings["EventSourceMappings"] if wanted.items() <= item.items())
    return next(found, None)


def find_identity(target: Target, stack: Stack) -> State | None:
    """The sender's identity, as SES describes it, or None."""
    sesv2 = target.client("sesv2")
    return unless_missing(sesv2.get_email_identity, EmailIdentity=stack.sender)


def require_queue(target: Target, stack: Stack) -> str:
    """The queue's URL. Raises ResourceMissing where it does not exist."""
    queue_url = find_queue(target, stack.queue_name)
    if queue_url is None:
        hint = "provision.create_queue(target, stack)"
        raise ResourceMissing("Queue", stack.queue_name, hint=hint)
    return queue_url


def require_role(target: Target, stack: Stack) -> None:
    """Raises ResourceMissing where the execution role does not exist."""
    if unless_missing(target.client("iam").get_role, RoleName=stack.role_name) is None:
        hint = "provision.create_role(target, stack)"
        raise ResourceMissing("Role", stack.role_name, hint=hint)


def require_function(target: Target, name: str) -> None:
    """Raises ResourceMissing where the function does not exist."""
    client = target.client("lambda")
    if unless_missing(client.get_function_configuration, FunctionName=name) is None:
        hint = f"provision.create_function(target, stack, {name!r})"
        raise ResourceMissing("Function", name, hint=hint)


def function_policy(target: Target, name: str) -> list[State]:
    """The statements of a function's resource policy; none where there is no function."""
    found = unless_missing(target.client("lambda").get_policy, FunctionName=name)
    statements: list[State] = json.loads(found["Policy"])["Statement"] if found else []
    return statements


def _table(target: Target, stack: Stack) -> State | None:
    found = unless_missing(target.client("dynamodb").describe_table, TableName=stack.table_name)
    if found is None:
        return None
    table = found["Table"]
    indexes = table.get("GlobalSecondaryIndexes", [])
    return {
        "AttributeDefinitions": sorted(table["AttributeDefinitions"], key=str),
        "KeySchema": table["KeySchema"],
        "BillingMode": table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED"),
        "GlobalSecondaryIndexes": {
            index["IndexName"]: {key: index[key] for key in ("KeySchema", "Projection")}
            for index in indexes
        },
    }


def _bucket(target: Target, stack: Stack) -> State | None:
    s3, name = target.client("s3"), stack.bucket_name
    location = unless_missing(s3.get_bucket_location, Bucket=name)
    if location is None:
        return None
    notifications = s3.get_bucket_notification_configuration(Bucket=name)
    return {
        "Region": location.get("LocationConstraint") or "us-east-1",
        "Versioning": s3.get_bucket_versioning(Bucket=name).get("Status", "Never enabled"),
        "Notifications": notifications.get("LambdaFunctionConfigurations", []),
    }


def _role(target: Target, stack: Stack) -> State | None:
    iam, name = target.client("iam"), stack.role_name
    found = unless_missing(iam.get_role, RoleName=name)
    if found is None:
        return None
    attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    return {
        "AssumeRolePolicyDocument": found["Role"]["AssumeRolePolicyDocument"],
        "Policies": {
            policy: iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
            for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
        },
        "AttachedPolicies": sorted(policy["PolicyArn"] for policy in attached),
    }


def _queue(target: Target, name: str) -> State | None:
    queue_url = find_queue(target, name)
    # On AWS a queue's URL is known for up to a minute longer than the queue.
    found = queue_url and unless_missing(
        target.client("sqs").get_queue_attributes,
        QueueUrl=queue_url,
        AttributeNames=_QUEUE_ATTRIBUTES,
    )
    if not found:
        return None
    attributes: State = found["Attributes"]
    documents = {"Policy", "RedrivePolicy"} & attributes.keys()
    return {**attributes, **{name: json.loads(attributes[name]) for name in documents}}


def _identity(target: Target, stack: Stack) -> State | None:
    found = find_identity(target, stack)
    if found is None:
        return None
    return {"IdentityType": found["IdentityType"], "Tags": found.get("Tags", [])}


def _function(target: Target, name: str) -> State | None:
    client = target.client("lambda")
    found = unless_missing(client.get_function_configuration, FunctionName=name)
    if found is None:
        return None
    variables = found.get("Environment", {}).get("Variables", {})
    return {
        **{key: found[key] for key in _FUNCTION_KEYS},
        "Variables": {key: _without_host(value) for key, value in variables.items()},
        "Policy": function_policy(target, name),
    }


def _mapping(target: Target, stack: Stack) -> State | None:
    mapping = find_mapping(target, stack)
    if mapping is None:
        return None
    return {
        **{key: mapping[key] for key in _MAPPING_KEYS if mapping.get(key)},
        "MaximumBatchingWindowInSeconds": mapping.get("MaximumBatchingWindowInSeconds", 0),
        "State": mapping["State"],
    }


def _has_log_group(target: Target, name: str) -> bool:
    groups = target.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return any(group["logGroupName"] == name for group in groups)


def _without_host(value: str) -> str:
    return urlsplit(value).path if "://" in value else value
