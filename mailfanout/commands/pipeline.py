"""`mailfanout deploy`, `seed`, `send`, `inbox`, `teardown`: the pipeline, step by step."""

from __future__ import annotations

import json
from pathlib import Path

import click

from mailfanout import campaign, provision, recipients
from mailfanout.commands.options import (
    CSV_FILE,
    SHOWN_CHARACTERS,
    as_typed,
    connect_to,
    place_of,
    read_recipients,
    say,
    show,
    show_mails,
    target_option,
)
from mailfanout.commands.turns import take_turn
from mailfanout.errors import InputError
from mailfanout.target import connect


@click.command("deploy")
@target_option
def deploy_command(kind: str) -> None:
    """Create every resource and both functions, or mend what differs. Safe to repeat."""
    target, stack = connect_to(kind)
    with say.status("Deploying …") as status, take_turn(status.update):
        provision.deploy(target, stack, progress=status.update)
    show.print(as_typed(f"The pipeline stands in {place_of(target, stack)}. Next: mailfanout seed"))


@click.command("seed")
@target_option
@click.argument("csv_file", type=CSV_FILE, required=False)
def seed_command(kind: str, csv_file: Path | None) -> None:
    """Put recipients into the table: from CSV_FILE (email, username), or the article's three."""
    people = read_recipients(csv_file)
    target, stack = connect_to(kind)
    with say.status("Seeding …") as status:
        written = recipients.seed(
            target, stack, people, progress=lambda number: status.update(f"{number} recipients")
        )
    said = f"Recipients written to table {stack.table_name}: {written}."
    show.print(as_typed(f"{said} Next: mailfanout send"))


@click.command("send")
@target_option
@click.argument("mail_file", type=CSV_FILE, required=False)
def send_command(kind: str, mail_file: Path | None) -> None:
    """Upload MAIL_FILE (subject, empty line, body), or the article's mail, and watch it go out."""
    mail = campaign.read_mail(mail_file) if mail_file else campaign.example_mail()
    target, stack = connect_to(kind)
    with say.status("Sending …") as status:
        report = campaign.send(
            target, stack, mail, progress=lambda sent: status.update(f"{sent} mails sent")
        )
    show.print(f"{report.sent} of {report.recipients} mails sent in {report.seconds:.2f} s.")


@click.command("inbox")
@target_option
@click.option("--to", metavar="ADDRESS", help="Only the mails to this address.")
@click.option("--eml", "directory", type=CSV_FILE, help="Write .eml files, for mail programs.")
@click.option("--json", "as_json", is_flag=True, help="Print all of every mail as JSON instead.")
def inbox_command(kind: str, to: str | None, directory: Path | None, as_json: bool) -> None:
    """Show the mails that the sandbox's SES accepted."""
    target = connect(kind)
    if target.sandbox is None:
        raise InputError("Only the sandbox shows mails: elsewhere they are in real inboxes.")
    if as_json:
        return click.echo(json.dumps([*target.sandbox.mails(to=to)]))
    if directory:
        files = campaign.write_eml_files(target, directory, to=to)
        return show.print(f"Mails written to {directory}: {len(files)}", soft_wrap=True)
    mails = campaign.inbox(target, to=to, longest=SHOWN_CHARACTERS)
    show_mails(mails)
    show.print(f"Mails: {len(mails)}" if mails else as_typed("No mail yet. Type: mailfanout send"))


@click.command("teardown")
@target_option
def teardown_command(kind: str) -> None:
    """Remove every resource, and make sure that nothing is left. Safe to repeat."""
    target, stack = connect_to(kind)
    with say.status("Removing …") as status, take_turn(status.update):
        provision.teardown(target, stack, progress=status.update)
    show.print(f"Nothing is left in {place_of(target, stack)}.")
