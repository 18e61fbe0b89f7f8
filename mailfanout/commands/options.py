"""What the commands share: options, what they read and what they show."""

from __future__ import annotations

import re
import shutil
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from mailfanout import campaign, recipients, workshop
from mailfanout.errors import InputError
from mailfanout.stack import NO_PREFIX, Stack, check_prefix
from mailfanout.target import Target, connect, stack_for

TARGETS = click.Choice(["sandbox", "endpoint", "aws"])

# After the package's name, what makes it a command and not the package.
_COMMANDS = (
    "bench|cancel|class|deploy|doctor|handout|inbox|lab|pause|redrive|report|resume|sandbox|seed|"
    "send|settle|status|teardown|template|tour|unsubscribe|verify"
)

CSV_FILE = click.Path(path_type=Path)

# Where a command's context keeps what `--prefix` was.
_PREFIX = "mailfanout.prefix"

SHOWN_MAILS = 10
SHOWN_CHARACTERS = 2000

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON value instead.")

# No markup: brackets in a name or a mail are no styles.
say = Console(stderr=True, highlight=False, markup=False)

show = Console(highlight=False, markup=False)


def target_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a command `--target`, which it gets as `kind`, and `--prefix`, for `connect_to`."""
    kind = click.option(
        "--target",
        "kind",
        type=TARGETS,
        envvar="MAILFANOUT_TARGET",
        default="sandbox",
        show_default=True,
        help="Where to work. Real AWS is used only when you name it.",
    )
    prefix = click.option(
        "--prefix",
        envvar="MAILFANOUT_PREFIX",
        expose_value=False,
        callback=_keep_prefix,
        help="Stands in front of every name. On AWS your name there, if you name none.",
    )
    return kind(prefix(command))


def _keep_prefix(context: click.Context, _option: click.Parameter, prefix: str | None) -> None:
    context.meta[_PREFIX] = prefix and (prefix if prefix == NO_PREFIX else check_prefix(prefix))


def as_typed(words: str) -> str:
    """The words, with each command of ours as it is found from where the user stands."""
    return re.sub(rf"\bmailfanout (?=(?:{_COMMANDS})\b)", lambda _: f"{_program()} ", words)


def _program() -> str:
    """`mailfanout` if a shell finds this Python's, and else the way to it."""
    scripts = sysconfig.get_path("scripts")
    ours = shutil.which("mailfanout", path=scripts)
    found = shutil.which("mailfanout")
    if ours is None or (found and Path(found).samefile(ours)):
        return "mailfanout"
    return workshop.command_line([workshop.shorten_path(ours)])


def connect_to(kind: str) -> tuple[Target, Stack]:
    """The target that `--target` names, and the stack there, with the prefix that is named."""
    target = connect(kind)
    return target, stack_for(target, prefix=named_prefix())


def named_prefix() -> str | None:
    """What `--prefix`, or MAILFANOUT_PREFIX, names."""
    prefix: str | None = click.get_current_context().meta.get(_PREFIX)
    return prefix


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
        place = f"{csv_file.name} line {row.line}:"
        say.print(Text.assemble((place, "yellow"), " ", campaign.printable(row.reason)))
    if not checked.recipients:
        raise InputError(f"{csv_file} has no row that can be sent to.")
    return checked.recipients


def show_mails(mails: tuple[campaign.AcceptedMail, ...]) -> None:
    """Print the first mails as cards, and how many more there are."""
    for mail in mails[:SHOWN_MAILS]:
        to, subject, body = map(_shown, (mail.to, mail.subject, mail.body))
        text = Text.assemble(("To: ", "dim"), to, "\n\n", body)
        show.print(Panel(text, title=Text(subject, "bold"), title_align="left", width=60))
    if len(mails) > SHOWN_MAILS:
        more = f"… and {len(mails) - SHOWN_MAILS} more. All of them: mailfanout inbox --json"
        show.print(as_typed(more))


def _shown(text: str) -> str:
    """Cut before it is laid out, which takes a second for each megabyte."""
    cut = f"{text[:SHOWN_CHARACTERS]}…" if len(text) > SHOWN_CHARACTERS + 1 else text
    return campaign.printable(cut)
