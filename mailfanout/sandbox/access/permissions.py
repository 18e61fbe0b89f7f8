"""What a call needs: the IAM actions, and the resources, that a policy has to allow.

See https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from mailfanout.sandbox.access.account import identity_arn
from mailfanout.sandbox.access.mail_permissions import mail_permissions
from mailfanout.sandbox.access.object_permissions import object_permissions
from mailfanout.sandbox.access.passed_roles import passed_roles
from mailfanout.sandbox.access.permission import Permission, action_of, arn_of
from mailfanout.sandbox.access.statements import UNKNOWN
from mailfanout.sandbox.calls import ApiCall, task_names
from mailfanout.sandbox.http import ApiError, Refused
from mailfanout.sandbox.sqs import redriven_queues


def permissions(call: ApiCall, account_id: str) -> list[Permission]:
    """Everything that the caller must be allowed for this call, each once.

    What a call of another service than the pipeline's is about is read in its ARN, if it has one,
    and is else unknown. Raises Refused for a resource of another account or Region.
    """
    named = next((call.parameters[one] for one in _ARNS if one in call.parameters), None)
    if isinstance(named, str) and call.service not in _SETTLED:
        found = [Permission(action_of(call), named)]
    elif needed := _SERVICES.get(call.service):
        found = needed(call, account_id) or [Permission(action_of(call), "*")]
    else:
        found = [Permission(action_of(call), UNKNOWN)]
    if call.name in _TAGGING and call.tags:
        found += [Permission(_TAGGING[call.name], one.resource) for one in found[:1]]
    passed = [Permission("iam:PassRole", arn) for arn in passed_roles(call, account_id)]
    return list(dict.fromkeys([*found, *passed]))


# Where calls name a resource by its ARN alone, and whose calls say more of it.
_ARNS = ("ResourceArn", "ResourceARN", "resourceArn", "Resource")
_SETTLED = ("dynamodb", "sns")
# What it takes besides to give what is created its tags.
_TAGGING = {
    "dynamodb:CreateTable": "dynamodb:TagResource",
    "events:PutRule": "events:TagResource",
    "iam:CreatePolicy": "iam:TagPolicy",
    "iam:CreateRole": "iam:TagRole",
    "iam:CreateUser": "iam:TagUser",
    "lambda:CreateEventSourceMapping": "lambda:TagResource",
    "lambda:CreateFunction": "lambda:TagResource",
    "logs:CreateLogGroup": "logs:TagResource",
    "sesv2:CreateConfigurationSet": "ses:TagResource",
    "sesv2:CreateEmailIdentity": "ses:TagResource",
    "sns:CreateTopic": "sns:TagResource",
    "sqs:CreateQueue": "sqs:TagQueue",
}


def _dynamodb(call: ApiCall, account_id: str) -> list[Permission]:
    """By the parameters that the operation's own model has, and no others."""
    parameters = call.parameters
    if "TransactItems" in parameters:
        return [
            Permission(f"dynamodb:{_TRANSACTED[kind]}", _table(call, account_id, item))
            for entry in parameters["TransactItems"]
            for kind, item in entry.items()
        ]
    if call.operation in _PARTIQL:
        raise Refused("unsupported", f"The sandbox does not do dynamodb:{call.operation}.")
    tables: Any = parameters.get("RequestItems") or {
        parameters[one] for one in _OTHER_TABLES if one in parameters
    }
    asked = [{"TableName": name} for name in sorted(tables)] if tables else [parameters]
    if created := parameters.get("TableCreationParameters"):
        asked = [created]
    return [Permission(action_of(call), _table(call, account_id, one)) for one in asked]


def _streams(call: ApiCall, account_id: str) -> list[Permission]:
    """On the stream that it names, or whose iterator it has; all are listed together."""
    iterator = call.parameters.get("ShardIterator", "*")
    arn = call.parameters.get("StreamArn") or iterator.partition("|")[0]
    return [Permission(action_of(call), arn)]


