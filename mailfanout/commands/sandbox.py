"""`mailfanout sandbox …`: the sandbox's life, its settings, its call counts and its faults."""

from __future__ import annotations

import inspect
import json
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import click

from mailfanout import faults
from mailfanout.commands.options import as_typed
from mailfanout.commands.shells import SHELLS, detect_shell, failure, script
from mailfanout.errors import MailfanoutError
from mailfanout.sandbox import control
from mailfanout.target import connect

QUIET_LIMIT_SECONDS = 60

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON value instead.")


@click.group("sandbox")
def sandbox_group() -> None:
    """The embedded AWS on this machine: one background process per user."""


@sandbox_group.command("start")
def start() -> None:
    """Start it, unless it runs."""
    click.echo(f"The sandbox runs at {control.start().endpoint_url}")


@sandbox_group.command("stop")
@click.option("--now", is_flag=True, help="Do not wait for events and messages under way.")
def stop(now: bool) -> None:
    """End it and all of its processes. What it held is gone."""
    ended = control.stop(quiet_limit_seconds=0 if now else QUIET_LIMIT_SECONDS)
    click.echo("The sandbox has ended." if ended else "No sandbox was running.")


@sandbox_group.command("status")
def status() -> None:
    """Say whether it runs, and where."""
    sandbox = control.find()
    if sandbox is None:
        click.echo(as_typed("No sandbox runs. Type: mailfanout sandbox start"))
        sys.exit(1)
    click.echo(f"The sandbox runs at {sandbox.endpoint_url}, process {sandbox.pid}.")


@sandbox_group.command("env")
@click.option(
    "--shell", type=click.Choice(SHELLS), help="Write for this shell, not for the one that asks."
)
@click.option("--unset", is_flag=True, help="Give the shell back the variables that it had.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object; null removes.")
def env(shell: str | None, unset: bool, as_json: bool) -> None:
    """Make this shell one of the sandbox: the AWS CLI and any SDK work there, and there alone.

    \b
    bash, zsh   eval "$(mailfanout sandbox env)"
    fish        mailfanout sandbox env | source
    PowerShell  mailfanout sandbox env | Invoke-Expression
    cmd         for /f "delims=" %i in ('mailfanout sandbox env') do @%i

    Starts the sandbox, unless it runs. AWS's variables that lead elsewhere are removed, and
    your own AWS configuration is out of sight. The same with `--unset` gives each variable the
    value that it had.
    """
    shell = shell or detect_shell()
    try:
        changes = control.leave_shell(os.environ) if unset else _entered()
    except MailfanoutError:
        if not as_json:
            click.echo(failure(shell))
        raise
    click.echo(json.dumps(changes) if as_json else script(changes, shell))


def _entered() -> control.Changes:
    return control.enter_shell(control.start(), os.environ)


@sandbox_group.command("settings")
@json_option
def settings(as_json: bool) -> None:
    """Show what may be changed while it runs, with `mailfanout sandbox set`."""
    found = control.start().settings()
    if as_json:
        return click.echo(json.dumps(found))
    for name, value in found.items():
        click.echo(f"{_dashed(name):<18}{json.dumps(value)}")


@sandbox_group.command("set")
@click.argument("name")
@click.argument("value")
def set_command(name: str, value: str) -> None:
    """Change a setting, until the sandbox ends or is reset.

    `set time-scale 0.01` lets AWS's waits of minutes take a hundredth of their time;
    `set production false` makes the account one in the SES sandbox. See also:
    mailfanout sandbox settings
    """
    wanted: Any = value
    with suppress(ValueError):
        wanted = json.loads(value)
    control.start().change_settings(**{name.replace("-", "_"): wanted})
    click.echo(f"{_dashed(name)} is {value} now.")


