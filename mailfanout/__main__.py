"""The command line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

import click
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.text import Text

from mailfanout.campaign import sending as campaign
from mailfanout.commands import doctor, lab, tour
from mailfanout.commands.sandbox import sandbox_group
from mailfanout.errors import InputError, MailfanoutError
from mailfanout.provision import deployment as provision
from mailfanout.recipients import checking as recipients
from mailfanout.stack import Stack
from mailfanout.target.connection import Target, connect, stack_for

TARGETS = click.Choice(["sandbox", "endpoint", "aws"])
CSV_FILE = click.Path(path_type=Path)

SHOWN_MAILS = 10

say = Console(stderr=True, highlight=False)
show = Console(highlight=False)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="mailfanout")
def cli() -> None:
    """An event-driven mail fan-out on AWS, to build, run and take apart.

    Without an AWS account: the sandbox is started when it is needed. Begin with

        mailfanout tour

    which creates everything once, sends one mail to three people and shows what arrived.
    """


cli.add_command(sandbox_group)


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


@cli.command("tour")
@target_option
@click.option("--recipients", "csv_file", type=CSV_FILE, help="A CSV file: email, username.")
@click.option("--mail", "mail_file", type=CSV_FILE, help="A text file: subject, empty line, body.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead.")
def tour_command(kind: str, csv_file: Path | None, mail_file: Path | None, as_json: bool) -> None:
    """The whole pipeline, once: create, seed, deploy, upload, watch, and read the mails."""
    people = _read_recipients(csv_file)
    mail = campaign.read_mail(mail_file) if mail_file else campaign.example_mail()
    with say.status("Starting the sandbox …" if kind == "sandbox" else "Connecting …") as status:
        target, stack = _connect(kind)
        taken = tour.run(target, stack, people=people, mail=mail, progress=status.update)
    if as_json:
        return click.echo(json.dumps(_summary(taken.report), ensure_ascii=False))
    _show_mails(taken.report.mails)
    show.print(f"{taken.report.sent} of {taken.report.recipients} mails sent.")
    for stage, seconds in taken.seconds_by_stage.items():
        show.print(f"  {stage:<12}{seconds:6.2f} s")
    show.print("Next: mailfanout lab")


@cli.command("deploy")
@target_option
def deploy_command(kind: str) -> None:
    """Create every resource and both functions, or mend what differs. Safe to repeat."""
    target, stack = _connect(kind)
    with say.status("Deploying …") as status:
        provision.deploy(target, stack, progress=status.update)
    show.print(f"The pipeline stands in {_place(target, stack)}. Next: mailfanout seed")


@cli.command("seed")
@target_option
@click.argument("csv_file", type=CSV_FILE, required=False)
def seed_command(kind: str, csv_file: Path | None) -> None:
    """Put recipients into the table: from CSV_FILE (email, username), or the article's three."""
    people = _read_recipients(csv_file)
    target, stack = _connect(kind)
    with say.status("Seeding …") as status:
        written = recipients.seed(
            target, stack, people, progress=lambda number: status.update(f"{number} recipients")
        )
    show.print(f"{written} recipients are in table {stack.table_name}. Next: mailfanout send")


@cli.command("send")
@target_option
@click.argument("mail_file", type=CSV_FILE, required=False)
def send_command(kind: str, mail_file: Path | None) -> None:
    """Upload MAIL_FILE (subject, empty line, body), or the article's mail, and watch it go out."""
    mail = campaign.read_mail(mail_file) if mail_file else campaign.example_mail()
    target, stack = _connect(kind)
    with say.status("Sending …") as status:
        report = campaign.send(
            target, stack, mail, progress=lambda sent: status.update(f"{sent} mails sent")
        )
    show.print(f"{report.sent} of {report.recipients} mails sent in {report.seconds:.2f} s.")


@cli.command("inbox")
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
    mails = campaign.inbox(target, to=to)
    _show_mails(mails)
    show.print(f"Mails: {len(mails)}" if mails else "No mail yet. Type: mailfanout send")


