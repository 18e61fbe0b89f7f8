"""What the commands share: their options, and commands as they are printed."""

from __future__ import annotations

import re
import shutil
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from mailfanout.commands.listed import COMMANDS, takes_place
from mailfanout.errors import InputError
from mailfanout.stack import NO_PREFIX, check_prefix

TARGETS = click.Choice(["sandbox", "endpoint", "aws"])
PATH = click.Path(path_type=Path)
PATH_OR_DASH = click.Path()  # as it is typed, since Path("./-") equals Path("-")

# Where a command's context keeps what `--prefix` was.
_PREFIX = "mailfanout.prefix"

# Options that say where to work, as they were typed: `{"--prefix": "anna"}`.
TypedOptions = dict[str, str]

_WIDE = {0xFEE0 + one: one for one in range(ord("!"), ord("~") + 1)}
_NUMBER = re.compile(r"([+-]?[0-9]+)(\.[0-9]+)?(e[+-]?[0-9]+)?", re.IGNORECASE)


def typed_number(typed: str) -> int | float | None:
    """The number that somebody typed, in ASCII or in its wide form; None if it is none."""
    text = typed.translate(_WIDE).strip()
    found = _NUMBER.fullmatch(text)
    return found and (int(text[:100]) if found[1] == text else float(text))


class WholeNumber(click.IntRange):
    """A whole number between bounds."""

    def convert(
        self, value: Any, param: click.Parameter | None, context: click.Context | None
    ) -> Any:
        number = typed_number(value) if isinstance(value, str) else value
        if not isinstance(number, int):
            self.fail(f"{value!r} is not a valid {self.name}.", param, context)
        return super().convert(number, param, context)


def address(typed: str) -> str:
    """The type of an option: an address as SES has it, whose host has ASCII's letters alone.

    Raises InputError for what has other letters and is no address.
    """
    if typed.isascii():
        return typed
    from mailfanout.recipients import address_for_ses  # which takes a while to import

    try:
        return address_for_ses(typed)
    except InputError as error:
        raise InputError(f"{typed} is no address. {error}") from error


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON value instead.")


def target_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a command `--target`, which it gets as `kind`, and `--prefix`, for `connect_to`."""
    kind = click.option(
        "--target",
        "kind",
        type=TARGETS,
        envvar="MAILFANOUT_TARGET",
        default="sandbox",
        show_default=True,
        callback=_keep_place,
        help="Where to work. Real AWS is used only when you name it.",
    )
    prefix = click.option(
        "--prefix",
        envvar="MAILFANOUT_PREFIX",
        expose_value=False,
        callback=_keep_prefix,
        help="Stands in front of every name. On AWS your name there, if you name none.",
    )
    return kind(prefix(command))


def _keep_place(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    """Keeps an option that was typed in the context's object, which `as_typed` says again."""
    if value and context.get_parameter_source(str(option.name)) is ParameterSource.COMMANDLINE:
        context.ensure_object(dict)[option.opts[0]] = value
    return value


def _keep_prefix(context: click.Context, option: click.Parameter, prefix: str | None) -> None:
    context.meta[_PREFIX] = prefix and (prefix if prefix == NO_PREFIX else check_prefix(prefix))
    _keep_place(context, option, prefix)


def as_typed(words: str, place: TypedOptions | None = None) -> str:
    """The words, with each command of ours as it is found from where the user stands.

    It works where this command did: `place` has the options for that, by default those that were
    typed. An option that the words have already is not said again.
    """
    context = click.get_current_context(silent=True)
    options = place if place is not None else (context and context.find_object(dict)) or {}
    # Only before a command it is the command's name, and not the package's.
    names = "|".join(COMMANDS)
    command = re.compile(rf"\bmailfanout ({names})\b(?=([^`\n]*?)(?:[`\n]|\. |$))")
    return command.sub(lambda found: f"{_program()} {found[1]}{_more(found, options)}", words)


def _more(found: re.Match[str], options: TypedOptions) -> str:
    """The options that the command takes and does not have yet."""
    if not options or not takes_place(found[1]):
        return ""
    return "".join(f" {name} {value}" for name, value in options.items() if name not in found[2])


def _program() -> str:
    """`mailfanout` if a shell finds this Python's, and else the way to it."""
    scripts = sysconfig.get_path("scripts")
    ours = shutil.which("mailfanout", path=scripts)
    found = shutil.which("mailfanout")
    if ours is None or (found and Path(found).samefile(ours)):
        return "mailfanout"
    from mailfanout import installation  # which takes a while to import

    return installation.command_line([installation.shorten_path(ours)])


def named_prefix() -> str | None:
    """What `--prefix`, or MAILFANOUT_PREFIX, names."""
    prefix: str | None = click.get_current_context().meta.get(_PREFIX)
    return prefix
