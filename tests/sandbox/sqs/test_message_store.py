"""Messages in the order of their moments: visible, delayed, in flight, and gone."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from moto.sqs import models

from mailfanout.sandbox.sqs.message_store import Message, MessageStore

NEVER_MS = 10**15


def message(message_id: str, *, sent_ms: int = 0, delayed_until_ms: int = 0) -> Any:
    made: Any = Message(message_id, "body")
    made.sent_timestamp = sent_ms
    made.delayed_until = delayed_until_ms
    return made


def counts(store: MessageStore) -> tuple[int, ...]:
    return store.visible_count, store.delayed_count, store.in_flight_count


def test_delayed_message_becomes_visible_at_its_moment() -> None:
    store = MessageStore()
    store.add(message("one", delayed_until_ms=500), now_ms=0)
    assert counts(store) == (0, 1, 0)
    assert store.next_visible_ms() == 500

    store.let_time_pass(500, retention_ms=NEVER_MS)

    assert counts(store) == (1, 0, 0)
    assert store.next_visible_ms() is None


def test_hidden_message_becomes_visible_behind_the_others() -> None:
    store = MessageStore()
    for message_id in ("one", "two"):
        store.add(message(message_id), now_ms=0)
    store.hide("one", until_ms=100)
    assert [shown.id for shown in store.visible()] == ["two"]

    store.let_time_pass(100, retention_ms=NEVER_MS)

    assert [shown.id for shown in store.visible()] == ["two", "one"]


def test_retention_period_counts_from_the_time_of_sending_in_every_state() -> None:
    store = MessageStore()
    store.add(message("visible"), now_ms=0)
    store.add(message("delayed", delayed_until_ms=NEVER_MS), now_ms=0)
    store.add(message("in flight"), now_ms=0)
    store.add(message("young", sent_ms=1), now_ms=1)
    store.hide("in flight", until_ms=NEVER_MS)

    store.let_time_pass(1000, retention_ms=1000)

    assert counts(store) == (1, 0, 0)
    assert [shown.id for shown in store.visible()] == ["young"]


def test_removed_message_does_not_come_back() -> None:
    store = MessageStore()
    store.add(message("one"), now_ms=0)
    store.hide("one", until_ms=100)
    store.remove("one")
    store.remove("one")

    store.let_time_pass(100, retention_ms=NEVER_MS)

    assert counts(store) == (0, 0, 0)
    assert store.get("one") is None


def test_messages_are_not_kept_alive_for_a_dashboard() -> None:
    made = message("one")

    assert made not in getattr(type(made), "instances_tracked", [])


@given(
    st.dictionaries(
        st.text("azAZ09_.-", min_size=1),
        st.one_of(
            st.text(min_size=1).map(lambda text: {"DataType": "String.x", "StringValue": text}),
            st.binary(min_size=1).map(lambda data: {"DataType": "Binary", "BinaryValue": data}),
        ),
    )
)
def test_md5_of_attributes_is_that_of_moto(attributes: dict[str, Any]) -> None:
    ours, theirs = Message("one", "body"), models.Message("one", "body")
    ours.message_attributes = theirs.message_attributes = attributes

    assert ours.attribute_md5 == theirs.attribute_md5