@cli.command("teardown")
@target_option
def teardown_command(kind: str) -> None:
    """Remove every resource, and make sure that nothing is left. Safe to repeat."""
    target, stack = _connect(kind)
    with say.status("Removing …") as status:
        provision.teardown(target, stack, progress=status.update)
    show.print(f"Nothing is left in {_place(target, stack)}.")


@cli.command("lab")
@click.argument("directory", type=CSV_FILE, default="mailfanout-lab")
@click.option("--fresh", is_flag=True, help="Begin anew; the copy that is there is moved aside.")
@click.option("--no-browser", is_flag=True, help="Print the address instead of opening it.")
@click.option("--port", type=int, help="This port, and no other.")
@click.option("--private-sandbox", is_flag=True, help="Use a sandbox of this copy alone.")
def lab_command(
    directory: Path, fresh: bool, no_browser: bool, port: int | None, private_sandbox: bool
) -> None:
    """Copy the notebooks, without solutions, to DIRECTORY, and open JupyterLab on the copy.

    A second time it goes on with the copy that is there, and leaves what you wrote as it is.
    """
    copy = lab.make_copy(lab.source_notebooks(), directory, fresh=fresh)
    if copy.moved_to:
        say.print(f"The copy that was there is now in {copy.moved_to}", soft_wrap=True)
    say.print(f"Your notebooks are in {copy.directory}", soft_wrap=True)
    sys.exit(lab.run(directory, browser=not no_browser, port=port, private_sandbox=private_sandbox))


@cli.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead.")
def doctor_command(as_json: bool) -> None:
    """Is this machine ready for the notebooks? What is missing, and how to get it.

    Ends with 1 where something is not ok.
    """
    findings = []
    for finding in doctor.examine():
        findings.append(finding)
        if not as_json:
            click.echo(finding)
    is_ready = all(finding.ok for finding in findings)
    if as_json:
        found = [asdict(finding) for finding in findings]
        click.echo(json.dumps({"ready": is_ready, "findings": found}, ensure_ascii=False))
    sys.exit(0 if is_ready else 1)


def main() -> None:
    """Run the command line: a user's mistake ends in a line that says what to do, no traceback."""
    try:
        cli()
    except MailfanoutError as error:
        _fail(error, error.exit_code)
    except (BotoCoreError, ClientError) as error:
        _fail(error, 1)


def _fail(error: Exception, exit_code: int) -> NoReturn:
    say.print("[red]Error:[/red]", escape(str(error)), soft_wrap=True)
    sys.exit(exit_code)


def _connect(kind: str) -> tuple[Target, Stack]:
    target = connect(kind)
    return target, stack_for(target)


def _place(target: Target, stack: Stack) -> str:
    if target.kind == "aws":
        return f"AWS account {stack.account_id}, {stack.region}"
    return "the sandbox" if target.kind == "sandbox" else str(target.endpoint_url)


def _read_recipients(csv_file: Path | None) -> tuple[recipients.Recipient, ...]:
    if csv_file is None:
        return recipients.example().recipients
    checked = recipients.read_csv(csv_file)
    for row in checked.bad_rows:
        say.print(f"[yellow]{csv_file.name} line {row.line}:[/yellow] {row.reason}")
    if not checked.recipients:
        raise InputError(f"{csv_file} has no row that can be sent to.")
    return checked.recipients


def _show_mails(mails: tuple[campaign.Mail, ...]) -> None:
    for mail in mails[:SHOWN_MAILS]:
        text = Text.assemble(("To: ", "dim"), mail.to, "\n\n", mail.body)
        show.print(Panel(text, title=Text(mail.subject, "bold"), title_align="left", width=60))
    if len(mails) > SHOWN_MAILS:
        show.print(f"… and {len(mails) - SHOWN_MAILS} more. All of them: mailfanout inbox --json")


def _summary(report: campaign.Report) -> dict[str, Any]:
    mails = [
        {name: value for name, value in asdict(mail).items() if name != "message_id"}
        for mail in report.mails
    ]
    return {
        "recipients": report.recipients,
        "sent": report.sent,
        "mails": mails,
        "seconds": round(report.seconds, 3),
    }


if __name__ == "__main__":
    main()
