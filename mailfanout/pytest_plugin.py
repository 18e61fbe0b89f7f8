"""Private sandboxes for any project's tests: pytest loads this module by its entry point."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from mailfanout.errors import ResourceMissing

if TYPE_CHECKING:
    from mailfanout.target import Target

_IN_A_TEST = (
    "In a test, whose sandbox is private and begins empty, it is made by "
    "provision.deploy(mailfanout_target, stack), before it is needed."
)
_OTHER_KEYS = (
    "These keys are none of the sandbox's. mailfanout_environment sets those that are; what comes "
    "later in the test, such as moto's mock_aws or a fixture that sets AWS_ACCESS_KEY_ID, sets "
    "others. Have it come before, or leave it out."
)
_NOTEBOOKS_HOME = pytest.StashKey[str]()


@pytest.fixture(scope="session")
def mailfanout_session_target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A sandbox of this test session's own, as a Target; with pytest-xdist, one per worker.

    MAILFANOUT_HOME points to it, so that programs which the tests start find it, too. It ends
    with the session, with every process of it, also if that is killed.
    """
    from mailfanout import target
    from mailfanout.sandbox import control

    with _sandbox_in(str(tmp_path_factory.mktemp("mailfanout"))):
        try:
            yield target.connect("sandbox")
        finally:
            control.stop()


@pytest.fixture
def mailfanout_target(mailfanout_session_target: Target) -> Target:
    """The private sandbox, emptied: no resource, no mail, no fault, no count."""
    assert mailfanout_session_target.sandbox is not None
    mailfanout_session_target.sandbox.reset()
    return mailfanout_session_target


@pytest.fixture
def mailfanout_environment(
    mailfanout_target: Target, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Target]:
    """The same; in the test, boto3's own clients and the AWS CLI reach it, and nothing else.

    It is for code that is tested as it is, which calls `boto3.client("sqs")`.
    """
    import boto3

    from mailfanout.sandbox import control

    assert mailfanout_target.sandbox is not None
    # A session from before this test has found other keys, or none.
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with control.variables_set(**control.enter_shell(mailfanout_target.sandbox, os.environ)):
        yield mailfanout_target


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """An error in a test with a private sandbox says what is otherwise there than in a terminal."""
    try:
        return (yield)
    except Exception as error:
        if "mailfanout_session_target" in getattr(item, "fixturenames", ()):
            for note in _notes_on(error):
                error.add_note(note)
        raise


def _notes_on(error: Exception) -> Iterator[str]:
    """A command would make what is missing in another sandbox; and keys may have been replaced."""
    from botocore.exceptions import ClientError

    from mailfanout.target import UNKNOWN_KEY

    if isinstance(error, ResourceMissing):
        yield _IN_A_TEST
    if isinstance(error, ClientError) and error.response["Error"]["Code"] in UNKNOWN_KEY:
        yield _OTHER_KEYS


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    """Notebooks that pytest runs have a private sandbox, too.

    A notebook's kernel, which its first cell's setup starts, inherits what is set here. It is not
    the fixtures' sandbox, because each lesson empties the sandbox that it finds.
    """
    if item.path.suffix != ".ipynb":
        return (yield)
    with _sandbox_in(_notebooks_home(item.config)):
        return (yield)


def _notebooks_home(config: pytest.Config) -> str:
    """A new directory, which lasts as long as the session."""
    if _NOTEBOOKS_HOME not in config.stash:
        config.stash[_NOTEBOOKS_HOME] = tempfile.mkdtemp(prefix="pytest-mailfanout-")
    return config.stash[_NOTEBOOKS_HOME]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Stop the notebooks' sandbox, and remove its directory.

    pytest-xdist waits for this in each worker. What comes later it may cut short.
    """
    if home := session.config.stash.get(_NOTEBOOKS_HOME, None):
        from mailfanout.sandbox import control

        with _sandbox_in(home):
            control.stop()
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _sandbox_in(home: str) -> Iterator[None]:
    from mailfanout.sandbox import control

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAILFANOUT_HOME", home)
        patch.setenv(control.OWNER_VARIABLE, control.this_owner())
        patch.delenv("MAILFANOUT_TARGET", raising=False)
        patch.delenv("MAILFANOUT_PREFIX", raising=False)
        yield
