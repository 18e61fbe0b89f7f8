"""The options of configuration sets: moto keeps those that a new set has, and others go there, too.

See https://docs.aws.amazon.com/ses/latest/dg/using-configuration-sets.html
"""

from __future__ import annotations

from typing import Any

from mailfanout.sandbox.json_objects import Json
from mailfanout.sandbox.ses.refusals import AwsError

# Each group of options: where moto keeps it, and what a new set has.
_OPTIONS: dict[str, tuple[str, Json]] = {
    "DeliveryOptions": ("delivery_options", {"TlsPolicy": "OPTIONAL"}),
    "ReputationOptions": ("reputation_options", {"ReputationMetricsEnabled": False}),
    "SendingOptions": ("enabled", {"SendingEnabled": True}),
    "SuppressionOptions": ("suppression_options", {}),
    "TrackingOptions": ("tracking_options", {}),
    "VdmOptions": ("vdm_options", {}),
}


def find_configuration_set(name: str, backend: Any) -> Any:
    """moto's configuration set of this name. Raises AwsError."""
    if name not in backend.config_sets:
        raise AwsError("CONFIGURATION_SET_NOT_FOUND", f"Configuration set <{name}> does not exist.")
    return backend.config_sets[name]


def options_of(configuration_set: Any, group: str) -> Json:
    """A group of options of one of moto's configuration sets, such as SendingOptions."""
    kept_in, default = _OPTIONS[group]
    return {**default, **getattr(configuration_set, kept_in)}


def put_options(configuration_set: Any, group: str, options: Json) -> None:
    """Keep a group of options in place of the one before."""
    setattr(configuration_set, _OPTIONS[group][0], options)
