"""`mailfanout teardown`: a stack, or every one of them, is removed."""

from __future__ import annotations

import click

from mailfanout import provision
from mailfanout.commands.console import connect_to, say, show
from mailfanout.commands.options import as_typed, target_option
from mailfanout.commands.turns import take_turn
from mailfanout.errors import InputError
from mailfanout.plan import place_of
from mailfanout.stack import CREATOR, NO_PREFIX, Stack
from mailfanout.target import Target, connect, stack_for
from mailfanout.wording import counted


@click.command("teardown")
@target_option
@click.option("--all", "every", is_flag=True, help="Every stack in the Region; asks for each.")
@click.option("--yes", is_flag=True, help="With --all: do not ask.")
def teardown_command(kind: str, every: bool, yes: bool) -> None:
    """Remove every resource, and make sure that nothing is left. Safe to repeat.

    What is found by its name, and what carries the stack's tags. With --all, whatever mailfanout
    ever made in the account and Region, whoever deployed it.
    """
    if every:
        return _tear_down_each(connect(kind), yes=yes)
    target, stack = connect_to(kind)
    with say.status("Removing …") as status, take_turn(status.update):
        provision.teardown(target, stack, progress=status.update)
    of_it = f"of {_title(stack)} " if stack.prefix else ""
    show.print(f"Nothing is left {of_it}in {place_of(target, stack)}.")
    if not stack.prefix:
        _name_other_stacks(target)


def _name_other_stacks(target: Target) -> None:
    """Whoever named no prefix may have meant what stands with one."""
    prefixes = [name.removesuffix(f"-{CREATOR}") for name in provision.find_stacks(target)]
    if not prefixes:
        return
    end = f"--prefix {prefixes[0]}" if len(prefixes) == 1 else "--all, which asks for each"
    still = f"Still there, with a prefix: {', '.join(prefixes)}."
    show.print(as_typed(f"{still} To remove it: mailfanout teardown {end}"))


def _tear_down_each(target: Target, *, yes: bool) -> None:
    plain = stack_for(target, prefix=NO_PREFIX)
    place, stacks = place_of(target, plain), provision.find_stacks(target)
    for name, parts in stacks.items():
        stack = plain.with_names_after(name.removesuffix(CREATOR))
        title = _title(stack)
        show.print(f"{place} has {title}: {counted(len(parts), 'part')}")
        for part in parts:
            show.print(f"    {part.title(target)}")
        if yes or _confirm(f"Remove {title}?"):
            with say.status("Removing …") as status, take_turn(status.update):
                provision.teardown(target, stack, progress=status.update)
            show.print(f"Nothing is left of {title}.")
    if not stacks:
        show.print(f"Nothing that mailfanout made is in {place}.")


def _title(stack: Stack) -> str:
    return f"the stack {stack.prefix}" if stack.prefix else "the stack without a prefix"


def _confirm(question: str) -> bool:
    """The answer. Raises InputError if there is none."""
    try:
        return click.confirm(question)
    except click.Abort as error:
        if isinstance(error.__context__, KeyboardInterrupt):
            raise
        raise InputError(
            "There was no answer. To remove all of them unasked, add --yes."
        ) from error
