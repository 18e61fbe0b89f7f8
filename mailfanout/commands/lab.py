"""`mailfanout lab`: JupyterLab on a learner's own copy of the notebooks."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import sysconfig
from contextlib import suppress
from pathlib import Path

import click

from mailfanout import installation, workshop
from mailfanout.commands.console import say
from mailfanout.commands.options import PATH, WholeNumber
from mailfanout.commands.plan import ask, may_ask
from mailfanout.errors import InputError, MailfanoutError
from mailfanout.sandbox import control
from mailfanout.wording import counted

# How long JupyterLab may take to end its kernels.
END_LIMIT_SECONDS = 10
# Those that it tries first, in this order.
_PORTS = range(8888, 8893)


def run(
    directory: Path,
    *,
    browser: bool = True,
    port: int | None = None,
    private_sandbox: bool = False,
) -> int:
    """Run JupyterLab on a copy until it is ended; returns the code that it ended with.

    It opens at the first notebook, and later at the notebook where the learner stopped. With
    `private_sandbox` the notebooks use a sandbox of this copy alone, which ends with JupyterLab.
    Inside JupyterHub nothing is run, and what to open there is said. Raises InputError if the port
    cannot be used.
    """
    if _is_inside_jupyterhub():
        place = directory / workshop.FIRST_NOTEBOOK
        say.print(f"JupyterHub runs here: open {place} in its file browser.", soft_wrap=True)
        return 0
    if port is not None:
        _require_free(port)
    write_workspace(directory)
    write_settings(directory)
    variables = {
        "JUPYTERLAB_WORKSPACES_DIR": str(_workspaces(directory)),
        "PATH": os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")]),
    }
    if private_sandbox:
        variables["MAILFANOUT_HOME"] = str(directory.resolve() / ".sandbox")
    environment = {**os.environ, **variables}
    try:
        words = command(directory, browser=browser, port=port)
        return _run(words, environment) if port else _run_where_there_is_room(words, environment)
    finally:
        if private_sandbox:
            subprocess.run([sys.executable, "-c", _STOP_SANDBOX], env=environment)


def command(directory: Path, *, browser: bool = True, port: int | None = None) -> list[str]:
    """The command that starts JupyterLab on a directory, by this Python.

    If a port is named, JupyterLab tries no other; else it takes one that is free.
    """
    words = [
        sys.executable,
        "-m",
        "jupyterlab",
        f"--ServerApp.root_dir={directory.resolve()}",
        f"--LabApp.app_settings_dir={_settings(directory)}",
    ]
    if port is not None:
        words += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    if hasattr(os, "getuid") and os.getuid() == 0:
        words.append("--allow-root")  # in a container the user usually is root
    if os.name != "nt":
        words.append(f"--ServerApp.terminado_settings={_terminal()}")
    return words if browser else [*words, "--no-browser"]


def _terminal() -> dict[str, list[str]]:
    """JupyterLab's own choice is a login shell, which forgets where our programs are."""
    return {"shell_command": [os.environ.get("SHELL") or "/bin/sh"]}


def write_workspace(directory: Path) -> None:
    """Have JupyterLab open the first notebook beside its table of contents, on a first start.

    If the learner has arranged the windows already, nothing is changed.
    """
    # JupyterLab keeps its default workspace in a file of this name, which ends in a checksum.
    path = _workspaces(directory) / "default-37a8.jupyterlab-workspace"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(_WORKSPACE), encoding="utf-8")


def write_settings(directory: Path) -> None:
    """Have JupyterLab ask nothing about news, and cut off no long line of code.

    What the learner sets wins over it.
    """
    path = _settings(directory) / "overrides.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(_JUPYTERLAB), encoding="utf-8")


_STOP_SANDBOX = "from mailfanout.sandbox import control; control.stop()"
_JUPYTERLAB = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false"},
    "@jupyterlab/notebook-extension:tracker": {"codeCellConfig": {"lineWrap": True}},
}
_NOTEBOOK = f"notebook:{workshop.FIRST_NOTEBOOK}"
_WORKSPACE = {
    "data": {
        "layout-restorer:data": {
            "main": {
                "dock": {"type": "tab-area", "currentIndex": 0, "widgets": [_NOTEBOOK]},
                "current": _NOTEBOOK,
            },
            "left": {
                "collapsed": False,
                "visible": True,
                "current": "@jupyterlab/toc:plugin",
                "widgets": ["filebrowser", "@jupyterlab/toc:plugin"],
            },
            "relativeSizes": [0.2, 0.8, 0],
        },
        _NOTEBOOK: {"data": {"path": workshop.FIRST_NOTEBOOK, "factory": "Notebook"}},
    },
    "metadata": {"id": "default"},
}


