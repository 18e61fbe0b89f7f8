"""A mail before everybody gets it: who would get what, and a test of it to one address."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

import click

from mailfanout import campaign, recipients
from mailfanout.commands.console import show, show_mails
from mailfanout.commands.options import as_typed
from mailfanout.errors import InputError
from mailfanout.stack import Stack
from mailfanout.target import Target
from mailfanout.wording import counted

SHOWN_MAILS = 3


@dataclass(frozen=True)
class Trial:
    """A mail and the pipeline that it is for. The reliable design fills it in."""

    target: Target
    stack: Stack
    mail: campaign.MailText
    is_reliable: bool

    def mail_to(self, one: recipients.Recipient) -> campaign.MailText:
        """The mail as one recipient would get it."""
        if not self.is_reliable:
            return self.mail
        return campaign.filled_in(self.mail, email=one.email, username=one.username)

    def can_be_sent_to(self, one: recipients.Recipient) -> bool:
        """Whether the mail needs no username, or the recipient has one."""
        needs_name = not self.is_reliable or campaign.needs_username(self.mail)
        return bool(one.username.strip()) or not needs_name


def show_dry_run(trial: Trial, *, as_json: bool) -> None:
    """Print who would get what: all of the first mails, and how many more there are.

    As JSON, every address.
    """
    due = recipients.read_due(trial.target, trial.stack)
    people = [one for one in due if trial.can_be_sent_to(one)]
    mails = [_card(trial.mail_to(one), to=one.email) for one in people[:SHOWN_MAILS]]
    nameless = len(due) - len(people)
    if as_json:
        to = [one.email for one in people]
        return _print_json(mails, recipients=len(people), sent=0, nameless=nameless, to=to)
    show_mails(tuple(mails))
    if (rest := len(people) - SHOWN_MAILS) > 0:
        show.print(f"… and {counted(rest, 'recipient')} more.")
    show.print(f"{counted(len(people), 'recipient')} would get this mail. Nothing was sent.")
    if nameless:
        show.print(f"{counted(nameless, 'recipient')} would get none, for want of a username.")
    if not due:
        show.print(as_typed("Nobody is due. Next: mailfanout seed"))


def send_test(trial: Trial, address: str, *, dry_run: bool, as_json: bool) -> None:
    """Send the mail to one address alone, or show it only, and print what was done."""
    try:
        address = recipients.address_for_ses(address)
    except InputError as error:
        raise InputError(f"--test-to {address} is no address. {error}") from error
    due = recipients.read_due(trial.target, trial.stack)
    name = next((one.username.strip() for one in due if one.email == address), "")
    test = trial.mail_to(recipients.Recipient(address, name or "Test"))
    if not dry_run:
        campaign.send_one(trial.target, trial.stack, test, to=address)
    card = _card(test, to=address)
    if as_json:
        return _print_json([card], recipients=1, sent=0 if dry_run else 1)
    if dry_run:
        show_mails((card,))
        said = f"A test would go to {address}, and to nobody else. Nothing was sent."
        return show.print(said)
    show.print(f"A test was sent to {address}, and to nobody else.")


def readable(mail: campaign.AcceptedMail) -> dict[str, Any]:
    """A mail as programs read it: to, subject, body."""
    return {name: value for name, value in asdict(mail).items() if name != "message_id"}


def _card(mail: campaign.MailText, *, to: str) -> campaign.AcceptedMail:
    return campaign.AcceptedMail(to, mail.subject, mail.body, "")


def _print_json(mails: list[campaign.AcceptedMail], **totals: Any) -> None:
    click.echo(json.dumps({**totals, "mails": [*map(readable, mails)]}, ensure_ascii=False))
