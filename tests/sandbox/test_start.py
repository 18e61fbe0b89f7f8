"""The sandbox starts without what nobody has asked for yet."""

from __future__ import annotations

import subprocess
import sys

# moto's CloudFormation and all that it imports, SAM, and what notebooks show tables with.
LATER = {"moto.cloudformation", "moto.ec2", "jsonschema", "samtranslator", "pandas"}


def test_what_takes_long_to_import_waits_for_its_first_call() -> None:
    script = "import sys, mailfanout.sandbox.server; print(*sys.modules)"

    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, encoding="utf-8")

    imported = set(ran.stdout.split())
    assert "moto.sqs" in imported
    assert imported & LATER == set()