def _workspaces(directory: Path) -> Path:
    return directory.resolve() / ".jupyterlab"


def _settings(directory: Path) -> Path:
    return _workspaces(directory) / "settings"


def _require_free(port: int) -> None:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        raise InputError(
            f"Port {port} cannot be used: {error.strerror}. Name another one; without --port, "
            "JupyterLab looks for one that is free."
        ) from error


def _is_free(port: int) -> bool:
    with suppress(OSError):
        socket.create_server(("127.0.0.1", port)).close()
        return True
    return False


def _is_inside_jupyterhub() -> bool:
    return "JUPYTERHUB_API_TOKEN" in os.environ


def _run_where_there_is_room(words: list[str], environment: dict[str, str]) -> int:
    """As `_run`, with a port that JupyterLab finds free, and binds some seconds later.

    Of two that begin in the same moment, one finds it taken then, and ends: it is started again.
    """
    while True:
        wanted = next(filter(_is_free, _PORTS), None)
        code = _run(words, environment)
        if code != 1 or wanted is None or _is_free(wanted):
            return code
        say.print(f"Port {wanted} was taken meanwhile: once more, with another one.")


def _run(words: list[str], environment: dict[str, str]) -> int:
    """Run a program, which ends with this one, with its kernels; the code that it ended with."""
    process = subprocess.Popen(words, env=environment)
    try:
        while True:
            # When JupyterLab has been interrupted, too, it asks whether to end.
            with suppress(KeyboardInterrupt):
                return process.wait()
    finally:
        if process.returncode is None:
            _end(process.pid)


def _end(pid: int) -> None:
    """End a program and all that it started, but for the sandbox, which others use, too."""
    import psutil

    sandbox = control.find()
    try:
        program = psutil.Process(pid)
        family = [program, *program.children(recursive=True)]
        program.terminate()
    except psutil.NoSuchProcess:
        return
    if sandbox:
        shared = psutil.Process(sandbox.pid)
        family = [one for one in family if one not in (shared, *shared.children(recursive=True))]
    control.kill_after(family, limit_seconds=END_LIMIT_SECONDS)


@click.command("lab")
@click.argument("directory", type=PATH, default="mailfanout-lab")
@click.option(
    "--fresh",
    is_flag=True,
    help="Begin anew: moves the copy that is there aside. In a terminal it asks first.",
)
@click.option("--no-browser", is_flag=True, help="Print the address instead of opening it.")
@click.option("--port", type=WholeNumber(1, 65535), help="This port, and no other.")
@click.option("--private-sandbox", is_flag=True, help="Use a sandbox of this copy alone.")
def lab_command(
    directory: Path, fresh: bool, no_browser: bool, port: int | None, private_sandbox: bool
) -> None:
    """Copy the notebooks, without solutions, to DIRECTORY, and open JupyterLab on the copy.

    The second time it uses the existing copy, and leaves what you wrote as it is.
    """
    if not (installation.has_lab() or _is_inside_jupyterhub()):
        raise MailfanoutError(f"JupyterLab is missing. Type: {installation.install_command()}")
    if not installation.has_room_for_lab():
        raise MailfanoutError(installation.NO_ROOM_FOR_LAB)
    if fresh and directory.exists() and may_ask():  # a script loses nothing, either
        ask(f"Move {directory} aside, and begin anew?", otherwise="The copy is left as it is.")
    copied = workshop.make_copy(workshop.source_notebooks(), directory, fresh=fresh)
    if copied.moved_to:
        say.print(f"The copy that was there is now in {copied.moved_to}", soft_wrap=True)
    say.print(f"Your notebooks are in {directory.resolve()}", soft_wrap=True)
    if copied.added and copied.to_others:
        added = counted(copied.added, "file")
        say.print(f"Added to what was there, which stays as it is: {added}", soft_wrap=True)
    sys.exit(run(directory, browser=not no_browser, port=port, private_sandbox=private_sandbox))
