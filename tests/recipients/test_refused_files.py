"""Files that cannot be read are refused, with what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailfanout.errors import InputError
from mailfanout.recipients.checking import read_csv
from support.parts.people import TWO_ROWS, Write


@pytest.mark.parametrize(
    "rows", ['a@example.com,A\nb@example.com,"B\nc@example.com,C\n', 'a@b.jp,A\nb@b.jp,"B" C\n']
)
def test_unpaired_quotation_mark_is_refused_with_its_line(write: Write, rows: str) -> None:
    with pytest.raises(InputError, match="line 3: a quotation mark"):
        read_csv(write(f"email,username\n{rows}"))


@pytest.mark.parametrize("cell", ["x" * 131_073, f'"{"x" * 131_073}"'])
def test_cell_that_is_too_long_is_refused_with_its_line_and_no_word_of_pairs(
    write: Write, cell: str
) -> None:
    too_long = "line 3: a cell is longer than 131,072 characters, or .* Shorten the cell"
    with pytest.raises(InputError, match=too_long):
        read_csv(write(f"email,username,note\na@example.com,A,\nb@example.com,B,{cell}\n"))


@pytest.mark.parametrize("text", ["", "\ufeff", "\n\n", " \n,\n"])
def test_empty_file_is_refused(write: Write, text: str) -> None:
    with pytest.raises(InputError, match="it is empty"):
        read_csv(write(text))


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_missing_column_is_refused_with_those_found(write: Write, separator: str) -> None:
    with pytest.raises(InputError, match="columns are: mail, username, note"):
        read_csv(write(separator.join(["Mail", "username", "note"])))


def test_column_that_is_there_twice_is_refused(write: Write) -> None:
    with pytest.raises(InputError, match="columns are: email, username, email"):
        read_csv(write("email,username,Email\na@example.com,A,b@example.com\n"))


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04\x14\x00\x06\x00",
        b"\xff\xfe\x00",
        TWO_ROWS.encode("euc-jp"),
    ],
    ids=["Excel workbook", "half a character", "EUC-JP"],
)
def test_file_in_no_known_encoding_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "recipients.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match="CSV UTF-8"):
        read_csv(path)


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no file"):
        read_csv(tmp_path / "none.csv")


def test_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a directory"):
        read_csv(tmp_path)


def test_file_without_permission_is_refused(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    path = write(TWO_ROWS)
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(InputError, match="Permission denied.*permission to read it"):
        read_csv(path)
