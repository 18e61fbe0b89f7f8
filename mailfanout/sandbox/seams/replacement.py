"""How a change to moto is written down; installation.py lists and makes them all."""

from __future__ import annotations

from typing import Any, NamedTuple, NoReturn

# The reason for what is new, and replaces nothing.
LACKS = "has no such operation"


class Replacement(NamedTuple):
    """One assignment, `setattr(owner, name, value)`, and its reason: what moto does or lacks there.

    It is said of the owner's file, if it names no other.
    """

    owner: Any
    name: str
    value: Any
    reason: str


def refuse(response: Any) -> NoReturn:
    """In the place of an operation that moto has and the sandbox has not."""
    raise NotImplementedError
