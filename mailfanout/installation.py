"""How this Python gets what the lab needs, in a command that works as it is printed."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from importlib import metadata, util
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

NO_ROOM_FOR_LAB = (
    "JupyterLab has no place for its own files. Set HOME to a directory that can be written to."
)


def has_lab() -> bool:
    """Whether JupyterLab is installed."""
    return util.find_spec("jupyterlab") is not None


def has_room_for_lab() -> bool:
    """Whether JupyterLab, if it is there, gets a place for its files: below the user's home."""
    if not has_lab():
        return True
    from jupyter_core.paths import jupyter_runtime_dir

    try:
        Path(jupyter_runtime_dir()).mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):
        return False
    return True


def install_command() -> str:
    """What installs the package with its lab: from where it was installed, by what installed it."""
    installer = _installer()
    return command_line([*installer, *_source(is_pinned=installer[0] != "pipx")])


def _installer() -> list[str]:
    """What a tool of its own was installed by, or what `uvx` tries would be; else pip, or uv's."""
    prefix, python = Path(sys.prefix), shorten_path(sys.executable)
    if (prefix / "pipx_metadata.json").is_file():
        return ["pipx", "install", "--force"]
    if (prefix / "uv-receipt.toml").is_file() or prefix.parent.name.startswith("archive-v"):
        return ["uv", "tool", "install"]
    if util.find_spec("pip") is None:
        return ["uv", "pip", "install", "--python", python]
    return [python, "-m", "pip", "install"]


def shorten_path(path: str | Path) -> str:
    """A path, from the current directory if it lies below that."""
    path = Path(path)
    below = path.is_relative_to(Path.cwd())
    return str(path.relative_to(Path.cwd()) if below else path)


def command_line(words: list[str]) -> str:
    """The words as one command line, quoted as the system's shell has it."""
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)


def _source(*, is_pinned: bool) -> list[str]:
    """What the installer is to be told: a checkout, a file, or the name.

    A checkout has constraints, which pipx does not take.
    """
    origin = json.loads(metadata.distribution("mailfanout").read_text("direct_url.json") or "{}")
    url = urlsplit(origin.get("url", ""))
    if url.scheme != "file":
        return ["mailfanout[lab]"]
    path = Path(url2pathname(url.path))
    here = "." if path == Path.cwd() else shorten_path(path)
    constraints = path / "constraints.txt"
    pinned = ["-c", shorten_path(constraints)] if is_pinned and constraints.is_file() else []
    editable = ["-e"] if origin.get("dir_info", {}).get("editable") else []
    return [*pinned, *editable, f"{here}[lab]"]
