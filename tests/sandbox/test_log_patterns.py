"""Which log messages a filter pattern matches."""

from __future__ import annotations

import json

import pytest

from mailfanout.sandbox.log_patterns import InvalidPattern, matcher

PLAIN = "ERROR one [b]"
SENT = {"outcome": "sent", "n": 5, "to": {"a.b": [{"ok": True}, {"ok": None}]}}


@pytest.mark.parametrize(
    ("pattern", "is_matched"),
    [
        ("", True),
        ("ERROR", True),
        ("error", False),
        ("one ERROR", True),
        ("ERROR two", False),
        ("?two ?one", True),
        ("?two ?three", False),
        ("-ERROR", False),
        ("ERROR -two", True),
        ("ERROR -one", False),
        ('"ERROR one"', True),
        ('"one ERROR"', False),
        ('"[b]"', True),
        ("%on[ae]%", True),
        ("%^one%", False),
        (r"%\(b%", False),
        ("{ $.n = 5 }", False),
        ("{ $.n NOT EXISTS }", False),
    ],
)
def test_terms_are_looked_for_in_a_message(pattern: str, is_matched: bool) -> None:
    assert matcher(pattern)(PLAIN) is is_matched


@pytest.mark.parametrize(
    ("pattern", "is_matched"),
    [
        ('{ $.outcome = "sent" }', True),
        ("{ $.outcome = sent }", True),
        ('{ $.outcome = "se*" }', True),
        ('{ $.outcome != "sent" }', False),
        ('{ $.nope != "sent" }', False),
        ("{ $.outcome = %^s.nt$% }", True),
        ("{ $.n = 5 }", True),
        ("{ $.n >= 5.0 && $.n < 6 }", True),
        ("{ $.n > 5 || $.outcome = failed }", False),
        ("{ ($.n > 5 || $.n = 5) && $.outcome = s* }", True),
        ("{ $.to['a.b'][0].ok IS TRUE }", True),
        ("{ $.to['a.b'][1].ok IS NULL }", True),
        ("{ $.to['a.b'][*].ok IS FALSE }", False),
        ("{ $.to['a.b'][2].ok NOT EXISTS }", True),
        ("{ $.outcome NOT EXISTS }", False),
        ("{" + "(" * 150 + "$.n = 5" + ")" * 150 + "}", True),
    ],
)
def test_properties_are_compared_if_a_message_is_json(pattern: str, is_matched: bool) -> None:
    assert matcher(pattern)(json.dumps(SENT)) is is_matched


@pytest.mark.parametrize(
    "pattern",
    [
        *("a.b", "(", '"open', "%(%", "{", "{}", "{ $.n }", "{ $.n = }", "{ n = 5 }"),
        *("{ ($.n = 5 }", "{ $.n = 5 ) }", "{ $.outcome > sent }", "{ $.n = 5 $.n = 6 }", "[a, b]"),
        *("%(a+)+b%", "{" + "(" * 500 + "$.n = 5" + ")" * 500 + "}"),
    ],
)
def test_a_pattern_that_cannot_be_read_is_invalid(pattern: str) -> None:
    with pytest.raises(InvalidPattern):
        matcher(pattern)
