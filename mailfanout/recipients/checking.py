"""From a CSV file or a DataFrame to checked recipients, and rows that give none."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from html import escape
from importlib import resources
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING
from unicodedata import category

from mailfanout.errors import InputError
from mailfanout.recipients.encodings import Encoding, decode
from mailfanout.wording import counted

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True)
class Recipient:
    """One person to send to: an address that SES takes, and the name to greet."""

    email: str
    username: str


@dataclass(frozen=True)
class BadRow:
    """A row that gives no recipient: where it begins, its address as given, and what to do."""

    line: int
    email: str
    reason: str


@dataclass(frozen=True)
class Checked:
    """What a check found. Every row that is not blank is in one of the two, in the file's order.

    Shown in a terminal or in Jupyter, it counts both and lists the first 20 bad rows.
    `guessed_encoding` is how a file was read that is not Unicode: nothing in it says how.
    """

    recipients: tuple[Recipient, ...]
    bad_rows: tuple[BadRow, ...]
    guessed_encoding: Encoding | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        rows = [f"line {row.line}, {row.email!r}: {row.reason}" for row in self._shown()]
        return "\n".join([self._summary(), *rows])

    def _repr_html_(self) -> str:
        summary = f"<p>{self._summary()}</p>"
        if not self.bad_rows:
            return summary
        lines = [(str(row.line), row.email or "–", row.reason) for row in self._shown()]
        head = _html_row("th", ("line", "email", "reason"))
        return f"{summary}<table>{head}{''.join(_html_row('td', line) for line in lines)}</table>"

    def _summary(self) -> str:
        people, bad, shown = len(self.recipients), len(self.bad_rows), len(self._shown())
        rest = f", of which the first {shown} are shown" if bad > shown else ""
        return f"{counted(people, 'recipient')}, {counted(bad, 'bad row')}{rest}"

    def _shown(self) -> tuple[BadRow, ...]:
        return self.bad_rows[:20]


def _html_row(tag: str, texts: Iterable[str]) -> str:
    """A row of a table whose words stand to the left: Jupyter's stand to the right."""
    cells = (f'<{tag} style="text-align:left">{escape(text)}</{tag}>' for text in texts)
    return f"<tr>{''.join(cells)}</tr>"


def read_csv(path: str | os.PathLike[str]) -> Checked:
    """The recipients in a CSV file, and the rows that give none.

    The first line names the columns, in capitals or not: `email` and `username` are used, others
    are not. The file may be UTF-8 with or without a byte order mark, UTF-16 with one, cp932
    (Excel in Japan) or cp1252 (Excel in the West), and separated by commas, semicolons or tabs.
    Lines are numbered as in an editor. Raises InputError if the file as a whole cannot be used.
    """
    path = Path(path)
    text, guessed_encoding = decode(_content(path), path)
    return replace(_check(_csv_rows(text, path), str(path)), guessed_encoding=guessed_encoding)


def check_frame(frame: pandas.DataFrame) -> Checked:
    """The recipients in a DataFrame, by the same checks as `read_csv`; NaN is a missing value.

    A row's line is the one that it would have in a CSV file: the first row is on line 2.
    Raises InputError if a column is missing, or if it is no DataFrame.
    """
    if not hasattr(frame, "columns"):
        raise InputError(
            f"{type(frame).__name__} is no DataFrame. Give what pandas.read_csv returns, or check "
            "the file itself: recipients.read_csv(path)."
        )
    header = [str(name) for name in frame.columns]
    cells = frame.astype("string").fillna("").to_numpy().tolist()
    return _check(enumerate([header, *cells], start=1), "The DataFrame")


def example() -> Checked:
    """The article's three recipients, from the file that ships with this package.

    They are as they should be: what checks others takes a while to import.
    """
    file = resources.files("mailfanout") / "examples" / "recipients.csv"
    rows = csv.DictReader(io.StringIO(file.read_text(encoding="utf-8")))
    return Checked(tuple(Recipient(row["email"], row["username"]) for row in rows), ())


def three_people(kind: str) -> tuple[Recipient, ...]:
    """The article's three recipients; on the target `aws`, three of SES's mailbox simulator.

    There, mails to example.com would bounce, and bounces count against the account.
    """
    people = example().recipients
    if kind != "aws":
        return people
    form = "success+{}@simulator.amazonses.com"
    return tuple(replace(one, email=form.format(one.email.partition("@")[0])) for one in people)


_Row = tuple[int, list[str]]
_COLUMNS = {"email", "username"}
# Unicode's categories of control characters, lone surrogates, line and paragraph separators.
_UNSENDABLE = {"Cc", "Cs", "Zl", "Zp"}


