"""What the commands share: where they work, what they read, and what they say."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from pathlib import Path

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from mailfanout import campaign, recipients
from mailfanout.commands.options import as_typed, named_prefix
from mailfanout.errors import InputError, writing_to
from mailfanout.sandbox import control
from mailfanout.stack import Stack
from mailfanout.target import Target, connect, stack_for
from mailfanout.wording import counted, cut

SHOWN_MAILS = 10
SHOWN_CHARACTERS = 2000
_ENCODINGS: dict[recipients.Encoding, str] = {"cp932": "Japanese", "cp1252": "Western"}

# A terminal that does not know how wide it is may say that it has no columns.
_WIDTH = 80 if os.environ.get("COLUMNS") == "0" else None

# No markup: brackets in a name or a mail are no styles. Colours are for a terminal, and none if
# NO_COLOR is set. A result is a line however long it is, so that it can be copied and searched;
# `say` has a status, too, which has to be cut.
say = Console(stderr=True, highlight=False, markup=False, width=_WIDTH)

show = Console(highlight=False, markup=False, soft_wrap=True, width=_WIDTH)


def connect_to(kind: str) -> tuple[Target, Stack]:
    """The target that `--target` names, and the stack there, with the prefix that is named."""
    is_started = kind == "sandbox" and control.find() is None
    with say.status("Starting the sandbox …" if is_started else "Connecting …"):
        target = connect(kind)
        return target, stack_for(target, prefix=named_prefix())


def read_recipients(csv_file: Path | None, kind: str) -> tuple[recipients.Recipient, ...]:
    """The recipients in a file; says how it was read, and which rows it skips.

    Without a file, three who do no harm on this kind of target. Raises InputError if no row can be.
    """
    if csv_file is None:
        return recipients.three_people(kind)
    checked = recipients.read_csv(csv_file)
    if checked.guessed_encoding:
        guess = f"read as {checked.guessed_encoding} ({_ENCODINGS[checked.guessed_encoding]})"
        mend = 'If names look wrong, save it as "CSV UTF-8".'
        why = f" {guess}, because it is not UTF-8. {mend}"
        say.print(Text.assemble((f"{csv_file.name}:", "yellow"), why), soft_wrap=True)
    for row in checked.bad_rows:
        place = f"{csv_file.name} line {row.line}:"
        said = Text.assemble((place, "yellow"), " ", campaign.printable(row.reason))
        say.print(said, soft_wrap=True)
    if not checked.recipients:
        raise InputError(f"{csv_file} has no row that can be sent to.")
    if checked.bad_rows:
        say.print(f"{counted(len(checked.bad_rows), 'row')} left out.")
    return checked.recipients


def writing(path: Path) -> AbstractContextManager[None]:
    """As writing_to, of a file that an option names."""
    return writing_to(path, mend="Name a file in a directory that is there and yours.")


def warn_of_placeholders(mail: campaign.MailText) -> None:
    """Say that the simple design fills nothing in, if the mail looks as if something should be."""
    if "{{" in mail.subject + mail.body:
        warning = "The simple design sends {{ as it stands: only the reliable one fills it in."
        say.print(Text.assemble((f"{mail.name}:", "yellow"), f" {warning}"), soft_wrap=True)


def show_mails(mails: tuple[campaign.AcceptedMail, ...]) -> None:
    """Print the newest mails as cards, the newest last, after how many came before them."""
    if len(mails) > SHOWN_MAILS:
        more = f"… and {len(mails) - SHOWN_MAILS:,} before them. All: mailfanout inbox --json"
        show.print(as_typed(more))
    for mail in mails[-SHOWN_MAILS:]:
        to, subject, body = map(_shown, (mail.to, mail.subject, mail.body))
        text = Text.assemble(("To: ", "dim"), to, "\n\n", body)
        card = Panel(text, title=Text(subject, "bold"), title_align="left", width=60)
        show.print(card, soft_wrap=False)


def _shown(text: str) -> str:
    """Cut before it is laid out, which takes a second for each megabyte."""
    return campaign.printable(cut(text, SHOWN_CHARACTERS))
