"""Drift: how a resource stands, compared with what its stack was told of it.

Only properties that the template sets are compared, and only resources of types that `standing`
reads; AWS leaves the others out, too.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mailfanout.sandbox.cloudformation.acting import Api, CallFailed
from mailfanout.sandbox.cloudformation.planning import Resource
from mailfanout.sandbox.cloudformation.resource_kind import Properties
from mailfanout.sandbox.cloudformation.standing import READERS, UNREAD


@dataclass(frozen=True)
class Drift:
    """What was found of a resource, and when; `actual` is None if it is gone."""

    expected: Properties
    actual: Properties | None
    at: datetime

    @property
    def status(self) -> str:
        """DELETED, MODIFIED or IN_SYNC, as AWS words it."""
        if self.actual is None:
            return "DELETED"
        return "MODIFIED" if self.differences else "IN_SYNC"

    @property
    def differences(self) -> list[dict[str, str]]:
        """The properties that differ, each with its path, as DescribeStackResourceDrifts has it."""
        return [*_differences("", self.expected, self.actual)] if self.actual is not None else []


def find_drift(api: Api, resource: Resource, tags: list[dict[str, str]]) -> Drift | None:
    """How a resource stands now; None if nobody here can tell of its type. Raises CallFailed.

    Its stack's tags are no part of it.
    """
    if resource.kind_name not in READERS:
        return None
    names = (resource.kind.fixed | resource.kind.free) - UNREAD
    expected = {name: one for name, one in resource.told.items() if name in names}
    try:
        found = READERS[resource.kind_name](api, resource.made, resource.properties)
    except CallFailed as error:
        if not error.says_missing:
            raise
        found = None
    if found and "Tags" not in found:  # nobody here has read them
        expected.pop("Tags", None)
    elif found:
        own = expected.get("Tags", [])
        found["Tags"] = [one for one in found["Tags"] if one in own or one not in tags]
    actual = found and {name: one for name, one in found.items() if name in expected}
    return Drift(expected, actual, datetime.now(UTC))


def _differences(path: str, expected: Any, actual: Any) -> Iterator[dict[str, str]]:
    if isinstance(expected, dict) and isinstance(actual, dict):
        for name in sorted({*expected, *actual}):
            yield from _differences(f"{path}/{name}", expected.get(name), actual.get(name))
    elif (wanted := _text(expected)) != (found := _text(actual)):
        kind = "ADD" if expected is None else "REMOVE" if actual is None else "NOT_EQUAL"
        values = {"ExpectedValue": wanted, "ActualValue": found}
        yield {"PropertyPath": path, **values, "DifferenceType": kind}


def _text(value: Any) -> str:
    """A value as AWS shows it: also what a template may write as text, or in another order."""
    plain = _plain(value)
    return plain if isinstance(plain, str) else json.dumps(plain, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(value[name]) for name in sorted(value)}
    if isinstance(value, list):
        return sorted(map(_plain, value), key=json.dumps)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "null" if value is None else str(value)
