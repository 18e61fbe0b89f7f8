"""What EventBridge refuses of rules that are not there and of their targets.

See https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html
"""

from __future__ import annotations

import json
import re
from functools import partial

from moto.events.models import events_backends

from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.http import ApiError
from mailfanout.sandbox.json_objects import Json

MOST_TARGETS = 5
# Of all entries of a call.
MOST_EVENT_BYTES = 2**20
# Where an operation has the name of a rule that must be there.
_NAMES = {
    "DescribeRule": "Name",
    "DisableRule": "Name",
    "EnableRule": "Name",
    "ListTargetsByRule": "Rule",
    "PutTargets": "Rule",
    "RemoveTargets": "Rule",
}
_INPUTS = ("Input", "InputPath", "InputTransformer")
_TARGET_ARN = re.compile(
    r"arn:aws[\w-]*:(lambda:[a-z\d-]+:\d{12}:function:[\w-]+(:[\w$-]+)?"
    r"|(sqs|sns):[a-z\d-]+:\d{12}:[\w.-]+"
    r"|(?!lambda:|sqs:|sns:)[a-z\d-]+:[a-z\d-]*:\d{12}:.+)",
    re.ASCII,
)
_invalid = partial(ApiError, "ValidationException")
_not_found = partial(ApiError, "ResourceNotFoundException")


def check(call: ApiCall, account_id: str) -> None:
    """Raise ApiError for a rule that is not there, or targets that it cannot have."""
    if call.operation == "PutEvents":
        if sum(map(_event_bytes, call.parameters["Entries"])) > MOST_EVENT_BYTES:
            raise _invalid("Total size of the entries in the request is over the limit.")
    named = _NAMES.get(call.operation)
    if named is None:
        return
    name, bus_name = call.parameters[named], call.parameters.get("EventBusName") or "default"
    bus_name = bus_name.rpartition("/")[2]
    bus = events_backends[account_id][call.region].event_buses.get(bus_name)
    if bus is None:
        raise _not_found(f"Event bus {bus_name} does not exist.")
    if name not in bus.rules:
        raise _not_found(f"Rule {name} does not exist on EventBus {bus_name}.")
    if call.operation == "PutTargets":
        _check_targets(call.parameters["Targets"], bus.rules[name].targets)


def _event_bytes(entry: Json) -> int:
    """As EventBridge counts them: the time has 14 bytes.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
    """
    texts = [entry.get(name) or "" for name in ("Source", "DetailType", "Detail")]
    texts += entry.get("Resources") or []
    return sum(len(text.encode()) for text in texts) + (14 if "Time" in entry else 0)


def _check_targets(targets: list[Json], held: list[Json]) -> None:
    ids = [one["Id"] for one in targets]
    if doubled := next((one for one in ids if ids.count(one) > 1), None):
        raise _invalid(f"Target ids must be unique: {doubled} is given more than once.")
    for one in targets:
        if not _TARGET_ARN.fullmatch(one["Arn"]):
            raise _invalid(
                f"Parameter {one['Arn']} is not valid. Reason: Provided Arn is not in correct "
                "format."
            )
        if sum(name in one for name in _INPUTS) > 1:
            raise _invalid(
                "Only one of Input, InputPath, or InputTransformer must be provided for target "
                f"{one['Id']}."
            )
        if "Input" in one and not _is_json(one["Input"]):
            raise _invalid(f"JSON syntax error in Input for target {one['Id']}.")
    if len({one["Id"] for one in [*held, *targets]}) > MOST_TARGETS:
        words = "The requested resource exceeds the maximum number allowed."
        raise ApiError("LimitExceededException", words)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
