"""Recipients: what a CSV file or a DataFrame gives, and what lands in the table."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3
import pandas
import pytest
from botocore.exceptions import ClientError
from hypothesis import example, given, settings
from hypothesis import strategies as st
from moto import mock_aws

import mailfanout
from mailfanout import recipients
from mailfanout.errors import InputError, MailfanoutError, ResourceMissing
from mailfanout.recipients.checking import BadRow, Checked, Recipient, check_frame, read_csv
from mailfanout.recipients.table import seed
from mailfanout.stack import Stack
from mailfanout.target import Target

YAMADA = Recipient("yamada@example.com", "山田太郎")
TANAKA = Recipient("tanaka@example.com", "田中一郎")
SATO = Recipient("sato@example.com", "佐藤二郎")
TWO_ROWS = "email,username\nyamada@example.com,山田太郎\ntanaka@example.com,田中一郎\n"

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Puts a text on disk as a CSV file, every line end as given."""

    def write(text: str, encoding: str = "utf-8") -> Path:
        path = tmp_path / "recipients.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


def people(count: int) -> list[Recipient]:
    return [Recipient(f"user{number}@example.com", f"User {number}") for number in range(count)]


def test_example_is_the_articles_three_recipients() -> None:
    assert recipients.example() == Checked((YAMADA, TANAKA, SATO), ())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp932"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_every_form_that_excel_writes_is_read(
    write: Write, encoding: str, separator: str, line_end: str
) -> None:
    text = TWO_ROWS.replace(",", separator).replace("\n", line_end)
    assert read_csv(write(text, encoding)) == Checked((YAMADA, TANAKA), ())


@pytest.mark.parametrize("order", ["le", "be"])
def test_utf_16_is_read_in_either_byte_order(write: Write, order: str) -> None:
    assert read_csv(write("\ufeff" + TWO_ROWS, f"utf-16-{order}")).recipients == (YAMADA, TANAKA)


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
        ("Sato <sato@example.com>,Sato", "Sato <sato@example.com>", "display name"),
        ("sato@example.com", "sato@example.com", "has 2 cells, this row 1."),
        ("sato@example.com,Sato,x", "sato@example.com", "has 2 cells, this row 3."),
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


@pytest.mark.parametrize(
    "rows", ['a@example.com,A\nb@example.com,"B\nc@example.com,C\n', 'a@b.jp,A\nb@b.jp,"B" C\n']
)
def test_unpaired_quotation_mark_is_refused_with_its_line(write: Write, rows: str) -> None:
    with pytest.raises(InputError, match="line 3: a quotation mark"):
        read_csv(write(f"email,username\n{rows}"))


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
        TWO_ROWS.encode("utf-16-le"),
        b"\xff\xfe\x00",
        TWO_ROWS.encode("euc-jp"),
    ],
    ids=["Excel workbook", "UTF-16 without its mark", "half a character", "EUC-JP"],
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


def test_frame_gives_what_its_csv_gives(write: Write) -> None:
    text = TWO_ROWS + ",佐藤二郎\nsato@example.com,\nsato,Sato\nTANAKA@example.com,田中\n"
    path = write(text)
    checked = check_frame(pandas.read_csv(path))
    assert [row.line for row in checked.bad_rows] == [4, 5, 6, 7]
    assert checked == read_csv(path)


def test_frames_index_and_further_columns_do_not_matter() -> None:
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


def test_frame_without_a_column_is_refused() -> None:
    with pytest.raises(InputError, match="DataFrame must have .* columns are: email, name"):
        check_frame(pandas.DataFrame({"email": [], "name": []}))


def test_frame_without_rows_gives_no_recipients() -> None:
    assert check_frame(pandas.DataFrame({"email": [], "username": []})) == Checked((), ())


def test_terminal_shows_counts_and_bad_rows() -> None:
    checked = Checked((SATO,), (BadRow(3, "x\ty", "Correct the email."),))
    assert repr(checked) == "1 recipient, 1 bad row\nline 3, 'x\\ty': Correct the email."


def test_jupyter_shows_the_same_with_markup_escaped() -> None:
    checked = Checked((SATO, YAMADA), (BadRow(3, "<b>&", "Correct <it>."),))
    html = checked._repr_html_()
    assert "<p>2 recipients, 1 bad row</p>" in html
    assert "<td>3</td><td>&lt;b&gt;&amp;</td><td>Correct &lt;it&gt;.</td>" in html


def test_jupyter_shows_no_table_where_every_row_is_good() -> None:
    assert Checked((SATO,), ())._repr_html_() == "<p>1 recipient, 0 bad rows</p>"


def test_long_list_of_bad_rows_is_cut_and_says_so() -> None:
    checked = Checked((), tuple(BadRow(line, "x", "y") for line in range(2, 1502)))
    assert "1,500 bad rows, of which the first 20 are shown" in repr(checked)
    assert repr(checked).count("\n") == checked._repr_html_().count("<td>x</td>") == 20


