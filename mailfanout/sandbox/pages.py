"""Lists in pages, as operations of several services give them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from botocore.paginate import TokenDecoder


def is_marker(token: str) -> bool:
    """Whether page_of could have given it."""
    return re.fullmatch("[1-9][0-9]{0,8}", token) is not None


def is_token_of_moto(token: str) -> bool:
    """Whether it could be what moto's own pager gives with a page."""
    try:
        return "uniqueAttributes" in TokenDecoder().decode(token)
    except (ValueError, TypeError):
        return False


def page_of(found: Sequence[Any], marker: str | None, most: int) -> tuple[Sequence[Any], str]:
    """The items that a marker leads to, at most so many, and the next page's marker, if any."""
    start = int(marker or 0)
    end = start + most
    return found[start:end], str(end) if end < len(found) else ""
