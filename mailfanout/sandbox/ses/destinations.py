"""A configuration set's event destinations: what both versions of SES's API do with them.

They are kept as v2 describes them, wherever they come from. Operations have the form that `ses.api`
describes. Only an SNS topic is ever told of events.
See https://docs.aws.amazon.com/ses/latest/dg/event-publishing-add-event-destination-sns.html
"""

from __future__ import annotations

from mailfanout.sandbox.json_objects import Json
from mailfanout.sandbox.ses.call import Call
from mailfanout.sandbox.ses.configuration_sets import reputation_options_v1
from mailfanout.sandbox.ses.feedback import TopicMessage, event_destinations
from mailfanout.sandbox.ses.refusals import AwsError
from mailfanout.sandbox.ses.sending import Ses
from mailfanout.sandbox.ses.set_options import find_configuration_set

VALIDATED = "Successfully validated SNS topic for Amazon SES event publishing."

# The names of a destination's parts in API v1 and in v2, and those of the parts' own.
_PARTS = {
    "SNSDestination": "SnsDestination",
    **{name: name for name in ("KinesisFirehoseDestination", "CloudWatchDestination")},
}
_FIELDS = {
    "TopicARN": "TopicArn",
    "IAMRoleARN": "IamRoleArn",
    "DeliveryStreamARN": "DeliveryStreamArn",
}
# The types of events that API v1 knows.
_TYPES = {
    **{name: name.upper() for name in "send reject bounce complaint delivery open click".split()},
    "renderingFailure": "RENDERING_FAILURE",
}


def create_event_destination(ses: Ses, call: Call) -> Json:
    """SES and SESv2 CreateConfigurationSetEventDestination."""
    destinations, (name, given) = _destinations(call), _given(call)
    if name in destinations:
        message = f"Event destination {name} already exists."
        raise AwsError("EVENT_DESTINATION_EXISTS", message)
    destinations[name] = {"Name": name, "Enabled": False} | given
    _validate(ses, given)
    return {}


def update_event_destination(ses: Ses, call: Call) -> Json:
    """SES and SESv2 UpdateConfigurationSetEventDestination."""
    name, given = _given(call)
    existing = _existing(call, name)
    is_other_topic = given.get("SnsDestination") != existing.get("SnsDestination")
    if any(part in given for part in _PARTS.values()):  # it goes there, and nowhere else
        for part in _PARTS.values():
            existing.pop(part, None)
    existing.update(given)
    if is_other_topic:
        _validate(ses, given)
    return {}


def get_event_destinations(ses: Ses, call: Call) -> Json:
    """SESv2 GetConfigurationSetEventDestinations."""
    return {"EventDestinations": [*_destinations(call).values()]}


def delete_event_destination(ses: Ses, call: Call) -> Json:
    """SES and SESv2 DeleteConfigurationSetEventDestination."""
    name = call.params["EventDestinationName"]
    _existing(call, name)
    del _destinations(call)[name]
    return {}


def describe_configuration_set_v1(ses: Ses, call: Call) -> Json:
    """SES DescribeConfigurationSet, with what is asked for of it."""
    found = find_configuration_set(call.params["ConfigurationSetName"], call.backend)
    described: Json = {"ConfigurationSet": {"Name": call.params["ConfigurationSetName"]}}
    asked = call.params.get("ConfigurationSetAttributeNames", ())
    if "eventDestinations" in asked:
        described["EventDestinations"] = [_in_v1(one) for one in _destinations(call).values()]
    if "reputationOptions" in asked:
        described["ReputationOptions"] = reputation_options_v1(found)
    return described


def delete_configuration_set_v1(ses: Ses, call: Call) -> Json:
    """SES DeleteConfigurationSet."""
    _destinations(call)
    del call.backend.config_sets[call.params["ConfigurationSetName"]]
    return {}


def _given(call: Call) -> tuple[str, Json]:
    """The destination's name, and its settings in v2's words, whichever API the call is of."""
    given = call.params["EventDestination"]
    if "EventDestinationName" in call.params:
        return call.params["EventDestinationName"], given
    return given["Name"], _in_v2(given)


def _validate(ses: Ses, destination: Json) -> None:
    """A topic's first message says that it can be told of events."""
    if topic_arn := destination.get("SnsDestination", {}).get("TopicArn"):
        ses.publish([TopicMessage(topic_arn, None, VALIDATED)])


def _destinations(call: Call) -> dict[str, Json]:
    found = find_configuration_set(call.params["ConfigurationSetName"], call.backend)
    return event_destinations(found)


def _existing(call: Call, name: str) -> Json:
    found = _destinations(call).get(name)
    if found is None:
        message = f"No EventDestination found for {call.params['ConfigurationSetName']}"
        raise AwsError("EVENT_DESTINATION_NOT_FOUND", message)
    return found


def _in_v2(given: Json) -> Json:
    parts = {
        v2: {_FIELDS.get(name, name): value for name, value in given[v1].items()}
        for v1, v2 in _PARTS.items()
        if v1 in given
    }
    types = [_TYPES[one] for one in given["MatchingEventTypes"]]
    return {"Enabled": given.get("Enabled", False), "MatchingEventTypes": types} | parts


def _in_v1(kept: Json) -> Json:
    fields = {v2: v1 for v1, v2 in _FIELDS.items()}
    parts = {
        v1: {fields.get(name, name): value for name, value in kept[v2].items()}
        for v1, v2 in _PARTS.items()
        if v2 in kept
    }
    types = sorted(v1 for v1, v2 in _TYPES.items() if v2 in kept["MatchingEventTypes"])
    return {"Name": kept["Name"], "Enabled": kept["Enabled"], "MatchingEventTypes": types} | parts
