"""SES: identities, configuration sets and their event destinations."""

from __future__ import annotations

import re

from mailfanout.sandbox.cloudformation.acting import Api
from mailfanout.sandbox.cloudformation.resource_kind import (
    TAGS,
    Made,
    Properties,
    ResourceKind,
    chosen,
    deleted_by,
)


def _create_identity(api: Api, properties: Properties) -> Made:
    api("sesv2", "CreateEmailIdentity", **properties)
    return Made(properties["EmailIdentity"])


def _update_identity(api: Api, made: Made, properties: Properties) -> None:
    """Change its tags, without an interruption.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ses-emailidentity.html
    """
    arn = f"arn:aws:ses:{api.region}:{api.account_id}:identity/{made.physical_id}"
    present = api("sesv2", "ListTagsForResource", ResourceArn=arn)["Tags"]
    tags = properties.get("Tags", [])
    if gone := sorted({one["Key"] for one in present} - {one["Key"] for one in tags}):
        api("sesv2", "UntagResource", ResourceArn=arn, TagKeys=gone)
    if tags:
        api("sesv2", "TagResource", ResourceArn=arn, Tags=tags)


def _create_configuration_set(api: Api, properties: Properties) -> Made:
    name = properties["Name"]
    api("sesv2", "CreateConfigurationSet", ConfigurationSetName=name, **chosen(properties, "Tags"))
    return Made(name)


def _create_destination(api: Api, properties: Properties) -> Made:
    names, destination = _names(properties), {"EventDestination": _destination(properties)}
    api("sesv2", "CreateConfigurationSetEventDestination", **names, **destination)
    return Made("|".join(names.values()), {"Id": names["EventDestinationName"]})


def _update_destination(api: Api, made: Made, properties: Properties) -> None:
    names, destination = _names(properties), {"EventDestination": _destination(properties)}
    api("sesv2", "UpdateConfigurationSetEventDestination", **names, **destination)


def _delete_destination(api: Api, made: Made, properties: Properties) -> None:
    names = _names(properties)
    api.unless_missing("sesv2", "DeleteConfigurationSetEventDestination", **names)


def _names(properties: Properties) -> dict[str, str]:
    return {
        "ConfigurationSetName": properties["ConfigurationSetName"],
        "EventDestinationName": properties["EventDestination"]["Name"],
    }


def _destination(properties: Properties) -> Properties:
    """As SES's second API takes it: CloudFormation has the words of the first."""
    given = properties["EventDestination"]
    events = [re.sub(r"(?<=[a-z])(?=[A-Z])", "_", one) for one in given["MatchingEventTypes"]]
    return {
        "Enabled": given.get("Enabled", False),
        "MatchingEventTypes": [one.upper() for one in events],
        "SnsDestination": {"TopicArn": given["SnsDestination"]["TopicARN"]},
    }


KINDS = {
    "AWS::SES::EmailIdentity": ResourceKind(
        create=_create_identity,
        update=_update_identity,
        delete=deleted_by("sesv2", "DeleteEmailIdentity", "EmailIdentity"),
        fixed={"EmailIdentity"},
        free=TAGS,
        named_by="EmailIdentity",
    ),
    "AWS::SES::ConfigurationSet": ResourceKind(
        create=_create_configuration_set,
        delete=deleted_by("sesv2", "DeleteConfigurationSet", "ConfigurationSetName"),
        fixed={"Name"},
        kept=TAGS,
        named_by="Name",
    ),
    "AWS::SES::ConfigurationSetEventDestination": ResourceKind(
        create=_create_destination,
        update=_update_destination,
        delete=_delete_destination,
        fixed={"ConfigurationSetName"},
        free={"EventDestination"},
        attributes={"Id"},
    ),
}
