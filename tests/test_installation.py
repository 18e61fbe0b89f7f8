"""What is missing is named with a command that works as it is printed."""

from __future__ import annotations

import importlib.util
import json
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from mailfanout import installation


class Installed:
    """A distribution that was installed from an address; None if from an index."""

    def __init__(self, origin: dict[str, Any] | None) -> None:
        self.origin = origin

    def read_text(self, name: str) -> str | None:
        assert name == "direct_url.json"
        return json.dumps(self.origin) if self.origin else None


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory: a checkout with constraints, and an environment in it."""
    (tmp_path / "constraints.txt").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "executable", str(tmp_path / ".venv" / "bin" / "python"))
    return tmp_path


def install_from(origin: dict[str, Any] | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "distribution", lambda name: Installed(origin))


def find_pip(found: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether this Python has pip: an environment of uv's has none."""
    find_spec = importlib.util.find_spec
    pip = find_spec("mailfanout") if found else None
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: pip if name == "pip" else find_spec(name)
    )


@pytest.mark.skipif(sys.platform == "win32", reason="Windows quotes in another way")
def test_a_checkout_is_installed_as_it_was(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    find_pip(True, monkeypatch)
    install_from({"url": checkout.as_uri(), "dir_info": {"editable": True}}, monkeypatch)

    assert installation.install_command() == (
        ".venv/bin/python -m pip install -c constraints.txt -e '.[lab]'"
    )


def test_from_an_index_the_name_is_enough(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_from(None, monkeypatch)

    assert "mailfanout[lab]" in installation.install_command()


def test_an_environment_without_pip_is_one_of_uv(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_from(None, monkeypatch)
    find_pip(False, monkeypatch)

    assert installation.install_command().startswith("uv pip install --python ")


@pytest.mark.parametrize(
    ("receipt", "installer"),
    [
        ("tools/mailfanout/uv-receipt.toml", "uv tool install "),
        ("cache/archive-v0/x1/pyvenv.cfg", "uv tool install "),
        ("venvs/mailfanout/pipx_metadata.json", "pipx install --force "),
    ],
)
def test_a_tool_is_installed_again_by_what_installed_it(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, receipt: str, installer: str
) -> None:
    install_from(None, monkeypatch)
    place = checkout / receipt
    place.parent.mkdir(parents=True)
    place.touch()
    monkeypatch.setattr(sys, "prefix", str(place.parent))

    assert installation.install_command().startswith(f"{installer}'mailfanout[lab]'")