def test_import_does_not_wait_for_pandas() -> None:
    program = "import sys, mailfanout.recipients; sys.exit('pandas' in sys.modules)"
    root = Path(mailfanout.__file__).parents[1]
    assert subprocess.run([sys.executable, "-c", program], cwd=root).returncode == 0


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One file for all the examples of a property."""
    return tmp_path_factory.mktemp("property") / "recipients.csv"


PROPERTY = settings(max_examples=200, deadline=None, database=None)
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


def in_process(dynamodb: Any) -> Target:
    """A target whose DynamoDB is this client."""
    return Target("sandbox", boto3.Session(), _clients={"dynamodb": dynamodb})


class ThrottledDynamoDB:
    """Takes at most `capacity` items in each call, and none in the calls that `errors` names."""

    def __init__(self, capacity: int = 25, errors: dict[int, str] | None = None) -> None:
        self.capacity = capacity
        self.errors = errors or {}
        self.calls = 0
        self.emails: list[str] = []

    def batch_write_item(self, RequestItems: dict[str, list[Any]]) -> dict[str, Any]:
        self.calls += 1
        if code := self.errors.get(self.calls):
            raise ClientError({"Error": {"Code": code, "Message": ""}}, "BatchWriteItem")
        ((table_name, requests),) = RequestItems.items()
        taken, refused = requests[: self.capacity], requests[self.capacity :]
        self.emails += [request["PutRequest"]["Item"]["email"]["S"] for request in taken]
        return {"UnprocessedItems": {table_name: refused} if refused else {}}


@pytest.fixture
def dynamodb() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("dynamodb", region_name="us-east-1")


@pytest.fixture
def table(dynamodb: Any) -> Any:
    """moto's DynamoDB with the pipeline's table in it."""
    dynamodb.create_table(
        TableName=Stack().table_name,
        KeySchema=[{"AttributeName": "email", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "email", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return dynamodb


def items(table: Any) -> list[dict[str, Any]]:
    return list(table.scan(TableName=Stack().table_name)["Items"])


def test_seed_writes_recipients_not_yet_sent_and_without_error(table: Any) -> None:
    assert seed(in_process(table), Stack(), [YAMADA]) == 1
    assert items(table) == [
        {
            "email": {"S": "yamada@example.com"},
            "username": {"S": "山田太郎"},
            "haserror": {"N": "0"},
            "issend": {"N": "0"},
        }
    ]


def test_seed_writes_more_than_one_batch_and_tells_its_progress(table: Any) -> None:
    progress: list[int] = []
    assert seed(in_process(table), Stack(), people(60), progress=progress.append) == 60
    assert progress == [25, 50, 60]
    assert len(items(table)) == 60


def test_seed_of_nobody_writes_nothing(table: Any) -> None:
    assert seed(in_process(table), Stack(), []) == 0
    assert items(table) == []


def test_seed_repeated_resets_what_is_there(table: Any) -> None:
    seed(in_process(table), Stack(), [YAMADA])
    once = items(table)
    table.update_item(
        TableName=Stack().table_name,
        Key={"email": {"S": YAMADA.email}},
        UpdateExpression="SET issend = :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )
    seed(in_process(table), Stack(), [YAMADA])
    assert items(table) == once


def test_address_that_comes_twice_is_written_once_as_it_came_last(table: Any) -> None:
    assert seed(in_process(table), Stack(), [Recipient(SATO.email, "x"), SATO]) == 1
    assert items(table)[0]["username"] == {"S": SATO.username}


def test_seed_without_a_table_names_it(dynamodb: Any) -> None:
    with pytest.raises(ResourceMissing, match="Table mailaddress does not exist"):
        seed(in_process(dynamodb), Stack(), [YAMADA])


def test_unprocessed_items_are_tried_again_after_growing_waits() -> None:
    client = ThrottledDynamoDB(capacity=10)
    waits: list[float] = []
    assert seed(in_process(client), Stack(), people(25), sleep=waits.append) == 25
    assert client.emails == [one.email for one in people(25)]
    assert waits == [0.05, 0.1]


def test_batch_that_is_throttled_whole_is_tried_again() -> None:
    throttled = {1: "ProvisionedThroughputExceededException", 2: "ThrottlingException"}
    client = ThrottledDynamoDB(errors=throttled)
    waits: list[float] = []
    assert seed(in_process(client), Stack(), people(3), sleep=waits.append) == 3
    assert waits == [0.05, 0.1]


def test_seed_gives_up_and_says_how_many_were_written() -> None:
    client = ThrottledDynamoDB(capacity=2)
    waits: list[float] = []
    progress: list[int] = []
    with pytest.raises(MailfanoutError, match="18 of 60 recipients .* do the same again"):
        seed(in_process(client), Stack(), people(60), progress=progress.append, sleep=waits.append)
    assert len(client.emails) == 18
    assert progress == []
    assert sum(waits) < 10


def never(seconds: float) -> None:
    pytest.fail(f"waited for {seconds} s")


def test_any_other_error_of_dynamodb_is_passed_on_at_once() -> None:
    client = ThrottledDynamoDB(errors={1: "AccessDeniedException"})
    with pytest.raises(ClientError, match="AccessDenied"):
        seed(in_process(client), Stack(), people(1), sleep=never)
    assert client.calls == 1
