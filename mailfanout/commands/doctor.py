"""`mailfanout doctor`: is this machine ready for the notebooks, and the AWS account?"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from itertools import chain

import click

from mailfanout import workshop
from mailfanout.commands.options import json_option, target_option


@click.command("doctor")
@target_option
@json_option
def doctor_command(kind: str, as_json: bool) -> None:
    """Is this machine ready for the notebooks? What is missing, and how to get it.

    With `--target aws` also the account: its credentials, its Region, what SES and Lambda allow,
    and whether the sender is verified. Nothing is changed. Ends with 1 if something is not ok.
    """
    findings = []
    account = workshop.examine_account(kind) if kind != "sandbox" else ()
    for finding in chain(workshop.examine(), account):
        findings.append(finding)
        if not as_json:
            click.echo(finding)
    is_ready = all(finding.ok for finding in findings)
    if as_json:
        found = [asdict(finding) for finding in findings]
        click.echo(json.dumps({"ready": is_ready, "findings": found}))
    sys.exit(0 if is_ready else 1)
