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
from mailfanout.sandbox.cloudformation.tagging import retagged_by


def _create_identity(api: Api, properties: Properties) -> Made:
    """GetAtt gives no ARN of it: the calls that change its tags need one."""
    name = properties["EmailIdentity"]
    api("sesv2", "CreateEmailIdentity", **properties)
    return Made(name, {"Arn": api.arn("ses", f"identity/{name}")})


def _create_configuration_set(api: Api, properties: Properties) -> Made:
    name = properties["Name"]
    api("sesv2", "CreateConfigurationSet", ConfigurationSetName=name, **chosen(properties, "Tags"))
    return Made(name)


def _create_destination(api: Api, properties: Properties) -> Made:
    names = _names(properties)
    made = Made("|".join(names.values()), {"Id": names["EventDestinationName"]})
    _update_destination(api, made, properties, word="Create")
    return made


def _update_destination(api: Api, made: Made, properties: Properties, word: str = "Update") -> None:
    operation, destination = f"{word}ConfigurationSetEventDestination", _destination(properties)
    api("sesv2", operation, **_names(properties), EventDestination=destination)


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
        delete=deleted_by("sesv2", "DeleteEmailIdentity", "EmailIdentity"),
        fixed={"EmailIdentity"},
        free=TAGS,
        named_by="EmailIdentity",
        retag=retagged_by("sesv2", "ResourceArn", arn="Arn"),
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
