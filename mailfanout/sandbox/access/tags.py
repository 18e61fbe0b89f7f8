"""The tags that policies' conditions ask for: a resource's, a caller's, an object's.

See https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda.models import lambda_backends
from moto.dynamodb.models import dynamodb_backends
from moto.events.models import events_backends
from moto.iam.models import iam_backends
from moto.logs.models import logs_backends
from moto.s3.models import s3_backends
from moto.ses.models import ses_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from mailfanout.sandbox.access.account import identity_of
from mailfanout.sandbox.access.conditions import Context
from mailfanout.sandbox.access.keys import Caller
from mailfanout.sandbox.access.permission import Permission

Tags = Mapping[str, str]


class Tagged(Mapping[str, str | list[str]]):
    """A call's condition keys, and those by the tags of what one of its permissions is on.

    Tags are looked up when a policy asks for one. One that is not there has no value.
    """

    def __init__(
        self, keys: Context, permission: Permission, account_id: str, caller: Caller | None = None
    ) -> None:
        self._keys = keys
        self._permission = permission
        self._account_id = account_id
        self._caller = caller

    def __getitem__(self, key: str) -> str | list[str]:
        kind, _, name = key.partition("/")
        if name and kind in _KINDS:
            tags = _KINDS[kind](self)
            if tags is None:
                raise KeyError(key)
            return {written.lower(): value for written, value in tags.items()}.get(name, [])
        return self._keys[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def of_resource(self) -> Tags | None:
        """None if the sandbox does not know what the call is about, or its tags."""
        return _resource_tags(self._permission.resource, self._account_id)

    def of_identity(self) -> Tags | None:
        """IAM's own key for the tags of a role or user; other resources have none by it."""
        is_of_iam = self._permission.resource.startswith("arn:aws:iam:")
        return self.of_resource() if is_of_iam else {}

    def of_principal(self) -> Tags:
        """Those of a session win over those of its role; a service of AWS has none."""
        if self._caller is None:
            return {}
        identity = identity_of(self._caller)
        of_session = {one.key: one.value for one in self._caller.session_tags}
        return {**_as_map(identity and identity.tags), **of_session}

    def of_object(self) -> Tags:
        """Of an object that is read, or whose settings change; not of one that is replaced."""
        action, resource = self._permission
        if action.replace("Version", "") not in _ON_TAGGED_OBJECTS:
            return {}
        bucket, _, key = resource.rpartition(":")[2].partition("/")
        backend = s3_backends[self._account_id]["aws"]
        version: Any = self._keys.get("s3:versionid") or None
        found = bucket in backend.buckets and backend.get_object(bucket, key, version)
        return backend.tagger.get_tag_dict_for_resource(found.arn) if found else {}


def _resource_tags(arn: str, account_id: str) -> Tags | None:
    _, _, service, region, *_ = arn.split(":") if arn.startswith("arn:") else [""] * 4
    if service == "cloudformation":
        return _of_stack(arn.removesuffix("*"), region, account_id)
    if arn.endswith("*"):
        return {}  # the action has no resource, or the call names none
    if service == "s3":
        return {}  # a bucket's count once they are switched on, which the sandbox does not do
    if service not in _READERS:
        return None
    backends, read = _READERS[service]
    try:
        return _as_map(read(backends[account_id][region or "aws"], arn))
    except (KeyError, UnknownFunctionException):
        return {}


def _of_stack(start: str, region: str, account_id: str) -> Tags:
    """Of the stack whose ARN begins so: a call may have its name alone."""
    # To import it takes two seconds, which only who uses stacks shall wait.
    from moto.cloudformation.models import cloudformation_backends

    stacks = cloudformation_backends[account_id][region].iter_tagged_resources()
    return next((one.tags for one in stacks if one.arn.startswith(start)), {})


def _as_map(tags: Any) -> Tags:
    """Tags by their keys, which moto keeps in three ways."""
    if isinstance(tags, Mapping) and all(isinstance(one, str) for one in tags.values()):
        return tags
    listed = tags.values() if isinstance(tags, Mapping) else tags or ()
    return {one["Key"]: one.get("Value", "") for one in listed}


def _of_function(backend: Any, arn: str) -> Any:
    kind, name, *_ = arn.split(":")[5:]
    if kind == "event-source-mapping":
        mapping = backend.get_event_source_mapping(name)
        return mapping.tags if mapping else {}
    return backend.get_function(name).tags


def _of_log_group(backend: Any, arn: str) -> Any:
    group = backend.groups[arn.split(":")[6]]
    return backend.tagger.get_tag_dict_for_resource(group.arn)


def _of_identity(backend: Any, arn: str) -> Any:
    kept = (backend.users, backend.roles, backend.managed_policies)
    return next((one.tags for some in kept for one in some.values() if one.arn == arn), {})


def _by_arn(backend: Any, arn: str) -> Any:
    return backend.tagger.get_tag_dict_for_resource(arn)


# By the service of an ARN: moto's backends, and how one of them tells the tags.
_READERS: Mapping[str, tuple[Any, Callable[[Any, str], Any]]] = {
    "dynamodb": (
        dynamodb_backends,
        lambda backend, arn: backend.tables[arn.split("/")[1]].tags,
    ),
    "events": (events_backends, _by_arn),
    "iam": (iam_backends, _of_identity),
    "lambda": (lambda_backends, _of_function),
    "logs": (logs_backends, _of_log_group),
    "ses": (ses_backends, _by_arn),
    "sns": (sns_backends, lambda backend, arn: backend.topics[arn]._tags),
    "sqs": (sqs_backends, lambda backend, arn: backend.queues[arn.rpartition(":")[2]].tags),
}
_KINDS: Mapping[str, Callable[[Tagged], Tags | None]] = {
    "aws:principaltag": Tagged.of_principal,
    "aws:resourcetag": Tagged.of_resource,
    "iam:resourcetag": Tagged.of_identity,
    "s3:existingobjecttag": Tagged.of_object,
}
# See https://docs.aws.amazon.com/AmazonS3/latest/userguide/tagging-and-policies.html
_ON_TAGGED_OBJECTS = frozenset(
    """
    s3:DeleteObjectTagging s3:GetObject s3:GetObjectAcl s3:GetObjectAttributes s3:GetObjectTagging
    s3:PutObjectAcl s3:PutObjectTagging
    """.split()
)