# What backups are made of, and become.
_OTHER_TABLES = (
    *("BackupArn", "ExportArn", "ImportArn", "TableArn"),
    *("SourceTableArn", "SourceTableName", "TargetTableName"),
)
_TRANSACTED = {
    "Get": "GetItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}
_PARTIQL = {"BatchExecuteStatement", "ExecuteStatement", "ExecuteTransaction"}


def _table(call: ApiCall, account_id: str, parameters: Mapping[str, Any]) -> str:
    name = str(parameters.get("TableName") or parameters.get("ResourceArn") or "*")
    own = arn_of(call, account_id, "table/")
    if name.startswith("arn:") and not name.startswith(own):
        raise Refused("unsupported", f"{name} is in another account or Region than the call.")
    arn = name if name.startswith("arn:") else own + name
    index_name = parameters.get("IndexName")
    return f"{arn}/index/{index_name}" if index_name else arn


def _sqs(call: ApiCall, account_id: str) -> list[Permission]:
    if "MoveTask" in call.operation:
        return _moving(call, account_id)
    parameters, action = call.parameters, f"sqs:{call.operation.removesuffix('Batch')}"
    name = parameters.get("QueueName") or parameters.get("QueueUrl", "").rpartition("/")[2]
    return [Permission(action, arn_of(call, account_id, name or "*"))]


def _moving(call: ApiCall, account_id: str) -> list[Permission]:
    """See https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/troubleshooting-dlq-redrive.html"""
    source_arn = call.parameters.get("SourceArn")
    if handle := call.parameters.get("TaskHandle"):
        _, source_arn = task_names(handle)
    operations = [call.operation, "GetQueueAttributes"]
    if call.operation != "ListMessageMoveTasks":
        operations += ["ReceiveMessage", "DeleteMessage"]
    needed = [Permission(f"sqs:{operation}", source_arn or "*") for operation in operations]
    if call.operation == "StartMessageMoveTask" and source_arn:
        moved_to = redriven_queues(source_arn, account_id, call.region)
        if destination_arn := call.parameters.get("DestinationArn"):
            moved_to = [destination_arn]
        needed += [Permission("sqs:SendMessage", arn) for arn in moved_to]
    return needed


def _sns(call: ApiCall, account_id: str) -> list[Permission]:
    parameters = call.parameters
    action = f"sns:{call.operation.removesuffix('Batch')}"
    named = [parameters[name] for name in _TOPICS if parameters.get(name)]
    if len(named) > 1:
        raise Refused("two_meanings", "Give one topic, not two.")
    arn = named[0] if named else None
    if not arn and (subscription_arn := parameters.get("SubscriptionArn")):
        arn = subscription_arn.rpartition(":")[0]
    return [Permission(action, arn or arn_of(call, account_id, parameters.get("Name", "*")))]


_TOPICS = ("TopicArn", "TargetArn", "ResourceArn")


def _logs(call: ApiCall, account_id: str) -> list[Permission]:
    parameters = call.parameters
    stream = parameters.get("logStreamName", "")
    named = [parameters[one] for one in ("logGroupName", "logGroupIdentifier") if one in parameters]
    for several in ("logGroupNames", "logGroupIdentifiers"):
        named += parameters.get(several, [])
    own = arn_of(call, account_id, "log-group:")
    groups = [name.removeprefix(own).removesuffix(":*") for name in named or [""]]
    return [Permission(action_of(call), f"{own}{group}:log-stream:{stream}") for group in groups]


def _lambda(call: ApiCall, account_id: str) -> list[Permission]:
    """Mappings are known by their UUID; to make one, or list them, is on no function."""
    invokes = call.operation in ("Invoke", "InvokeAsync", "InvokeWithResponseStream")
    action = "lambda:InvokeFunction" if invokes else action_of(call)
    if uuid := call.parameters.get("UUID"):
        return [Permission(action, arn_of(call, account_id, f"event-source-mapping:{uuid}"))]
    name = call.parameters.get("FunctionName")
    if not name or call.operation.endswith(("EventSourceMapping", "EventSourceMappings")):
        return [Permission(action, "*")]
    arn = name if name.startswith("arn:") else arn_of(call, account_id, f"function:{name}")
    qualifier = call.parameters.get("Qualifier")
    return [Permission(action, f"{arn}:{qualifier}" if qualifier else arn)]


def _sts(call: ApiCall, account_id: str) -> list[Permission]:
    if call.parameters.get("Policy") or call.parameters.get("PolicyArns"):
        message = "The sandbox does not do session policies: leave out Policy and PolicyArns."
        raise Refused("unsupported", message)
    also = [action for name, action in _IN_SESSIONS.items() if call.parameters.get(name)]
    role_arn = call.parameters.get("RoleArn", "*")
    if call.operation == "AssumeRole" and not _ROLE_ARN.fullmatch(role_arn):
        raise ApiError("ValidationError", f"{role_arn} is invalid")
    return [Permission(action, role_arn) for action in (action_of(call), *also)]


_ROLE_ARN = re.compile(r"arn:[^:]+:[^:]+:[^:]*:[^:]*:.+")
# What a role has to trust its callers with, besides.
_IN_SESSIONS = {"SourceIdentity": "sts:SetSourceIdentity", "Tags": "sts:TagSession"}


def _events(call: ApiCall, account_id: str) -> list[Permission]:
    if entries := call.parameters.get("Entries"):
        names = (one.get("EventBusName") or "default" for one in entries)
        buses = (f"event-bus/{name.rpartition('/')[2]}" for name in names)
        return [Permission("events:PutEvents", arn_of(call, account_id, bus)) for bus in buses]
    name = call.parameters.get("Rule") or call.parameters.get("Name")
    bus = call.parameters.get("EventBusName", "default").rpartition("/")[2]
    path = "" if bus == "default" else f"{bus}/"
    resource = arn_of(call, account_id, f"rule/{path}{name}") if name else "*"
    return [Permission(action_of(call), resource)]


def _iam(call: ApiCall, account_id: str) -> list[Permission]:
    """On the identity or policy that it names, or creates at a path."""
    for parameter, kind in _IAM_RESOURCES.items():
        if name := call.parameters.get(parameter):
            path = call.parameters.get("Path", "/") if call.operation.startswith("Create") else "/"
            named = f"{path.strip('/')}/{name}".lstrip("/")
            arn = identity_arn(account_id, kind, name)
            return [Permission(action_of(call), arn or f"arn:aws:iam::{account_id}:{kind}/{named}")]
    return [Permission(action_of(call), call.parameters.get("PolicyArn", "*"))]


# What an operation that names several of these is about: to add a user to a group changes the
# group.
_IAM_RESOURCES = {
    "GroupName": "group",
    "InstanceProfileName": "instance-profile",
    "RoleName": "role",
    "UserName": "user",
    "PolicyName": "policy",
}


def _tagging(call: ApiCall, account_id: str) -> list[Permission]:
    if call.operation in ("TagResources", "UntagResources"):  # AWS asks for each service's own, too
        raise Refused("unsupported", f"The sandbox does not do tag:{call.operation}.")
    return []


def _cloudformation(call: ApiCall, account_id: str) -> list[Permission]:
    name = call.parameters.get("StackName")
    if not name:
        return [Permission(action_of(call), UNKNOWN)] if "ChangeSetName" in call.parameters else []
    own = arn_of(call, account_id, "stack/")
    return [Permission(action_of(call), name if name.startswith(own) else f"{own}{name}/*")]


_SERVICES: dict[str, Callable[[ApiCall, str], list[Permission]]] = {
    "cloudformation": _cloudformation,
    "dynamodb": _dynamodb,
    "dynamodbstreams": _streams,
    "events": _events,
    "iam": _iam,
    "lambda": _lambda,
    "logs": _logs,
    "resourcegroupstaggingapi": _tagging,
    "s3": object_permissions,
    "ses": mail_permissions,
    "sesv2": mail_permissions,
    "sns": _sns,
    "sqs": _sqs,
    "sts": _sts,
}
