"""The command line, assembled from `commands`."""

from __future__ import annotations

import io
import sys
import traceback
from typing import NoReturn

import click
from botocore.exceptions import BotoCoreError, ClientError
from rich.text import Text

from mailfanout import campaign
from mailfanout.commands import COMMANDS, as_typed, say
from mailfanout.errors import MailfanoutError
from mailfanout.sandbox import control


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="mailfanout")
def cli() -> None:
    """An event-driven mail fan-out on AWS, to build, run and take apart.

    Without an AWS account: the sandbox is started when it is needed. Begin with

        mailfanout tour

    which creates everything once, sends one mail to three people and shows what arrived.
    """


for command in COMMANDS:
    cli.add_command(command)


def main() -> None:
    """Run the command line: a user's mistake ends in a line that says what to do, no traceback."""
    for stream in (sys.stdout, sys.stderr):
        # A pipe on Windows knows some two hundred characters: the others are spelled out.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        cli()
    except MailfanoutError as error:
        _fail(error, error.exit_code)
    except (BotoCoreError, ClientError) as error:
        _fail(error, 1)
    except Exception as error:
        kept = _keep_traceback()
        _fail(f"{type(error).__name__}: {error}. That was not foreseen. {kept}", 1)


def _keep_traceback() -> str:
    path = control.home() / "traceback.txt"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_text(traceback.format_exc(), encoding="utf-8")
    except OSError:
        return f"Set MAILFANOUT_HOME to a directory of your own: {path.parent} is not writable."
    return f"How it came about is in {path}"


def _fail(error: Exception | str, exit_code: int) -> NoReturn:
    said = campaign.printable(as_typed(str(error)))
    say.print(Text.assemble(("Error:", "red"), " ", said), soft_wrap=True)
    sys.exit(exit_code)


if __name__ == "__main__":
    main()
