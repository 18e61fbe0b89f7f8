"""Texts with wildcards."""

from __future__ import annotations

import re

import pytest

from mailfanout.sandbox.wildcards import with_gaps


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("ab", "ab", True),
        ("ab", "abc", False),
        ("a*", "a\nb", True),
        ("*a", "ba", True),
        ("a*a", "a", False),
        ("*ab*ab", "ababab", True),
        ("a**c", "abc", True),
        ("a*b*c", "a.c.b", False),
        ("a*" * 30 + "b", "a" * 3000, False),
    ],
)
def test_any_text_may_stand_for_an_asterisk(pattern: str, text: str, fits: bool) -> None:
    expression = with_gaps(map(re.escape, pattern.split("*")))

    assert (expression.fullmatch(text) is not None) is fits
