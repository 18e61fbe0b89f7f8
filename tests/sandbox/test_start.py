"""The sandbox starts without what nobody has asked for yet, and no two of them are the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from mailfanout.target import connect
from support.sandboxes.homes import sandbox_home

# moto's CloudFormation and all that it imports, SAM, and what notebooks show tables with.
LATER = {"moto.cloudformation", "moto.ec2", "jsonschema", "samtranslator", "pandas"}


def test_what_takes_long_to_import_waits_for_its_first_call() -> None:
    script = "import sys, mailfanout.sandbox.server; print(*sys.modules)"

    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, encoding="utf-8")

    imported = set(ran.stdout.split())
    assert "moto.sqs" in imported
    assert imported & LATER == set()


def test_two_sandboxes_give_no_identifier_twice(tmp_path: Path) -> None:
    """On Linux, in these tests, both begin as copies of one process."""
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()

    assert _identifiers(one) & _identifiers(other) == set()


def _identifiers(directory: Path) -> set[str]:
    with sandbox_home(directory):
        s3 = connect("sandbox").client("s3")
        s3.create_bucket(Bucket="versions")
        s3.put_bucket_versioning(Bucket="versions", VersioningConfiguration={"Status": "Enabled"})
        put = s3.put_object(Bucket="versions", Key="one", Body=b"")
        return {put["VersionId"], put["ResponseMetadata"]["RequestId"]}
