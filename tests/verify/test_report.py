"""What a report says, for people and for programs."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from mailfanout.errors import InputError
from mailfanout.verify import (
    CellResult,
    Difference,
    NotebookRun,
    Verification,
    make_directory,
    write_report,
)
from mailfanout.verify.side_by_side import Row, rows

SOURCE = "# who?\nfirst(\n    'a<b>')\nlast('\x1b[31m')"


def a_cell(number: int = 1, **changes: Any) -> CellResult:
    values: dict[str, Any] = {
        "number": number,
        "source": SOURCE,
        "outcome": "passed",
        "compared": True,
        "seconds": 0.5,
        "because": "",
        "differences": (),
        "outputs": ({"output_type": "stream", "name": "stdout", "text": "<i>shown</i>"},),
    }
    return CellResult(**{**values, **changes})


def a_failure(number: int) -> CellResult:
    differences = (
        Difference("text/html", "<p>3</p>", "<p>6</p>"),
        Difference("text/plain", "3 mails\nto a\n", "6 mails\nto a\n"),
    )
    why = "its output differs"
    return a_cell(number, outcome="failed", because=why, differences=differences)


def a_verification(*cells: CellResult, **changes: Any) -> Verification:
    text = {"cell_type": "markdown", "source": "# Title\n\n[next](02.ipynb)"}
    code = [{"cell_type": "code", "source": SOURCE, "metadata": {}} for _ in range(2)]
    run = NotebookRun(Path("01_table.ipynb"), {"cells": [text, *code]}, [*cells])
    began = datetime(2022, 11, 19, tzinfo=UTC)
    values: dict[str, Any] = {"handlers": {}, "versions": {"boto3": "1.44"}, "began": began}
    return Verification("a sandbox", runs=[run], **{**values, **changes})


def test_a_cell_is_named_by_its_last_statement() -> None:
    assert a_cell(source="import x\nx.y(\n  1)\nx.z(\n  2)").title == "x.z("
    assert a_cell(source="!aws sqs list-queues\n!ls").title == "!ls"


@pytest.mark.parametrize(
    ("expected", "shown", "first"),
    [
        ("a\nb\nc\n", "a\nB\n", ("b", "B")),
        ("a\n", "a\nb\n", ("", "b")),
        ("a\n", "a", (r"'a\n'", "'a'")),
    ],
)
def test_the_first_line_that_differs_is_told(
    expected: str, shown: str, first: tuple[str, str]
) -> None:
    assert Difference("stdout", expected, shown).first_lines == first


def test_of_a_long_line_the_part_that_differs_is_told() -> None:
    """As of a mail whose body kept its last newline: the text is the same, the HTML is one line."""
    card, end = "<div style='flex:1'>" * 20 + "This is a test.", "</pre></div>"
    difference = Difference("text/html", f"{card}{end}", f"{card}\n{end}")

    assert difference.excerpts(40) == ("…is a test.</pre></div>", "…is a test.␊</pre></div>")
    assert Difference("text/html", "a" * 90, "b" * 90).excerpts(40) == (
        "a" * 40 + "…",
        "b" * 40 + "…",
    )
    assert Difference("stdout", "a\nb\n", "a\nB\n").excerpts(40) == ("b", "B")


def test_a_value_that_has_several_lines_now_is_shown_with_all_of_them() -> None:
    failed = "{'status': 200,\n 'error': 'no module helper'}"

    assert Difference("text/plain", "{'status': 200}", failed).excerpts(40) == (
        "{'status': 200}",
        "{'status': 200,␊ 'error': 'no module helper'}"[:40] + "…",
    )
    assert Difference("stdout", "a\nb", "A\nB\nc").excerpts(40) == ("a", "A")
    assert Difference("stdout", "a", "a\nb\nc").excerpts(40) == ("", "b")


def test_lines_stand_beside_each_other_with_those_around_a_difference() -> None:
    same = [str(number) for number in range(9)]

    found = rows("\n".join([*same, "old", "end"]), "\n".join([*same, "new", "more", "end"]))

    assert found == [
        Row("gap", "", ""),
        *(Row("equal", number, number) for number in "678"),
        Row("replace", "old", "new"),
        Row("insert", "", "more"),
        Row("equal", "end", "end"),
    ]


def test_the_page_says_what_failed_beside_each_other(tmp_path: Path) -> None:
    page = write_report(a_verification(a_cell(1), a_failure(2)), tmp_path / "new")
    html = page.read_text(encoding="utf-8")

    assert "<h1>✗ 1 of 2 cells failed</h1>" in html
    assert '<a href="#n1-2">01_table.ipynb [2]</a>: its output differs' in html
    assert "<td><code>3 mails</code></td><td>≠</td><td><code>6 mails</code></td>" in html
    assert "text/html</caption>" not in html  # the plain text is told, and that is enough
    assert "&lt;i&gt;shown&lt;/i&gt;" in html
    assert set(re.findall(r'href="#([^"]+)', html)) <= set(re.findall(r'id="([^"]+)', html))
    assert "<script" not in html and "default-src 'none'" in html


@pytest.mark.parametrize(
    ("cells", "changes", "ok", "verdict"),
    [
        ([a_cell(1), a_cell(2)], {}, True, "All 2 cells show what they should"),
        ([a_cell(1)], {}, False, "Not every cell was run"),
        ([a_cell(1), a_cell(2, outcome="not run")], {}, False, "Not every cell was run"),
        ([a_cell(1), a_cell(2)], {"problem": "interrupted"}, False, "Not every cell was run"),
        ([a_cell(1), a_failure(2)], {}, False, "1 of 2 cells failed"),
    ],
)
def test_all_is_well_only_if_every_cell_was_run(
    cells: list[CellResult], changes: dict[str, str], ok: bool, verdict: str
) -> None:
    verification = a_verification(*cells, **changes)

    assert (verification.ok, verification.verdict) == (ok, verdict)
    assert verification.to_dict()["ok"] is ok


def test_a_cell_that_was_not_run_took_no_time(tmp_path: Path) -> None:
    cells = [a_cell(1), a_cell(2, outcome="not run", seconds=0.0, compared=False)]
    html = write_report(a_verification(*cells), tmp_path).read_text(encoding="utf-8")

    assert '<td class="passed">✓ passed</td><td class="number">0.50</td>' in html
    assert '<td class="not-run">○ not run</td><td class="number"></td>' in html
    assert html.count("<p>This cell was not run.</p>") == 1


def test_junit_has_a_case_for_each_cell(tmp_path: Path) -> None:
    verification = a_verification(a_cell(1), a_failure(2), problem="AWS said no \x1b[0m")
    verification.runs[0].broken = "it ended with 3"
    write_report(verification, tmp_path)

    root = ElementTree.parse(tmp_path / "junit.xml").getroot()

    [suite, whole] = root.findall("testsuite")
    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        **{"tests": "3", "failures": "1", "errors": "1", "skipped": "0"}
    }
    assert [case.get("name") for case in suite] == ["[1] last('␛[31m')", "[2] last('␛[31m')", "[3]"]
    failure = root.find(".//failure")
    assert failure is not None and "-3 mails\n+6 mails\n" in str(failure.text)
    assert [error.get("message") for error in root.iter("error")] == [
        *("it ended with 3", "AWS said no ␛[0m")
    ]
    assert whole.get("errors") == "1"


def test_a_directory_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    there = tmp_path / "file"
    there.touch()

    for attempt in (lambda: make_directory(there), lambda: write_report(a_verification(), there)):
        with pytest.raises(InputError, match="Name another directory with --report"):
            attempt()
