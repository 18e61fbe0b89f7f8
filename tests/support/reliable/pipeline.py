"""The functions as they are deployed, on an AWS in memory, and what Lambda does to start them."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import md5
from types import ModuleType
from typing import Any
from urllib.parse import quote_plus

from botocore.exceptions import BotoCoreError, ClientError

from mailfanout.campaign import dead_letters
from mailfanout.errors import MailfanoutError
from mailfanout.ledger import control
from support.reliable.invocations import Context, Died, Invocation
from support.reliable.loading import command_module, load_function
from support.reliable.memory_aws import (
    CHUNK_LETTERS,
    CHUNKS,
    FAILED_EVENTS,
    FEEDBACK,
    FEEDBACK_LETTERS,
    LEDGER,
    MemoryAws,
)
from support.reliable.memory_ses import SENDER
from support.reliable.memory_sqs import Message, Queue

FUNCTIONS = {
    "reliable": ("sendQueue", "readMessageAndSendMail", "recordFeedback", "sweepCampaigns"),
    "simple": ("sendQueue", "readMessageAndSendMail"),
}
TIMEOUT_SECONDS = {
    "sendQueue": 900.0,
    "readMessageAndSendMail": 60.0,
    "recordFeedback": 60.0,
    "sweepCampaigns": 300.0,
}
ENVIRONMENT = {
    "TABLE_NAME": "mailaddress",
    "LEDGER_NAME": "maildelivery",
    "QUEUE_URL": CHUNKS,
    "FEEDBACK_QUEUE_URLS": f"{FEEDBACK} {FEEDBACK_LETTERS}",
    "NOTICES_ARN": "mailnotices",
    "SENDER": SENDER,
    "CONFIGURATION_SET": "mailfeedback",
    "CONSUMERS": "2",
    "UNSUBSCRIBE_URL": "https://example.com/unsubscribe?address=",
}
BUCKET = "mailbody-20221119"
MAIL = "Mail {number} for {{{{username}}}}\n\nThis is for {{{{email}}}}.\n"
ASYNCHRONOUS_ATTEMPTS = 3
EXPECTED = (Died, ClientError, BotoCoreError, MailfanoutError)  # how an invocation may end


class Pipeline:
    """One deployment: its functions, and the invocations that are under way.

    Nothing starts by itself: each delivery of an event or a message is a method.
    """

    def __init__(self, design: str = "reliable", **environment: str) -> None:
        self.design = design
        self.aws = MemoryAws()
        variables = {**ENVIRONMENT, **environment}
        if design == "simple":
            del variables["CONFIGURATION_SET"]  # nobody there hears of the mails
        self.functions = {
            name: self._load(f"{design}/{name}", variables) for name in FUNCTIONS[design]
        }
        self.commands = command_module(control)
        self.control = self.commands.Control(
            self.aws.client("dynamodb"), self.aws.client("lambda"), LEDGER, clock=self.aws.time
        )
        self.redrives = command_module(dead_letters)
        self.letters = self.redrives.Letters(
            self.aws.client("sqs"),
            self.aws.client("lambda"),
            queue_url=CHUNKS,
            dead_letter_urls=(CHUNK_LETTERS, FAILED_EVENTS),
            feedback_url=FEEDBACK,
            feedback_letters_url=FEEDBACK_LETTERS,
        )
        self.running: list[Invocation] = []
        self.events: list[tuple[str, dict[str, Any], int]] = []  # function, event, attempts
        self._started = 0
        self.uploads = 0

    def put_recipient(self, email: str, **attributes: str | int) -> None:
        values = {"email": email, "username": "山田", "haserror": 0, "issend": 0, **attributes}
        item = {n: {"N": str(v)} if isinstance(v, int) else {"S": v} for n, v in values.items()}
        self.aws.dynamodb.put_item(TableName="mailaddress", Item=item)

    def delete_recipient(self, email: str) -> None:
        self.aws.dynamodb.delete_item(TableName="mailaddress", Key={"email": {"S": email}})

    def recipients(self) -> dict[str, dict[str, Any]]:
        return {key[0]: item for key, item in self.aws.dynamodb.tables["mailaddress"].items.items()}

    def upload(self, mail: bytes | None = None) -> dict[str, Any]:
        """Upload a mail, under another key each time; S3's event waits to be started."""
        self.uploads += 1
        key = f"mail {self.uploads}.txt"
        content = MAIL.format(number=self.uploads).encode() if mail is None else mail
        self.aws.s3.put_object(Bucket=BUCKET, Key=key, Body=content)
        stored = {
            "key": quote_plus(key),
            "eTag": md5(content).hexdigest(),
            "sequencer": f"{self.uploads:016X}",
        }
        event = {
            "Records": [
                {
                    "eventSource": "aws:s3",
                    "eventTime": f"2026-11-26T00:00:{self.uploads:02}.000Z",
                    "s3": {"bucket": {"name": BUCKET}, "object": stored},
                }
            ]
        }
        self.events.append(("sendQueue", event, 0))
        return event

    def start_event(self, index: int = 0) -> Invocation:
        """Start the function that one of the waiting events is for."""
        function, event, attempts = self.events.pop(index)

        def end(invocation: Invocation) -> None:
            if not invocation.error:
                return
            if attempts + 1 < ASYNCHRONOUS_ATTEMPTS:
                self.events.append((function, event, attempts + 1))
            elif function == "sendQueue":
                body = json.dumps({"requestPayload": event})
                self.aws.sqs.send_message(QueueUrl=FAILED_EVENTS, MessageBody=body)

        return self._invoke(function, event, end)

    def receive(self, queue_name: str = CHUNKS, index: int = 0, limit: int = 1) -> Invocation:
        """Start the function behind a queue with up to so many of its messages."""
        queue, now = self.aws.sqs.queues[queue_name], self.aws.now
        taken = [queue.receive(m, now=now) for m in queue.visible(now)[index : index + limit]]
        batch = [(message, message.receives) for message in taken]

        def end(invocation: Invocation) -> None:
            if not invocation.error:
                self._delete(queue, batch, invocation.result)

        function = "recordFeedback" if queue_name == FEEDBACK else "readMessageAndSendMail"
        return self._invoke(function, {"Records": [message.record() for message in taken]}, end)

    def sweep(self) -> Invocation:
        return self._invoke("sweepCampaigns", {}, lambda invocation: None)

    def run_command(self, name: str, command: Callable[[], Any]) -> Invocation:
        """A person's command, which can be interrupted as a function can."""
        return self._begin(name, lambda context: command(), 900.0, lambda invocation: None)

    def step(
        self, invocation: Invocation, calls: int = 1, fault: str = "", *, stops: bool = True
    ) -> None:
        """Let an invocation make so many calls, the last of them with this fault."""
        invocation.resume(calls, fault, stops=stops)
        self.tidy()

    def let(self, name: str, *arguments: Any, calls: int = 0, fault: str = "") -> Invocation:
        """Let a person give a command: `pipeline.let("pause", campaign)`."""
        command = getattr(self.commands, name)
        invocation = self.run_command(name, lambda: command(self.control, *arguments))
        self.step(invocation, calls, fault, stops=calls > 0)
        return invocation

    def redrive(self) -> Any:
        """Let a person redrive the dead letters; how many of each kind."""
        moved = self.redrives.redrive_letters(self.letters)
        self.tidy()
        return moved

    def finish(self, invocation: Invocation) -> Invocation:
        invocation.finish()
        self.tidy()
        return invocation

    def tidy(self) -> None:
        """Let Lambda notice which invocations are over, and which events wait."""
        for invocation in [each for each in self.running if each.is_over]:
            self.running.remove(invocation)
            error = invocation.error
            if error:
                self.aws.note(f"{invocation.name} ended: {error!r}")
            if error and not isinstance(error, EXPECTED):
                raise error
            invocation.end(invocation)
        for function, payload in self.aws.functions.invoked:
            self.events.append((function, json.loads(payload), 0))
        self.aws.functions.invoked.clear()
        self.aws.deliver_events()

    def pass_time(self, seconds: float) -> None:
        self.aws.note(f"{seconds:g} s pass")
        self.aws.sleep(seconds)
        self.aws.deliver_events()

    def is_idle(self) -> bool:
        """Whether no event, message or invocation is under way."""
        is_busy = self.running or self.events or self.aws.ses.events
        return not is_busy and not any(q.messages for q in self.aws.sqs.queues.values())

    def kill_all(self) -> None:
        for invocation in self.running:
            invocation.kill()
        self.tidy()

    def work_off(self, *waits_seconds: float, feedback: bool = True) -> None:
        """Without faults: a sweep, then all events and messages; then so much time passes. Each.

        Without `feedback`, SES's events wait.
        """
        for seconds in waits_seconds:
            for invocation in list(self.running):
                self.finish(invocation)
            if self.design == "reliable":
                self.finish(self.sweep())
            self.drain(feedback=feedback)
            self.pass_time(seconds)

    def drain(self, *, feedback: bool = True) -> None:
        """Without faults: all events and messages that can be had now, in their order."""
        queues = self.aws.sqs.queues
        while self.events:
            self.finish(self.start_event())
        while queues[CHUNKS].visible(self.aws.now):
            self.finish(self.receive())
        is_recorded = feedback and self.design == "reliable"
        while is_recorded and queues[FEEDBACK].visible(self.aws.now):
            self.finish(self.receive(FEEDBACK, limit=100))

    def _load(self, function: str, environment: dict[str, str]) -> ModuleType:
        """A function's handler, with this AWS's clients, clock and log in all of its modules."""
        modules = load_function(function, client=self.aws.client, **environment)
        for module in modules.values():
            vars(module)["time"] = self.aws
            vars(module)["print"] = lambda line: self.aws.note(f"    {line}")
        return modules["lambda_function"]

    def _delete(self, queue: Queue, batch: list[tuple[Message, int]], result: Any) -> None:
        """Messages that were received again since do not go by an older receipt handle."""
        failures = (result or {}).get("batchItemFailures", [])
        failed = {failure["itemIdentifier"] for failure in failures}
        for message, receives in batch:
            if message.id not in failed and message.receives == receives:
                queue.delete(message, now=self.aws.now)

    def _invoke(
        self, function: str, event: dict[str, Any], end: Callable[[Invocation], None]
    ) -> Invocation:
        handler = self.functions[function].lambda_handler
        timeout_seconds = TIMEOUT_SECONDS[function]
        return self._begin(function, lambda context: handler(event, context), timeout_seconds, end)

    def _begin(
        self,
        name: str,
        run: Callable[[Context], Any],
        timeout_seconds: float,
        end: Callable[[Invocation], None],
    ) -> Invocation:
        self._started += 1
        invocation = Invocation(self.aws, f"{name} {self._started}", run, timeout_seconds)
        invocation.end = end
        self.running.append(invocation)
        return invocation
