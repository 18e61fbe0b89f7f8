"""Texts with wildcards, and regular expressions."""

from __future__ import annotations

import pytest

from mailfanout.sandbox.patterns import InvalidExpression, expression, wildcard


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
        (r"a\*\\", "a*\\", True),
        (r"a\*", "ab", False),
        (r"a\b", r"a\b", True),
        ("a*" * 30 + "b", "a" * 3000, False),
    ],
)
def test_any_text_may_stand_for_an_asterisk(pattern: str, text: str, fits: bool) -> None:
    assert (wildcard(pattern).fullmatch(text) is not None) is fits


@pytest.mark.parametrize(
    "written",
    ["(a|aa)+$", "(x+x+)+y", "(", "(" * 5000, "a{1000000000}", "(?:(?:[)]a{300}){300}){300}"],
)
def test_an_expression_that_cannot_be_tried_in_time_is_refused(written: str) -> None:
    with pytest.raises(InvalidExpression):
        expression(written)("a" * 100 + "x" * 3000 + "!")


def test_digits_and_letters_of_expressions_are_of_ascii() -> None:
    assert expression(r"\d")("a1")
    assert not expression(r"\d|\w", whole=True)("１")
    assert expression(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[{9}]{1,999999}")(
        "ab" * 4 + "-abcd" * 3 + "-9"
    )
