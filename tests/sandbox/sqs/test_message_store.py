"""Messages in the order of their moments: visible, delayed, in flight, and gone."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mailfanout.sandbox.sqs.message_store import Message, MessageStore, Schedule

NEVER_MS = 10**15


def message(message_id: str, *, sent_ms: int = 0, delayed_until_ms: int = 0) -> Any:
    made: Any = Message(message_id, "body")
    made.sent_timestamp = sent_ms
    made.delayed_until = delayed_until_ms
    return made


def counts(store: MessageStore) -> tuple[int, ...]:
    return store.visible_count, store.delayed_count, store.in_flight_count


def test_schedule_gives_what_is_due_in_order_of_its_moment() -> None:
    schedule = Schedule()
    for message_id, at_ms in (("late", 30), ("early", 10), ("later", 40)):
        schedule.set(message_id, at_ms)

    assert list(schedule.pop_due(30)) == ["early", "late"]
    assert schedule.next_ms() == 40


def test_schedule_keeps_the_order_of_equal_moments() -> None:
    schedule = Schedule()
    for message_id in ("c", "a", "b"):
        schedule.set(message_id, 10)

    assert list(schedule.pop_due(10)) == ["c", "a", "b"]


def test_schedule_forgets_the_moment_that_an_id_had_before() -> None:
    schedule = Schedule()
    schedule.set("moved", 10)
    schedule.set("moved", 40)

    assert list(schedule.pop_due(30)) == []
    assert list(schedule.pop_due(40)) == ["moved"]


def test_schedule_keeps_its_order_when_most_of_it_is_discarded() -> None:
    schedule = Schedule()
    for number in reversed(range(1000)):
        schedule.set(str(number), number)
    for number in range(900):
        schedule.discard(str(number * 7 % 1000))

    left = list(schedule.pop_due(1000))

    assert len(left) == 100
    assert left == sorted(left, key=int)


@given(
    st.lists(st.tuples(st.integers(0, 5), st.one_of(st.none(), st.integers(0, 50))), max_size=300),
    st.integers(0, 50),
)
def test_schedule_agrees_with_a_plain_dict(
    steps: list[tuple[int, int | None]], now_ms: int
) -> None:
    schedule = Schedule()
    plain: dict[str, int] = {}
    for number, at_ms in steps:
        if at_ms is None:
            schedule.discard(str(number))
            plain.pop(str(number), None)
        else:
            schedule.set(str(number), at_ms)
            plain[str(number)] = at_ms

    due = {message_id for message_id, at_ms in plain.items() if at_ms <= now_ms}
    later = {message_id: at_ms for message_id, at_ms in plain.items() if at_ms > now_ms}
    assert sorted(schedule.pop_due(now_ms)) == sorted(due)
    assert len(schedule) == len(later)
    assert schedule.next_ms() == min(later.values(), default=None)


def test_schedule_does_not_grow_with_what_was_discarded() -> None:
    schedule = Schedule()
    for number in range(10_000):
        schedule.set(f"id-{number}", number)
        schedule.discard(f"id-{number}")

    assert len(schedule._heap) < 100


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
