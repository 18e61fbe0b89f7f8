"""What a CSV file gives: recipients, and bad rows with their lines."""

from __future__ import annotations

import pytest

from mailfanout import recipients
from mailfanout.errors import InputError
from mailfanout.recipients.checking import BadRow, Checked, Recipient, read_csv
from support.parts.people import SATO, TWO_ROWS, YAMADA, Write

TANAKA = Recipient("tanaka@example.com", "田中一郎")


def test_example_is_the_articles_three_recipients() -> None:
    assert recipients.example() == Checked((YAMADA, TANAKA, SATO), ())


@pytest.mark.parametrize("first", ["sep=;", "SEP=;", '"sep=;"', "sep=;;;"])
def test_a_first_line_that_tells_excel_the_separator_is_no_header(write: Write, first: str) -> None:
    rows = "email;username\nsato@example.com;Sato\nnobody;Nobody\n"

    checked = read_csv(write(f"{first}\r\n{rows}"))

    assert checked.recipients == (Recipient("sato@example.com", "Sato"),)
    assert [rejected.line for rejected in checked.bad_rows] == [4]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp932", "iso2022_jp"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_every_form_that_excel_writes_is_read(
    write: Write, encoding: str, separator: str, line_end: str
) -> None:
    text = TWO_ROWS.replace(",", separator).replace("\n", line_end)
    assert read_csv(write(text, encoding)) == Checked((YAMADA, TANAKA), ())


@pytest.mark.parametrize("name", ["Jörg", "José", "JÜRGEN", "Zoë Müßig", "Conceição", "O’Brien"])
def test_names_that_excel_writes_in_the_west_are_read(write: Write, name: str) -> None:
    checked = read_csv(write(f"email,username\nsato@example.com,{name}\n", "cp1252"))
    assert [one.username for one in checked.recipients] == [name]
    assert checked.guessed_encoding == "cp1252"


@pytest.mark.parametrize("name", ["株式会社ABC", "佐藤Jiro", "山", "ﾔﾏﾀﾞ", "ABCソフト"])
def test_japanese_beside_latin_letters_is_not_taken_for_western(write: Write, name: str) -> None:
    checked = read_csv(write(f"email,username\nsato@example.com,{name}\n", "cp932"))
    assert [one.username for one in checked.recipients] == [name]
    assert checked.guessed_encoding == "cp932"


@pytest.mark.parametrize("encoding", ["euc_jp", "big5"])
def test_what_is_in_no_encoding_that_is_read_is_refused_as_a_whole(
    write: Write, encoding: str
) -> None:
    with pytest.raises(InputError, match="is not text in UTF-8, .*ISO-2022-JP"):
        read_csv(write("email,username\nsato@example.com,佐藤二郎\n", encoding))


def test_a_character_of_ones_own_in_unicode_is_read(write: Write) -> None:
    [recipient] = read_csv(write("email,username\nsato@example.com,\ue000\n")).recipients

    assert recipient.username == "\ue000"


def test_an_escape_that_begins_no_japanese_is_a_control_character(write: Write) -> None:
    [bad_row] = read_csv(write(f"{TWO_ROWS}sato@example.com,Sa\x1b$é\n")).bad_rows

    assert "control character" in bad_row.reason


def test_a_file_in_unicode_is_no_guess(write: Write) -> None:
    assert read_csv(write(TWO_ROWS)).guessed_encoding is None


@pytest.mark.parametrize("order", ["le", "be"])
@pytest.mark.parametrize("mark", ["\ufeff", ""], ids=["marked", "unmarked"])
def test_utf_16_is_read_in_either_byte_order(write: Write, order: str, mark: str) -> None:
    assert read_csv(write(mark + TWO_ROWS, f"utf-16-{order}")).recipients == (YAMADA, TANAKA)


@pytest.mark.parametrize(
    "header", ["Email,USERNAME", " email , username ", '"email","username"', '"email", "username"']
)
def test_columns_are_found_whatever_their_case_spaces_and_quotes(write: Write, header: str) -> None:
    assert read_csv(write(f"{header}\nsato@example.com,佐藤二郎\n")).recipients == (SATO,)


def test_further_columns_are_ignored_in_any_order(write: Write) -> None:
    text = 'note;username;email\n"a, b, c";佐藤二郎;sato@example.com\n'
    assert read_csv(write(text)).recipients == (SATO,)


def test_spaces_around_a_cell_are_dropped(write: Write) -> None:
    text = "email,username\n sato@example.com , \u3000佐藤二郎\u3000\n"
    assert read_csv(write(text)).recipients == (SATO,)


