"""Tables are whole: words to the left, numbers to the right, in text and in HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mailfanout import show

if TYPE_CHECKING:  # each process that collects tests would import it
    import pandas


def test_words_stand_to_the_left_and_numbers_to_the_right() -> None:
    shown = show.text_grid(["name", "calls"], [("SendEmail", 5), ("Query", 12_000)])

    assert shown.splitlines() == ["name        calls", "SendEmail       5", "Query      12,000"]


def test_letters_of_two_places_keep_their_columns_apart() -> None:
    shown = show.text_grid(["name", "to"], [("山田太郎", "a"), ("Ito", None)])

    assert shown.splitlines() == ["name      to", "山田太郎  a", "Ito       –"]


def test_html_has_every_cell_escaped_and_no_index() -> None:
    shown = show.html_grid(["<b>", "n"], [("&", 1)])

    assert 'text-align:left">&lt;b&gt;</th>' in shown
    assert 'text-align:right">1</td>' in shown
    assert shown.count("<td") == 2


@pytest.mark.parametrize(
    ("words", "parted"),
    [
        ("1,000,000.000001", "1,000,000.000001"),
        ("yamada@example.com", "yamada@ example. com"),
        ("a CREATE_COMPLETE", "a CREATE_ COMPLETE"),
        ("AWS::SES::EmailIdentity", "AWS:: SES:: Email Identity"),
        ("a few " * 9, "a few " * 9),
    ],
)
def test_a_long_word_is_parted_where_words_meet_in_it(words: str, parted: str) -> None:
    shown = show.html_grid(["n"], [(words,)])

    assert f">{parted}</td>" in shown.replace("<wbr>", " ")


def test_only_a_piece_that_is_very_long_is_parted_anywhere() -> None:
    shown = show.html_grid(["LogicalResourceId"], [("yamada@example.com",), ("x" * 40,)])

    assert shown.count("overflow-wrap:anywhere") == 1


@pytest.fixture
def frame() -> pandas.DataFrame:
    import pandas

    rows = {"reason": ["x" * 200] * 101, "number": [*range(101)]}
    return show.grid(pandas.DataFrame(rows).convert_dtypes())


def test_a_grid_cuts_no_cell_and_counts_the_rows_it_does_not_show(frame: pandas.DataFrame) -> None:
    for shown in (str(frame), frame._repr_html_()):
        assert shown.count("x" * 200) == 100
        assert "… and 1 more row" in shown


def test_a_grid_is_a_dataframe_in_all_else(frame: pandas.DataFrame) -> None:
    assert frame["number"].sum() == 5050
    assert len(frame[frame["number"] > 99]) == 1
    assert frame.iloc[-1].number == 100


def test_what_is_missing_is_a_dash_and_nan_is_a_name() -> None:
    import pandas

    people = pandas.DataFrame({"username": ["nan", pandas.NA]}, dtype="string")

    assert str(show.grid(people)).splitlines() == ["username", "nan", "–"]
