"""What the commands share: options, what they read and what they show."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from mailfanout import campaign, recipients
from mailfanout.errors import InputError
from mailfanout.stack import Stack
from mailfanout.target import Target, connect, stack_for

TARGETS = click.Choice(["sandbox", "endpoint", "aws"])

CSV_FILE = click.Path(path_type=Path)

SHOWN_MAILS = 10

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON value instead.")

say = Console(stderr=True, highlight=False)

show = Console(highlight=False)


def target_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a command `--target`, which it gets as `kind`."""
    return click.option(
        "--target",
        "kind",
        type=TARGETS,
        envvar="MAILFANOUT_TARGET",
        default="sandbox",
        show_default=True,
        help="Where to work. Real AWS is used only when you name it.",
    )(command)


def connect_to(kind: str) -> tuple[Target, Stack]:
    """The target that `--target` names, and the stack there."""
    target = connect(kind)
    return target, stack_for(target)


def place_of(target: Target, stack: Stack) -> str:
    """Where the pipeline stands, in words."""
    if target.kind == "aws":
        return f"AWS account {stack.account_id}, {stack.region}"
    return "the sandbox" if target.kind == "sandbox" else str(target.endpoint_url)


def read_recipients(csv_file: Path | None) -> tuple[recipients.Recipient, ...]:
    """The recipients in a file, or the article's; rows that cannot be used are named.

    Raises InputError if no row can be.
    """
    if csv_file is None:
        return recipients.example().recipients
    checked = recipients.read_csv(csv_file)
    for row in checked.bad_rows:
        say.print(f"[yellow]{csv_file.name} line {row.line}:[/yellow] {row.reason}")
    if not checked.recipients:
        raise InputError(f"{csv_file} has no row that can be sent to.")
    return checked.recipients


def show_mails(mails: tuple[campaign.AcceptedMail, ...]) -> None:
    """Print the first mails as cards, and how many more there are."""
    for mail in mails[:SHOWN_MAILS]:
        text = Text.assemble(("To: ", "dim"), mail.to, "\n\n", mail.body)
        show.print(Panel(text, title=Text(mail.subject, "bold"), title_align="left", width=60))
    if len(mails) > SHOWN_MAILS:
        show.print(f"… and {len(mails) - SHOWN_MAILS} more. All of them: mailfanout inbox --json")
