"""A send of the simple design is watched: when it is settled, and what is said if it stalls."""

from __future__ import annotations

from typing import Any

import pytest

from mailfanout import provision
from mailfanout.campaign import watching
from mailfanout.campaign.watching import Watch
from mailfanout.errors import InputError, ResourceMissing, SendIncomplete
from mailfanout.stack import Stack

STACK = Stack()


class Pipeline:
    """What a watch sees of a target; it is the sandbox, too, if there is one."""

    def __init__(self) -> None:
        self.now = 0.0
        self.sandbox: Pipeline | None = self
        self.is_still = False
        self.accepted = self.flagged = 5  # of before
        self.depths = {STACK.dead_letter_queue_name: 2, STACK.queue_name: 0}
        self.damage: Exception | None = None
        self.last_error: tuple[str, str] | None = None

    def monotonic(self) -> float:
        return self.now

    time = monotonic

    def is_quiet(self) -> bool:
        return self.is_still

    def require_whole(self, *_: Any) -> None:
        if self.damage:
            raise self.damage

    def read_depth(self, _: Any, name: str) -> tuple[int, int, int] | None:
        return (self.depths[name], 0, 0) if name in self.depths else None


@pytest.fixture
def pipeline(monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    pipeline = Pipeline()
    monkeypatch.setattr(watching, "time", pipeline)
    monkeypatch.setattr(watching, "count_accepted", lambda *_: pipeline.accepted)
    monkeypatch.setattr(watching, "count_flagged", lambda *_: pipeline.flagged)
    monkeypatch.setattr(watching, "last_error", lambda *_, **__: pipeline.last_error)
    monkeypatch.setattr(provision, "require_whole", pipeline.require_whole)
    monkeypatch.setattr(provision, "read_depth", pipeline.read_depth)
    return pipeline


def a_watch(pipeline: Pipeline, expected: int = 3) -> Watch:
    target: Any = pipeline
    return Watch(target, STACK, expected)


def test_mails_are_counted_in_the_outbox_and_elsewhere_by_the_flag(pipeline: Pipeline) -> None:
    watch = a_watch(pipeline)

    pipeline.accepted, pipeline.flagged = 7, 1
    assert watch.count() == 2
    pipeline.sandbox = None
    assert watch.count() == 1


def test_everybody_has_a_mail_or_a_dead_letter_that_is_new(pipeline: Pipeline) -> None:
    watch = a_watch(pipeline)
    pipeline.depths[STACK.dead_letter_queue_name] += 1

    assert not watch.settled(2)  # less than a second after the last look
    pipeline.now += 1
    assert watch.settled(2)
    assert not watch.settled(1)


def test_where_nothing_moves_in_two_looks_nothing_more_is_to_come(pipeline: Pipeline) -> None:
    watch, pipeline.is_still = a_watch(pipeline), True
    pipeline.accepted += 1

    def looks(*sent: int) -> list[bool]:
        found = []
        for each in sent:
            pipeline.now += 1
            found.append(watch.settled(each))
        return found

    assert looks(1, 1, 1) == [False, True, True]
    # A mail has come since it was counted.
    assert looks(0, 1, 1) == [False, False, True]
    pipeline.is_still = False
    assert looks(1, 1) == [False, False]
    pipeline.sandbox = None
    assert looks(1, 1) == [False, False]


def test_a_part_that_goes_is_named_with_what_went_out(pipeline: Pipeline) -> None:
    watch = a_watch(pipeline)
    pipeline.damage = InputError("The queue is gone.")
    pipeline.now += 1

    with pytest.raises(SendIncomplete, match=r"^1 of 3 mails went out\. The queue is gone") as said:
        watch.settled(1)
    assert (said.value.sent, said.value.expected) == (1, 3)


@pytest.mark.parametrize(
    ("dead", "waiting", "error", "hint"),
    [
        pytest.param(0, 0, None, "To read the logs, type: mailfanout log.", id="nobody knows"),
        pytest.param(1, 0, None, "log readMessageAndSendMail", id="a message has died"),
        pytest.param(0, 4, None, "log readMessageAndSendMail", id="messages wait"),
        pytest.param(0, 4, ("sendQueue", "it broke"), "log sendQueue. Its last error: it broke"),
    ],
)
def test_a_stall_says_where_the_others_are(
    pipeline: Pipeline, dead: int, waiting: int, error: tuple[str, str] | None, hint: str
) -> None:
    watch = a_watch(pipeline)
    pipeline.depths[STACK.dead_letter_queue_name] += dead
    pipeline.depths[STACK.queue_name] = waiting
    pipeline.last_error = error
    pipeline.now += 1
    watch.settled(1)

    said = str(watch.stalled(1))

    letters = "1 message" if dead else "0 messages"
    assert said.startswith(f"1 of 3 mails went out. {letters} came to")
    assert f"still in {STACK.queue_name}: {waiting}. " in said
    assert hint in said


def test_a_queue_that_is_missing_is_named(pipeline: Pipeline) -> None:
    pipeline.depths.clear()

    with pytest.raises(ResourceMissing, match=STACK.dead_letter_queue_name):
        a_watch(pipeline)
