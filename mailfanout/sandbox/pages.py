"""Lists in pages, as operations of several services give them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def page_of(found: Sequence[Any], marker: str | None, most: int) -> tuple[Sequence[Any], str]:
    """The items that a marker leads to, at most so many, and the next page's marker, if any."""
    start = int(marker or 0)
    end = start + most
    return found[start:end], str(end) if end < len(found) else ""
