"""How messages say a number with its noun, `1 mail`, `2 mails`, an address, and a long text."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

# What colours a terminal, which no message says.
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


def counted(number: int, noun: str) -> str:
    """The number with thousands separated, and its noun. The noun is given in the singular."""
    return f"{number:,} {inflected(number, noun)}"


def inflected(number: float, noun: str) -> str:
    """The noun alone, in the plural unless the number is 1."""
    return noun if number == 1 else f"{noun}s"


def cut(text: str, longest: int) -> str:
    """The text, which ends in an ellipsis if it has more characters."""
    return f"{text[:longest]}…" if len(text) > longest + 1 else text


def without_password(url: str) -> str:
    """The URL as it may be shown: `http://me:…@localhost`."""
    password = urlsplit(url).password
    return url.replace(f":{password}@", ":…@", 1) if password else url
