"""What a call needs: the IAM actions, and the resources, that a policy has to allow.

See https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

from collections.abc import Callable
from email.utils import parseaddr
from typing import NamedTuple
from urllib.parse import unquote
from xml.etree import ElementTree

from mailfanout.sandbox.access.mail_requests import is_raw, sender
from mailfanout.sandbox.http import Request


class Permission(NamedTuple):
    """An IAM action on the ARN of a resource, or on `*` where the action has none."""

    action: str
    resource: str


def permissions(request: Request, account_id: str) -> list[Permission]:
    """Everything that the caller must be allowed for this call, each once.

    Calls of services that the pipeline does not use need `service:Operation` on `*`.
    """
    service, operation = request.operation
    needed = _SERVICES.get(service)
    try:
        found = needed(request, account_id) if needed else []
    except (AttributeError, KeyError, TypeError, ValueError, ElementTree.ParseError):
        found = []  # The parameters are not what the model says: the service will refuse them.
    anything = Permission(f"{_PREFIXES.get(service, service)}:{operation}", "*")
    return list(dict.fromkeys(found)) or [anything]


def _dynamodb(request: Request, account_id: str) -> list[Permission]:
    _, operation = request.operation
    parameters = request.parameters
    if items := parameters.get("TransactItems"):
        return [
            Permission(f"dynamodb:{_TRANSACTED[kind]}", _table(request, account_id, item))
            for entry in items
            for kind, item in entry.items()
        ]
    tables = parameters.get("RequestItems")
    asked = [{"TableName": name} for name in tables] if tables else [parameters]
    return [Permission(f"dynamodb:{operation}", _table(request, account_id, one)) for one in asked]


_TRANSACTED = {
    "Get": "GetItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}


def _table(request: Request, account_id: str, parameters: dict[str, str]) -> str:
    name = parameters.get("TableName") or parameters.get("ResourceArn") or "*"
    arn = name if name.startswith("arn:") else _arn(request, account_id, f"table/{name}")
    index_name = parameters.get("IndexName")
    return f"{arn}/index/{index_name}" if index_name else arn


def _s3(request: Request, account_id: str) -> list[Permission]:
    _, operation = request.operation
    action = _S3_ACTIONS.get(operation, operation)
    if "versionId" in request.args and action in ("GetObject", "DeleteObject"):
        action += "Version"
    bucket, key = request.parameters.get("Bucket", "*"), request.parameters.get("Key")
    if operation == "DeleteObjects":
        entries = ElementTree.fromstring(request.body).iterfind("{*}Object")
        return [_deletion(bucket, entry) for entry in entries]
    needed = [Permission(f"s3:{action}", _object(bucket, key))]
    if source := request.headers.get("x-amz-copy-source"):
        path, _, version = unquote(source).lstrip("/").partition("?versionId=")
        action = "s3:GetObjectVersion" if version else "s3:GetObject"
        needed.append(Permission(action, f"arn:aws:s3:::{path}"))
    return needed


def _deletion(bucket: str, entry: ElementTree.Element) -> Permission:
    """AWS deletes all but what is denied; here one denied object stops the whole call."""
    action = "s3:DeleteObjectVersion" if entry.findtext("{*}VersionId") else "s3:DeleteObject"
    return Permission(action, _object(bucket, entry.findtext("{*}Key")))


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


def _sqs(request: Request, account_id: str) -> list[Permission]:
    action = f"sqs:{request.operation[1].removesuffix('Batch')}"
    if source_arn := request.parameters.get("SourceArn"):
        return [Permission(action, source_arn)]
    # Older SDKs send the call to the queue's URL instead of naming it.
    queue_url = request.parameters.get("QueueUrl") or request.raw_path
    name = request.parameters.get("QueueName") or queue_url.rpartition("/")[2] or "*"
    return [Permission(action, _arn(request, account_id, name))]


def _sns(request: Request, account_id: str) -> list[Permission]:
    parameters = request.parameters
    action = f"sns:{request.operation[1].removesuffix('Batch')}"
    arn = parameters.get("TopicArn") or parameters.get("TargetArn")
    if not arn and (subscription_arn := parameters.get("SubscriptionArn")):
        arn = subscription_arn.rpartition(":")[0]
    return [Permission(action, arn or _arn(request, account_id, parameters.get("Name", "*")))]


def _ses(request: Request, account_id: str) -> list[Permission]:
    parameters = request.parameters
    action = f"ses:{request.operation[1]}"
    identity = parameters.get("EmailAddress") or parameters.get("Identity")
    if named := sender(request):
        identity = parseaddr(named)[1]
    return _on_identity(request, account_id, action, identity)


def _sesv2(request: Request, account_id: str) -> list[Permission]:
    _, operation = request.operation
    if operation not in ("SendEmail", "SendBulkEmail"):
        identity = request.parameters.get("EmailIdentity")
        return _on_identity(request, account_id, f"ses:{operation}", identity)
    action = "ses:SendRawEmail" if is_raw(request) else f"ses:{operation}"
    needed = _on_identity(request, account_id, action, parseaddr(sender(request))[1])
    if name := request.document.get("ConfigurationSetName"):
        resource = _arn(request, account_id, f"configuration-set/{name}")
        needed.append(Permission(action, resource))
    return needed


def _on_identity(
    request: Request, account_id: str, action: str, identity: str | None
) -> list[Permission]:
    resource = _arn(request, account_id, f"identity/{identity}") if identity else "*"
    return [Permission(action, resource)]


def _events(request: Request, account_id: str) -> list[Permission]:
    _, operation = request.operation
    name = request.parameters.get("Rule") or request.parameters.get("Name")
    resource = _arn(request, account_id, f"rule/{name}") if name and "Bus" not in operation else "*"
    return [Permission(f"events:{operation}", resource)]


def _logs(request: Request, account_id: str) -> list[Permission]:
    parameters = request.parameters
    group, stream = parameters.get("logGroupName", ""), parameters.get("logStreamName", "")
    resource = _arn(request, account_id, f"log-group:{group}:log-stream:{stream}")
    return [Permission(f"logs:{request.operation[1]}", resource)]


def _lambda(request: Request, account_id: str) -> list[Permission]:
    _, operation = request.operation
    invokes = operation in ("Invoke", "InvokeAsync", "InvokeWithResponseStream")
    action = "lambda:InvokeFunction" if invokes else f"lambda:{operation}"
    name = request.parameters.get("FunctionName")
    if not name:
        return [Permission(action, "*")]
    arn = name if name.startswith("arn:") else _arn(request, account_id, f"function:{name}")
    qualifier = request.args.get("Qualifier")
    return [Permission(action, f"{arn}:{qualifier}" if qualifier else arn)]


def _sts(request: Request, account_id: str) -> list[Permission]:
    role_arn = request.parameters.get("RoleArn", "*")
    return [Permission(f"sts:{request.operation[1]}", role_arn)]


def _arn(request: Request, account_id: str, resource: str) -> str:
    return f"arn:aws:{request.service}:{request.region}:{account_id}:{resource}"


_SERVICES: dict[str, Callable[[Request, str], list[Permission]]] = {
    "dynamodb": _dynamodb,
    "events": _events,
    "lambda": _lambda,
    "logs": _logs,
    "s3": _s3,
    "ses": _ses,
    "sesv2": _sesv2,
    "sns": _sns,
    "sqs": _sqs,
    "sts": _sts,
}
_PREFIXES = {"monitoring": "cloudwatch", "sesv2": "ses"}
