"""The command line, assembled from `commands`."""

from __future__ import annotations

import sys

try:
    import atexit
    import contextlib
    import errno
    import gc
    import io
    import os
    import traceback
    from typing import NoReturn

    import click

    from mailfanout.commands import CommandList, TypedOptions, as_typed, exit_when_told
    from mailfanout.errors import MailfanoutError
except KeyboardInterrupt:  # these imports take a while; from `main` on, click ends by Ctrl-C
    sys.exit(130)

# How many new objects the garbage collector lets pass between two looks. With Python's own
# number, a tenth of a short command is spent on looks at what it has just imported.
NEW_OBJECTS = 50_000

EXIT_CODES = """\b
Exit codes:
  0  It worked, and what was asked is so.
  1  It failed, or what was asked is not so.
  2  What was typed, or a file or variable that was given, cannot be used.
"""


@click.group(
    cls=CommandList, context_settings={"help_option_names": ["-h", "--help"]}, epilog=EXIT_CODES
)
@click.version_option(package_name="mailfanout")
def cli() -> None:
    """An event-driven mail fan-out on AWS, to build, run and take apart.

    Without an AWS account: the sandbox is started when it is needed. Begin with

        mailfanout tour

    which creates everything once, sends one mail to three people and shows what arrived.
    """


def main() -> None:
    """Run the command line: a user's mistake ends in a line that says what to do, no traceback."""
    gc.set_threshold(NEW_OBJECTS, 10, 10)
    atexit.register(gc.freeze)  # Python would look at every object once more before it ends
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # it was closed before this program began
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))
    for stream in (sys.stdout, sys.stderr):
        # A pipe on Windows knows some two hundred characters: the others are spelled out.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    place: TypedOptions = {}
    try:
        with exit_when_told():
            cli(obj=place)
    except MailfanoutError as error:
        _fail(as_typed(str(error), place), error.exit_code)
    except Exception as error:
        if said := _what_aws_says(error) or _what_is_full(error) or _what_is_gone(error):
            _fail(as_typed(said, place), 1)
        kept = _keep_traceback()
        _fail(f"{type(error).__name__}: {error}. That was not foreseen. {kept}", 1)


def _what_aws_says(error: Exception) -> str:
    from botocore.exceptions import BotoCoreError, ClientError  # takes a tenth of a second

    from mailfanout.target import explain

    if not isinstance(error, BotoCoreError | ClientError):
        return ""
    return explain(error, region=os.environ.get("AWS_REGION"))


def _what_is_full(error: Exception) -> str:
    if not isinstance(error, OSError) or error.errno not in (errno.ENOSPC, errno.EDQUOT):
        return ""
    if error.filename is None:
        _write_no_more()
    mend = "Make room, then type the same command again."
    return f"{error.filename or 'The output'} cannot be written: {error.strerror}. {mend}"


def _what_is_gone(error: Exception) -> str:
    """Python names no file if it is the directory in which the command was typed."""
    if not isinstance(error, FileNotFoundError) or error.filename is not None:
        return ""
    return "The directory that you are in is gone. Go to another one, such as: cd ~"


def _write_no_more() -> None:
    """Let what is still to be written go nowhere: Python would fail once more when it ends."""
    with contextlib.suppress(io.UnsupportedOperation):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _keep_traceback() -> str:
    from mailfanout.sandbox import control

    path = control.home() / "traceback.txt"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_text(traceback.format_exc(), encoding="utf-8")
    except OSError:
        return f"Set MAILFANOUT_HOME to a directory of your own: {path.parent} is not writable."
    return f"How it came about is in {path}"


def _fail(said: str, exit_code: int) -> NoReturn:
    from mailfanout.campaign import printable

    is_coloured = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    label = click.style("Error:", fg="red") if is_coloured else "Error:"
    click.echo(f"{label} {printable(said)}", err=True)
    sys.exit(exit_code)


if __name__ == "__main__":
    main()
