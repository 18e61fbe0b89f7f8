"""A form's fields are what Python's own reader of forms finds in it."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailfanout.sandbox.calls.query_form import fields

WRITTEN = st.lists(st.sampled_from([*"ab%&=+ ./", "%E3%83%A1", "%e3", "%8", "%zz", "メ", "\n"]))


@given(WRITTEN.map("".join))
@example("%E3a%83%A1")
@example("a=b=c&&=d&e")
def test_fields_are_those_of_python(text: str) -> None:
    try:
        expected = parse_qsl(text, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        with pytest.raises(UnicodeDecodeError):
            list(fields(text))
    else:
        assert list(fields(text)) == expected


@given(st.text())
def test_text_comes_back_as_it_was(text: str) -> None:
    assert list(fields(f"{quote_plus(text)}=1")) == [(text, "1")]
