"""`mailfanout doctor`: is this machine ready for the notebooks?"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

import click

from mailfanout import workshop


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead.")
def doctor_command(as_json: bool) -> None:
    """Is this machine ready for the notebooks? What is missing, and how to get it.

    Ends with 1 if something is not ok.
    """
    findings = []
    for finding in workshop.examine():
        findings.append(finding)
        if not as_json:
            click.echo(finding)
    is_ready = all(finding.ok for finding in findings)
    if as_json:
        found = [asdict(finding) for finding in findings]
        click.echo(json.dumps({"ready": is_ready, "findings": found}))
    sys.exit(0 if is_ready else 1)
