"""The sandbox's process: moto behind the front door, the Lambda runtime and the pollers beside it.

Started by `control.start`; it publishes where it listens, and ends on SIGTERM or after long
idleness, taking its child processes with it.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from types import FrameType
from typing import Any

import psutil
from cheroot.wsgi import Server as WSGIServer
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.sns.exceptions import SNSNotFoundError
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from mailfanout.sandbox import control, queue, seams
from mailfanout.sandbox.account import issued_credentials
from mailfanout.sandbox.event_sources import EventSources
from mailfanout.sandbox.gateway import Gateway
from mailfanout.sandbox.keys import Keys
from mailfanout.sandbox.lambda_service import LambdaService
from mailfanout.sandbox.sending import Ses

REGION = "us-east-1"
WORKER_THREADS = 64
KEPT_CONNECTIONS = 1000
IDLE_LIMIT_SECONDS = 8 * 3600
LOOK_SECONDS = 30
CREDENTIALS_LIFETIME_SECONDS = 7 * 24 * 3600

log = logging.getLogger(__name__)


@dataclass
class Settings:
    """What a client may change while the sandbox runs.

    `time_scale`: AWS's retry waits of minutes take this part of their time (1 is AWS's own).
    """

    time_scale: float = 1 / 60


class SandboxServer:
    """Everything that one sandbox process consists of."""

    def __init__(self) -> None:
        self.settings = Settings()
        self.keys = Keys(
            DEFAULT_ACCOUNT_ID, look_up=partial(issued_credentials, DEFAULT_ACCOUNT_ID)
        )
        self.ses = Ses(self._publish_mail_event)
        self.service = LambdaService(
            credentials=self._function_variables, publish=self._publish, scale=self._scale
        )
        self.sources = EventSources(
            find_queue=queue.find, invoke=self.service.invoke, scale=self._scale
        )
        seams.install(self.service, self.sources, self.ses)
        application = DomainDispatcherApplication(create_backend_app)
        self.gateway = Gateway(application, keys=self.keys, own_api=self._own_api)
        self._http = WSGIServer(
            ("127.0.0.1", 0),
            self.gateway,
            numthreads=WORKER_THREADS,
            request_queue_size=256,
            timeout=60,
        )
        self._http.keep_alive_conn_limit = KEPT_CONNECTIONS
        self._http.prepare()

    @property
    def endpoint_url(self) -> str:
        return f"http://127.0.0.1:{self._http.bind_addr[1]}"

    def describe(self) -> control.Sandbox:
        """What clients need to find this process and to sign their calls."""
        return control.Sandbox(
            endpoint_url=self.endpoint_url,
            access_key_id=self.keys.root.access_key_id,
            secret_access_key=self.keys.root.secret_access_key,
            region=REGION,
            account_id=DEFAULT_ACCOUNT_ID,
            pid=os.getpid(),
            process_started_at=psutil.Process().create_time(),
        )

    def serve(self) -> None:
        """Answer calls until `stop`; then end every function's process."""
        threading.Thread(target=self._look_after, daemon=True).start()
        try:
            self._http.serve()
        finally:
            self.service.functions.close()

    def stop(self) -> None:
        self._http.stop()

    def reset(self) -> None:
        """Forget every resource, event, mail, count and setting, as if just started."""
        self.sources.clear()
        self.service.clear()
        moto_api_backend.reset()
        self.ses.reset()
        self.gateway.reset_calls()
        self.settings = Settings()

    def _look_after(self) -> None:
        while time.monotonic() - self.gateway.last_call_at < IDLE_LIMIT_SECONDS:
            time.sleep(LOOK_SECONDS)
            self.service.functions.retire_unused()
        self.stop()

    def _scale(self) -> float:
        return self.settings.time_scale

    def _function_variables(self, role_arn: str, function_name: str) -> Mapping[str, str]:
        issued = self.keys.issue(
            role_arn, function_name, lifetime_seconds=CREDENTIALS_LIFETIME_SECONDS
        )
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": issued.access_key_id,
            "AWS_SECRET_ACCESS_KEY": issued.secret_access_key,
            "AWS_SESSION_TOKEN": issued.session_token or "",
        }

    def _publish(self, arn: str, message: str, attributes: Mapping[str, Any]) -> None:
        """Put a message on the queue or topic of an ARN."""
        _, _, service, region, account_id, name = arn.split(":")
        if service == "sqs":
            backend = sqs_backends[account_id][region]
            backend.send_message(name, message, message_attributes=dict(attributes))
        else:
            sns_backends[account_id][region].publish(message, arn=arn)

    def _publish_mail_event(self, topic_arn: str, subject: str | None, message: str) -> None:
        """A mail was accepted already: a topic that is gone is no error of its sender."""
        _, _, _, region, account_id, _ = topic_arn.split(":")
        try:
            sns_backends[account_id][region].publish(message, arn=topic_arn, subject=subject)
        except SNSNotFoundError:
            log.warning("%s does not exist: its mail event is lost", topic_arn)

    def _own_api(self, method: str, path: str, args: Mapping[str, str], body: Any) -> Any:
        match method, path:
            case "GET", "/status":
                return {"pending_events": self.service.asynchronous.pending}
            case "GET", "/mails":
                after = int(args.get("after", 0))
                return [mail.to_dict() for mail in self.ses.outbox.after(after)]
            case "GET", "/mails/count":
                return len(self.ses.outbox)
            case "GET", "/calls":
                return self.gateway.calls()
            case "DELETE", "/calls":
                return self.gateway.reset_calls()
            case "POST", "/reset":
                return self.reset()
            case "PUT", "/settings":
                self.settings = Settings(**body)
                return None
        raise KeyError(path)


def main() -> None:
    """Run one sandbox until it is stopped."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    server = SandboxServer()

    def end(_signal: int, _frame: FrameType | None) -> None:
        threading.Thread(target=server.stop).start()

    signal.signal(signal.SIGTERM, end)
    control.write_state(server.describe())
    server.serve()


if __name__ == "__main__":
    main()
