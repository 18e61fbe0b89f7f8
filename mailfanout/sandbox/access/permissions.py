"""What a call needs: the IAM actions, and the resources, that a policy has to allow.

See https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from email.utils import parseaddr
from typing import Any, NamedTuple
from urllib.parse import unquote

from mailfanout.sandbox.access.account import identity_arn, redriven_queues
from mailfanout.sandbox.access.mail_requests import is_raw, sender
from mailfanout.sandbox.access.passed_roles import passed_roles
from mailfanout.sandbox.calls import ApiCall, task_names
from mailfanout.sandbox.http import Refused


class Permission(NamedTuple):
    """An IAM action on the ARN of a resource, or on `*` if the action has none."""

    action: str
    resource: str


def permissions(call: ApiCall, account_id: str) -> list[Permission]:
    """Everything that the caller must be allowed for this call, each once.

    Calls of services that the pipeline does not use need `service:Operation` on `*`. Raises
    Refused for a resource of another account or Region.
    """
    needed = _SERVICES.get(call.service)
    found = needed(call, account_id) if needed else []
    anything = Permission(_action(call), "*")
    passed = [Permission("iam:PassRole", arn) for arn in passed_roles(call)]
    return list(dict.fromkeys([*(found or [anything]), *passed]))


def _action(call: ApiCall) -> str:
    prefix = _PREFIXES.get(call.service, call.signing_name)
    return f"{prefix}:{call.operation}"


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
    tables = parameters.get("RequestItems")
    asked = [{"TableName": name} for name in tables] if tables else [parameters]
    return [Permission(_action(call), _table(call, account_id, one)) for one in asked]


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
    own = _arn(call, account_id, "table/")
    if name.startswith("arn:") and not name.startswith(own):
        raise Refused("unsupported", f"{name} is in another account or Region than the call.")
    arn = name if name.startswith("arn:") else own + name
    index_name = parameters.get("IndexName")
    return f"{arn}/index/{index_name}" if index_name else arn


def _s3(call: ApiCall, account_id: str) -> list[Permission]:
    parameters = call.parameters
    action = _S3_ACTIONS.get(call.operation, call.operation)
    if "VersionId" in parameters and action in ("GetObject", "DeleteObject"):
        action += "Version"
    bucket, key = parameters.get("Bucket", "*"), parameters.get("Key")
    if call.operation == "DeleteObjects":
        return [_deletion(bucket, one) for one in parameters["Delete"].get("Objects", [])]
    needed = [Permission(f"s3:{action}", _object(bucket, key))]
    if source := parameters.get("CopySource"):
        path, _, version = source.lstrip("/").partition("?versionId=")
        action = "s3:GetObjectVersion" if version else "s3:GetObject"
        needed.append(Permission(action, f"arn:aws:s3:::{unquote(path)}"))
    if isinstance(parameters.get("Tagging"), str):  # in a header, beside the object
        needed.append(Permission("s3:PutObjectTagging", _object(bucket, key)))
    return needed


def _deletion(bucket: str, entry: Mapping[str, str]) -> Permission:
    """AWS deletes all but what is denied; here one denied object stops the whole call."""
    action = "s3:DeleteObjectVersion" if "VersionId" in entry else "s3:DeleteObject"
    return Permission(action, _object(bucket, entry.get("Key")))


def _object(bucket: str, key: str | None) -> str:
    return f"arn:aws:s3:::{bucket}/{key}" if key else f"arn:aws:s3:::{bucket}"


# Operations that need another permission than one of their own name.
_S3_ACTIONS = {
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBuckets": "ListAllMyBuckets",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "ListParts": "ListMultipartUploadParts",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
}


def _sqs(call: ApiCall, account_id: str) -> list[Permission]:
    parameters = call.parameters
    action = f"sqs:{call.operation.removesuffix('Batch')}"
    if call.operation in _MOVES:
        return _moving(call, account_id)
    name = parameters.get("QueueName") or parameters.get("QueueUrl", "").rpartition("/")[2]
    return [Permission(action, _arn(call, account_id, name or "*"))]


_MOVES = ("CancelMessageMoveTask", "ListMessageMoveTasks", "StartMessageMoveTask")


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
    return [Permission(action, arn or _arn(call, account_id, parameters.get("Name", "*")))]


_TOPICS = ("TopicArn", "TargetArn", "ResourceArn")


def _ses(call: ApiCall, account_id: str) -> list[Permission]:
    parameters = call.parameters
    identity = parameters.get("EmailAddress") or parameters.get("Identity")
    if call.operation.startswith("Send"):
        identity = parseaddr(sender(call))[1]
    return _on_identity(call, account_id, _action(call), identity)


def _sesv2(call: ApiCall, account_id: str) -> list[Permission]:
    if call.operation not in ("SendEmail", "SendBulkEmail"):
        return _on_identity(call, account_id, _action(call), call.parameters.get("EmailIdentity"))
    action = "ses:SendRawEmail" if is_raw(call) else _action(call)
    needed = _on_identity(call, account_id, action, parseaddr(sender(call))[1])
    if name := call.parameters.get("ConfigurationSetName"):
        resource = _arn(call, account_id, f"configuration-set/{name}")
        needed.append(Permission(action, resource))
    return needed


def _on_identity(
    call: ApiCall, account_id: str, action: str, identity: str | None
) -> list[Permission]:
    resource = _arn(call, account_id, f"identity/{identity}") if identity else "*"
    return [Permission(action, resource)]


def _logs(call: ApiCall, account_id: str) -> list[Permission]:
    parameters = call.parameters
    group, stream = parameters.get("logGroupName", ""), parameters.get("logStreamName", "")
    resource = _arn(call, account_id, f"log-group:{group}:log-stream:{stream}")
    return [Permission(_action(call), resource)]


def _lambda(call: ApiCall, account_id: str) -> list[Permission]:
    invokes = call.operation in ("Invoke", "InvokeAsync", "InvokeWithResponseStream")
    action = "lambda:InvokeFunction" if invokes else _action(call)
    name = call.parameters.get("FunctionName")
    if not name:
        return [Permission(action, "*")]
    arn = name if name.startswith("arn:") else _arn(call, account_id, f"function:{name}")
    qualifier = call.parameters.get("Qualifier")
    return [Permission(action, f"{arn}:{qualifier}" if qualifier else arn)]


def _sts(call: ApiCall, account_id: str) -> list[Permission]:
    if call.parameters.get("Policy") or call.parameters.get("PolicyArns"):
        message = "The sandbox does not do session policies: leave out Policy and PolicyArns."
        raise Refused("unsupported", message)
    return [Permission(_action(call), call.parameters.get("RoleArn", "*"))]


def _events(call: ApiCall, account_id: str) -> list[Permission]:
    name = call.parameters.get("Rule") or call.parameters.get("Name")
    resource = _arn(call, account_id, f"rule/{name}") if name else "*"
    return [Permission(_action(call), resource)]


def _iam(call: ApiCall, account_id: str) -> list[Permission]:
    """On the identity or policy that it names; a user who names none means itself, here `*`."""
    for parameter, kind in _IAM_RESOURCES.items():
        if name := call.parameters.get(parameter):
            return [Permission(_action(call), _iam_arn(account_id, kind, name))]
    arn = call.parameters.get("PolicyArn", "*")
    return [Permission(_action(call), arn)]


def _iam_arn(account_id: str, kind: str, name: str) -> str:
    arn = identity_arn(account_id, kind, name)
    return arn or f"arn:aws:iam::{account_id}:{kind}/{name}"


# An operation names one of these, and beside it at most a policy.
_IAM_RESOURCES = {
    "RoleName": "role",
    "UserName": "user",
    "GroupName": "group",
    "InstanceProfileName": "instance-profile",
    "PolicyName": "policy",
}


def _cloudformation(call: ApiCall, account_id: str) -> list[Permission]:
    name = call.parameters.get("StackName")
    if not name:
        return []
    own = _arn(call, account_id, "stack/")
    return [Permission(_action(call), name if name.startswith(own) else f"{own}{name}/*")]


def _arn(call: ApiCall, account_id: str, resource: str) -> str:
    return f"arn:aws:{call.signing_name}:{call.region}:{account_id}:{resource}"


_SERVICES: dict[str, Callable[[ApiCall, str], list[Permission]]] = {
    "cloudformation": _cloudformation,
    "dynamodb": _dynamodb,
    "events": _events,
    "iam": _iam,
    "lambda": _lambda,
    "logs": _logs,
    "s3": _s3,
    "ses": _ses,
    "sesv2": _sesv2,
    "sns": _sns,
    "sqs": _sqs,
    "sts": _sts,
}
_PREFIXES = {"cloudwatch": "cloudwatch"}
