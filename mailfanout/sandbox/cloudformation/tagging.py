"""The calls that change the tags of what a stack has made."""

from __future__ import annotations

from mailfanout.sandbox.cloudformation.acting import Api
from mailfanout.sandbox.cloudformation.resource_kind import Made, Properties, Step, tag_map


def retagged_by(
    service: str,
    subject: str,
    *,
    arn: str | None = None,
    what: str = "Resource",
    as_map: bool = False,
) -> Step:
    """How a service changes tags: by TagResource and UntagResource, or as it names them else.

    `subject` is the parameter that names the resource, by its physical id, or by the attribute
    that is its ARN. A service writes the first letters of all its parameters alike.
    """
    tags, keys = ("tags", "tagKeys") if subject[0].islower() else ("Tags", "TagKeys")

    def retag(api: Api, made: Made, before: Properties, after: Properties) -> None:
        name = {subject: (made.attributes[arn] if arn else made.physical_id).removesuffix(":*")}
        old, new = ({one["Key"] for one in of.get("Tags", [])} for of in (before, after))
        if gone := sorted(old - new):
            api(service, f"Untag{what}", **name, **{keys: gone})
        if new:
            given = tag_map(after, tags) if as_map else {tags: after["Tags"]}
            api(service, f"Tag{what}", **name, **given)

    return retag


def retag_bucket(api: Api, made: Made, before: Properties, after: Properties) -> None:
    """A bucket's tags are put all at once."""
    api("s3", "PutBucketTagging", Bucket=made.physical_id, Tagging={"TagSet": after["Tags"]})
