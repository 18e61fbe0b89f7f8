"""An experiment is counted: who got none, who got two, and what is on record."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from mailfanout import provision
from mailfanout.campaign import tallies
from mailfanout.campaign.tallies import close_tally, open_tally
from mailfanout.stack import Stack

TARGET: Any = None


class World:
    """What an experiment can look at: recipients, the outbox, dead letters, and the ledger."""

    def __init__(self) -> None:
        self.design = "reliable"
        self.people = ["ann", "bob", "cy"]
        self.mails: list[tuple[str, str]] = []
        self.dead_letters: list[tuple[str, str]] = []
        self.rows: dict[str, list[tuple[str, str]]] = {}
        self.campaigns: list[dict[str, str]] = []

    def campaign(self, key: str, *rows: tuple[str, str], state: str = "done") -> None:
        name = f"c{len(self.campaigns)}"
        self.campaigns.append({"campaign": name, "key": key, "state": state})
        self.rows[name] = list(rows)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()

    def inbox(_: Any, *, after: int) -> list[Any]:
        return [SimpleNamespace(to=to, subject=subject) for to, subject in world.mails[after:]]

    def report(_: Any, __: Any, name: str) -> list[dict[str, str]]:
        return [{"email": email, "state": state} for email, state in world.rows[name]]

    monkeypatch.setattr(provision, "find_design", lambda *_: world.design)
    monkeypatch.setattr(
        tallies, "read_due", lambda *_: [SimpleNamespace(email=one) for one in world.people]
    )
    monkeypatch.setattr(tallies, "count_accepted", lambda *_: len(world.mails))
    monkeypatch.setattr(tallies, "inbox", inbox)
    monkeypatch.setattr(tallies, "status", lambda *_: world.campaigns)
    monkeypatch.setattr(tallies, "report", report)
    monkeypatch.setattr(tallies, "_dead_letters", lambda *_: iter(world.dead_letters))
    return world


def test_each_recipient_is_due_each_mail_once(world: World) -> None:
    world.mails = [("ann", "one")]  # of before
    opening = open_tally(TARGET, Stack(), "two mails", ("one", "two"))
    world.mails += [("ann", "one"), ("ann", "one"), ("bob", "one"), ("cy", "one"), ("bob", "two")]
    world.people = ["ann", "bob", "dan"]  # cy was deleted, dan came meanwhile
    world.dead_letters = [("ann", "two"), ("bob", "one")]

    tally = close_tally(TARGET, Stack(), opening)

    assert (tally.title, tally.recipients, tally.due, tally.mails) == ("two mails", 2, 4, 5)
    assert (tally.lost, tally.doubled, tally.on_record) == ((), ("ann",), ("ann",))


def test_what_the_ledger_says_is_on_record(world: World) -> None:
    world.campaign("one.txt", ("ann", "pending"), ("bob", "pending"))  # of before
    opening = open_tally(TARGET, Stack(), "a quota", ("one",))
    world.campaign("one.txt", ("ann", "sent"), ("bob", "suppressed"), ("cy", "sent"))
    world.campaign("other.txt", ("ann", "unknown"))
    world.mails = [("cy", "one")]

    tally = close_tally(TARGET, Stack(), opening)

    assert (tally.lost, tally.on_record) == (("ann",), ("bob",))


def test_a_refused_mail_is_on_record_for_everybody(world: World) -> None:
    opening = open_tally(TARGET, Stack(), "a misspelt name", ("one",))
    world.campaign("one.txt", state="failed")

    tally = close_tally(TARGET, Stack(), opening)

    assert (tally.lost, tally.on_record) == ((), ("ann", "bob", "cy"))


def test_the_simple_design_has_no_ledger_to_ask(world: World) -> None:
    world.design = "simple"
    world.campaign("one.txt", state="failed")  # of the time of the other design
    opening = open_tally(TARGET, Stack(), "simple", ("one",))

    tally = close_tally(TARGET, Stack(), opening)

    assert (opening.campaigns_before, tally.lost) == (frozenset(), ("ann", "bob", "cy"))
