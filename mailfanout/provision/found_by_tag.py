"""What stands in a Region and was made by mailfanout, found by its tags and not by its name.

So a part is found, too, that nobody knows the name of any more: the identity of an earlier sender,
or what a stack that nobody remembers is made of. The tagging API leaves out roles, and goes on
listing for a while what was deleted: roles are found by their path, and each part is asked for.
https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial

from mailfanout.errors import OperationMissing
from mailfanout.provision import bucket, mapping, queues, role, rule, sender, table
from mailfanout.provision.awslambda import delete_function
from mailfanout.provision.tags import Tags, as_tags, read_tags
from mailfanout.provision.topics import remove_topic
from mailfanout.stack import CREATOR, CREATOR_TAG, REGION_TAG, ROLE_PATH, STACK_TAG, Stack
from mailfanout.target import Target, side_by_side, unless_missing

Delete = Callable[[Target, "FoundPart"], None]


@dataclass(frozen=True)
class TaggedKind:
    """A kind of parts: how its ARNs go on after the account's number, and how one is deleted.

    `shown` is what a part is called instead of a name that AWS chose.
    """

    service: str
    before_name: str
    noun: str
    delete: Delete
    shown: Callable[[Target, str], str] | None = None


@dataclass(frozen=True)
class FoundPart:
    """A part by its ARN and its name, and the name of the stack that it belongs to."""

    arn: str
    kind: TaggedKind
    name: str
    stack_name: str

    def title(self, target: Target) -> str:
        """Its noun and its name, such as `queue mailsendqueue0000001`."""
        shown = self.kind.shown
        return f"{self.kind.noun} {shown(target, self.name) if shown else self.name}"

    def delete(self, target: Target) -> None:
        """Delete it. May be repeated."""
        self.kind.delete(target, self)

    def exists(self, target: Target) -> bool:
        """Whether it is there, as its own service says."""
        return unless_missing(partial(read_tags, target, self.arn)) is not None


def find_parts(
    target: Target, stack: Stack | None = None, *, besides: Collection[str] = ()
) -> list[FoundPart]:
    """The parts of a stack, or of every stack, that carry their tags; in an order for deleting.

    Without those of the titles `besides`. On an endpoint without AWS's tagging API, none.
    """
    wanted = stack.tags if stack else {CREATOR_TAG: CREATOR}
    found = [
        part
        for part in (*_tagged(target, wanted), *_roles(target, wanted, stack))
        if part.title(target) not in besides
    ]
    there = side_by_side(lambda part: part.exists(target), found)
    return sorted(
        (part for part, is_there in zip(found, there, strict=True) if is_there),
        key=lambda part: (_KINDS.index(part.kind), part.arn),
    )


def find_stacks(target: Target) -> dict[str, list[FoundPart]]:
    """Every stack in the Region, by its name; of each the parts that carry its tags."""
    stacks: dict[str, list[FoundPart]] = {}
    for part in find_parts(target):
        if part.stack_name.endswith(CREATOR):
            stacks.setdefault(part.stack_name, []).append(part)
    return dict(sorted(stacks.items()))


def _tagged(target: Target, wanted: Tags) -> Iterator[FoundPart]:
    filters = [{"Key": key, "Values": [value]} for key, value in wanted.items()]
    pages = target.client("resourcegroupstaggingapi").get_paginator("get_resources")
    try:
        for page in pages.paginate(TagFilters=filters):
            for one in page["ResourceTagMappingList"]:
                yield from _part(one["ResourceARN"], as_tags(one["Tags"]))
    except OperationMissing:
        return


def _roles(target: Target, wanted: Tags, stack: Stack | None) -> Iterator[FoundPart]:
    iam = target.client("iam")
    # A role's tags take a call for each, and a class has many roles.
    beginning = stack.stack_name.removesuffix(CREATOR) if stack else ""
    for page in iam.get_paginator("list_roles").paginate(PathPrefix=ROLE_PATH):
        for one in page["Roles"]:
            if one["RoleName"].startswith(beginning):
                tags = unless_missing(partial(read_tags, target, one["Arn"])) or {}
                if {**wanted, REGION_TAG: target.region}.items() <= tags.items():
                    yield from _part(one["Arn"], tags)


def _part(arn: str, tags: Tags) -> Iterator[FoundPart]:
    _, _, service, _, _, resource = arn.split(":", 5)
    for kind in _KINDS:
        if kind.service == service and resource.startswith(kind.before_name):
            name = resource.removeprefix(kind.before_name)
            yield FoundPart(arn, kind, name, tags.get(STACK_TAG, CREATOR))


def _delete_function(target: Target, part: FoundPart) -> None:
    delete_function(target, Stack(), part.name)


def _delete_mapping(target: Target, part: FoundPart) -> None:
    # Lambda shows for some seconds what has lost its tags.
    mapping.remove_mapping_with(target, part.name)
    mapping.wait_until_forgotten(target, part.name)


def _delete_configuration_set(target: Target, part: FoundPart) -> None:
    delete = target.client("sesv2").delete_configuration_set
    unless_missing(delete, ConfigurationSetName=part.name)


def _release_identity(target: Target, part: FoundPart) -> None:
    sender.release_identity(target, part.arn, part.stack_name)


def _delete_log_group(target: Target, part: FoundPart) -> None:
    group = part.name.removesuffix(":*")
    unless_missing(target.client("logs").delete_log_group, logGroupName=group)


def _delete_alarm(target: Target, part: FoundPart) -> None:
    target.client("cloudwatch").delete_alarms(AlarmNames=[part.name])


def _by_name(delete: Callable[[Target, str], None]) -> Delete:
    return lambda target, part: delete(target, part.name)


# In an order in which they can be deleted.
_KINDS = (
    TaggedKind("cloudwatch", "alarm:", "alarm", _delete_alarm),
    TaggedKind("events", "rule/", "rule", _by_name(rule.remove_rule)),
    TaggedKind(
        "lambda",
        "event-source-mapping:",
        "event source mapping of",
        _delete_mapping,
        mapping.function_of_mapping,
    ),
    TaggedKind("lambda", "function:", "function", _delete_function),
    TaggedKind("logs", "log-group:", "log group", _delete_log_group),
    TaggedKind("ses", "configuration-set/", "configuration set", _delete_configuration_set),
    TaggedKind("ses", "identity/", "identity", _release_identity),
    TaggedKind("sns", "", "topic", lambda target, part: remove_topic(target, part.arn)),
    TaggedKind("sqs", "", "queue", _by_name(queues.remove_queue)),
    TaggedKind("iam", f"role{ROLE_PATH}", "role", _by_name(role.remove_role)),
    TaggedKind("s3", "", "bucket", _by_name(bucket.remove_bucket)),
    TaggedKind("dynamodb", "table/", "table", _by_name(table.remove_table)),
)
