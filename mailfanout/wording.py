"""Numbers with their nouns: `1 mail`, `2 mails`, `1,234 mails`."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """The number with thousands separated, and its noun. The noun is given in the singular."""
    return f"{number:,} {inflected(number, noun)}"


def inflected(number: int, noun: str) -> str:
    """The noun alone, in the plural unless the number is 1."""
    return noun if number == 1 else f"{noun}s"