def test_path_may_be_a_string(write: Write) -> None:
    assert read_csv(str(write(TWO_ROWS))).recipients == (YAMADA, TANAKA)


def test_header_alone_gives_no_recipients(write: Write) -> None:
    assert read_csv(write("email,username\n")) == Checked((), ())


def test_blank_rows_are_neither_good_nor_bad(write: Write) -> None:
    text = "\nemail,username\n\n,\n \nsato@example.com,佐藤二郎\n , \n"
    assert read_csv(write(text)) == Checked((SATO,), ())


@pytest.mark.parametrize(
    "address",
    [
        "success@simulator.amazonses.com",
        "bounce+label@simulator.amazonses.com",
        "sato@example.com",
        "sato@mail.example.org",
    ],
)
def test_addresses_of_the_lessons_are_accepted(write: Write, address: str) -> None:
    checked = read_csv(write(f"email,username\n{address},Sato\n"))
    assert checked.recipients == (Recipient(address, "Sato"),)


@pytest.mark.parametrize(
    ("given_address", "kept"),
    [
        ("Sato.Jiro@EXAMPLE.com", "Sato.Jiro@example.com"),
        ("sato@ＥＸＡＭＰＬＥ.com", "sato@example.com"),
        ("sato@bu\u0308cher.example.com", "sato@xn--bcher-kva.example.com"),
    ],
)
def test_address_is_kept_as_ses_takes_it(write: Write, given_address: str, kept: str) -> None:
    checked = read_csv(write(f"email,username\n{given_address},Sato\n"))
    assert checked.recipients == (Recipient(kept, "Sato"),)


@pytest.mark.parametrize(
    ("row", "email", "reason"),
    [
        (",佐藤二郎", "", "The email is missing"),
        ("sato@example.com,", "sato@example.com", "The username is missing"),
        ("sato@example.com,\u3000", "sato@example.com", "The username is missing"),
        ("sato.example.com,Sato", "sato.example.com", "must have an @-sign"),
        ("sato@@example.com,Sato", "sato@@example.com", "Correct the email"),
        ("sato@example,Sato", "sato@example", "should have a period"),
        ("佐藤@example.com,Sato", "佐藤@example.com", "before the @-sign"),
        (f"{'s' * 65}@example.com,Sato", f"{'s' * 65}@example.com", "too long"),
        ("Sato <sato@example.com>,Sato", "Sato <sato@example.com>", "display name"),
        ("sato@example.com", "sato@example.com", "has 2 cells, this row 1."),
        (
            "sato@example.com,Sato,x",
            "sato@example.com",
            "row 3. Take out what is too many: x,",
        ),
        ("sato@example.com,Sato,", "sato@example.com", "is too many: separators,"),
        ('sato@example.com,"Sa\nto"', "sato@example.com", "holds a line break"),
        ("sato@example.com,Sa\x07to", "sato@example.com", "control character"),
    ],
)
def test_bad_row_is_reported_and_the_others_are_kept(
    write: Write, row: str, email: str, reason: str
) -> None:
    checked = read_csv(write(f"{TWO_ROWS}{row}\n"))
    (bad_row,) = checked.bad_rows
    assert checked.recipients == (YAMADA, TANAKA)
    assert (bad_row.line, bad_row.email) == (4, email)
    assert reason in bad_row.reason


def test_second_row_with_an_address_names_the_line_of_the_first(write: Write) -> None:
    checked = read_csv(write(TWO_ROWS + "Yamada@Example.COM,山田\n"))
    assert checked.recipients == (YAMADA, TANAKA)
    assert checked.bad_rows == (
        BadRow(4, "Yamada@Example.COM", "Line 2 has the same address. Delete one of the two."),
    )


def test_bad_row_does_not_make_a_later_good_one_a_duplicate(write: Write) -> None:
    checked = read_csv(write("email,username\nsato@example.com,\nsato@example.com,佐藤二郎\n"))
    assert checked.recipients == (SATO,)


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_line_is_the_editors_where_quoted_cells_span_lines(write: Write, line_end: str) -> None:
    rows = [
        "email,username,note",
        'yamada@example.com,山田太郎,"two',
        'lines"',
        "",
        'x,X,"three',
        "",
        'lines"',
        "y,Y,",
    ]
    checked = read_csv(write(line_end.join(rows)))
    assert checked.recipients == (YAMADA,)
    assert [(row.line, row.email) for row in checked.bad_rows] == [(5, "x"), (8, "y")]
