"""What becomes due, in the order of its moment, whatever is discarded."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mailfanout.sandbox.sqs.schedule import Schedule


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