@sandbox_group.command("calls")
@click.option("--reset", is_flag=True, help="Count from 0 again, after showing them.")
@json_option
def calls(reset: bool, as_json: bool) -> None:
    """Show how often each operation of AWS was called, by you and by each function."""
    sandbox = control.start()
    counts = sandbox.calls()
    click.echo(json.dumps(counts) if as_json else _call_table(counts))
    if reset:
        sandbox.reset_calls()


@sandbox_group.command("faults")
@click.option("--clear", is_flag=True, help="Switch them all off.")
@json_option
def faults_command(clear: bool, as_json: bool) -> None:
    """Show the faults that are still to come, or switch them off."""
    sandbox = control.start()
    if clear:
        sandbox.clear_faults()
    left = sandbox.faults()
    if as_json:
        return click.echo(json.dumps([vars(fault) for fault in left]))
    for fault in left:
        click.echo(fault)
    if not left:
        click.echo(as_typed("No fault is on. To switch one on: mailfanout sandbox fault --help"))


@sandbox_group.group("fault")
def fault_group() -> None:
    """Let something go wrong: the next time, or the next so many times.

    For example, SES throttles ten mails to one address:

        mailfanout sandbox fault ses-throttle --to yamada@example.com --times 10

    A fault is used up when it has struck so often. `*` in a name stands for anything.
    """


def _add_fault_command(
    name: str, switch_on: Callable[..., control.Fault], *parameters: click.Parameter
) -> None:
    def switch(**values: Any) -> None:
        click.echo(f"From now on {switch_on(connect('sandbox'), **values)}.")

    often = click.Option(["--times"], type=click.IntRange(min=1), default=1, show_default=True)
    text = inspect.getdoc(switch_on)
    fault_group.add_command(
        click.Command(name, callback=switch, params=[*parameters, often], help=text)
    )


def _call_table(counts: dict[str, dict[str, int]]) -> str:
    lines = []
    for caller, operations in counts.items():
        lines.append(f"{caller}: {sum(operations.values())} calls")
        lines += [f"{count:>8}  {operation}" for operation, count in operations.items()]
    return "\n".join(lines) or "Nobody has called AWS since the last reset."


def _dashed(name: str) -> str:
    return name.replace("_", "-")


_TO = click.Option(["--to"], default="*", metavar="ADDRESS", help="Only mails to this address.")
_BY = click.Option(["--by"], default="*", metavar="CALLER", help="A function, or learner.")
_BUCKET = click.Option(["--bucket"], default="*", metavar="NAME", help="Only of this bucket.")
_QUEUE = click.Option(["--queue"], default="*", metavar="NAME", help="Only of this queue.")
_DELAY = click.Option(["--delay-ms"], type=click.IntRange(min=1), default=1000, show_default=True)
_OPERATION = click.Argument(["operation"], metavar="SERVICE:OPERATION")
_FUNCTION = click.Argument(["function_name"])
_CALLS = click.Argument(["calls"], type=click.IntRange(min=1))

_add_fault_command("ses-throttle", faults.throttle_ses, _TO)
_add_fault_command("ses-reject", faults.reject_mail, _TO)
_add_fault_command("ses-suspend", faults.suspend_ses, _TO)
_add_fault_command("throttle", faults.throttle_call, _OPERATION, _BY)
_add_fault_command("fail", faults.fail_call, _OPERATION, _BY)
_add_fault_command("slow", faults.slow_call, _OPERATION, _DELAY, _BY)
_add_fault_command("lose-reply", faults.lose_reply, _OPERATION, _BY)
_add_fault_command("s3-event-twice", faults.repeat_s3_event, _BUCKET)
_add_fault_command("message-twice", faults.repeat_message, _QUEUE)
_add_fault_command("entry-fails", faults.fail_entry, _QUEUE)
_add_fault_command("kill-at-start", faults.kill_at_start, _FUNCTION)
_add_fault_command("kill-after-calls", faults.kill_after_calls, _FUNCTION, _CALLS)
_add_fault_command("kill-at-end", faults.kill_at_end, _FUNCTION)
