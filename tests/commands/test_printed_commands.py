"""Commands are printed so that they work from where the user stands."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import pytest

from mailfanout.commands import as_typed

pytestmark = pytest.mark.slow

SCRIPTS = Path(sysconfig.get_path("scripts"))


def test_on_the_path_the_name_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(SCRIPTS))

    assert as_typed("Next: mailfanout lab") == "Next: mailfanout lab"


def test_elsewhere_the_way_to_it_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.chdir(SCRIPTS.parents[1])
    way = str(Path(*SCRIPTS.parts[-2:]) / "mailfanout")

    assert as_typed("Next: mailfanout lab").startswith(f"Next: {way}")


def test_what_was_typed_of_the_place_is_said_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(SCRIPTS))
    place = {"--target": "aws", "--prefix": "anna"}
    shown = "Type: mailfanout deploy --design reliable. Or `mailfanout teardown --prefix ben` or"

    assert as_typed(f"{shown} mailfanout lab", place) == (
        "Type: mailfanout deploy --target aws --prefix anna --design reliable. "
        "Or `mailfanout teardown --target aws --prefix ben` or mailfanout lab"
    )


def test_the_package_of_that_name_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    assert as_typed("mailfanout is mailfanout 1.0") == "mailfanout is mailfanout 1.0"


def test_a_program_of_another_environment_is_not_ours(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = tmp_path / "mailfanout"
    other.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert as_typed("mailfanout lab") != "mailfanout lab"
