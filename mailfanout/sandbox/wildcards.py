"""Texts with wildcards, as policies, filters and patterns have them."""

from __future__ import annotations

import re
from collections.abc import Iterable


def with_gaps(expressions: Iterable[str]) -> re.Pattern[str]:
    """What fits these regular expressions one after another, with any text between two of them.

    Each takes the first place that it fits, for good: if the rest does not fit, Python would try
    every combination of places, for hours. None of them may fit texts of different lengths.
    """
    first, *rest = expressions
    if not rest:
        return re.compile(first, re.DOTALL)
    *between, last = rest
    placed = "".join(f"(?>.*?{one})" for one in between)
    return re.compile(f"{first}{placed}.*{last}", re.DOTALL)
