"""Changes to moto's tagging API: what it does not list, though it keeps the tags."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from moto.awslambda.models import LambdaBackend
from moto.core.resource_tagging import TaggedResource
from moto.core.responses import ActionResult
from moto.events.models import EventsBackend
from moto.resourcegroupstaggingapi.models import ResourceGroupsTaggingAPIBackend
from moto.resourcegroupstaggingapi.responses import ResourceGroupsTaggingAPIResponse
from moto.s3.models import S3Backend, s3_backends
from moto.ses.models import SESBackend
from moto.sesv2.models import SESV2Backend

from mailfanout.sandbox.seams.replacement import Method, Replacement, around

# The ARNs of what a backend has, by its name.
_OWN = "{0.region_name}:{0.account_id}"
_IDENTITY = f"arn:{{0.partition}}:ses:{_OWN}:identity/{{1}}"
_SET = f"arn:{{0.partition}}:ses:{_OWN}:configuration-set/{{1}}"
_BUCKET = "arn:{0.partition}:s3:::{1}"


def replacements() -> list[Replacement]:
    """Every change to what GetResources finds, for setattr."""
    identity = "tags email-identity/…, and an identity's ARN ends in identity/…"
    stale = "never changes the tags that an identity was created with"
    leaves = "leaves its tags to the next one of the same name"
    return [
        *around(
            ResourceGroupsTaggingAPIResponse,
            "has no token at the end, and AWS an empty one",
            get_resources=_with_token,
        ),
        *around(
            ResourceGroupsTaggingAPIBackend,
            "finds the buckets of every Region",
            _get_resources_generator=_in_region,
        ),
        *around(
            ResourceGroupsTaggingAPIBackend,
            "gives a key, or a value, as often as a resource has it",
            _get_tag_keys_generator=_each_once,
            _get_tag_values_generator=_each_once,
        ),
        *around(LambdaBackend, "leaves out mappings", iter_tagged_resources=_of_lambda),
        *around(EventsBackend, "leaves out rules", iter_tagged_resources=_of_events),
        *around(
            SESV2Backend,
            identity,
            iter_tagged_resources=_of_ses,
            create_email_identity=_create_email_identity,
        ),
        *around(SESV2Backend, stale, get_email_identity=_get_email_identity),
        *around(SESBackend, stale, delete_identity=_delete_identity),
        *around(S3Backend, leaves, delete_bucket=partial(_forget, "buckets", _BUCKET)),
        *around(SESBackend, leaves, delete_configuration_set=partial(_forget, "config_sets", _SET)),
    ]


def _with_token(original: Method, response: Any) -> ActionResult:
    result: Any = original(response).result
    return ActionResult({**result, "PaginationToken": result.get("PaginationToken") or ""})


def _in_region(
    original: Method, self: ResourceGroupsTaggingAPIBackend, **asked: Any
) -> Iterator[TaggedResource]:
    buckets = s3_backends[self.account_id][self.partition].buckets
    for resource in original(self, **asked):
        bucket = buckets.get(resource.arn.removeprefix(f"arn:{self.partition}:s3:::"))
        if bucket is None or bucket.region_name == self.region_name:
            yield resource


def _each_once(original: Method, *asked: str) -> Iterator[str]:
    yield from dict.fromkeys(original(*asked))


def _of_lambda(original: Method, self: LambdaBackend) -> Iterator[TaggedResource]:
    yield from original(self)
    for uuid, mapping in self._event_source_mappings.items():
        arn = f"arn:{self.partition}:lambda:{self.region_name}:{self.account_id}"
        kind = "event-source-mapping"
        yield TaggedResource(f"{arn}:{kind}:{uuid}", mapping.tags, f"lambda:{kind}")


def _of_events(original: Method, self: EventsBackend) -> Iterator[TaggedResource]:
    yield from original(self)
    for bus in self.event_buses.values():
        for rule in bus.rules.values():
            tags = self.tagger.get_tag_dict_for_resource(rule.arn)
            yield TaggedResource(rule.arn, tags, "events:rule")


def _of_ses(original: Method, self: SESV2Backend) -> Iterator[TaggedResource]:
    for resource in original(self):
        if resource.resource_type == "ses:email-identity":
            arn = _IDENTITY.format(self, resource.arn.rpartition("/")[2])
            tags = self.core_backend.tagger.get_tag_dict_for_resource(arn)
            yield TaggedResource(arn, tags, "ses:identity")
        else:
            yield resource


def _create_email_identity(
    original: Method,
    self: SESV2Backend,
    email_identity: str,
    tags: list[dict[str, str]] | None,
    dkim_signing_attributes: object | None,
    configuration_set_name: str | None,
) -> Any:
    if tags:
        self.core_backend.tagger.tag_resource(_IDENTITY.format(self, email_identity), tags)
    return original(self, email_identity, tags, dkim_signing_attributes, configuration_set_name)


def _get_email_identity(original: Method, self: SESV2Backend, email_identity: str) -> Any:
    found = original(self, email_identity)
    arn = _IDENTITY.format(self, email_identity)
    found.tags = self.core_backend.tagger.list_tags_for_resource(arn)["Tags"]
    return found


def _delete_identity(original: Method, self: SESBackend, identity: str) -> None:
    """Whom it notifies goes with it, as its tags do."""
    self.tagger.delete_all_tags_for_resource(_IDENTITY.format(self, identity))
    self.sns_topics.pop(identity, None)
    original(self, identity)


def _forget(kept_in: str, arn: str, original: Method, self: Any, name: str) -> Any:
    deleted = original(self, name)
    if name not in getattr(self, kept_in):
        self.tagger.delete_all_tags_for_resource(arn.format(self, name))
    return deleted
