"""Whatever a file contains, each row is accounted for or the file is refused."""

from __future__ import annotations

import csv
import io
import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mailfanout.errors import InputError
from mailfanout.recipients.checking import read_csv

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One file for all the examples of a property."""
    return tmp_path_factory.mktemp("property") / "recipients.csv"


PROPERTY = settings(max_examples=200, database=None)
CELLS = st.one_of(
    st.sampled_from(["", " ", "a@example.com", "b@example.com", "Sato"]),
    st.text(st.sampled_from('a@.,;\t"\r\n \u3000山'), max_size=6),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6),
)


@PROPERTY
@given(
    rows=st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=8),
    separator=st.sampled_from(",;\t"),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_every_row_written_is_accounted_for_with_its_line(
    scratch: Path, rows: list[list[str]], separator: str, line_end: str, encoding: str
) -> None:
    output = io.StringIO(newline="")
    writer = csv.writer(output, delimiter=separator, lineterminator=line_end, quoting=csv.QUOTE_ALL)
    writer.writerow(["email", "username"])
    lines = []
    for row in rows:
        if "".join(row).strip():
            lines.append(1 + len(re.findall("\r\n|\r|\n", output.getvalue())))
        writer.writerow(row)
    scratch.write_bytes(output.getvalue().encode(encoding))

    checked = read_csv(scratch)

    assert len(checked.recipients) + len(checked.bad_rows) == len(lines)
    assert {row.line for row in checked.bad_rows} <= set(lines)


@PROPERTY
@given(text=st.text(st.one_of(st.sampled_from('a@.,"\r\n'), st.characters(codec="utf-8"))))
@example(text='sato@example.com,"Sato\nyamada@example.com,Yamada\n')
def test_any_text_is_refused_or_accounted_for(scratch: Path, text: str) -> None:
    text = f"email,username\n{text}"
    scratch.write_bytes(text.encode("utf-8"))
    reader = csv.reader(io.StringIO(text, newline=""), skipinitialspace=True)
    rows = [cells for cells in reader if "".join(cells).strip()]
    try:
        checked = read_csv(scratch)
    except InputError:
        return
    assert 1 + len(checked.recipients) + len(checked.bad_rows) == len(rows)


@PROPERTY
@given(content=st.binary() | st.text().map(str.encode))
def test_any_bytes_are_read_or_refused(scratch: Path, content: bytes) -> None:
    scratch.write_bytes(content)
    with suppress(InputError):
        read_csv(scratch)
