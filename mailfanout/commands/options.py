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

from mailfanout.commands.listed import COMMANDS
from mailfanout.stack import NO_PREFIX, check_prefix

TARGETS = click.Choice(["sandbox", "endpoint", "aws"])


PATH = click.Path(path_type=Path)

# Where a command's context keeps what `--prefix` was.
_PREFIX = "mailfanout.prefix"
_FLAGS = {"kind": "--target", "prefix": "--prefix"}

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


def _keep_prefix(context: click.Context, _option: click.Parameter, prefix: str | None) -> None:
    context.meta[_PREFIX] = prefix and (prefix if prefix == NO_PREFIX else check_prefix(prefix))


def as_typed(words: str) -> str:
    """The words, with each command of ours as it is found from where the user stands."""
    # Only before a command it is the command's name, and not the package's.
    names = "|".join(COMMANDS)
    return re.sub(rf"\bmailfanout (?=(?:{names})\b)", lambda _: f"{_program()} ", words)


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


def next_command(command: str, *, with_prefix: bool = True) -> str:
    """What to type next, with the place that this command was told of."""
    context, words = click.get_current_context(), ["mailfanout", command]
    told = {"kind": context.params.get("kind"), "prefix": named_prefix()}
    for name, value in told.items():
        is_typed = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if is_typed and (with_prefix or name != "prefix"):
            words += [_FLAGS[name], str(value)]
    return " ".join(words)
