"""The SES configuration set, by which SES publishes what becomes of each mail."""

from __future__ import annotations

from mailfanout.provision.tags import as_list, put_tags
from mailfanout.stack import Stack, State
from mailfanout.target import Target, unless_missing

# https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_EventDestination.html
EVENT_TYPES = ["SEND", "REJECT", "BOUNCE", "COMPLAINT", "DELIVERY", "RENDERING_FAILURE"]


def configuration_set_settings(stack: Stack) -> State:
    """The configuration set's one event destination as it stands once it is created."""
    return {
        "Enabled": True,
        "MatchingEventTypes": sorted(EVENT_TYPES),
        "SnsDestination": {"TopicArn": stack.feedback_topic_arn},
    }


def create_configuration_set(target: Target, stack: Stack) -> str:
    """Create the configuration set with its event destination; returns its name.

    May be repeated: a destination with other settings gets these.
    """
    sesv2, name = target.client("sesv2"), stack.feedback_name
    try:
        sesv2.create_configuration_set(ConfigurationSetName=name, Tags=as_list(stack.tags))
    except sesv2.exceptions.AlreadyExistsException:
        put_tags(target, stack.configuration_set_arn, stack.tags)
    if (found := read_configuration_set(target, stack)) != configuration_set_settings(stack):
        put = (
            sesv2.update_configuration_set_event_destination
            if found
            else sesv2.create_configuration_set_event_destination
        )
        put(
            ConfigurationSetName=name,
            EventDestinationName=name,
            EventDestination=configuration_set_settings(stack),
        )
    return name


def delete_configuration_set(target: Target, stack: Stack) -> None:
    """Delete the configuration set and its event destination. May be repeated."""
    if _exists(target, stack):
        sesv2 = target.client("sesv2")
        unless_missing(sesv2.delete_configuration_set, ConfigurationSetName=stack.feedback_name)


def glance_at_configuration_set(target: Target, stack: Stack) -> State | None:
    """{} if the configuration set exists, else None."""
    return {} if _exists(target, stack) else None


def read_configuration_set(target: Target, stack: Stack) -> State | None:
    """The configuration set's event destination; None if there is no set, {} if it has none."""
    if not _exists(target, stack):
        return None
    sesv2, name = target.client("sesv2"), stack.feedback_name
    found = sesv2.get_configuration_set_event_destinations(ConfigurationSetName=name)
    for one in found.get("EventDestinations", []):
        if one["Name"] == name:
            return {
                "Enabled": one["Enabled"],
                "MatchingEventTypes": sorted(one["MatchingEventTypes"]),
                "SnsDestination": one.get("SnsDestination"),
            }
    return {}


def _exists(target: Target, stack: Stack) -> bool:
    get = target.client("sesv2").get_configuration_set
    return unless_missing(get, ConfigurationSetName=stack.feedback_name) is not None
