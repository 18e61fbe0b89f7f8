"""What a target of an EventBridge rule gets: the event, a part of it, or a text made of its parts.

See https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

from __future__ import annotations

import re
from typing import Any

from mailfanout.sandbox.json_objects import Json, compact

_STEP = re.compile(r"\.([\w-]+)|\[([0-9]+)\]|\['([^']+)'\]")
_TEXT_OR_PLACE = re.compile(r'"(?:[^"\\]|\\.)*"|<([^<>\s]+)>')
_PLACE = re.compile(r"<([^<>\s]+)>")


def input_for(target: Json, event: Json, *, rule_name: str, rule_arn: str) -> str:
    """The text that the target gets of the event."""
    if "Input" in target:
        return str(target["Input"])
    if path := target.get("InputPath"):
        return compact(_at(event, path))
    if transformer := target.get("InputTransformer"):
        paths = transformer.get("InputPathsMap") or {}
        values = {name: _at(event, path) for name, path in paths.items()} | {
            "aws.events.rule-name": rule_name,
            "aws.events.rule-arn": rule_arn,
            "aws.events.event.ingestion-time": event["time"],
            "aws.events.event": {
                "detailType" if name == "detail-type" else name: one
                for name, one in event.items()
                if name != "detail"
            },
            "aws.events.event.json": event,
        }
        return _filled(transformer["InputTemplate"], values)
    return compact(event)


def _at(event: Json, path: str) -> Any:
    """What stands at a path such as $.detail.list[0]; None if nothing does."""
    found: Any = event
    for name, index, quoted in _STEP.findall(path):
        try:
            found = found[int(index)] if index else found[name or quoted]
        except (IndexError, KeyError, TypeError):
            return None
    return found


def _filled(template: str, values: Json) -> str:
    """Within a text a value stands as it is, and elsewhere as JSON."""

    def fill(found: re.Match[str]) -> str:
        if found[1]:
            value = values.get(found[1])
            return compact("" if value is None else value) if found[1] in values else found[0]
        return _PLACE.sub(lambda place: _within_text(values, place), found[0])

    return _TEXT_OR_PLACE.sub(fill, template)


def _within_text(values: Json, place: re.Match[str]) -> str:
    if place[1] not in values:
        return place[0]
    value = values[place[1]]
    if value is None:
        return ""
    return compact(value if isinstance(value, str) else compact(value))[1:-1]
