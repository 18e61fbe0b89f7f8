"""The options of configuration sets, as both versions of SES's API put and describe them.

Operations have the form that `ses.api` describes.
See https://docs.aws.amazon.com/ses/latest/dg/using-configuration-sets.html
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from mailfanout.sandbox.json_objects import Json
from mailfanout.sandbox.ses.call import Call
from mailfanout.sandbox.ses.sending import Ses
from mailfanout.sandbox.ses.set_options import find_configuration_set, options_of, put_options

Operation = Callable[[Ses, Call], Json]

# The groups of options that a configuration set always has.
_ALWAYS = ("DeliveryOptions", "ReputationOptions", "SendingOptions")
_OTHERS = ("SuppressionOptions", "TrackingOptions", "VdmOptions")


def get_configuration_set(ses: Ses, call: Call) -> Json:
    """SESv2 GetConfigurationSet."""
    found = _found(call)
    described = {name: options_of(found, name) for name in (*_ALWAYS, *_OTHERS)}
    given = {name: one for name, one in described.items() if one or name in _ALWAYS}
    return {"ConfigurationSetName": found.configuration_set_name, "Tags": found.tags, **given}


def reputation_options_v1(found: Any) -> Json:
    """What SES DescribeConfigurationSet says of a set's reputation."""
    return {**options_of(found, "ReputationOptions"), **options_of(found, "SendingOptions")}


def update_sending_enabled_v1(ses: Ses, call: Call) -> Json:
    """SES UpdateConfigurationSetSendingEnabled."""
    put_options(_found(call), "SendingOptions", {"SendingEnabled": call.params["Enabled"]})
    return {}


def _put(name: str, ses: Ses, call: Call) -> Json:
    given = {key: one for key, one in call.params.items() if key != "ConfigurationSetName"}
    put_options(_found(call), name, given)
    return {}


def _found(call: Call) -> Any:
    return find_configuration_set(call.params["ConfigurationSetName"], call.backend)


PUTTING: dict[str, Operation] = {
    f"put_configuration_set_{group.lower()}_options": partial(_put, f"{group}Options")
    for group in ("Delivery", "Reputation", "Sending", "Suppression")
}
