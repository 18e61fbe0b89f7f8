"""The GitHub Action and the README's GitLab job say what the command line understands."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click
import yaml

from mailfanout.__main__ import cli

ROOT = Path(__file__).parents[2]
ACTION = ROOT / ".github" / "actions" / "verify" / "action.yml"


def verify() -> click.Command:
    command = cli.get_command(click.Context(cli), "verify")
    assert command
    return command


def options() -> set[str]:
    return {option for parameter in verify().params for option in parameter.opts}


def job() -> dict[str, Any]:
    """The README's, for GitLab."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```yaml\n(.*?)```", readme, re.S)
    [job] = [yaml.safe_load(block)["verify"] for block in blocks if "script:" in block]
    found: dict[str, Any] = job
    return found


def test_the_action_uses_each_of_its_inputs_and_no_other() -> None:
    text = ACTION.read_text(encoding="utf-8")
    declared = yaml.safe_load(text)["inputs"]

    assert set(re.findall(r"inputs\.([-\w]+)", text)) == set(declared)
    assert all({"description", "default"} == set(one) for one in declared.values())


def test_no_input_of_the_action_is_read_as_a_command() -> None:
    steps: list[dict[str, Any]] = yaml.safe_load(ACTION.read_text(encoding="utf-8"))["runs"][
        "steps"
    ]

    assert [step["run"] for step in steps if "${{" in step.get("run", "")] == []


def test_the_job_and_the_action_keep_the_report_that_verify_writes() -> None:
    [written] = [one.default for one in verify().params if one.name == "report"]
    artifacts = job()["artifacts"]

    assert artifacts["paths"] == [str(written)]
    assert artifacts["reports"] == {"junit": f"{written}/junit.xml"}
    action = yaml.safe_load(ACTION.read_text(encoding="utf-8"))
    assert action["inputs"]["report"]["default"] == str(written)


def test_the_action_and_the_job_name_options_that_there_are() -> None:
    job_words = job()["script"][-1].split()
    action_words = re.findall(r"(?<=[( ])--[a-z]+", ACTION.read_text(encoding="utf-8"))

    assert job_words[:2] == ["mailfanout", "verify"]
    named = {word for word in [*job_words, *action_words] if word.startswith("--")}
    assert {"--handlers", "--report", "--target"} <= named <= options()