def _content(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise InputError(f"{path} is a directory. Name the CSV file in it.")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise InputError(f"There is no file {path}. Correct its name or directory.") from error
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror}. Close the program that holds it open, "
            "or give yourself permission to read it."
        ) from error


# A first line that tells Excel the separator; it is none of the table's.
_FOR_EXCEL = re.compile(r'\A"?sep=[,;\t]"?[,;\t]*(?=[\r\n])', re.IGNORECASE)


def _csv_rows(text: str, path: Path) -> Iterator[_Row]:
    """Each row with the line that it begins on; a quoted cell may span lines."""
    text = _FOR_EXCEL.sub("", text)
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=_separator(text),
        skipinitialspace=True,
        # Without it, a quotation mark that is never closed swallows the rows after it in silence.
        strict=True,
    )
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        most = csv.field_size_limit()
        said = "a quotation mark is not closed, or stands inside a cell"
        mend = "Close it; inside a quoted cell, write it twice."
        if f"({most})" in str(error):
            said = f"a cell is longer than {most:,} characters, or its quotation mark is not closed"
            mend = "Shorten the cell, or close the mark."
        raise InputError(f"{path}, line {line}: {said} ({error}). {mend}") from error


def _separator(text: str) -> str:
    """The separator that gives the header most of the wanted columns; of equals, most columns."""
    header = text.lstrip().partition("\n")[0].replace('"', "")

    def columns(separator: str) -> tuple[int, int]:
        names = _names(header.split(separator))
        return len(_COLUMNS.intersection(names)), len(names)

    return max(",;\t", key=columns)


def _names(header: list[str]) -> list[str]:
    return [cell.strip().casefold() for cell in header]


def _check(rows: Iterable[_Row], source: str) -> Checked:
    """Every row that is not blank, checked; the first of them is the header."""
    filled = ((line, cells) for line, cells in rows if any(cell.strip() for cell in cells))
    _, header = next(filled, (1, []))
    names = _names(header)
    _check_columns(names, source)
    recipients, bad_rows = [], []
    first_lines: dict[str, int] = {}
    for line, cells in filled:
        row = dict(zip(names, cells, strict=False))
        outcome = _recipient(row) if len(cells) == len(names) else _miscounted(cells, names)
        if isinstance(outcome, Recipient):
            first_line = first_lines.setdefault(outcome.email.casefold(), line)
            if first_line != line:
                outcome = f"Line {first_line} has the same address. Delete one of the two."
        if isinstance(outcome, Recipient):
            recipients.append(outcome)
        else:
            bad_rows.append(BadRow(line, row.get("email", ""), outcome))
    return Checked(tuple(recipients), tuple(bad_rows))


def _check_columns(names: list[str], source: str) -> None:
    if any(names.count(column) != 1 for column in _COLUMNS):
        found = shorten(", ".join(names), 200) or "none, for it is empty"
        raise InputError(
            f"{source} must have one column email and one column username. "
            f"Its columns are: {found}. Put the names into its first line."
        )


def _recipient(row: dict[str, str]) -> Recipient | str:
    """The recipient in a row, or else the reason why there is none."""
    email, username = row["email"].strip(), row["username"].strip()
    if not email:
        return "The email is missing. Fill it in, or delete the row."
    if not username:
        return "The username is missing. Fill it in, or delete the row."
    if any(category(character) in _UNSENDABLE for character in username):
        return "The username holds a line break or another control character. Delete it."
    try:
        return Recipient(address_for_ses(email), username)
    except InputError as error:
        return f"Correct the email. {error}"


def address_for_ses(text: str) -> str:
    """The address as SES takes it: up to 64 ASCII characters before the @-sign, Punycode after it.

    Raises InputError, which says what is wrong with it.
    See https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_Destination.html
    """
    from email_validator import EmailNotValidError, validate_email  # takes a while to import

    try:
        found = validate_email(text, allow_smtputf8=False, check_deliverability=False, strict=True)
    except EmailNotValidError as error:
        raise InputError(str(error)) from error
    return f"{found.local_part}@{found.ascii_domain}"


def _miscounted(cells: list[str], names: list[str]) -> str:
    mend = "Fill in what is missing"
    if len(cells) > len(names):
        extra = shorten(", ".join(filter(None, cells[len(names) :])), 60)
        mend = f"Take out what is too many: {extra or 'separators'}"
    return (
        f"The header has {len(names)} cells, this row {len(cells)}. "
        f"{mend}, or put quotation marks around a cell that holds the separator."
    )
