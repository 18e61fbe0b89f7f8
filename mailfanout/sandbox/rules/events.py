"""What EventBridge refuses of rules that are not there and of their targets.

See https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html
"""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from moto.events.models import events_backends

from mailfanout.sandbox.calls import ApiCall, read_json
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
# The bus, or the rule and perhaps its bus, whose tags are asked for, or changed.
_TAGGED = r"arn:.*:(?:event-bus/([^/]+)|rule/(?:([^/]+)/)?([^/]+))"
_INPUTS = ("Input", "InputPath", "InputTransformer")
_GIVEN_PLACES = [
    f"aws.events.{name}"
    for name in ("event", "event.ingestion-time", "event.json", "rule-arn", "rule-name")
]
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
    if named := _NAMES.get(call.operation):
        bus_name = call.parameters.get("EventBusName") or "default"
        rule = _rule(call, account_id, bus_name.rpartition("/")[2], call.parameters[named])
        if call.operation == "PutTargets":
            _check_targets(call.parameters["Targets"], rule.targets)
    elif tagged := re.fullmatch(_TAGGED, call.parameters.get("ResourceARN", "")):
        _rule(call, account_id, tagged[1] or tagged[2] or "default", tagged[3])


def _rule(call: ApiCall, account_id: str, bus_name: str, name: str | None) -> Any:
    """The rule with this name, if one is named. Raises ApiError for what is not there."""
    bus = events_backends[account_id][call.region].event_buses.get(bus_name)
    if bus is None:
        raise _not_found(f"Event bus {bus_name} does not exist.")
    if name is not None and name not in bus.rules:
        raise _not_found(f"Rule {name} does not exist on EventBus {bus_name}.")
    return name and bus.rules[name]


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
        _check_template(one["Id"], one.get("InputTransformer", {}))
    if len({one["Id"] for one in [*held, *targets]}) > MOST_TARGETS:
        words = "The requested resource exceeds the maximum number allowed."
        raise ApiError("LimitExceededException", words)


def _check_template(target_id: str, transformer: Json) -> None:
    """Raise ApiError unless its placeholders stand for something, and an object of it is JSON."""
    template = transformer.get("InputTemplate", "")
    known = [*(transformer.get("InputPathsMap") or {}), *_GIVEN_PLACES]
    for place in re.findall(r"<([\w.-]+)>", template):
        if place not in known:
            words = f"InputTemplate for target {target_id} contains invalid placeholder {place}."
            raise _invalid(words)
    filled = _TEXT_OR_PLACE.sub(lambda found: "0" if found[0][0] == "<" else found[0], template)
    if template.lstrip().startswith("{") and not _is_json(filled):
        raise _invalid(f"Invalid InputTemplate for target {target_id}: it is no JSON.")


_TEXT_OR_PLACE = re.compile(r'"(?:[^"\\]|\\.)*"|<[^<>\s]+>')


def _is_json(text: str) -> bool:
    """Whether it is JSON with one meaning: no member of it comes twice."""
    return text.strip() == "null" or read_json(text) is not None
