"""The result as JUnit's XML, which continuous integration reads."""

from __future__ import annotations

from difflib import unified_diff
from xml.etree import ElementTree

from mailfanout.campaign import printable
from mailfanout.verify.records import CellResult, NotebookRun, Verification


def to_junit(verification: Verification) -> str:
    """A test suite for each notebook, a test case for each of its cells; see
    https://github.com/testmoapp/junitxml
    """
    root = ElementTree.Element("testsuites", name="mailfanout verify")
    for run in verification.runs:
        _add_suite(root, run, verification.began.isoformat(timespec="seconds"))
    if verification.problem:
        suite = ElementTree.SubElement(root, "testsuite", name="verify", tests="1", errors="1")
        case = ElementTree.SubElement(suite, "testcase", classname="verify", name="all notebooks")
        ElementTree.SubElement(case, "error", message=printable(verification.problem))
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(root, "unicode")}\n'


def _add_suite(root: ElementTree.Element, run: NotebookRun, began: str) -> None:
    suite = ElementTree.SubElement(
        root,
        "testsuite",
        name=run.path.stem,
        tests=str(len(run.cells) + bool(run.broken)),
        failures=str(len(run.failed)),
        errors=str(int(bool(run.broken))),
        skipped=str(sum(cell.outcome == "not run" for cell in run.cells)),
        time=f"{run.seconds:.3f}",
        timestamp=began,
    )
    for cell in run.cells:
        _add_case(suite, run, cell)
    if run.broken:
        name = f"[{len(run.cells) + 1}]"
        case = ElementTree.SubElement(suite, "testcase", classname=run.path.stem, name=name)
        ElementTree.SubElement(case, "error", message=printable(run.broken))


def _add_case(suite: ElementTree.Element, run: NotebookRun, cell: CellResult) -> None:
    case = ElementTree.SubElement(
        suite,
        "testcase",
        classname=run.path.stem,
        name=printable(f"[{cell.number}] {cell.title}"),
        file=run.name,
        time=f"{cell.seconds:.3f}",
    )
    if cell.outcome == "failed":
        failure = ElementTree.SubElement(case, "failure", message=printable(cell.because))
        failure.text = printable("\n".join(_unified(cell)))
    elif cell.outcome == "not run":
        ElementTree.SubElement(case, "skipped")


def _unified(cell: CellResult) -> list[str]:
    lines = [cell.source, ""]
    for one in cell.told:
        left, right = one.expected.splitlines(), one.shown.splitlines()
        lines += unified_diff(left, right, f"{one.kind} committed", f"{one.kind} came", lineterm="")
    return lines
