"""The whole pipeline, once: create it, seed it, deploy it, send through it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from mailfanout import campaign, installation, provision, recipients
from mailfanout.commands.console import (
    connect_to,
    read_recipients,
    say,
    show,
    show_mails,
    warn_of_placeholders,
)
from mailfanout.commands.options import PATH, as_typed, target_option
from mailfanout.commands.plan import ask, ask_before_first
from mailfanout.commands.trials import readable
from mailfanout.commands.turns import take_turn
from mailfanout.errors import InputError, ResourceMissing
from mailfanout.stack import Stack
from mailfanout.target import Target
from mailfanout.wording import counted


@dataclass(frozen=True)
class Tour:
    """What a tour came to: the send's report, and the seconds that each stage took.

    The first and the last mail are counted from the upload.
    """

    report: campaign.Report
    seconds_by_stage: dict[str, float]


def run(
    target: Target,
    stack: Stack,
    *,
    people: Iterable[recipients.Recipient],
    mail: campaign.MailText,
    progress: Callable[[str], None] = lambda line: None,
) -> Tour:
    """Take the tour, from nothing to the mails; progress gets a line per step.

    In the sandbox, what earlier runs left is removed, too. Elsewhere nothing may be there yet, and
    all of it is removed in the end. Raises InputError if something is there.
    """
    in_sandbox = target.kind == "sandbox"
    if not in_sandbox:
        _require_nothing(target, stack)
    seconds: dict[str, float] = {}
    create = provision.renew if in_sandbox else provision.deploy
    try:
        with _timed(seconds, "created"):
            create(target, stack, progress=progress)
        with _timed(seconds, "seeded"):
            seeded = recipients.seed(target, stack, people)
        report = campaign.send_unchecked(
            target, stack, mail, seeded, progress=lambda sent: progress(f"{sent} mails sent")
        )
        seconds |= {"first mail": report.seconds_to_first, "last mail": report.seconds}
    finally:
        if not in_sandbox:
            provision.teardown(target, stack, progress=progress)
    return Tour(report, seconds)


def _require_nothing(target: Target, stack: Stack) -> None:
    if remaining := provision.remaining(target, stack):
        raise InputError(
            f"A tour starts from nothing, and there is already: {', '.join(remaining)}. "
            "Send with `mailfanout send`, or remove them with `mailfanout teardown`."
        )


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    seconds[stage] = time.monotonic() - began


@click.command("tour")
@target_option
@click.option("--recipients", "csv_file", type=PATH, help="A CSV file: email, username.")
@click.option("--mail", "mail_file", type=PATH, help="A text file: subject, empty line, body.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead.")
@click.option("--yes", is_flag=True, help="Do not ask: before it removes yours, or makes on AWS.")
def tour_command(
    kind: str, csv_file: Path | None, mail_file: Path | None, as_json: bool, yes: bool
) -> None:
    """The whole pipeline, once: create, seed, deploy, upload, watch, and read the mails.

    It begins from nothing. So in the sandbox it removes what stands there, and says so, unless that
    is only what another tour left. It asks before it removes campaigns, or recipients who are
    neither the example's nor yours. Elsewhere it refuses to begin if anything stands.
    """
    people = read_recipients(csv_file, kind)
    mail = campaign.read_mail(mail_file) if mail_file else campaign.example_mail()
    warn_of_placeholders(mail)
    target, stack = connect_to(kind)
    ask_before_first(target, stack, "simple", yes=yes)
    if target.kind == "sandbox":
        _ask_before_removal(target, stack, people, yes=yes)
    with say.status("Looking for an earlier pipeline …") as status, take_turn(status.update):
        taken = run(target, stack, people=people, mail=mail, progress=status.update)
    if as_json:
        return click.echo(json.dumps(_summary(taken.report)))
    show_mails(taken.report.mails)
    show.print(f"{taken.report.counted}.")
    for stage, seconds in taken.seconds_by_stage.items():
        show.print(f"  {stage:<12}{seconds:6.2f} s")
    show.print(as_typed(f"Next: {_next_command()}"))


def _ask_before_removal(
    target: Target, stack: Stack, people: Iterable[recipients.Recipient], *, yes: bool
) -> None:
    """Say what is removed, unless another tour left it; and ask if it would be missed."""
    known = {one.email for one in (*people, *recipients.example().recipients)}
    items = recipients.read_items(target, stack)
    others = [one for one in items if one["email"]["S"] not in known or "optedout" in one]
    try:
        campaigns = campaign.campaign_ids(target, stack)
    except ResourceMissing:  # of the reliable design, nothing stands
        if not others:
            return
        campaigns = []
    design = provision.find_design(target, stack)
    standing = [f"the {design} design"] if design else []
    standing += [counted(len(campaigns), "campaign")] if campaigns else []
    standing += [counted(len(items), "recipient")] if items else []
    said = ", ".join(standing) or "what the reliable design left"
    say.print(f"A tour begins from nothing. It removes what stands: {said}.", soft_wrap=True)
    if (campaigns or others) and not yes:
        ask("Remove all of this?", otherwise="Nothing was removed.")


def _next_command() -> str:
    if installation.has_lab():
        return "mailfanout lab"
    # Windows PowerShell has no &&.
    then = ";" if os.name == "nt" else " &&"
    return f"{installation.install_command()}{then} mailfanout lab"


def _summary(report: campaign.Report) -> dict[str, Any]:
    return {
        "recipients": report.recipients,
        "sent": report.sent,
        "mails": [*map(readable, report.mails)],
        "seconds": round(report.seconds, 3),
    }
