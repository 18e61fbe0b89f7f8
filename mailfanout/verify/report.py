"""The report: one page of HTML with all that came of it, the notebooks, and JUnit's XML."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from pathlib import Path

from mailfanout.errors import writing_to
from mailfanout.verify.cells_as_html import notebook_html
from mailfanout.verify.junit import to_junit
from mailfanout.verify.records import CellResult, NotebookRun, Verification
from mailfanout.verify.side_by_side import table
from mailfanout.wording import counted

PAGE = "report.html"
_MEND = "Name another directory with --report."
_STYLE = Path(__file__).with_name("report.css")
_SIGNS = {"passed": "✓", "failed": "✗", "not run": "○"}


def make_directory(directory: Path) -> None:
    """Make the directory of a report before there is one. Raises InputError if it cannot be."""
    with writing_to(directory, mend=_MEND):
        directory.mkdir(parents=True, exist_ok=True)
        (directory / PAGE).touch()


def write_report(verification: Verification, directory: Path) -> Path:
    """Write `report.html`, `junit.xml` and the executed notebooks; returns the page's path.

    What earlier reports left under these names is replaced. Raises InputError if it cannot be.
    """
    make_directory(directory)
    page = directory / PAGE
    with writing_to(directory, mend=_MEND):
        page.write_text(to_html(verification), encoding="utf-8")
        (directory / "junit.xml").write_text(to_junit(verification), encoding="utf-8")
        for run in verification.runs:
            executed = json.dumps(run.executed(), indent=1, ensure_ascii=False)
            (directory / run.name).write_text(f"{executed}\n", encoding="utf-8")
    return page


def to_html(verification: Verification) -> str:
    """The page; it loads nothing from anywhere, and no script in it runs."""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>{escape(verification.verdict)} – mailfanout verify</title>
<style>{_STYLE.read_text(encoding="utf-8")}</style>
</head>
<body>
{"".join(_parts(verification))}
</body>
</html>
"""


def _parts(verification: Verification) -> Iterator[str]:
    yield _summary(verification)
    numbered = [(f"n{number}", run) for number, run in enumerate(verification.runs, 1)]
    if failures := "".join(_failures(anchor, run) for anchor, run in numbered):
        yield f"<h2>What failed</h2>{failures}"
    yield "<h2>Cells</h2>"
    yield from (_cell_table(anchor, run) for anchor, run in numbered)
    yield "<h2>Executed notebooks</h2>"
    yield from (_notebook(anchor, run) for anchor, run in numbered)


def _summary(verification: Verification) -> str:
    kind = "passed" if verification.ok else "failed"
    problem = (
        f'<p class="failed">{escape(verification.problem)}</p>' if verification.problem else ""
    )
    handlers = verification.handlers or {"handlers": "this package's own"}
    facts = {
        "ran on": verification.place,
        "began": f"{verification.began:%Y-%m-%d %H:%M:%S} UTC",
        "took": f"{verification.seconds:.1f} s, in {counted(len(verification.runs), 'notebook')}",
        **handlers,
        **verification.versions,
    }
    listed = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in facts.items())
    return (
        f'<header class="verdict {kind}"><h1>{_SIGNS[kind]} {escape(verification.verdict)}</h1>'
        f"{problem}<dl>{listed}</dl></header>"
    )


def _failures(anchor: str, run: NotebookRun) -> str:
    broken = f'<h3>{escape(run.name)}</h3><p class="failed">{escape(run.broken)}</p>'
    failed = "".join(_failure(anchor, run, cell) for cell in run.failed)
    return f"{broken}{failed}" if run.broken else failed


def _failure(anchor: str, run: NotebookRun, cell: CellResult) -> str:
    tables = "".join(map(table, cell.told))
    return (
        f'<h3><a href="#{anchor}-{cell.number}">{escape(run.name)} [{cell.number}]</a>: '
        f"{escape(cell.because)}</h3>"
        f'<pre class="source"><code>{escape(cell.source)}</code></pre>{tables}'
    )


def _cell_table(anchor: str, run: NotebookRun) -> str:
    rows = "".join(_cell_row(anchor, cell) for cell in run.cells)
    left = run.cell_count - len(run.cells)
    missing = f"<p>{counted(left, 'cell')} not run.</p>" if left else ""
    return (
        f"<details{'' if run.ok else ' open'}><summary>{_title(run)}</summary>"
        f'<table><thead><tr><th scope="col">cell</th><th scope="col">result</th>'
        f'<th scope="col">seconds</th><th scope="col">shows</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>{missing}</details>"
    )


def _title(run: NotebookRun) -> str:
    kind = "passed" if run.ok else "failed"
    said = f"{len(run.failed)} of {counted(run.cell_count, 'cell')} failed"
    if run.ok:
        said = f"{counted(run.cell_count, 'cell')}, as they should be"
    sign = f'<span class="{kind}">{_SIGNS[kind]}</span>'
    return f"{sign} {escape(run.name)}: {said}, {run.seconds:.1f} s"


def _cell_row(anchor: str, cell: CellResult) -> str:
    was_run = cell.outcome != "not run"
    said = cell.because or ("output not compared" if was_run and not cell.compared else "")
    seconds = f"{cell.seconds:.2f}" if was_run else ""
    return (
        f'<tr><td class="number"><a href="#{anchor}-{cell.number}">[{cell.number}]</a></td>'
        f'<td class="{cell.outcome.replace(" ", "-")}">{_SIGNS[cell.outcome]} {cell.outcome}'
        f"{f', {escape(said)}' if said else ''}</td>"
        f'<td class="number">{seconds}</td><td><code>{escape(cell.title)}</code></td></tr>'
    )


def _notebook(anchor: str, run: NotebookRun) -> str:
    return (
        f"<details><summary>{escape(run.name)}</summary>"
        f'<p><a href="{escape(run.name)}">The notebook itself</a>, for JupyterLab.</p>'
        f"{notebook_html(run, anchor)}</details>"
    )
