"""What is created once more: the settings that are given have to be those that it has."""

from __future__ import annotations

from mailfanout.sandbox.calls import read_json


def is_same(held: object, given: str) -> bool:
    """Whether a setting is the same: the same number, truth value, JSON, or text."""
    one, other = _settled(str(held)), _settled(given)
    if one.isdecimal() and other.isdecimal():
        return int(one) == int(other)
    read = read_json(one)
    return one == other or (read is not None and read == read_json(other))


def _settled(text: str) -> str:
    return text.lower() if text.lower() in ("true", "false") else text
