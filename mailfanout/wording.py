"""How messages say a number with its noun, `1 mail`, `2 mails`, `1,234 mails`, and an address."""

from __future__ import annotations

from urllib.parse import urlsplit


def counted(number: int, noun: str) -> str:
    """The number with thousands separated, and its noun. The noun is given in the singular."""
    return f"{number:,} {inflected(number, noun)}"


def inflected(number: float, noun: str) -> str:
    """The noun alone, in the plural unless the number is 1."""
    return noun if number == 1 else f"{noun}s"


def without_password(url: str) -> str:
    """The URL as it may be shown: `http://me:…@localhost`."""
    password = urlsplit(url).password
    return url.replace(f":{password}@", ":…@", 1) if password else url
