"""A policy whose statements are told apart by their labels, as AddPermission does.

See https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_AddPermission.html
"""

from __future__ import annotations

from typing import Any

from mailfanout.sandbox.json_objects import Json, as_list


class _Statement(dict[str, Any]):
    """moto reads the label of each; it is None of one that was written without."""

    def __missing__(self, name: str) -> None:
        return None


def label_statements(policy: Json) -> None:
    """Let statements have no label, and a policy one that is in no list, or none at all."""
    policy["Statement"] = [_Statement(one) for one in as_list(policy.get("Statement", []))]
