"""What a bucket tells of its objects, as a template says it and as S3's API does."""

from __future__ import annotations

from mailfanout.sandbox.cloudformation.resource_kind import Properties

# Each list of a template, what its entries name; the list of the API, and what those name.
_LISTS = {
    "LambdaConfigurations": ("Function", "LambdaFunctionConfigurations", "LambdaFunctionArn"),
    "QueueConfigurations": ("Queue", "QueueConfigurations", "QueueArn"),
    "TopicConfigurations": ("Topic", "TopicConfigurations", "TopicArn"),
}


def notifications_of(properties: Properties) -> Properties:
    """What S3 is to be told of a template's NotificationConfiguration."""
    told: Properties = {}
    for name, value in properties.get("NotificationConfiguration", {}).items():
        if name in _LISTS:
            target, told_as, arn = _LISTS[name]
            told[told_as] = [_entry(one, {target: arn}) for one in value]
        elif name != "EventBridgeConfiguration":
            told[name] = value  # which S3 does not know
        elif str(value.get("EventBridgeEnabled", True)).lower() == "true":
            told[name] = {}
    return told


def template_of(found: Properties) -> Properties:
    """The NotificationConfiguration that a template would have for what S3 tells."""
    configuration: Properties = {
        listed: [
            {"Event": event, target: one[arn], **_written_filter(one)}
            for one in found[name]
            for event in one["Events"]
        ]
        for listed, (target, name, arn) in _LISTS.items()
        if name in found
    }
    if "EventBridgeConfiguration" in found:
        configuration["EventBridgeConfiguration"] = {"EventBridgeEnabled": True}
    return configuration


def _entry(one: Properties, renamed: dict[str, str]) -> Properties:
    told = {renamed.get(name, name): value for name, value in one.items() if name != "Event"}
    if "Filter" in one:
        told["Filter"] = {"Key": {"FilterRules": one["Filter"]["S3Key"]["Rules"]}}
    return {**told, "Events": [one["Event"]]}


def _written_filter(one: Properties) -> Properties:
    rules = [
        {**rule, "Name": rule["Name"].lower()}
        for rule in one.get("Filter", {}).get("Key", {}).get("FilterRules", [])
    ]
    return {"Filter": {"S3Key": {"Rules": rules}}} if rules else {}
