"""What DynamoDB refuses of a table while one of its indexes is on its way."""

from __future__ import annotations

from typing import Any

import pytest

from mailfanout.sandbox.calls import make_call
from mailfanout.sandbox.http import Answer, ApiError
from mailfanout.sandbox.states import Change, States
from mailfanout.sandbox.transitions.step import Step
from mailfanout.sandbox.transitions.tables import update_table
from support.sandboxes.account_in_sandbox import ACCOUNT_ID, REGION

DELETED = {"Delete": {"IndexName": "issend-index"}}
ASKED_FURTHER = Answer(400, {}, b"")


def update(change: Change, path: str, *updates: dict[str, Any]) -> Answer:
    """What comes of an update of the table people while an index is on its way."""
    states = States(lambda: "aws")
    states.begin(change, (REGION, path))
    asked = {"TableName": "people", "GlobalSecondaryIndexUpdates": [*updates]}
    call = make_call("dynamodb", "UpdateTable", asked, region=REGION, host="127.0.0.1")
    return update_table(Step(call, ACCOUNT_ID, states, lambda _: ASKED_FURTHER))


@pytest.mark.parametrize("change", ["index created", "index deleted"])
def test_one_index_is_made_or_deleted_at_a_time(change: Change) -> None:
    with pytest.raises(ApiError) as refused:
        update(change, "people/name-index", DELETED)

    assert refused.value.code == "LimitExceededException"


@pytest.mark.parametrize(
    ("path", "updates"),
    [("people/name-index", []), ("people2/name-index", [DELETED])],
)
def test_what_is_no_index_of_the_table_may_change_meanwhile(
    path: str, updates: list[dict[str, Any]]
) -> None:
    assert update("index created", path, *updates) == ASKED_FURTHER
