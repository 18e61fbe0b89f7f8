"""The four functions as files: what they repeat is the same, and what they log is discreet."""

from __future__ import annotations

import ast
import json
from itertools import combinations
from pathlib import Path

import pytest

from support.reliable.loading import PACKAGE
from support.reliable.pipeline import FUNCTIONS
from support.reliable.scenes import HOUR, a_pipeline, work_off

RELIABLE, SIMPLE = (
    [PACKAGE / "lambdas" / design / name / "lambda_function.py" for name in FUNCTIONS[design]]
    for design in ("reliable", "simple")
)
LEDGER = PACKAGE / "lambdas" / "reliable" / "ledger.py"
SIMPLE_MESSAGES = RELIABLE[1].with_name("simple_messages.py")

# Nothing imports the functions, and a published handler is one file: so these stand in several.
SHARED = {"counts_of", "entries_of", "log", "parse_mail"}


def functions_of(path: Path) -> dict[str, str]:
    text = path.read_text(encoding="utf-8")
    return {
        node.name: ast.get_source_segment(text, node) or ""
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef)
    }


@pytest.mark.parametrize("name", sorted(SHARED))
def test_what_several_functions_need_is_the_same_in_each(name: str) -> None:
    paths = [
        *RELIABLE,
        LEDGER,
        PACKAGE / "ledger" / "control.py",
        *([*SIMPLE, SIMPLE_MESSAGES] if name == "parse_mail" else []),
    ]
    texts = [functions[name] for path in paths if name in (functions := functions_of(path))]

    assert len(texts) > 1
    for one, other in combinations(texts, 2):
        assert without_docstring(one) == without_docstring(other)


def without_docstring(text: str) -> str:
    [node] = ast.parse(text).body
    assert isinstance(node, ast.FunctionDef)
    if ast.get_docstring(node):
        del node.body[0]
    return ast.unparse(node)


def test_log_lines_are_json_and_show_no_whole_address() -> None:
    emails = ["yamada@example.com", "bounce-1@example.com", "bad@example.com"]
    pipeline = a_pipeline(*emails, chunk_size=5)

    work_off(pipeline, seconds=HOUR)

    lines = [line.strip() for line in pipeline.aws.story if line.startswith("    ")]
    assert {json.loads(line)["outcome"] for line in lines} >= {"started", "planned", "recorded"}
    assert not [line for line in lines if any(email in line for email in emails)]
