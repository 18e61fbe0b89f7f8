"""What goes wrong during one campaign on the sandbox, by a seed: a story, told and lived."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import psutil

from mailfanout import campaign, faults, recipients
from mailfanout.campaign import Row
from mailfanout.errors import InputError
from mailfanout.sandbox.control import Fault
from mailfanout.target import Target
from support.reliable.books import MOST_MAILS
from support.reliable.mailing import LONG_SECONDS, Mailing

MAX_TRIES = 3
# Each function's calls that a story breaks.
CALLS = {
    "send_queue": (
        "s3:GetObject",
        "sesv2:GetAccount",
        "dynamodb:GetItem",
        "dynamodb:Scan",
        "dynamodb:TransactWriteItems",
        "sqs:SendMessageBatch",
    ),
    "read_message": (
        "dynamodb:UpdateItem",
        "dynamodb:BatchGetItem",
        "sesv2:SendBulkEmail",
        "dynamodb:PutItem",
    ),
    "record_feedback": ("dynamodb:BatchGetItem", "dynamodb:UpdateItem", "dynamodb:PutItem"),
    "sweep_campaigns": (
        "dynamodb:Query",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "sqs:GetQueueAttributes",
        "sqs:SendMessageBatch",
    ),
}
ACTS = ("pause", "resume", "redrive", "kill -9", "unsubscribe", "delete")
# Each look takes time from the functions: six stories look side by side.
LOOK_SECONDS = 0.5

SwitchOn = Callable[[], Fault]


@dataclass
class Story:
    """One campaign of one pipeline. All that it does follows from its seed."""

    mailing: Mailing
    seed: int
    told: list[str] = field(default_factory=list)
    left: set[str] = field(default_factory=set)  # who unsubscribed or was deleted midway

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        count = self._random.randint(20, 60)
        self.people = [f"s{self.seed}-r{number}@example.com" for number in range(count)]
        policy = self.mailing.stack.unknown_policy
        self.told.append(f"Seed {self.seed}: {count} recipients, policy {policy}")

    def begin(self) -> None:
        """Seed the recipients, switch faults on, upload the mail."""
        self._forget_others()
        self.mailing.seed(*self.people)
        self.told.append(str(self._random.choice([*self._moments()])()))
        for _ in range(self._random.randint(0, 3)):
            self.told.append(str(self._break_something()))
        if self._random.random() < 0.5:
            self.told.append("feedback is not recorded at first")
            self.mailing.set_mapping(self._function("record_feedback"), enabled=False)
        self._known = {one["campaign"] for one in self.mailing.statuses()}
        self.mailing.upload(name=f"mail {self.seed}.txt")

    def meddle(self) -> None:
        """A person, or the system, does something midway, up to three times."""
        for _ in range(self._random.randint(0, 3)):
            seconds = self._random.uniform(0, 1.5)
            # At a moment of chance, wherever the pipeline is then: that is the story.
            time.sleep(seconds)
            act = self._random.choice(ACTS)
            self.told.append(f"{seconds:.2f} s later: {act}")
            self._do(act)

    def come_to_rest(self) -> None:
        """Resume what is paused and redrive what is dead, until nothing is open any more."""
        self.mailing.set_mapping(self._function("record_feedback"), enabled=True)
        deadline = time.monotonic() + 2 * LONG_SECONDS
        while True:
            found, dead_letters = self._statuses(), self._dead_letters()
            if not dead_letters and self._is_settled(found):
                return
            if time.monotonic() > deadline:
                raise AssertionError(self.tell(f"never settles: {found}"))
            for one in found:
                if one["state"] == "paused":
                    with suppress(InputError):  # by now it may be over
                        campaign.resume(self.mailing.target, self.mailing.stack, one["campaign"])
            if dead_letters:
                campaign.redrive(self.mailing.target, self.mailing.stack)
            time.sleep(LOOK_SECONDS)

    def check(self) -> None:
        """The books are right, and the outbox agrees with them."""
        try:
            self._check()
        except AssertionError as error:
            raise AssertionError(self.tell(str(error))) from error

    def tell(self, end: str) -> str:
        return "\n".join([*self.told, end])

    def _check(self) -> None:
        [shown] = self._statuses()
        rows = campaign.report(self.mailing.target, self.mailing.stack, shown["campaign"])
        by_email = {row["email"]: row for row in rows}
        assert len(by_email) == len(rows), "somebody is in two chunks"
        assert sum(shown["states"].values()) == shown["recipients"] == len(rows)
        missing = {*self.people} - by_email.keys() - self.left
        assert not missing, f"in no chunk: {missing}"
        mails = self._message_ids(shown["campaign"])
        for email, row in by_email.items():
            self._check_row(row, mails.pop(email, set()))
        assert not mails, f"mails to others: {mails}"
        doubled = sum(len(row["message_ids"]) > 1 for row in rows)
        assert shown["doubled"] == doubled, "a double is not listed"
        is_open = shown["states"]["unknown"] > 0
        assert shown["state"] == ("sending" if is_open else "done")

    def _check_row(self, row: Row, mails: set[str]) -> None:
        state = row["state"]
        assert mails == {*row["message_ids"]}, f"{row} does not list {mails}"
        assert (state == "sent") == bool(mails), f"{row}, but SES took {mails}"
        assert len(mails) <= MOST_MAILS[self.mailing.stack.unknown_policy], f"{row}: too many"
        if state != "sent" and row["email"] not in self.left:
            is_refused = row["reason"].startswith("MESSAGE_REJECTED")
            assert state == "unknown" or (state == "failed" and is_refused), f"{row} got nothing"

    def _message_ids(self, campaign_id: str) -> dict[str, set[str]]:
        """What SES accepted for this campaign, by address."""
        found: dict[str, set[str]] = {}
        for mail in self.mailing.mails():
            if mail["tags"].get("campaign") == campaign_id:
                [email] = mail["destinations"]["to"]
                found.setdefault(email, set()).add(mail["message_id"])
        return found

    def _is_settled(self, found: list[campaign.Status]) -> bool:
        if len(found) != 1 or found[0]["state"] in ("planning", "paused"):
            return False
        states = found[0]["states"]
        if states["pending"] or self.mailing.depth(self.mailing.stack.feedback_name):
            return False
        if not states["unknown"]:
            return True
        rows = campaign.report(self.mailing.target, self.mailing.stack, found[0]["campaign"])
        is_for_a_person = self.mailing.stack.unknown_policy == "at_most_once"
        return all(
            row["state"] != "unknown" or is_for_a_person or row["tries"] >= MAX_TRIES
            for row in rows
        )

    def _statuses(self) -> list[campaign.Status]:
        return [one for one in self.mailing.statuses() if one["campaign"] not in self._known]

    def _dead_letters(self) -> int:
        stack = self.mailing.stack
        names = (
            stack.dead_letter_queue_name,
            stack.failed_queue_name,
            stack.feedback_dead_letter_queue_name,
        )
        return sum(map(self.mailing.depth, names))

    def _forget_others(self) -> None:
        """Delete the recipients of the story before this one."""
        client, name = self.mailing.target.client("dynamodb"), self.mailing.stack.table_name
        for item in client.scan(TableName=name)["Items"]:
            client.delete_item(TableName=name, Key={"email": item["email"]})

    def _break_something(self) -> Fault:
        groups = (
            self._broken_calls(),
            self._deaths(),
            self._repetitions(),
            self._refusals(),
        )
        return self._random.choice([*self._random.choice(groups)])()

    def _moments(self) -> Iterator[SwitchOn]:
        """What happens between SES's acceptance and the record."""
        target, sender = self.mailing.target, self._function("read_message")
        times = self._random.randint(1, 2)
        yield partial(faults.lose_reply, target, "sesv2:SendBulkEmail", by=sender, times=times)
        yield partial(faults.fail_call, target, "sesv2:SendBulkEmail", by=sender, times=times)
        for calls in (2, 3, 4):
            yield partial(faults.kill_after_calls, target, sender, calls, times=times)

    def _broken_calls(self) -> Iterator[SwitchOn]:
        target, key = self.mailing.target, self._random.choice([*CALLS])
        operation, times = self._random.choice(CALLS[key]), self._random.randint(1, 3)
        by = self._function(key)
        for switch in (faults.throttle_call, faults.lose_reply, faults.fail_call):
            yield partial(switch, target, operation, by=by, times=times)

    def _deaths(self) -> Iterator[SwitchOn]:
        target, name = self.mailing.target, self._function(self._random.choice([*CALLS]))
        times, calls = self._random.randint(1, 2), self._random.randint(1, 6)
        yield lambda: faults.kill_at_start(target, name, times=times)
        yield lambda: faults.kill_at_end(target, name, times=times)
        for _ in range(3):
            yield lambda: faults.kill_after_calls(target, name, calls, times=times)

    def _repetitions(self) -> Iterator[SwitchOn]:
        target, stack = self.mailing.target, self.mailing.stack
        queue = self._random.choice([stack.queue_name, stack.feedback_name])
        times = self._random.randint(1, 3)
        yield lambda: faults.repeat_s3_event(target, bucket=stack.bucket_name)
        yield lambda: faults.repeat_message(target, queue=queue, times=times)
        yield lambda: faults.fail_entry(target, queue=stack.queue_name, times=times)

    def _refusals(self) -> Iterator[SwitchOn]:
        target, to = self.mailing.target, f"s{self.seed}-*"
        times = self._random.randint(1, 10)
        yield lambda: faults.throttle_ses(target, to=to, times=times)
        yield lambda: faults.reject_mail(target, to=to, times=times)
        yield lambda: faults.suspend_ses(target, to=to, times=times)

    def _function(self, key: str) -> str:
        return str(getattr(self.mailing.stack, f"{key}_name"))

    def _do(self, act: str) -> None:
        target, stack = self.mailing.target, self.mailing.stack
        if act == "kill -9":
            return kill_a_function(target, self._random)
        if act == "redrive":
            campaign.redrive(target, stack)
        elif act in ("unsubscribe", "delete"):
            self._lose(self._random.choice(self.people), act)
        for one in self._statuses():
            if act in ("pause", "resume"):
                steer: dict[str, Any] = {"pause": campaign.pause, "resume": campaign.resume}
                with suppress(InputError):  # by now it may be over
                    steer[act](target, stack, one["campaign"])

    def _lose(self, email: str, act: str) -> None:
        self.left.add(email)
        client, name = self.mailing.target.client("dynamodb"), self.mailing.stack.table_name
        if act == "delete":
            client.delete_item(TableName=name, Key={"email": {"S": email}})
            return
        try:
            recipients.unsubscribe(self.mailing.target, self.mailing.stack, email)
        except InputError:
            return  # deleted before


def kill_a_function(target: Target, chance: random.Random) -> None:
    """End a function, or what starts them, whatever it is doing, without a warning."""
    if children := _children(target):
        _kill(chance.choice(children))


def kill_every_function(target: Target) -> int:
    """End all of the sandbox's processes but itself likewise; how many there were."""
    children = _children(target)
    for child in children:
        _kill(child)
    return len(children)


def _children(target: Target) -> list[psutil.Process]:
    assert target.sandbox
    return psutil.Process(target.sandbox.pid).children(recursive=True)


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return
