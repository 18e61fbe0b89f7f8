"""What README.md claims can be looked up."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from mailfanout.sandbox.cloudformation.kinds import KINDS
from mailfanout.sandbox.cloudformation.standing import READERS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SCREEN_LINES = 50
# | behaviour | AWS | sandbox | moto alone | `test` |
ROWS = re.findall(r"^\| (.+?) \| (?:yes|many) \| (.+?) \| [^|]+ \|(?: `(\w+)`)? ?\|$", README, re.M)
# In a line of code, or in a block; `DIR…` stands for several.
TYPED = {
    typed.replace("…", "")
    for typed in re.findall(r"(?<![-.\w] )\bmailfanout [a-z-][^`\n)&;,]*", README)
    if not typed.startswith(("mailfanout import", "mailfanout mailfanout", "mailfanout python"))
}


def test_the_table_of_behaviours_is_found() -> None:
    [table] = re.findall(r"^\| behaviour \|.+\n\|[-|]+\n((?:\|.+\n)+)", README, re.M)
    assert len(ROWS) == len(table.splitlines()) > 20


@pytest.mark.parametrize(("behaviour", "sandbox", "test"), ROWS, ids=[row[0] for row in ROWS])
def test_every_yes_names_a_test_that_exists(behaviour: str, sandbox: str, test: str) -> None:
    if sandbox == "no":
        assert test == ""
    else:
        sources = (path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
        assert any(re.search(rf"\bdef test_{test}\b", source) for source in sources)


def test_the_types_of_stacks_are_counted() -> None:
    counts = [int(n) for _, sandbox, _ in ROWS for n in re.findall(r"(\d+) types", sandbox)]

    assert counts == [len(KINDS), len(READERS)]


@pytest.mark.parametrize("typed", sorted(TYPED))
def test_every_command_can_be_typed_as_it_stands(typed: str) -> None:
    from mailfanout.__main__ import cli

    program, *words = shlex.split(typed)
    command: click.Command = cli
    context = click.Context(cli, info_name=program)
    while isinstance(command, click.Group) and words and words[0] != "--help":
        name, found, words = command.resolve_command(context, words)
        assert name and found
        command, context = found, click.Context(found, parent=context, info_name=name)
    if "--help" not in words:
        command.parse_args(context, words)


def test_it_reads_alike_where_its_neighbours_are_not() -> None:
    """PyPI shows the README without the repository: a relative link or picture leads nowhere."""
    assert not re.findall(r"\]\((?!https://|#)(.+?)\)|(?:src|href)=[\"'](?!https://|#)", README)


@pytest.mark.parametrize("reader", ["follow along", "teach", "test"])
def test_what_each_reader_needs_fits_on_a_screen(reader: str) -> None:
    [section] = re.findall(rf"^## If you {reader}\n(.*?)^## ", README, re.M | re.S)
    unfolded = re.sub(r"<details>.*?</details>\n", "", section, flags=re.S)

    assert 10 < len(unfolded.splitlines()) <= SCREEN_LINES
