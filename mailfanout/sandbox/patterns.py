"""Patterns that callers give: texts with wildcards, regular expressions, blocks of addresses."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable

# For one text. Expressions with many repetitions may try every way to share a text among them.
MOST_SECONDS = 0.2
# Of the shortest text that fits. Python writes out how often what is repeated has to be there.
MOST_CHARACTERS = 100_000

_PIECE = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{([0-9]+)[^}]*\}|.", re.DOTALL)


class InvalidExpression(ValueError):
    """A regular expression that cannot be read, or takes too long for a text."""


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


def wildcard(pattern: str) -> re.Pattern[str]:
    """What fits a text whose asterisks stand for any text; after a backslash one is itself."""
    parts = [""]
    for one in re.finditer(r"\\([*\\])|(.)", pattern, re.DOTALL):
        if one[2] == "*":
            parts.append("")
        else:
            parts[-1] += re.escape(one[1] or one[2])
    return with_gaps(parts)


def in_network(address: str, block: str) -> bool:
    """Whether an IP address lies in a block such as 10.0.0.0/8; not if one of them is none."""
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(block, strict=False)
    except ValueError:
        return False


def expression(written: str, *, whole: bool = False) -> Callable[[str], bool]:
    r"""What tells whether a text fits a caller's expression, somewhere or as a whole.

    As on AWS, `\d` and `\w` are of ASCII. Raises InvalidExpression, and so does what is returned.
    """
    import regex  # which knows a time limit, and takes a while to import

    if _shortest(written) > MOST_CHARACTERS:
        raise InvalidExpression(f"{written} takes too long.")
    try:
        compiled = regex.compile(written, regex.ASCII)
    except (regex.error, RecursionError):
        raise InvalidExpression(f"{written} is no regular expression.") from None
    matches = compiled.fullmatch if whole else compiled.search

    def fits(text: str) -> bool:
        try:
            return matches(text, timeout=MOST_SECONDS) is not None
        except TimeoutError:
            raise InvalidExpression(f"{written} takes too long.") from None

    return fits


def _shortest(written: str) -> int:
    """How many characters a text has at least that fits an expression, or somewhat more."""
    lengths, last = [0], 0
    for piece in _PIECE.finditer(written):
        if piece[1]:
            times = int(piece[1][:10])
            lengths[-1] += last * (times - 1)
            last *= times
        elif piece[0] == "(":
            lengths.append(0)
        else:
            is_end = piece[0] == ")" and len(lengths) > 1
            last = lengths.pop() if is_end else 1
            lengths[-1] += last
    return sum(lengths)
