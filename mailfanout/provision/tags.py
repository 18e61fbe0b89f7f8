"""The tags of a part: every service reads and writes them in its own way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from mailfanout.stack import State
from mailfanout.target import Target, refused

Tags = dict[str, str]


def read_tags(target: Target, arn: str) -> Tags:
    """The tags of the resource with this ARN; raises AWS's error if it does not exist."""
    service = _service(arn)
    return _READ[service](target.client(_CLIENTS.get(service, service)), arn)


def put_tags(target: Target, arn: str, tags: Tags) -> None:
    """Add the tags that the resource lacks, and leave its others as they are. May be repeated."""
    found, service = read_tags(target, arn), _service(arn)
    if not tags.items() <= found.items():
        _WRITE[service](target.client(_CLIENTS.get(service, service)), arn, tags)


def as_list(tags: Tags) -> list[State]:
    """Tags as most services take them: `[{"Key": …, "Value": …}, …]`."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def as_tags(listed: list[State]) -> Tags:
    """The same the other way round."""
    return {one["Key"]: one["Value"] for one in listed}


def _service(arn: str) -> str:
    return arn.split(":")[2]


def _resource(arn: str) -> str:
    return arn.split(":", 5)[5]


def _role_name(arn: str) -> str:
    return arn.rpartition("/")[2]


def _queue_url(sqs: Any, arn: str) -> str:
    url: str = sqs.get_queue_url(QueueName=_resource(arn))["QueueUrl"]
    return url


def _read_bucket_tags(s3: Any, arn: str) -> Tags:
    try:
        return as_tags(s3.get_bucket_tagging(Bucket=_resource(arn))["TagSet"])
    except ClientError as error:
        if not refused(error, "NoSuchTagSet"):
            raise
    return {}


def _write_bucket_tags(s3: Any, arn: str, tags: Tags) -> None:
    # S3 alone replaces all tags, so those that are there have to be among them, AWS's own, too.
    every = as_list({**_read_bucket_tags(s3, arn), **tags})
    s3.put_bucket_tagging(Bucket=_resource(arn), Tagging={"TagSet": every})


def _reader(name: str) -> Callable[[Any, str], Tags]:
    """How a service lists tags that calls its parameter of the ARN so."""
    return lambda client, arn: as_tags(client.list_tags_for_resource(**{name: arn})["Tags"])


def _writer(name: str) -> Callable[[Any, str, Tags], Any]:
    return lambda client, arn, tags: client.tag_resource(**{name: arn}, Tags=as_list(tags))


_CLIENTS = {"ses": "sesv2"}
_READ: dict[str, Callable[[Any, str], Tags]] = {
    "cloudwatch": _reader("ResourceARN"),
    "dynamodb": lambda client, arn: as_tags(client.list_tags_of_resource(ResourceArn=arn)["Tags"]),
    "events": _reader("ResourceARN"),
    "iam": lambda client, arn: as_tags(client.list_role_tags(RoleName=_role_name(arn))["Tags"]),
    "lambda": lambda client, arn: dict(client.list_tags(Resource=arn)["Tags"]),
    "logs": lambda client, arn: dict(
        client.list_tags_for_resource(resourceArn=arn.removesuffix(":*"))["tags"]
    ),
    "s3": _read_bucket_tags,
    "ses": _reader("ResourceArn"),
    "sns": _reader("ResourceArn"),
    "sqs": lambda client, arn: dict(
        client.list_queue_tags(QueueUrl=_queue_url(client, arn)).get("Tags", {})
    ),
}
_WRITE: dict[str, Callable[[Any, str, Tags], Any]] = {
    "dynamodb": _writer("ResourceArn"),
    "events": _writer("ResourceARN"),
    "iam": lambda client, arn, tags: client.tag_role(RoleName=_role_name(arn), Tags=as_list(tags)),
    "lambda": lambda client, arn, tags: client.tag_resource(Resource=arn, Tags=tags),
    "s3": _write_bucket_tags,
    "ses": _writer("ResourceArn"),
    "sns": _writer("ResourceArn"),
    "sqs": lambda client, arn, tags: client.tag_queue(QueueUrl=_queue_url(client, arn), Tags=tags),
}
