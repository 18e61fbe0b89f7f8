"""`mailfanout deploy`, `seed`, `send`, `inbox`: the pipeline, step by step."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import click

from mailfanout import campaign, provision, recipients
from mailfanout.commands.campaigns import show_campaign
from mailfanout.commands.console import (
    SHOWN_CHARACTERS,
    connect_to,
    read_recipients,
    say,
    show,
    show_mails,
    warn_of_placeholders,
)
from mailfanout.commands.options import (
    PATH,
    address,
    as_typed,
    json_option,
    named_prefix,
    target_option,
)
from mailfanout.commands.plan import ask_before_first, yes_option
from mailfanout.commands.trials import Trial, send_test, show_dry_run
from mailfanout.commands.turns import take_turn
from mailfanout.errors import InputError
from mailfanout.plan import design_of, place_of
from mailfanout.stack import Design, UnknownPolicy, check_unsubscribe_url
from mailfanout.target import connect, stack_for
from mailfanout.wording import counted


@click.command("deploy")
@target_option
@click.option(
    "--design",
    type=click.Choice(get_args(Design)),
    help="The article's, or the one that records each recipient. Without it: what is deployed, or "
    "simple.",
)
@click.option(
    "--policy",
    type=click.Choice(get_args(UnknownPolicy)),
    help="In the reliable design: for whom nobody knows whether SES took the mail. Without it: as "
    "deployed, or settle.",
)
@click.option(
    "--unsubscribe-url",
    metavar="URL",
    help="In the reliable design: HTTPS; a recipient's address follows it. none: no more.",
)
@click.option(
    "--feedback/--no-feedback",
    default=None,
    help="In the simple design: whether a bounce or a complaint sets haserror. With "
    "--no-feedback, what that needs is deleted, unless the reliable design's ledger is there.",
)
@yes_option
def deploy_command(
    kind: str,
    design: Design | None,
    policy: UnknownPolicy | None,
    unsubscribe_url: str | None,
    feedback: bool | None,
    yes: bool,
) -> None:
    """Create every resource and function, or mend what differs. Safe to repeat.

    On AWS, the first one says what it will make and what that costs, as `mailfanout plan` does,
    and asks.

    Another --design takes the place of the one that is deployed, in place: nothing that is queued
    is lost. Upload no mail meanwhile: if its event fails then, the other design tries it again, and
    somebody may get it twice. What is not named stays as it was deployed.
    """
    if unsubscribe_url is not None:
        unsubscribe_url = check_unsubscribe_url(unsubscribe_url)
    target, stack = connect_to(kind)
    given = {
        "unknown_policy": policy,
        "unsubscribe_url": unsubscribe_url,
        "reports_feedback": feedback,
    }
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    meant = design or design_of(target, stack)
    _require_of_design(meant, changes)
    ask_before_first(target, replace(stack, **changes), meant, yes=yes)
    with say.status("Deploying …") as status, take_turn(status.update):
        # Only now: another command may have deployed until it was this one's turn.
        standing = provision.find_design(target, stack)
        stack = replace(provision.with_deployed_settings(target, stack), **changes)
        design = design or standing or "simple"
        provision.deploy(target, stack, design=design, progress=status.update)
    said = f"The pipeline stands in {place_of(target, stack)}."
    # Whoever deploys over what stands has recipients, to whom examples would be added.
    show.print(said if standing else as_typed(f"{said} Next: mailfanout seed"))


def _require_of_design(design: Design, changes: Iterable[str]) -> None:
    """Raises InputError if one of the settings is the other design's."""
    options = {"unknown_policy": "--policy", "unsubscribe_url": "--unsubscribe-url"}
    for name in changes:
        if design == "simple" and name in options:
            raise InputError(
                f"The simple design has no {options[name]}. Add --design reliable, or leave it out."
            )
        if design == "reliable" and name not in options:
            raise InputError(
                "The reliable design always has feedback. Leave --feedback or --no-feedback out."
            )


@click.command("seed")
@target_option
@click.argument("csv_file", type=PATH, required=False)
def seed_command(kind: str, csv_file: Path | None) -> None:
    """Put recipients into the table: from CSV_FILE (email, username), or three examples.

    On AWS the examples are addresses of SES's mailbox simulator: no person gets a mail.

    Each is put there anew, so whoever bounced or complained, and has haserror 1, gets mail again;
    it says how many. Whoever has opted out stays so. An address is one recipient, in capitals or
    not.
    """
    people = read_recipients(csv_file, kind)
    target, stack = connect_to(kind)
    with say.status("Seeding …") as status:
        refused = recipients.read_refused(target, stack)
        written = recipients.seed(
            target, stack, people, progress=lambda number: status.update(f"{number} recipients")
        )
    said = f"Recipients written to table {stack.table_name}: {written}."
    show.print(as_typed(f"{said} Next: mailfanout send"))
    if again := len(_in_small(refused) & _in_small(one.email for one in people)):
        show.print(f"Had haserror 1, and get mail again: {counted(again, 'recipient')}.")


