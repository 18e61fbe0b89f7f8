"""`mailfanout plan`: what a deploy would make, and what it costs; and the question before it."""

from __future__ import annotations

import json
import sys
from typing import get_args

import click

from mailfanout import plan, provision
from mailfanout.commands.console import connect_to, say, show
from mailfanout.commands.options import json_option, target_option
from mailfanout.errors import InputError
from mailfanout.stack import Design, Stack
from mailfanout.target import Target, unless_denied

yes_option = click.option("--yes", is_flag=True, help="Do not ask, on AWS, before the first time.")


@click.command("plan")
@target_option
@click.option(
    "--design",
    type=click.Choice(get_args(Design)),
    help="Of which design. Without it: what is deployed, or simple.",
)
@json_option
def plan_command(kind: str, design: Design | None, as_json: bool) -> None:
    """Say what a deploy would make, as whom and where, and what it costs. Nothing is made.

    What is made within another part, such as a permission, is a line here, and drawn with that part
    in the notebooks' pictures, which therefore count fewer.
    """
    target, stack = connect_to(kind)
    with say.status("Looking …"):
        stack = unless_denied(lambda: provision.with_deployed_settings(target, stack)) or stack
        found = plan.make(target, stack, design=design or plan.design_of(target, stack))
    if as_json:
        click.echo(json.dumps(found.as_json(), ensure_ascii=False))
    else:
        show.print(str(found))


def ask_before_first(target: Target, stack: Stack, design: Design, *, yes: bool) -> None:
    """On AWS, before anything of the stack stands: say what will be made, and ask.

    Raises InputError if the answer is no, or if there is nobody to ask.
    """
    if target.kind != "aws" or yes:
        return
    found = plan.make(target, stack, design=design)
    if not found.is_first:
        return
    say.print(str(found), soft_wrap=True)
    ask("Make all of this?", otherwise="Nothing was made.")


def ask(question: str, *, otherwise: str) -> None:
    """Raises InputError if the answer is no, which then says `otherwise`, or if nobody is there."""
    if not may_ask():
        raise InputError("Nobody is there to be asked whether to go on. To go on, type --yes, too.")
    if not click.confirm(question, err=True):
        raise InputError(otherwise)


def may_ask() -> bool:
    """Whether somebody is there to answer."""
    return sys.stdin.isatty()
