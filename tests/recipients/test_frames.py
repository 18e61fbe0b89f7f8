"""What a DataFrame gives, and how good and bad rows are shown."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import mailfanout
from mailfanout.errors import InputError
from mailfanout.recipients.checking import BadRow, Checked, Recipient, check_frame, read_csv
from support.parts.people import SATO, TWO_ROWS, YAMADA, Write


@pytest.fixture(scope="module")
def pandas() -> Any:
    """It takes long to import, and only one of the processes that read this module runs it."""
    import pandas

    return pandas


def test_frame_gives_what_its_csv_gives(write: Write, pandas: Any) -> None:
    text = TWO_ROWS + ",佐藤二郎\nsato@example.com,\nsato,Sato\nTANAKA@example.com,田中\n"
    path = write(text)
    checked = check_frame(pandas.read_csv(path))
    assert [row.line for row in checked.bad_rows] == [4, 5, 6, 7]
    assert checked == read_csv(path)


def test_frames_index_and_further_columns_do_not_matter(pandas: Any) -> None:
    frame = pandas.DataFrame(
        {
            "Username": ["佐藤二郎", 7, None],
            "age": [1.5, None, None],
            "joined": pandas.to_datetime(["2022-11-19", None, None]),
            " EMAIL ": ["sato@example.com", "seven@example.com", pandas.NA],
        },
        index=[30, 20, 10],
    )
    assert check_frame(frame) == Checked((SATO, Recipient("seven@example.com", "7")), ())


def test_frame_without_a_column_is_refused(pandas: Any) -> None:
    with pytest.raises(InputError, match="DataFrame must have .* columns are: email, name"):
        check_frame(pandas.DataFrame({"email": [], "name": []}))


def test_frame_without_rows_gives_no_recipients(pandas: Any) -> None:
    assert check_frame(pandas.DataFrame({"email": [], "username": []})) == Checked((), ())


def test_terminal_shows_counts_and_bad_rows() -> None:
    checked = Checked((SATO,), (BadRow(3, "x\ty", "Correct the email."),))
    assert repr(checked) == "1 recipient, 1 bad row\nline 3, 'x\\ty': Correct the email."


def test_jupyter_shows_the_same_with_markup_escaped() -> None:
    checked = Checked((SATO, YAMADA), (BadRow(3, "<b>&", "Correct <it>."),))
    html = checked._repr_html_()
    assert "<p>2 recipients, 1 bad row</p>" in html
    assert all(f">{text}</td>" in html for text in ("3", "&lt;b&gt;&amp;", "Correct &lt;it&gt;."))


def test_jupyter_shows_no_table_where_every_row_is_good() -> None:
    assert Checked((SATO,), ())._repr_html_() == "<p>1 recipient, 0 bad rows</p>"


def test_long_list_of_bad_rows_is_cut_and_says_so() -> None:
    checked = Checked((), tuple(BadRow(line, "x", "y") for line in range(2, 1502)))
    assert "1,500 bad rows, of which the first 20 are shown" in repr(checked)
    assert repr(checked).count("\n") == checked._repr_html_().count(">x</td>") == 20


def test_import_does_not_wait_for_pandas() -> None:
    program = "import sys, mailfanout.recipients; sys.exit('pandas' in sys.modules)"
    root = Path(mailfanout.__file__).parents[1]
    assert subprocess.run([sys.executable, "-c", program], cwd=root).returncode == 0
