"""The reliable design, deployed on the sandbox: fed, waited for, typed at, and looked into."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from click.testing import CliRunner

from mailfanout import campaign, provision, recipients, workshop
from mailfanout.__main__ import cli
from mailfanout.campaign import MailText, Row, Status
from mailfanout.recipients import Recipient
from mailfanout.sandbox.control import Sandbox
from mailfanout.stack import Design, Stack
from mailfanout.target import Target, stack_for
from support.waiting import wait_until

MAIL = b"Hello {{username}}\n\nThis is for {{email}}.\n"
# Far beyond what the sandbox sends, so that chunks have 50 entries and nobody waits.
NO_LIMIT = 10_000
LONG_SECONDS = 120.0


@dataclass
class Mailing:
    """One pipeline in an empty sandbox."""

    target: Target
    stack: Stack
    sandbox: Sandbox

    @classmethod
    def deployed(
        cls,
        target: Target,
        *,
        design: Design = "reliable",
        rate: float = NO_LIMIT,
        prefix: str = "",
        **settings: Any,
    ) -> Mailing:
        """A pipeline without recipients. Settings are those of Stack; names get the prefix."""
        assert target.sandbox
        target.sandbox.change_settings(max_send_rate=rate)
        stack = replace(stack_for(target).with_prefix(prefix), **settings)
        provision.deploy(target, stack, design=design)
        return cls(target, stack, target.sandbox)

    def seed(self, *emails: str, username: str = "User") -> list[str]:
        recipients.seed(self.target, self.stack, [Recipient(one, username) for one in emails])
        return list(emails)

    def seed_people(self, count: int) -> list[str]:
        return self.seed(*(f"r{number:05}@example.com" for number in range(count)))

    def send(self, data: bytes = MAIL, *, name: str = "mail.txt") -> Status:
        """Upload a mail; its campaign, once that is over or paused."""
        mail = campaign.check_mail(name, data)
        sent = campaign.send(self.target, self.stack, mail, stall_limit_seconds=LONG_SECONDS)
        assert sent.campaign
        return sent.campaign

    def upload(self, data: bytes = MAIL, *, name: str = "mail.txt") -> None:
        """Upload a mail unchecked, and wait for nothing."""
        campaign.upload(self.target, self.stack, MailText(name, data, "", ""))

    def begun(self, data: bytes = MAIL) -> str:
        """Upload a mail; the id of its campaign, as soon as there is one."""
        before = {one["campaign"] for one in self.statuses()}
        self.upload(data)
        wait_until(lambda: len(self.statuses()) > len(before), limit_seconds=LONG_SECONDS)
        [begun] = {one["campaign"] for one in self.statuses()} - before
        return begun

    def statuses(self) -> list[Status]:
        return campaign.status(self.target, self.stack)

    def status(self, campaign_id: str | None = None) -> Status:
        """The campaign of this id, or the only one."""
        [found] = campaign.status(self.target, self.stack, campaign_id)
        return found

    def wait_for(self, state: str, campaign_id: str | None = None) -> Status:
        """The campaign once it is in this state."""
        wait_until(lambda: self.status(campaign_id)["state"] == state, limit_seconds=LONG_SECONDS)
        return self.status(campaign_id)

    def wait_for_entries(self, state: str, number: int) -> Status:
        """The only campaign once so many recipients are in this state."""
        wait_until(lambda: self.status()["states"][state] == number, limit_seconds=LONG_SECONDS)
        return self.status()

    def wait_until_quiet(self) -> None:
        """Until everything is delivered and recorded, feedback included."""
        self.sandbox.wait_until_quiet(timeout_seconds=LONG_SECONDS)

    def rows(self, campaign_id: str | None = None) -> dict[str, Row]:
        """What became of each recipient, by address."""
        found = campaign.report(self.target, self.stack, campaign_id or self.status()["campaign"])
        return {row["email"]: row for row in found}

    def mails(self) -> list[dict[str, Any]]:
        """What SES accepted, oldest first."""
        return list(self.sandbox.mails())

    def mails_by_recipient(self) -> Counter[str]:
        return Counter(to for mail in self.mails() for to in mail["destinations"]["to"])

    def item(self, email: str) -> dict[str, Any]:
        """A recipient in the table."""
        response = self.target.client("dynamodb").get_item(
            TableName=self.stack.table_name, Key={"email": {"S": email}}, ConsistentRead=True
        )
        return dict(response["Item"])

    def depth(self, queue_name: str) -> int:
        """How many messages a queue holds, in flight or not."""
        return sum(provision.read_depth(self.target, queue_name) or ())

    def set_mapping(self, function_name: str, *, enabled: bool) -> None:
        """Let Lambda poll for a function, or not; returns when it does, or does no more."""
        workshop.set_polling(self.target, function_name, enabled=enabled)


def typed(*words: str) -> str:
    """What `mailfanout` prints for these words. Raises what it ends with, and fails on exit 1."""
    result = CliRunner().invoke(cli, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def typed_json(*words: str) -> Any:
    return json.loads(typed(*words, "--json"))
