"""`mailfanout template`: the pipeline as a SAM template."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import click

from mailfanout import template
from mailfanout.commands.console import show
from mailfanout.commands.options import as_typed, named_prefix, target_option
from mailfanout.stack import NO_PREFIX, Design


@click.command("template")
@target_option
@click.option(
    "--design",
    type=click.Choice(get_args(Design)),
    default="simple",
    show_default=True,
    help="The article's, or the one that records each recipient. What is deployed does not matter.",
)
@click.option(
    "--output",
    "directory",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write template.yaml here, with the functions' code beside it.",
)
def template_command(kind: str, design: Design, directory: Path | None) -> None:
    """Print the pipeline as a SAM template, or write it to DIR with its code.

    It has the names and the waiting times of the target, and makes what `mailfanout deploy` makes
    there, with logs that end and alarms; nothing is called. What you name with --prefix, or "none"
    on AWS, name to the other commands, too. In DIR, type for example

        sam deploy --parameter-overrides Sender=you@example.com

    A second stack with the same sender takes CreateIdentity=no, too.
    """
    prefix = named_prefix()
    begins = "" if prefix in (None, NO_PREFIX) else str(prefix)
    if directory is None:
        return click.echo(template.render(design, kind=kind, prefix=begins), nl=False)
    template.write_template(directory, design, kind=kind, prefix=begins)
    steps = "sam deploy, there"
    if kind == "sandbox":  # elsewhere than in a shell of the sandbox, it would deploy to AWS
        steps = 'eval "$(mailfanout sandbox env)", then sam deploy, there'
    said = f"The template is in {directory / template.TEMPLATE}. Next: {steps}"
    show.print(as_typed(said))
