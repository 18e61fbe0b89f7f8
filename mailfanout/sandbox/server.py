"""The sandbox's process: moto behind the front door, the Lambda runtime and the pollers beside it.

Started by `control.start`; it publishes where it listens, and ends on SIGTERM, after long idleness,
or soon after the process whose own it is, taking its child processes with it.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import psutil
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_api._internal.models import moto_api_backend

from mailfanout.sandbox import control, seams
from mailfanout.sandbox.access import (
    Keys,
    LatePolicies,
    create_administrator,
    issued_credentials,
)
from mailfanout.sandbox.awslambda import LambdaService, RepeatedEvents, may_poll
from mailfanout.sandbox.cloudformation import Stacks
from mailfanout.sandbox.control import Faults
from mailfanout.sandbox.event_sources import EventSources, Schedules, Surroundings
from mailfanout.sandbox.front import (
    CallCounts,
    FaultyCalls,
    Gateway,
    OwnApi,
    Settings,
    before_first_call,
    do_by_moto,
    one_at_a_time,
)
from mailfanout.sandbox.http import HttpServer
from mailfanout.sandbox.ses import Ses, refuse_as_faults_say
from mailfanout.sandbox.sns import Topics
from mailfanout.sandbox.sqs import backend, queue
from mailfanout.sandbox.states import Clock, States
from mailfanout.sandbox.transitions import TimelyCalls

REGION = "us-east-1"
IDLE_LIMIT_SECONDS = 8 * 3600
LOOK_SECONDS = 30
# How long after a call that no schedule has caused somebody is there to watch the schedules' work.
WATCH_SECONDS = 60
# How many new objects the garbage collector lets pass between two looks. Python's own number is
# for programs that hold little: here it would go through all mails and messages, again and again.
NEW_OBJECTS = 50_000
KEYS_LIFETIME_SECONDS = 7 * 24 * 3600


log = logging.getLogger(__name__)


class SandboxServer:
    """Everything that one sandbox process consists of. States take their time by the clock."""

    def __init__(self, *, clock: Clock = time.monotonic) -> None:
        self.settings = Settings()
        self.faults = Faults()
        self.counts = CallCounts()
        self.note: list[Any] = []
        self.topics = Topics()
        self.ses = Ses(self.topics.publish)
        self.ses.refuse = refuse_as_faults_say(self.faults)
        queue.Queue.faults = self.faults
        self.states = States(lambda: self.settings.pace, clock)
        backend.Backend.states = queue.Queue.states = self.states
        LatePolicies.states = self.states
        self._add_functions()
        self.stacks = Stacks(lambda *call: self.gateway.perform(*call), self.states)
        seams.install(self.service, self.sources, self.ses, self.stacks)
        self._open_front(control.latest())

    def _add_functions(self) -> None:
        """What runs functions, and what sets them off."""
        self.repeated_events = RepeatedEvents(self.faults, is_quiet=self._is_quiet)
        self.service = LambdaService(
            credentials=self._function_variables,
            scale=self._scale,
            is_idle=lambda: not self._pending_messages(),
            faults=self.faults,
            deliver=self.repeated_events.deliver,
        )
        # A deploy begins with roles: when it comes to its functions, the template is ready.
        for service in ("iam", "lambda"):
            before_first_call(service, self.service.functions.prepare)
        self.sources = EventSources(
            Surroundings(queue.find, may_poll, self.service.invoke, self._scale)
        )
        self.schedules = Schedules(
            self.service, scale=self._scale, is_watching=self._is_somebody_watching
        )

    def _open_front(self, before: control.Sandbox | None) -> None:
        """What listens, at the port and with the keys of the sandbox before it if there was one."""
        self.keys = Keys(
            DEFAULT_ACCOUNT_ID,
            key_pair=(before.access_key_id, before.secret_access_key) if before else None,
            look_up=partial(issued_credentials, DEFAULT_ACCOUNT_ID),
        )
        create_administrator(self.keys.owner)
        do = FaultyCalls(
            partial(one_at_a_time, TimelyCalls(do_by_moto, self.states)),
            self.faults,
            end_run_after=self.service.functions.end_run_after_call,
        )
        state = (self.settings, self.ses, self.faults, self.counts, self.note)
        api = OwnApi(*state, status=self._status, reset=self.reset)
        self.gateway = Gateway(
            do,
            keys=self.keys,
            counts=self.counts,
            own_api=api,
            in_background=lambda caller: caller.function_name in self.schedules.function_names,
        )
        self._http = HttpServer(
            self.gateway,
            admit=self.gateway.admit,
            port=urlsplit(before.endpoint_url).port or 0 if before else 0,
        )
        self.endpoint_url = self._http.url

    def describe(self) -> control.Sandbox:
        """What clients need to find this process and to sign their calls."""
        return control.Sandbox(
            endpoint_url=self.endpoint_url,
            access_key_id=self.keys.owner.access_key_id,
            secret_access_key=self.keys.owner.secret_access_key,
            region=REGION,
            account_id=DEFAULT_ACCOUNT_ID,
            pid=os.getpid(),
            process_started_at=control.began_at(psutil.Process()),
        )

    def serve(self) -> None:
        """Publish where it listens, and answer calls until `stop`; then end every process of it."""
        try:
            control.write_state(self.describe())
            threading.Thread(target=self._look_after, daemon=True).start()
            self.schedules.start()
            self._http.serve()
        finally:
            self.service.functions.close()

    def stop(self) -> None:
        self._http.stop()

    def reset(self) -> None:
        """Forget every resource, event, mail, count and setting, as if just started."""
        self.faults.reset()
        self.sources.clear()
        self.repeated_events.clear()
        self.topics.clear()
        self.service.clear()
        self.stacks.clear()
        moto_api_backend.reset()
        create_administrator(self.keys.owner)
        self.states.clear()
        self.ses.reset()
        self.ses.refuse = refuse_as_faults_say(self.faults)
        self.counts.clear()
        self.note.clear()
        vars(self.settings).update(vars(Settings()))

    def _look_after(self) -> None:
        """Counts looks without a call, because a clock may run while a laptop sleeps."""
        last_call_at, idle_looks = self.gateway.last_call_at, 0
        while idle_looks * LOOK_SECONDS < IDLE_LIMIT_SECONDS and not control.is_abandoned():
            time.sleep(LOOK_SECONDS)
            try:
                self.service.functions.retire_unused()
            except Exception:
                log.exception("Environments that wait for nothing are ended later")
            idle_looks = idle_looks + 1 if self.gateway.last_call_at == last_call_at else 0
            last_call_at = self.gateway.last_call_at
        self.stop()

    def _is_somebody_watching(self) -> bool:
        return time.monotonic() - self.gateway.last_call_at < WATCH_SECONDS

    def _scale(self) -> float:
        return self.settings.time_scale

    def _function_variables(self, role_arn: str, function_name: str) -> Mapping[str, str]:
        issued = self.keys.issue(role_arn, function_name, lifetime_seconds=KEYS_LIFETIME_SECONDS)
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": issued.access_key_id,
            "AWS_SECRET_ACCESS_KEY": issued.secret_access_key,
            "AWS_SESSION_TOKEN": issued.session_token or "",
            # Without these variables, boto3 uses the proxy from the settings of macOS or Windows.
            "no_proxy": "127.0.0.1",
        }

    def _status(self) -> dict[str, Any]:
        """What is under way. `is_quiet` means that nothing moves until somebody calls."""
        return {
            "pending_events": self.repeated_events.pending + self._pending_events(),
            "pending_messages": self._pending_messages(),
            "is_quiet": not self.repeated_events.pending and self._is_quiet(),
        }

    def _is_quiet(self) -> bool:
        """Looked at twice, because an event is done when its messages are sent, and vice versa."""
        return not any(self._pending_events() or self._pending_messages() for _ in range(2))

    def _pending_events(self) -> int:
        pending = self.topics.pending + self.service.asynchronous.pending
        return pending + self.sources.pending_records()

    def _pending_messages(self) -> int:
        """The messages in the queues that functions are to handle, waiting or in flight."""
        queues = filter(None, map(queue.find, self.sources.queue_arns()))
        return sum(sum(one.counts().values()) for one in queues)


def main(*, clock: Clock = time.monotonic) -> None:
    """Run one sandbox until it is stopped."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    server = SandboxServer(clock=clock)
    told, tell = socket.socketpair()
    tell.setblocking(False)
    signal.set_wakeup_fd(tell.fileno())
    signal.signal(signal.SIGTERM, lambda *_: None)
    threading.Thread(target=_stop_when_told, args=(server, told), daemon=True).start()
    gc.freeze()  # What the imports have made stays.
    gc.set_threshold(NEW_OBJECTS, 10, 10)
    server.serve()
    if control.is_abandoned():
        control.remove_private_home()


def _stop_when_told(server: SandboxServer, told: socket.socket) -> None:
    """Stop on a signal, whichever thread takes it: Python's handlers wait for the main thread."""
    told.recv(1)
    server.stop()


if __name__ == "__main__":
    main()
