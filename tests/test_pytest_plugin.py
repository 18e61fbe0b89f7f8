"""The plugin gives any project's tests and notebooks sandboxes of their own, and ends them."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from mailfanout.sandbox.control.endings import has_ended

pytestmark = pytest.mark.slow

# What else is installed here, and takes each session a second to load.
OTHERS = "-p no:hypothesispytest -p no:anyio -p no:nbval"

NOTE = """
import json, os
from pathlib import Path

def note(sandbox):
    path = Path(os.environ["NOTES"], f"{os.getpid()}.json")
    path.write_text(json.dumps([sandbox.pid, os.environ["MAILFANOUT_HOME"]]))
"""
TEST = """
from noting import note

def test_it(mailfanout_target):
    note(mailfanout_target.sandbox)
    assert "QueueUrls" not in mailfanout_target.client("sqs").list_queues()
"""
CELL = "from mailfanout.target import connect\nfrom noting import note\nnote(connect().sandbox)"


WITH_BOTO3 = """
import os, subprocess
import boto3
import pytest

def put():
    boto3.client("sqs").create_queue(QueueName="of-code-under-test")

def urls(target):
    return target.client("sqs").list_queues().get("QueueUrls", [])

@pytest.mark.parametrize("time", ["first", "second"])
def test_in_it(mailfanout_environment, time):
    assert urls(mailfanout_environment) == []
    put()
    assert len(urls(mailfanout_environment)) == 1
    assert b"of-code-under-test" in subprocess.check_output(["aws", "sqs", "list-queues"])
    assert "AWS_PROFILE" not in os.environ

def test_after_it():
    assert os.environ["AWS_PROFILE"] == "mine"
    assert boto3.DEFAULT_SESSION is None
"""

WITHOUT_A_TABLE = """
from mailfanout import campaign
from mailfanout.stack import Stack

def test_it(mailfanout_target):
    campaign.count_recipients(mailfanout_target, Stack())
"""

WITH_MOTO = """
import boto3
import pytest
from moto import mock_aws

@pytest.mark.parametrize(("service", "call"), [
    ("sqs", "list_queues"), ("dynamodb", "list_tables"), ("s3", "list_buckets"),
])
def test_it(mailfanout_environment, service, call):
    with mock_aws():
        getattr(boto3.client(service), call)()
"""


@pytest.fixture(autouse=True)
def without_others(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `pytester` begins, it forgets this variable."""
    monkeypatch.setenv("PYTEST_ADDOPTS", OTHERS)


@pytest.fixture
def notes(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where tests and cells of the tested session note the sandbox that they found."""
    directory = pytester.mkdir("notes")
    pytester.makepyfile(noting=NOTE)
    monkeypatch.setenv("NOTES", str(directory))
    monkeypatch.setenv("PYTHONPATH", str(pytester.path))
    monkeypatch.setenv("MAILFANOUT_HOME", str(pytester.path / "the users own"))
    return directory


def found_in(notes: Path) -> list[tuple[int, str]]:
    """The process and the home of each sandbox."""
    return [tuple(json.loads(path.read_text())) for path in sorted(notes.iterdir())]


def is_gone(pid: int) -> bool:
    with suppress(psutil.NoSuchProcess):
        return has_ended(psutil.Process(pid))
    return True


def test_each_worker_has_a_sandbox_of_its_own(pytester: pytest.Pytester, notes: Path) -> None:
    for number in range(2):
        pytester.makepyfile(**{f"test_{number}": TEST})

    pytester.runpytest_subprocess("-n2", "--dist=loadfile").assert_outcomes(passed=2)

    assert len(set(found_in(notes))) == 2
    assert all(is_gone(pid) for pid, _ in found_in(notes))


def test_tests_and_notebooks_have_one_each_that_ends_with_the_session(
    pytester: pytest.Pytester, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTEST_ADDOPTS")
    cell = {
        "cell_type": "code",
        "execution_count": 1,
        "id": "only",
        "metadata": {},
        "outputs": [],
        "source": CELL,
    }
    kernel = {"kernelspec": {"display_name": "", "language": "python", "name": "python3"}}
    notebook = {"cells": [cell], "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    pytester.makepyfile(test_it=TEST)
    pytester.makefile(".ipynb", last=json.dumps(notebook))

    ran = pytester.runpytest_subprocess("--nbval", "test_it.py", "last.ipynb")

    ran.assert_outcomes(passed=2)
    found = found_in(notes)
    assert len(set(found)) == 2
    assert all(is_gone(pid) for pid, _ in found)
    assert str(pytester.path / "the users own") not in {home for _, home in found}


def test_code_under_test_reaches_the_sandbox_and_nothing_else(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:9")
    pytester.makepyfile(test_it=WITH_BOTO3)

    pytester.runpytest_subprocess().assert_outcomes(passed=3)


def test_what_is_missing_in_a_test_is_made_by_a_call(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_it=WITHOUT_A_TABLE)

    ran = pytester.runpytest_subprocess()

    ran.assert_outcomes(failed=1)
    ran.stdout.fnmatch_lines("*Table mailaddress does not exist.*")
    ran.stdout.fnmatch_lines("*it is made by provision.deploy(mailfanout_target, stack)*")


def test_keys_that_were_replaced_in_a_test_are_named(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(WITH_MOTO)

    result = pytester.runpytest_subprocess()

    result.assert_outcomes(failed=3)
    # Where CI is set, pytest tells whole errors in its summary, too.
    told = re.findall(
        r"^E +These keys are none of the sandbox's", result.stdout.str(), re.MULTILINE
    )
    assert len(told) == 3
