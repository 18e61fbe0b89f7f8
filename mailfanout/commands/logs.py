"""`mailfanout log`: what the functions wrote."""

from __future__ import annotations

import click

from mailfanout import campaign, provision
from mailfanout.commands.console import connect_to, say, show
from mailfanout.commands.options import WholeNumber, target_option
from mailfanout.errors import none_such


@click.command("log")
@target_option
@click.argument("functions", nargs=-1, metavar="[FUNCTION]...")
@click.option("--last", type=WholeNumber(1), default=40, show_default=True, help="How many lines.")
def log_command(kind: str, functions: tuple[str, ...], last: int) -> None:
    """Show the last lines that functions wrote: sendQueue, for example; or all of them."""
    target, stack = connect_to(kind)
    with say.status("Reading …"):
        parts = provision.deployed_parts(target, stack)
        own = [part.function.name(stack) for part in parts if part.function]
        known = [name.removeprefix(f"{stack.prefix}-") for name in own]
        for function in functions or own:
            if function not in (*own, *known):
                raise none_such("function", function, known)
            name = function if function in own else own[known.index(function)]
            lines = campaign.read_end(target, stack, name, last=last)
            show.print(f"{name}:" if lines else f"{name} has written nothing yet.")
            for line in lines:
                show.print(campaign.printable(line.text))