def _in_small(emails: Iterable[str]) -> set[str]:
    return {email.lower() for email in emails}


@click.command("send")
@target_option
@click.argument("mail_file", type=PATH, required=False)
@click.option("--dry-run", is_flag=True, help="Send nothing; show who would get what.")
@click.option("--test-to", metavar="ADDRESS", help="Send it to this address alone.")
@json_option
def send_command(
    kind: str, mail_file: Path | None, dry_run: bool, test_to: str | None, as_json: bool
) -> None:
    """Upload MAIL_FILE (subject, empty line, body), or an example, and watch it go out.

    In the reliable design, {{username}} and {{email}} in the mail are filled in. Ends with 1 if
    not everybody could be sent to. With --dry-run, --json names everybody who would get it.
    """
    mail = campaign.read_mail(mail_file) if mail_file else campaign.example_mail()
    target, stack = connect_to(kind)
    design = provision.find_design(target, stack) or "simple"
    is_reliable = design == "reliable"
    if is_reliable:
        campaign.check_for_campaign(mail)
    else:
        warn_of_placeholders(mail)
    if test_to or dry_run:
        provision.require_whole(target, stack, design=design)
        trial = Trial(target, stack, mail, is_reliable)
        if test_to:
            return send_test(trial, test_to, dry_run=dry_run, as_json=as_json)
        return show_dry_run(trial, as_json=as_json)
    with _goes_on_unwatched(is_reliable), say.status("Sending …") as status:
        report = campaign.send(
            target, stack, mail, progress=lambda sent: status.update(f"{sent} mails sent")
        )
    if as_json:
        click.echo(json.dumps(report.campaign or _totals(report), ensure_ascii=False))
    else:
        show.print(f"{report.counted} in {report.seconds:.2f} s.")
        if report.campaign:
            show_campaign(report.campaign)
            _show_what_to_type(report.campaign)
    if report.campaign and (report.campaign["state"] != "done" or report.sent < report.recipients):
        sys.exit(1)


@click.command("inbox")
@target_option
@click.option("--to", type=address, metavar="ADDRESS", help="Only the mails to this address.")
@click.option("--eml", "directory", type=PATH, help="Write .eml files, for mail programs.")
@click.option("--json", "as_json", is_flag=True, help="Print all of every mail as JSON instead.")
def inbox_command(kind: str, to: str | None, directory: Path | None, as_json: bool) -> None:
    """Show the mails that the sandbox's SES accepted."""
    with say.status("Looking for mails …"):
        target = connect(kind)
    said = "Only the sandbox shows mails: elsewhere they are in real inboxes."
    sandbox = target.require_sandbox(said)
    if as_json and directory:
        raise InputError("--json prints mails, and --eml writes them. Leave one of them out.")
    if as_json:
        return click.echo(json.dumps([*sandbox.mails(to=to)]))
    if directory:
        with say.status("Writing mails …"):
            files = campaign.write_eml_files(target, directory, to=to)
        return show.print(f"Mails written to {directory}: {len(files)}")
    mails = campaign.inbox(target, to=to, longest=SHOWN_CHARACTERS)
    show_mails(mails)
    if to and not mails:
        return show.print(f"No mail to {to}.")
    if mails:
        return show.print(f"Mails: {len(mails)}")
    is_built = provision.find_design(target, stack_for(target, prefix=named_prefix()))
    show.print(as_typed(f"No mail yet. Type: mailfanout {'send' if is_built else 'deploy'}"))


@contextmanager
def _goes_on_unwatched(is_reliable: bool) -> Iterator[None]:
    """Whoever ends the watching, by Ctrl-C for example, is told that it ends nothing else."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit):
        more = " To see how it stands, or to cancel it, type: mailfanout status"
        said = f"If the mail is uploaded, it goes out all the same.{more if is_reliable else ''}"
        say.print(as_typed(said), soft_wrap=True)
        raise


def _show_what_to_type(one: campaign.Status) -> None:
    """A send ends while its campaign is being sent only if the rest is left to a person."""
    if one["state"] == "paused":
        said = (
            "After the daily quota it goes on by itself, else if you type: "
            f"mailfanout resume {one['campaign']}"
        )
        show.print(as_typed(said))
    if one["state"] == "sending":
        settle = f"mailfanout settle {one['campaign']} --as"
        said = (
            "Nobody but you can settle who is unknown. If they have their mail, type: "
            f"{settle} sent. To send it to them again: {settle} pending"
        )
        show.print(as_typed(said))


def _totals(report: campaign.Report) -> dict[str, Any]:
    seconds = round(report.seconds, 3)
    return {"recipients": report.recipients, "sent": report.sent, "seconds": seconds}
