"""A full disk: one line that says what to do, and nothing lost that was there before."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from mailfanout.errors import SandboxUnavailable
from mailfanout.sandbox import control
from mailfanout.target import connect
from support.sandboxes.account_in_sandbox import Account, queue_arn
from support.sandboxes.homes import sandbox_home
from support.waiting import wait_until

pytestmark = pytest.mark.slow

SIZE = "256k"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, small enough to be filled."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=700", "tmpfs", str(place)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"only Linux's root can mount a small disk: {error}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
        while True:
            file.write(bytes(4096))
    try:
        yield
    finally:
        ballast.unlink()


@pytest.fixture
def home_on_disk(disk: Path) -> Iterator[Path]:
    with sandbox_home(disk):
        yield disk


@pytest.fixture
def account_on_disk(
    disk: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Account:
    """In a sandbox whose functions run on the disk; its own files lie elsewhere."""
    with monkeypatch.context() as patch:
        patch.setenv("TMPDIR", str(disk))
        account = Account(connect("sandbox"), tmp_path)
    account.set_time_scale(0.01)
    return account


def test_start_on_a_full_disk_says_what_to_do_and_leaves_nothing(home_on_disk: Path) -> None:
    with (
        filled(home_on_disk),
        pytest.raises(SandboxUnavailable, match="No space left on device. Make room there") as said,
    ):
        control.start()
    assert "\n" not in str(said.value)
    assert {path.name for path in home_on_disk.iterdir()} <= {"sandbox.lock", "sandbox.log"}
    assert control.start().calls() == {}


def test_sandbox_whose_disk_fills_up_keeps_what_it_has_and_stops(home_on_disk: Path) -> None:
    target = connect("sandbox")
    sqs = target.client("sqs")
    url = sqs.create_queue(QueueName="kept")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="before")
    with filled(home_on_disk):
        sqs.send_message(QueueUrl=url, MessageBody="after")
        found = connect("sandbox")
        assert found.sandbox == target.sandbox
        received = found.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        assert {message["Body"] for message in received["Messages"]} == {"before", "after"}
        assert control.stop()


def test_invocation_without_room_on_the_disk_is_refused_in_one_line(
    account_on_disk: Account, disk: Path
) -> None:
    with filled(disk):
        account_on_disk.function()
        with pytest.raises(ClientError, match="No space left on device. Make room") as said:
            account_on_disk.invoke()
    assert said.value.response["Error"]["Code"] == "ServiceException"
    assert account_on_disk.invoke()["StatusCode"] == 200


def test_events_and_messages_wait_until_there_is_room_on_the_disk(
    account_on_disk: Account, disk: Path
) -> None:
    queue_url = account_on_disk.queue(VisibilityTimeout=20)
    with filled(disk):
        account_on_disk.function()
        account_on_disk.client("lambda").create_event_source_mapping(
            FunctionName="recorder", EventSourceArn=queue_arn()
        )
        account_on_disk.client("sqs").send_message(QueueUrl=queue_url, MessageBody="message")
        account_on_disk.invoke(event={"kept": True}, InvocationType="Event")
        wait_until(lambda: "The event" in sandbox_log() and "A batch" in sandbox_log())
    account_on_disk.wait_for(2, account_on_disk.events)
    account_on_disk.wait_until_quiet()
    assert {"kept": True} in account_on_disk.events()
    assert account_on_disk.messages_in(queue_url) == 0


def sandbox_log() -> str:
    return (control.home() / "sandbox.log").read_text(encoding="utf-8")
