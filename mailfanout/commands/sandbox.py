"""`mailfanout sandbox …`: the sandbox's life, its settings, its call counts and its faults."""

from __future__ import annotations

import json
import os
import sys
from inspect import cleandoc
from typing import Any

import click

from mailfanout.commands.listed import CommandGroup, example
from mailfanout.commands.options import (
    WholeNumber,
    address,
    as_typed,
    json_option,
    typed_number,
)
from mailfanout.commands.shells import SHELLS, detect_shell, failure, script
from mailfanout.errors import InputError, MailfanoutError
from mailfanout.sandbox import control
from mailfanout.wording import counted

QUIET_LIMIT_SECONDS = 60


@click.group("sandbox", cls=CommandGroup)
def sandbox_group() -> None:
    """The embedded AWS on this machine: one background process per user."""


@sandbox_group.command("start", epilog=example("mailfanout sandbox start"))
@json_option
def start(as_json: bool) -> None:
    """Start it, unless it runs."""
    if control.find() is None:
        click.echo("Starting the sandbox …", err=True)
    _tell_where(control.start(), as_json=as_json)


@sandbox_group.command("stop", epilog=example("mailfanout sandbox stop --now"))
@click.option("--now", is_flag=True, help="Do not wait for events and messages under way.")
def stop(now: bool) -> None:
    """End it and all of its processes. What it held is gone."""
    if control.find():
        click.echo("Ending the sandbox …" if now else "Waiting for what is under way …", err=True)
    ended = control.stop(quiet_limit_seconds=0 if now else QUIET_LIMIT_SECONDS)
    click.echo("The sandbox has ended." if ended else "No sandbox was running.")


@sandbox_group.command("status", epilog=example("mailfanout sandbox status --json"))
@json_option
def status(as_json: bool) -> None:
    """Say whether it runs, and where. Ends with 1 if it does not run."""
    sandbox = control.find()
    if sandbox:
        return _tell_where(sandbox, as_json=as_json)
    no = json.dumps({"running": False})
    click.echo(no if as_json else as_typed("No sandbox runs. Type: mailfanout sandbox start"))
    sys.exit(1)


def _tell_where(sandbox: control.Sandbox, *, as_json: bool) -> None:
    sandbox.require_answer()
    at = {"running": True, "endpoint_url": sandbox.endpoint_url, "pid": sandbox.pid}
    said = f"The sandbox runs at {sandbox.endpoint_url}, process {sandbox.pid}."
    click.echo(json.dumps(at) if as_json else said)


@sandbox_group.command(
    "env",
    short_help="Make this shell one of the sandbox.",
    epilog=example('eval "$(mailfanout sandbox env)"'),
)
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


@sandbox_group.command(
    "settings",
    short_help="Show what `sandbox set` can change.",
    epilog=example("mailfanout sandbox settings --json"),
)
@json_option
def settings(as_json: bool) -> None:
    """Show what may be changed while it runs, with `mailfanout sandbox set`."""
    found = control.start().settings()
    if as_json:
        return click.echo(json.dumps(found))
    for name, value in found.items():
        shown = f"{value:.9g}" if isinstance(value, float) else json.dumps(value).strip('"')
        click.echo(f"{_dashed(name):<18}{shown}")


# A number below 0 is a value, and no option.
@sandbox_group.command(
    "set",
    epilog=example("mailfanout sandbox set time-scale 0.01"),
    context_settings={"ignore_unknown_options": True},
)
@click.argument("name")
@click.argument("value")
def set_command(name: str, value: str) -> None:
    """Change a setting, until the sandbox ends or a lesson begins.

    `set time-scale 0.01` lets AWS's waits of minutes take a hundredth of their time; `set pace
    aws` lets states such as CREATING last as long as on AWS, in lessons, too; `set production
    false` makes the account one in the SES sandbox. See also: mailfanout sandbox settings
    """
    wanted: Any = typed_number(value)
    if wanted is None:
        wanted = {"true": True, "false": False}.get(value, value)
    sandbox = control.start()
    try:
        sandbox.change_settings(**{name.replace("-", "_"): wanted})
    except InputError as error:
        said = str(error)
        for one in sandbox.settings():
            said = said.replace(one, _dashed(one))
        raise InputError(said) from error
    click.echo(f"{_dashed(name)} is {value} now.")


@sandbox_group.command(
    "calls",
    short_help="Show how often who called what of AWS.",
    epilog=example("mailfanout sandbox calls --reset"),
)
@click.option("--reset", is_flag=True, help="Count from 0 again, after showing them.")
@json_option
def calls(reset: bool, as_json: bool) -> None:
    """Show how often each operation of AWS was called, by you and by each function."""
    sandbox = control.start()
    counts = sandbox.calls()
    click.echo(json.dumps(counts) if as_json else _call_table(counts))
    if reset:
        sandbox.reset_calls()


@sandbox_group.command("faults", epilog=example("mailfanout sandbox faults --clear"))
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


@sandbox_group.group(
    "fault", cls=CommandGroup, epilog=example("mailfanout sandbox fault ses-throttle --times 10")
)
def fault_group() -> None:
    """Let something go wrong, the next time or the next few times.

    For example, SES throttles ten mails to one address:

        mailfanout sandbox fault ses-throttle --to yamada@example.com --times 10

    A fault is used up when it has struck that often. `*` in a name stands for anything.
    """


def _fault_command(kind: control.FaultKind) -> click.Command:
    def switch(**values: Any) -> None:
        from mailfanout import faults  # and with them boto3, which takes a while
        from mailfanout.target import connect

        switch_on = getattr(faults, kind.function_name)
        click.echo(f"From now on {switch_on(connect('sandbox'), **values)}.")

    parameters = [_fault_parameter(one) for one in kind.parameters]
    given = [one.sample for one in kind.parameters if one.default is None]
    typed = " ".join(["mailfanout sandbox fault", kind.name, *given, "--times 2"])
    return click.Command(
        kind.name,
        callback=switch,
        params=parameters,
        help=cleandoc(kind.doc),
        epilog=example(typed),
    )


def _fault_parameter(one: control.FaultParameter) -> click.Parameter:
    text = address if one.metavar == "ADDRESS" else click.STRING
    value_type = WholeNumber(min=1) if one.is_count else text
    if one.default is None:
        return click.Argument([one.name], type=value_type, metavar=one.metavar)
    return click.Option(
        [f"--{_dashed(one.name)}"],
        type=value_type,
        default=one.default,
        show_default=True,
        metavar=one.metavar,
        help=one.help,
    )


def _call_table(counts: dict[str, dict[str, int]]) -> str:
    lines = []
    for caller, operations in counts.items():
        lines.append(f"{caller}: {counted(sum(operations.values()), 'call')}")
        lines += [f"{count:>8}  {operation}" for operation, count in operations.items()]
    return "\n".join(lines) or "Nobody has called AWS since the last reset."


def _dashed(name: str) -> str:
    return name.replace("_", "-")


for _kind in control.FAULT_KINDS:
    fault_group.add_command(_fault_command(_kind))
