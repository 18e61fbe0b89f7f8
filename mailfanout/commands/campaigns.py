"""`mailfanout status`, `pause`, `resume`, `cancel`, `redrive`, `settle`, `report`: campaigns."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO, get_args

import click

from mailfanout import campaign, recipients
from mailfanout.commands.console import connect_to, say, show, writing
from mailfanout.commands.options import PATH_OR_DASH, address, as_typed, json_option, target_option
from mailfanout.errors import InputError
from mailfanout.ledger import Decision
from mailfanout.stack import Stack
from mailfanout.target import Target
from mailfanout.wording import counted

_NO_CAMPAIGNS = (
    "The simple design is deployed, which keeps no books of its sends. The reliable design keeps "
    "campaigns. To deploy it instead, type: mailfanout deploy --design reliable"
)
# What strangers may have subscribed with, and a spreadsheet calculates.
_FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r")
REPORT_COLUMNS = ["email", "state", "reason", "message_ids", "tries", "decided_by", "time"]


@click.command("status")
@target_option
@click.argument("campaign_id", metavar="[CAMPAIGN]", required=False)
@json_option
def status_command(kind: str, campaign_id: str | None, as_json: bool) -> None:
    """Show how every campaign stands, or the one of this id.

    Here and in the other commands, the beginning of an id is enough if no other begins so.

    In the reliable design a campaign is one upload of a mail. Its states always add up to its
    recipients, as far as these are planned.
    """
    target, stack = connect_to(kind)
    with say.status("Reading the campaigns …"):
        if campaign_id is not None:
            campaign_id = _whole_id(target, stack, campaign_id)
        has_books = campaign_id is not None or campaign.keeps_campaigns(target, stack)
        found = campaign.status(target, stack, campaign_id) if has_books else []
    if as_json:
        return click.echo(json.dumps({"campaigns": found}))
    if not has_books:
        return show.print(as_typed(_NO_CAMPAIGNS))
    for one in found:
        show_campaign(one)
    if not found:
        show.print(as_typed("There is no campaign yet. Type: mailfanout send"))


def _steer(name: str, call: Callable[[Target, Stack, str], None], said: str, doc: str) -> Any:
    """A command that does one thing to one campaign, and then says how that stands."""

    @click.command(name, help=doc)
    @target_option
    @click.argument("campaign_id", metavar="CAMPAIGN")
    def command(kind: str, campaign_id: str) -> None:
        target, stack = connect_to(kind)
        with say.status("One moment …"):
            campaign_id = _whole_id(target, stack, campaign_id)
            call(target, stack, campaign_id)
        show.print(said)
        show_campaign(*campaign.status(target, stack, campaign_id))

    return command


pause_command = _steer(
    "pause",
    campaign.pause,
    "Paused. What is being sent at this moment still is.",
    "Let nobody begin with more of CAMPAIGN, until `mailfanout resume`.",
)
resume_command = _steer(
    "resume",
    campaign.resume,
    "It goes on.",
    "Go on with CAMPAIGN. Its bounces and complaints are judged from now on.",
)
cancel_command = _steer(
    "cancel",
    campaign.cancel,
    "Cancelled. Who is pending gets no mail; the sweep writes that down within a minute.",
    "Send to nobody more of CAMPAIGN, for good.",
)


@click.command("redrive")
@target_option
@json_option
def redrive_command(kind: str, as_json: bool) -> None:
    """Put this pipeline's dead letters back to where they belong.

    What concerns a campaign's recipients is in its ledger already, and goes on from there.
    """
    target, stack = connect_to(kind)
    with say.status("Putting dead letters back …"):
        moved = campaign.redrive(target, stack)
    if as_json:
        return click.echo(json.dumps(moved))
    for what, number in sorted(moved.items()):
        why = ", left there: not of this pipeline" if what == "unknown" else ""
        show.print(f"{what}: {counted(number, 'dead letter')}{why}")
    if not moved:
        show.print("There is no dead letter.")


@click.command("settle")
@target_option
@click.argument("campaign_id", metavar="CAMPAIGN")
@click.option(
    "--as",
    "decision",
    type=click.Choice(get_args(Decision)),
    required=True,
    help="`sent`: they have their mail. `pending`: send it to them again.",
)
@click.option("--to", type=address, metavar="ADDRESS", help="Only for this recipient.")
def settle_command(kind: str, campaign_id: str, decision: Decision, to: str | None) -> None:
    """Decide what nobody can know: whether recipients who are `unknown` have their mail."""
    target, stack = connect_to(kind)
    with say.status("Settling …"):
        campaign_id = _whole_id(target, stack, campaign_id)
        settled = campaign.settle(target, stack, campaign_id, decision, to=to)
    if to and not settled:
        raise InputError(f"{to} is not unknown in campaign {campaign_id}.")
    show.print(f"Settled as {decision}: {counted(settled, 'recipient')}")


@click.command("report")
@target_option
@click.argument("campaign_id", metavar="CAMPAIGN")
@click.option("--csv", "output", type=PATH_OR_DASH, help="The file to write; - or none: print it.")
def report_command(kind: str, campaign_id: str, output: str | None) -> None:
    """Write what became of each recipient of CAMPAIGN to a CSV file, which Excel opens, too.

    Its columns: email, state, reason, message_ids, tries, decided_by, time (UTC). The reason says
    `bounce` or `complaint`, too, if SES reported one after it took the mail. `tries` counts how
    often the mail was handed to SES and nobody knew whether SES had it. An address that Excel would
    take for a formula has an apostrophe before it.
    """
    target, stack = connect_to(kind)
    with say.status("Reading the campaign …"):
        campaign_id = _whole_id(target, stack, campaign_id)
        rows = campaign.report(target, stack, campaign_id)
    if output in (None, "-"):
        lines = io.StringIO()
        _write_rows(lines, rows, line_end="\n")
        return click.echo(lines.getvalue(), nl=False)
    csv_file = Path(output)
    with writing(csv_file), csv_file.open("w", encoding="utf-8-sig", newline="") as file:
        _write_rows(file, rows, line_end="\r\n")
    show.print(f"Written to {csv_file}: {counted(len(rows), 'recipient')}")


@click.command("unsubscribe")
@target_option
@click.argument("address", metavar="ADDRESS")
def unsubscribe_command(kind: str, address: str) -> None:
    """Send no mail to ADDRESS any more, however the table spells it: small letters or capitals."""
    target, stack = connect_to(kind)
    with say.status("One moment …"):
        stopped = recipients.unsubscribe(target, stack, address)
    for one in stopped:
        show.print(f"{_on_one_line(one)} gets no mail any more.")


def _whole_id(target: Target, stack: Stack, beginning: str) -> str:
    """Raises InputError if several begin so, or if what is deployed keeps no campaigns."""
    if not campaign.keeps_campaigns(target, stack):
        raise InputError(_NO_CAMPAIGNS)
    return campaign.whole_id(target, stack, beginning)


def show_campaign(one: campaign.Status) -> None:
    """A campaign in two lines: what it is and why it stands so, and its recipients by state."""
    key, reason = _on_one_line(one["key"]), _on_one_line(one["reason"])
    why = f": {reason}" if reason else ""
    states = ", ".join(f"{number:,} {state}" for state, number in one["states"].items() if number)
    none = "nobody" if one["state"] in campaign.OVER else "none planned yet"
    show.print(f"{one['campaign']}  {key}")
    show.print(f"  {one['state']}{why}")
    show.print(f"  {counted(one['recipients'], 'recipient')}: {states or none}")
    extras = {name: one[name] for name in ("concerned", "doubled", "bounces", "complaints")}
    if any(extras.values()):
        said = ", ".join(f"{name} {number:,}" for name, number in extras.items() if number)
        show.print(f"  {said}")


def _on_one_line(text: str) -> str:
    """A key may hold anything, and a reason may name it."""
    return campaign.printable(text.replace("\n", "\u240a"))


def _write_rows(file: TextIO, rows: list[campaign.Row], *, line_end: str) -> None:
    writer = csv.DictWriter(file, REPORT_COLUMNS, lineterminator=line_end)
    writer.writeheader()
    writer.writerows(map(_csv_row, rows))


def _csv_row(row: campaign.Row) -> dict[str, Any]:
    decided_at = datetime.fromtimestamp(row["time"], UTC).isoformat() if row["time"] else ""
    email = f"'{row['email']}" if row["email"].startswith(_FORMULA_BEGINS) else row["email"]
    ids = " ".join(row["message_ids"])
    return {**row, "email": email, "message_ids": ids, "time": decided_at}
