"""Changes of the environment, written so that a shell carries them out."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial

from mailfanout.sandbox.control import Changes

SHELLS = ("bash", "zsh", "fish", "powershell", "cmd")

_PROGRAMS = {"sh": "bash", "dash": "bash", "ksh": "bash", "pwsh": "powershell"}


def detect_shell() -> str:
    """The nearest shell among the processes that started this one, or the system's usual one."""
    import psutil

    try:
        names = [parent.name() for parent in psutil.Process().parents()]
    except psutil.Error:
        names = []
    for name in names:
        program = name.lower().removesuffix(".exe").removeprefix("-")
        if (shell := _PROGRAMS.get(program, program)) in SHELLS:
            return shell
    return "powershell" if os.name == "nt" else "bash"


def script(changes: Changes, shell: str) -> str:
    """The lines that a shell is to evaluate; None removes a variable."""
    assign, remove = _FORMS[shell]
    lines = (
        remove.format(name) if value is None else assign(name, value)
        for name, value in changes.items()
    )
    return "\n".join(lines)


def failure(shell: str) -> str:
    """The line that has a shell's next `&&` stop: evaluating nothing would count as success."""
    return "" if shell in ("powershell", "cmd") else "false"


def _quoted(form: str, escapes: Mapping[str, str], name: str, value: str) -> str:
    return form.format(name, "".join(escapes.get(character, character) for character in value))


_POSIX = partial(_quoted, "export {}='{}'", {"'": "'\\''"}), "unset {}"
_FORMS: dict[str, tuple[Callable[[str, str], str], str]] = {
    "bash": _POSIX,
    "zsh": _POSIX,
    "fish": (partial(_quoted, "set -gx {} '{}'", {"'": "\\'", "\\": "\\\\"}), "set -e {}"),
    "powershell": (
        partial(_quoted, "$Env:{} = '{}'", {"'": "''"}),
        "Remove-Item -ErrorAction Ignore Env:{}",
    ),
    "cmd": (partial(_quoted, 'set "{}={}"', {}), 'set "{}="'),
}
