"""The template as files: the code beside it, and a directory that holds something else."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from mailfanout import provision
from mailfanout.__main__ import cli
from mailfanout.errors import InputError
from mailfanout.template import render, write_template


def test_the_code_stands_beside_the_template_as_provision_packages_it(tmp_path: Path) -> None:
    write_template(tmp_path, "reliable")
    files = write_template(tmp_path, "reliable")  # and once more

    assert (tmp_path / "template.yaml").read_text(encoding="utf-8") == render("reliable")
    for part in provision.parts_of("reliable"):
        if part.function:
            handler = tmp_path / part.function.source / provision.HANDLER_FILE
            assert handler in files
            packaged = provision.package_files(part.function)
            assert {path.name for path in handler.parent.iterdir()} == packaged.keys()


def test_the_directory_may_be_named_by_a_text(tmp_path: Path) -> None:
    assert tmp_path / "template.yaml" in write_template(str(tmp_path))


def test_sam_is_told_what_the_template_needs(tmp_path: Path) -> None:
    write_template(tmp_path)

    told = tomllib.loads((tmp_path / "samconfig.toml").read_text(encoding="utf-8"))
    settings = told["default"]["deploy"]["parameters"]
    assert settings["capabilities"] == "CAPABILITY_NAMED_IAM"
    assert settings["resolve_s3"] is True


def test_what_would_be_deployed_by_mistake_is_named(tmp_path: Path) -> None:
    write_template(tmp_path, "reliable")

    with pytest.raises(
        InputError, match="sendQueue holds hints.py, ledger.py, which would be deployed"
    ):
        write_template(tmp_path, "simple")


def test_what_is_there_and_is_not_ours_is_not_overwritten(tmp_path: Path) -> None:
    write_template(tmp_path)
    settings, handler = tmp_path / "samconfig.toml", tmp_path / "sendQueue" / "lambda_function.py"
    settings.write_text("version = 0.1\n", encoding="utf-8")
    write_template(tmp_path, prefix="anna")
    assert settings.read_text(encoding="utf-8") == "version = 0.1\n"

    for theirs in (handler, tmp_path / "template.yaml"):
        before = theirs.read_bytes()
        theirs.write_text("# mine\n", encoding="utf-8")
        with pytest.raises(InputError, match=f"{re.escape(str(theirs))} is there, and is yours"):
            write_template(tmp_path)
        theirs.write_bytes(before)


def test_a_place_that_is_no_directory_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(InputError, match="cannot be written:"):
        write_template(tmp_path / "file" / "below")


def test_the_command_prints_the_template_or_writes_it(tmp_path: Path) -> None:
    options = ["--design", "reliable", "--target", "aws", "--prefix", "anna"]
    runner = CliRunner()

    printed = runner.invoke(cli, ["template", *options])
    written = runner.invoke(cli, ["template", *options, "--output", str(tmp_path)])

    text = render("reliable", kind="aws", prefix="anna")
    assert (printed.exit_code, printed.output) == (0, text)
    assert (tmp_path / "template.yaml").read_text(encoding="utf-8") == text
    assert written.output.rstrip().endswith("Next: sam deploy, there")


def test_what_is_next_for_the_sandbox_leads_nobody_to_aws(tmp_path: Path) -> None:
    written = CliRunner().invoke(cli, ["template", "--output", str(tmp_path)])

    assert "mailfanout sandbox env" in written.output.partition("Next: ")[2].partition(" sam ")[0]
