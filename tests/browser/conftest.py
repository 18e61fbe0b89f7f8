"""What `mailfanout lab` starts, and a browser in front of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Page, sync_playwright

from mailfanout import workshop
from mailfanout.sandbox.control.endings import wait_until_ended
from support.waiting import wait_until

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
START_LIMIT_SECONDS = 180
END_LIMIT_SECONDS = 30

# JupyterLab leaves out cells that are out of sight, whose pictures then could not be asked for.
SETTINGS = {"@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"}}


@dataclass(frozen=True)
class Server:
    """A JupyterLab that runs: its address, and the token that lets one in."""

    url: str
    token: str


@pytest.fixture(scope="module")
def browser_path() -> str:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip(f"no browser is on the PATH: none of {', '.join(BROWSERS)}")
    return found


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A learner's copy of the notebooks, and in `solved` the ones with solutions."""
    copy = tmp_path_factory.mktemp("lab") / "copy"
    source = workshop.source_notebooks()
    workshop.make_copy(source, copy)
    shutil.copytree(source, copy / "solved", ignore=shutil.ignore_patterns(".*"))
    return copy


@pytest.fixture(scope="module")
def server(
    browser_path: str, copy: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """What `mailfanout lab` starts, on a free port, with a sandbox and settings of its own."""
    settings = tmp_path_factory.mktemp("jupyter")
    write_settings(settings / "config")
    command = ["lab", str(copy), "--no-browser", "--private-sandbox"]
    with (settings / "log").open("wb") as log:
        process = psutil.Popen(
            [sys.executable, "-m", "mailfanout", *command],
            env={**os.environ, **own_directories(settings)},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until(lambda: read_server(settings / "runtime"), limit_seconds=START_LIMIT_SECONDS)
        server = read_server(settings / "runtime")
        assert server
        yield server
        family = processes_of(copy, process)
        shut_down(server)
        assert process.wait(END_LIMIT_SECONDS) == 0
        assert not wait_until_ended(family, limit_seconds=END_LIMIT_SECONDS)
    finally:
        for member in processes_of(copy, process):
            with suppress(psutil.NoSuchProcess):
                member.kill()


@pytest.fixture(scope="module")
def address(server: Server) -> str:
    """What JupyterLab opens in a learner's browser."""
    return f"{server.url}lab?token={server.token}"


@pytest.fixture(scope="module")
def requests() -> list[str]:
    """The addresses that the page asked for."""
    return []


@pytest.fixture(scope="module")
def script_errors() -> list[str]:
    """What the page's scripts failed with."""
    return []


@pytest.fixture(scope="module")
def page(
    browser_path: str,
    tmp_path_factory: pytest.TempPathFactory,
    requests: list[str],
    script_errors: list[str],
) -> Iterator[Page]:
    """An empty page of Chromium, with a fresh profile."""
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("profile"),
            executable_path=browser_path,
            args=FLAGS,
            viewport={"width": 1280, "height": 900},
        )
        [page] = context.pages
        page.on("request", lambda request: requests.append(request.url))
        page.on("pageerror", lambda error: script_errors.append(str(error)))
        yield page
        context.close()


@pytest.fixture(scope="module")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots are kept: MAILFANOUT_SCREENSHOTS, or pytest's own directory."""
    chosen = os.environ.get("MAILFANOUT_SCREENSHOTS")
    directory = Path(chosen) if chosen else tmp_path_factory.mktemp("screenshots")
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def write_settings(config: Path) -> None:
    path = config / "labconfig" / "default_setting_overrides.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(SETTINGS), encoding="utf-8")


def own_directories(settings: Path) -> dict[str, str]:
    """Nothing of the user's own JupyterLab plays a part, or is changed."""
    return {
        "JUPYTER_CONFIG_DIR": str(settings / "config"),
        "JUPYTER_RUNTIME_DIR": str(settings / "runtime"),
        "IPYTHONDIR": str(settings / "ipython"),
    }


def read_server(runtime: Path) -> Server | None:
    """A server that answers: it writes down where it is a moment before it listens."""
    for path in runtime.glob("jpserver-*.json"):
        with suppress(ValueError, OSError):
            found = json.loads(path.read_text(encoding="utf-8"))
            server = Server(found["url"], found["token"])
            urllib.request.urlopen(asked_of(server, "api/status")).close()
            return server
    return None


def asked_of(server: Server, path: str, method: str = "GET") -> urllib.request.Request:
    headers = {"Authorization": f"token {server.token}"}
    return urllib.request.Request(f"{server.url}{path}", method=method, headers=headers)


def processes_of(copy: Path, process: psutil.Process) -> list[psutil.Process]:
    """JupyterLab with its kernels, and the sandbox with its functions."""
    roots = [process.pid]
    with suppress(FileNotFoundError):
        state = (copy / ".sandbox" / "sandbox.json").read_text(encoding="utf-8")
        roots.append(json.loads(state)["pid"])
    found = []
    for pid in roots:
        with suppress(psutil.NoSuchProcess):
            root = psutil.Process(pid)
            found += [root, *root.children(recursive=True)]
    return found


def shut_down(server: Server) -> None:
    """As `File > Shut Down` does."""
    with urllib.request.urlopen(asked_of(server, "api/shutdown", "POST")) as answer:
        assert answer.status == 200
