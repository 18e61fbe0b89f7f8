"""What README.md claims can be looked up."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mailfanout.commands import COMMANDS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
# | behaviour | AWS | sandbox | moto alone | `test` |
ROWS = re.findall(r"^\| (.+?) \| yes \| (yes.*?|no) \| .+? \|(?: `(\w+)`)? ?\|$", README, re.M)


def test_the_table_of_behaviours_is_found() -> None:
    assert len(ROWS) > 20


@pytest.mark.parametrize(("behaviour", "sandbox", "test"), ROWS, ids=[row[0] for row in ROWS])
def test_every_yes_names_a_test_that_exists(behaviour: str, sandbox: str, test: str) -> None:
    if sandbox == "no":
        assert test == ""
    else:
        sources = (path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
        assert any(re.search(rf"\bdef test_{test}\b", source) for source in sources)


def test_every_command_that_is_named_exists() -> None:
    named = set(re.findall(r"`mailfanout ([a-z]+)", README))
    assert named <= set(COMMANDS)


def test_it_reads_alike_where_its_neighbours_are_not() -> None:
    """PyPI shows the README without the repository: a relative link or picture leads nowhere."""
    assert not re.findall(r"\]\((?!https://|#)(.+?)\)|(?:src|href)=[\"'](?!https://|#)", README)
