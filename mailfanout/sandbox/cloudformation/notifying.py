"""What a bucket tells of its objects, as a template says it and as S3's API does."""

from __future__ import annotations

from typing import Any

from mailfanout.sandbox.cloudformation.resource_kind import Properties

# Each list of a template, what its entries name; the list of the API, and what those name.
_LISTS = {
    "LambdaConfigurations": ("Function", "LambdaFunctionConfigurations", "LambdaFunctionArn"),
    "QueueConfigurations": ("Queue", "QueueConfigurations", "QueueArn"),
    "TopicConfigurations": ("Topic", "TopicConfigurations", "TopicArn"),
}


def notifications_of(properties: Properties) -> Properties:
    """What S3 is to be told of a template's NotificationConfiguration."""
    configuration = properties.get("NotificationConfiguration", {})
    told: Properties = {
        name: [
            {arn: one[target], "Events": [one["Event"]], **_filter(one)}
            for one in configuration[listed]
        ]
        for listed, (target, name, arn) in _LISTS.items()
        if configuration.get(listed)
    }
    bridge = configuration.get("EventBridgeConfiguration")
    is_on = bridge is not None and str(bridge.get("EventBridgeEnabled", True)).lower() == "true"
    return told | ({"EventBridgeConfiguration": {}} if is_on else {})


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


def _filter(one: Properties) -> Properties:
    rules: Any = one.get("Filter", {}).get("S3Key", {}).get("Rules")
    return {"Filter": {"Key": {"FilterRules": rules}}} if rules else {}


def _written_filter(one: Properties) -> Properties:
    rules = [
        {**rule, "Name": rule["Name"].lower()}
        for rule in one.get("Filter", {}).get("Key", {}).get("FilterRules", [])
    ]
    return {"Filter": {"S3Key": {"Rules": rules}}} if rules else {}
