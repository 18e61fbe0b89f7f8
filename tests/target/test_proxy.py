"""The variables of a proxy, as companies and schools set them, leave the sandbox alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mailfanout import campaign, recipients
from mailfanout.commands import tour
from mailfanout.sandbox.control import Sandbox
from mailfanout.target import connect, stack_for

pytestmark = pytest.mark.slow

NOWHERE = "http://127.0.0.1:9"
LIST_TABLES = [sys.executable, "-m", "awscli", "dynamodb", "list-tables"]


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy where nothing answers, for every address."""
    for name in ("http_proxy", "https_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("HTTP_PROXY", NOWHERE)
    monkeypatch.setenv("HTTPS_PROXY", NOWHERE)


def test_the_whole_pipeline_works_beside_a_proxy(proxy: None, home: Path) -> None:
    target = connect("sandbox")
    people = recipients.example().recipients

    taken = tour.run(target, stack_for(target), people=people, mail=campaign.example_mail())

    assert taken.report.sent == 3


def test_the_aws_cli_works_beside_a_proxy(sandbox: Sandbox, proxy: None) -> None:
    variables = {**os.environ, **sandbox.environment()}

    listed = subprocess.run(LIST_TABLES, env=variables, capture_output=True, encoding="utf-8")

    assert (listed.returncode, listed.stderr) == (0, "")


@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
def test_what_is_exempt_from_the_proxy_stays_so(
    sandbox: Sandbox, proxy: None, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "intranet.example.com")

    variables = sandbox.environment()

    assert variables["NO_PROXY"] == variables["no_proxy"] == "intranet.example.com,127.0.0.1"


def test_nothing_is_set_where_loopback_is_exempt_already(
    sandbox: Sandbox, proxy: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")

    assert "NO_PROXY" not in sandbox.environment()
