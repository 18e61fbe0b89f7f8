"""`mailfanout verify`: the notebooks as integration tests, with a report."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from importlib import util
from pathlib import Path
from typing import get_args

import click
from botocore.exceptions import BotoCoreError, ClientError
from click.shell_completion import CompletionItem as Completion

from mailfanout import installation, verify, workshop
from mailfanout.campaign import printable
from mailfanout.commands.console import say, show
from mailfanout.commands.options import (
    PATH,
    WholeNumber,
    as_typed,
    json_option,
    named_prefix,
    target_option,
)
from mailfanout.errors import MailfanoutError
from mailfanout.wording import counted

# Of a line that differs, so many characters are shown; the report has all of it.
LONGEST_LINE = 160


def _complete(_context: click.Context, _option: click.Parameter, begun: str) -> list[Completion]:
    lessons = [Completion(one) for one in workshop.LESSONS if one.startswith(begun)]
    return [*lessons, Completion(begun, type="file")]


@click.command("verify")
@click.argument("notebooks", metavar="[NOTEBOOK]...", nargs=-1, shell_complete=_complete)
@target_option
@click.option(
    "--handlers",
    type=PATH,
    envvar="MAILFANOUT_HANDLERS",
    metavar="DIR",
    help="Test your handlers: DIR/sendQueue/lambda_function.py and so on, in the place of ours.",
)
@click.option(
    "--report",
    type=PATH,
    default="mailfanout-report",
    metavar="DIR",
    show_default=True,
    help="Where report.html, junit.xml and the executed notebooks go.",
)
@click.option(
    "--pace",
    type=click.Choice(get_args(verify.Pace)),
    default="lesson",
    show_default=True,
    help="How long the sandbox's states take, such as CREATING: `aws`, as long as on AWS.",
)
@click.option(
    "--limit",
    "limit_seconds",
    type=WholeNumber(1, 86_400),
    metavar="SECONDS",
    help="How long a cell may take.  [default: 60 in the sandbox, 600 on AWS or at its pace]",
)
@json_option
def verify_command(
    notebooks: tuple[str, ...],
    kind: str,
    handlers: Path | None,
    report: Path,
    pace: verify.Pace,
    limit_seconds: int | None,
    as_json: bool,
) -> None:
    """Run notebooks as integration tests, and compare what each cell shows with what it should.

    NOTEBOOK is a lesson, such as 04, or a file; without any, the whole course is run in its order.
    The sandbox is one of its own. On AWS and on other endpoints the lessons that need the sandbox
    are left out, and cells that show mails or calls are not compared; nothing may be there yet, and
    what a notebook made is removed after it.

    What your handlers get and have to do is a table in the repository's .github/CONTRIBUTING.md.

    Ends with 0 if every cell shows what it should, and with 1 if one does not.
    """
    if util.find_spec("nbval") is None:
        raise MailfanoutError(f"nbval is missing. Type: {installation.install_command()}")
    lessons = notebooks or workshop.lessons_on(kind)
    place = verify.place(kind, prefix=named_prefix(), handlers=handlers, pace=pace)
    with (
        say.status("Starting …") as status,
        verify.notebook_files(lessons) as paths,
        place as where,
    ):
        verify.make_directory(report)  # rather than to fail when all has been run
        verification = verify.begin(where)
        _run(verification, where, paths, limit_seconds or where.limit_seconds, status.update)
        if verification.problem and kind != "sandbox":
            verification.problem += " To see that nothing is left, type: mailfanout teardown"
            verification.problem = as_typed(verification.problem)
        page = verify.write_report(verification, report)
    if verification.problem:
        say.print(verification.problem, style="red", soft_wrap=True)
    if as_json:
        click.echo(json.dumps({**verification.to_dict(), "report": str(page)}))
    else:
        show.print(f"{verification.verdict}. The report: {page}")
    sys.exit(0 if verification.ok else 1)


def _run(
    verification: verify.Verification,
    where: verify.Place,
    paths: Iterable[Path],
    limit_seconds: float,
    progress: Callable[[str], None],
) -> None:
    """Run them all, or as many as can be before something ends it."""
    try:
        for path in paths:
            run = verify.run_one(
                verification, where, path, limit_seconds=limit_seconds, progress=progress
            )
            _tell(run)
    except (KeyboardInterrupt, SystemExit):
        verification.problem = "It was interrupted: not every notebook was run."
    except (BotoCoreError, ClientError, MailfanoutError) as error:
        verification.problem = str(error)


def _tell(run: verify.NotebookRun) -> None:
    """A line for a notebook, and for each of its cells that failed, with where it differs first."""
    sign = "ok" if run.ok else "FAILED"
    said = f"{counted(run.cell_count, 'cell')}, {run.seconds:.1f} s"
    say.print(f"{sign:<8}{run.name}: {said}", style=None if run.ok else "red", soft_wrap=True)
    if run.broken:
        say.print(f"        {run.broken}", soft_wrap=True)
    for cell in run.failed:
        say.print(f"        [{cell.number}] {cell.title}", soft_wrap=True)
        say.print(f"        {cell.because}", soft_wrap=True)
        for one in cell.told:
            expected, shown = map(printable, one.excerpts(LONGEST_LINE))
            say.print(f"            expected: {expected}", soft_wrap=True)
            say.print(f"            shown:    {shown}", soft_wrap=True)
