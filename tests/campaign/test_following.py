"""A campaign of the reliable design is followed until it is over, or nothing moves any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mailfanout.campaign import following
from mailfanout.campaign.following import EVENTS_SECONDS, REST_FACTOR, Followed, follow
from mailfanout.errors import SendIncomplete
from mailfanout.stack import Stack

KEY, REQUEST, CAMPAIGN = "example.txt", "request", "c1"


class Pipeline:
    """What `follow` sees of a target and its ledger: a look each, the last again and again.

    Time passes when somebody waits, and while the ledger is read.
    """

    def __init__(self, *looks: dict[str, Any] | None, kind: str = "sandbox") -> None:
        self._looks = list(looks)
        self.kind, self.sandbox = kind, kind == "sandbox"
        self.now = 100.0
        self.reading_seconds = 0.0
        self.pauses: list[float] = []
        self.looked_for: tuple[Any, ...] = ()
        self.left_to_person = 0
        self.last_error: tuple[str, str] | None = None
        self.progress: list[int] = []

    def monotonic(self) -> float:
        return self.now

    time = monotonic

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds

    def find_upload(self, _: Any, stack: Stack, *arguments: Any, besides: Any) -> str | None:
        self.looked_for = (*arguments, besides)
        if self._looks[0] is None:
            self._look()
            return None
        return CAMPAIGN

    def status(self, *_: Any) -> list[dict[str, Any] | None]:
        self.now += self.reading_seconds
        return [self._look()]

    def _look(self) -> dict[str, Any] | None:
        return self._looks.pop(0) if len(self._looks) > 1 else self._looks[0]

    def followed(self, *, stall_limit_seconds: float = 60) -> Followed:
        target: Any = self
        return follow(
            target,
            Stack(),
            KEY,
            lambda: REQUEST,
            progress=self.progress.append,
            stall_limit_seconds=stall_limit_seconds,
        )


def a_look(state: str = "sending", **states: int) -> dict[str, Any]:
    every = dict.fromkeys(("pending", "sent", "unknown"), 0) | states
    recipients = sum(every.values())
    return {"campaign": CAMPAIGN, "state": state, "states": every, "recipients": recipients}


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Pipeline]:
    def make(*looks: dict[str, Any] | None, **settings: Any) -> Pipeline:
        pipeline = Pipeline(*looks, **settings)
        monkeypatch.setattr(following, "time", pipeline)
        monkeypatch.setattr(following, "campaign_ids", lambda *_: ["earlier"])
        monkeypatch.setattr(following, "find_upload", pipeline.find_upload)
        monkeypatch.setattr(following, "status", pipeline.status)
        monkeypatch.setattr(following, "count_left_to_person", lambda *_: pipeline.left_to_person)
        monkeypatch.setattr(following, "last_error", lambda *_, **__: pipeline.last_error)
        return pipeline

    return make


def test_its_first_and_its_last_mail_are_timed(make: Callable[..., Pipeline]) -> None:
    done = a_look("done", sent=3)
    pipeline = make(None, a_look(pending=3), a_look(sent=2, pending=1), a_look(sent=2), done)

    found = pipeline.followed()

    assert found.campaign == done
    assert found.seconds_to_first == pytest.approx(sum(pipeline.pauses[:3]))
    assert found.seconds == pytest.approx(sum(pipeline.pauses))
    assert pipeline.progress == [0, 2, 2, 3]
    assert pipeline.looked_for == (REQUEST, KEY, {"earlier"})


def test_who_tells_ids_of_their_own_is_not_asked_for_aws_s(make: Callable[..., Pipeline]) -> None:
    pipeline = make(a_look("done"), kind="endpoint")

    pipeline.followed()

    assert pipeline.looked_for == ("", KEY, {"earlier"})


@pytest.mark.parametrize("state", ["done", "failed", "cancelled", "paused"])
def test_it_ends_at_once_with(state: str, make: Callable[..., Pipeline]) -> None:
    pipeline = make(a_look(state, pending=2))

    assert pipeline.followed().campaign["state"] == state
    assert len(pipeline.pauses) == 1


def test_whom_only_a_person_can_settle_ends_it_once_events_had_their_time(
    make: Callable[..., Pipeline],
) -> None:
    pipeline = make(a_look(sent=1, unknown=2))
    pipeline.left_to_person = 2

    found = pipeline.followed()

    assert EVENTS_SECONDS < found.seconds < EVENTS_SECONDS + 2


@pytest.mark.parametrize(
    "look",
    [
        pytest.param(a_look(unknown=3), id="one is left to the sweep"),
        pytest.param(a_look(unknown=2, pending=1), id="one is pending"),
        pytest.param(a_look("planning", unknown=2), id="not all are planned"),
    ],
)
def test_it_goes_on_while(look: dict[str, Any], make: Callable[..., Pipeline]) -> None:
    pipeline = make(look)
    pipeline.left_to_person = 2

    with pytest.raises(SendIncomplete):
        pipeline.followed(stall_limit_seconds=2 * EVENTS_SECONDS)
    assert sum(pipeline.pauses) > 2 * EVENTS_SECONDS


def test_a_campaign_that_does_not_begin_is_missed(make: Callable[..., Pipeline]) -> None:
    pipeline = make(None)

    with pytest.raises(SendIncomplete, match="No campaign began.*log sendQueue") as ended:
        pipeline.followed(stall_limit_seconds=1)
    assert (ended.value.sent, ended.value.expected) == (0, 0)

    pipeline.last_error = ("sweepCampaigns", "it broke")
    with pytest.raises(SendIncomplete, match="log sweepCampaigns.*log of sweepC.*: it broke$"):
        pipeline.followed(stall_limit_seconds=1)


def test_what_stands_is_said_when_nothing_moves(make: Callable[..., Pipeline]) -> None:
    pipeline = make(a_look(sent=1, pending=2))
    pipeline.last_error = ("readMessageAndSendMail", "it broke")

    with pytest.raises(SendIncomplete) as ended:
        pipeline.followed(stall_limit_seconds=1)

    assert (ended.value.sent, ended.value.expected) == (1, 3)
    said = str(ended.value)
    assert said.startswith(
        "Nothing moves just now: 2 pending, 1 sent. The last error is in the log"
    )
    assert "readMessageAndSendMail: it broke" in said
    assert said.endswith(f"mailfanout status {CAMPAIGN}")


def test_whatever_moves_begins_the_wait_anew(make: Callable[..., Pipeline]) -> None:
    looks = [a_look(sent=number, pending=9) for number in range(20)]
    pipeline = make(*looks, a_look("done"))

    assert pipeline.followed(stall_limit_seconds=0.2).campaign["state"] == "done"


def test_a_ledger_that_takes_long_to_read_is_read_seldom(make: Callable[..., Pipeline]) -> None:
    pipeline = make(a_look(pending=1), a_look("done"))
    pipeline.reading_seconds = 0.3

    pipeline.followed()

    assert pipeline.pauses[1] == pytest.approx(REST_FACTOR * 0.3)


@pytest.mark.parametrize(("kind", "shortest"), [("sandbox", 0.05), ("aws", 1.0)])
def test_aws_is_asked_less_often(kind: str, shortest: float, make: Callable[..., Pipeline]) -> None:
    pipeline = make(a_look("done"), kind=kind)

    pipeline.followed()

    assert pipeline.pauses == [shortest]
