"""The sandbox as a process: starting, finding, stopping, and what is left of it."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import platformdirs
import psutil
import pytest

from mailfanout import campaign, provision, recipients
from mailfanout.errors import SandboxEnded, SandboxUnavailable
from mailfanout.sandbox import control
from mailfanout.sandbox.control import process
from mailfanout.sandbox.control.endings import has_ended, wait_until_ended
from mailfanout.target import Target, connect, stack_for
from support.waiting import wait_until

pytestmark = pytest.mark.slow

START = "from mailfanout.sandbox import control; print(control.start().pid)"


@pytest.fixture
def own_sandbox(home: Path) -> control.Sandbox:
    return control.start()


def test_second_start_finds_the_running_sandbox(sandbox: control.Sandbox) -> None:
    assert control.start() == sandbox


def test_clients_that_start_it_at_once_share_one(home: Path) -> None:
    def start(_number: int) -> str:
        started = subprocess.run(
            [sys.executable, "-c", START], check=True, capture_output=True, text=True
        )
        return started.stdout

    with ThreadPoolExecutor(3) as pool:
        pids = set(pool.map(start, range(3)))
    assert len(pids) == 1


def test_start_that_is_interrupted_leaves_no_process(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def press_ctrl_c(_seconds: float) -> None:
        raise KeyboardInterrupt

    before = psutil.Process().children()
    monkeypatch.setattr("time.sleep", press_ctrl_c)
    with pytest.raises(KeyboardInterrupt):
        control.start()
    assert psutil.Process().children() == before


def test_another_home_has_another_sandbox(
    sandbox: control.Sandbox,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MAILFANOUT_HOME", str(tmp_path_factory.mktemp("other")))
    assert control.find() is None


def test_stop_leaves_no_process(home: Path) -> None:
    target = connect("sandbox")
    provision.deploy(target, stack_for(target))
    assert target.sandbox is not None
    process = psutil.Process(target.sandbox.pid)
    wait_until(lambda: len(process.children(recursive=True)) == 1 + 2)
    family = [process, *process.children(recursive=True)]
    assert control.stop()
    assert all(has_ended(member) for member in family)
    assert control.find() is None


def test_killed_sandbox_takes_its_children_along_and_is_noticed(home: Path) -> None:
    target = connect("sandbox")
    provision.deploy(target, stack_for(target))
    assert target.sandbox is not None
    process = psutil.Process(target.sandbox.pid)
    wait_until(lambda: len(process.children(recursive=True)) == 1 + 2)
    children = process.children(recursive=True)
    process.kill()
    assert not wait_until_ended([process, *children], limit_seconds=10)
    assert control.find() is None


def test_clients_go_on_with_the_sandbox_that_follows_one_that_was_killed(home: Path) -> None:
    target = connect("sandbox")
    sqs = target.client("sqs")
    sqs.create_queue(QueueName="queue")
    assert target.sandbox is not None
    process = psutil.Process(target.sandbox.pid)
    process.kill()
    wait_until(lambda: has_ended(process))  # some of its threads may still hold the port

    assert control.start().pid != process.pid

    assert "QueueUrls" not in sqs.list_queues()


def test_port_that_another_program_took_since_a_kill_is_left_to_it(
    own_sandbox: control.Sandbox,
) -> None:
    process = psutil.Process(own_sandbox.pid)
    process.kill()
    wait_until(lambda: has_ended(process))  # some of its threads may still hold the port
    with socket.create_server(("127.0.0.1", urlsplit(own_sandbox.endpoint_url).port or 0)):
        started = control.start()
        assert started.endpoint_url != own_sandbox.endpoint_url
        assert started.calls() == {}


def test_stop_during_a_send_waits_until_every_mail_is_out(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = connect("sandbox")
    stack = stack_for(target)
    provision.deploy(target, stack)
    recipients.seed(
        target, stack, [recipients.Recipient(f"u{n}@example.com", "u") for n in range(30)]
    )
    campaign.upload(target, stack, campaign.example_mail())
    sent = []
    end = process._end

    def count_and_end(found: control.Sandbox) -> None:
        sent.append(len(campaign.inbox(target)))
        end(found)

    monkeypatch.setattr(process, "_end", count_and_end)
    assert control.stop(quiet_limit_seconds=60)
    assert sent == [30]


def test_stop_that_would_lose_messages_says_so_and_ends_nothing(home: Path) -> None:
    target = connect("sandbox")
    stack = stack_for(target)
    provision.deploy(target, stack)
    url = target.client("sqs").get_queue_url(QueueName=stack.queue_name)["QueueUrl"]
    target.client("sqs").send_message(QueueUrl=url, MessageBody="x", DelaySeconds=900)
    with pytest.raises(SandboxUnavailable, match="1 messages.*stop --now"):
        control.stop(quiet_limit_seconds=0.1)
    assert control.find() is not None


def test_stop_of_one_that_ends_already_waits_until_it_has(
    sandbox: control.Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
    with subprocess.Popen([sys.executable, "-c", ""]) as ending:
        found = replace(sandbox, endpoint_url=url, pid=ending.pid)
        monkeypatch.setattr(process, "find", lambda: found)

        with pytest.raises(SandboxEnded):
            found.settings()
        assert control.stop(quiet_limit_seconds=60)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows suspends no process")
def test_one_that_was_suspended_ends_in_good_order(
    own_sandbox: control.Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = list[int]()
    monkeypatch.setattr(psutil.Process, "kill", lambda process: killed.append(process.pid))
    psutil.Process(own_sandbox.pid).suspend()

    assert control.stop()

    assert not killed


def test_stop_without_a_sandbox_says_so(home: Path) -> None:
    assert control.stop() is False


def test_state_file_of_a_process_id_that_was_used_again_counts_for_nothing(
    sandbox: control.Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = json.loads((control.home() / "sandbox.json").read_text(encoding="utf-8"))
    monkeypatch.setenv("MAILFANOUT_HOME", str(tmp_path))
    found = []
    for pid in (sandbox.pid, os.getpid()):
        (tmp_path / "sandbox.json").write_text(json.dumps({**state, "pid": pid}), encoding="utf-8")
        found.append(control.find())
    assert found == [sandbox, None]


@pytest.mark.parametrize("content", ["", "not json", "{}", "[1]"])
def test_state_file_that_makes_no_sense_counts_for_nothing(home: Path, content: str) -> None:
    (home / "sandbox.json").write_text(content, encoding="utf-8")
    assert control.find() is None


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="Windows keeps a profile to its user")
def test_state_file_is_for_the_user_alone(sandbox: control.Sandbox) -> None:
    assert stat.S_IMODE((control.home() / "sandbox.json").stat().st_mode) == 0o600


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="files have no numeric owner")
def test_state_file_of_another_user_is_refused(
    sandbox: control.Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "getuid", lambda: 4711)
        with pytest.raises(SandboxUnavailable, match="Set MAILFANOUT_HOME"):
            control.find()


def test_home_that_is_a_file_is_named_in_the_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setenv("MAILFANOUT_HOME", str(file))
    with pytest.raises(SandboxUnavailable, match="Set MAILFANOUT_HOME"):
        control.start()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere /proc is no directory")
def test_lock_that_cannot_be_made_is_not_taken_for_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILFANOUT_HOME", "/proc")
    monkeypatch.setattr(process, "START_LIMIT_SECONDS", 0)

    with pytest.raises(SandboxUnavailable, match="The sandbox cannot write to /proc"):
        control.start()


def test_listens_on_loopback_alone(sandbox: control.Sandbox) -> None:
    connections = psutil.Process(sandbox.pid).net_connections()
    listening = {c.laddr.ip for c in connections if c.status == psutil.CONN_LISTEN}
    assert listening == {"127.0.0.1"}


def test_calls_that_wait_keep_nobody_else_waiting(mailfanout_target: Target) -> None:
    number, sqs = 100, mailfanout_target.client("sqs")
    url = sqs.create_queue(QueueName="empty")["QueueUrl"]
    sandbox = mailfanout_target.sandbox
    assert sandbox is not None
    with ThreadPoolExecutor(number) as pool:
        for _ in range(number):
            pool.submit(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=20)
        wait_until(lambda: sandbox.calls()["learner"].get("sqs:ReceiveMessage") == number)
        assert sqs.list_queues()["QueueUrls"] == [url]
        sqs.delete_queue(QueueUrl=url)


def test_environment_is_all_that_an_sdk_needs(
    sandbox: control.Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in sandbox.environment().items():
        monkeypatch.setenv(name, value)
    identity = boto3.Session().client("sts").get_caller_identity()
    assert identity["Account"] == sandbox.account_id


def test_unsigned_call_to_its_own_api_is_refused(sandbox: control.Sandbox) -> None:
    stranger = control.Sandbox(**{**vars(sandbox), "secret_access_key": "guessed"})
    with pytest.raises(SandboxUnavailable, match="SignatureDoesNotMatch|InvalidSignature"):
        stranger.call("GET", "/status")


def test_reset_forgets_every_resource(mailfanout_target: Target) -> None:
    stack = stack_for(mailfanout_target)
    provision.deploy(mailfanout_target, stack)
    assert mailfanout_target.sandbox is not None
    mailfanout_target.sandbox.reset()
    assert provision.remaining(mailfanout_target, stack) == []


def test_user_without_a_home_directory_is_told_to_name_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object, **_options: object) -> Path:
        raise RuntimeError("could not determine the home directory")

    monkeypatch.delenv("MAILFANOUT_HOME", raising=False)
    monkeypatch.setattr(platformdirs, "user_state_path", fail)

    with pytest.raises(SandboxUnavailable, match="Set MAILFANOUT_HOME to a directory"):
        control.home()
