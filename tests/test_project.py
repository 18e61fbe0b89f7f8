"""The project's own files: the dependency lists agree, and nothing strays into the repository."""

from __future__ import annotations

import importlib.metadata
import json
import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from mailfanout.__main__ import cli

ROOT = Path(__file__).parents[1]

TOP_LEVEL = {
    ".ci",
    ".devcontainer",
    ".github",
    ".gitignore",
    ".pre-commit-config.yaml",
    "LICENSE",
    "README.md",
    "constraints.txt",
    "environment.yml",
    "mailfanout",
    "notebooks",
    "pyproject.toml",
    "tests",
}

# What environment.yml leaves to pip.
FROM_PIP = {
    "aws-sam-translator",
    "awscli",
    "awslambdaric",
    "boto3",
    "cfn-lint",
    "moto",
    "playwright",
}


def test_constraints_are_names_and_versions_in_order() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    names = [line.partition("==")[0] for line in lines]
    assert not [line for line in lines if not re.fullmatch(r"[a-z0-9-]+==[a-z0-9.]+", line)]
    assert names == sorted(set(names))


def test_constraints_lie_within_the_ranges_of_pyproject() -> None:
    pinned = {name: constraints().get(name, "missing") for name in requirements()}
    assert not {
        name: version
        for name, version in pinned.items()
        if version == "missing" or version not in requirements()[name].specifier
    }


def test_constraints_hold_for_windows_and_macos_too() -> None:
    assert {"appnope", "colorama", "pywinpty"} <= constraints().keys()


def test_everything_installed_for_the_package_is_constrained() -> None:
    assert not installed_requirements() - constraints().keys()


def test_the_conda_environment_has_the_ranges_of_pyproject() -> None:
    python = SpecifierSet(pyproject()["project"]["requires-python"])
    expected = {
        name: requirement.specifier
        for name, requirement in requirements().items()
        if name not in FROM_PIP
    }
    listed = map(Requirement, conda_dependencies()[:-1])
    found = {canonicalize_name(item.name): item.specifier for item in listed}
    assert found == expected | {"python": python, "pip": SpecifierSet()}


def test_the_conda_environment_leaves_the_rest_to_pip() -> None:
    extras = ",".join(pyproject()["project"]["optional-dependencies"])
    assert conda_dependencies()[-1] == {"pip": [f"-e .[{extras}]"]}


def test_a_devcontainer_ends_in_a_command_that_there_is() -> None:
    text = (ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8")
    container = json.loads(text)
    program, *words = shlex.split(container["postAttachCommand"])

    assert program == ".venv/bin/mailfanout"
    name, command, arguments = cli.resolve_command(click.Context(cli), words)
    assert command and command.make_context(name, arguments, resilient_parsing=True)
    assert container["forwardPorts"] == [int(words[words.index("--port") + 1])]


def test_the_top_level_holds_what_it_should_and_no_more(tracked_files: list[Path]) -> None:
    assert {path.relative_to(ROOT).parts[0] for path in tracked_files} == TOP_LEVEL


@pytest.mark.parametrize(
    "pattern",
    [
        r"pypi\.org|pythonhosted\.org|npmjs\.(com|org)|deb\.debian\.org|anaconda\.(com|org)",
        r"(?<![\w.~}])/(home|root|Users|work)/\w",
        r"[A-Za-z]:\\+Users\\",
        r"site[-]packages/|ipykernel_\d",
    ],
    ids=["registry", "posix_path", "windows_path", "installation_path"],
)
def test_no_file_names_a_registry_or_a_machine(pattern: str, tracked_files: list[Path]) -> None:
    found = {
        str(path.relative_to(ROOT)): re.search(
            pattern, path.read_text(encoding="utf-8", errors="replace")
        )
        for path in tracked_files
    }
    assert not {name: match[0] for name, match in found.items() if match}


@pytest.fixture(scope="module")
def tracked_files() -> list[Path]:
    """The files that git tracks. A download without its history has none to look at.

    Nor has a checkout in a container that has no git, or where it is another user's.
    """
    words = ["git", "-C", str(ROOT), "ls-files", "-z"]
    listed = shutil.which("git") and subprocess.run(words, capture_output=True, encoding="utf-8")
    if not listed or listed.returncode:
        pytest.skip("git does not list the files here")
    return [ROOT / name for name in listed.stdout.split("\0") if (ROOT / name).is_file()]


@cache
def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@cache
def requirements() -> dict[str, Requirement]:
    """The direct dependencies by name, with those of every extra."""
    project = pyproject()["project"]
    lines = chain(project["dependencies"], *project["optional-dependencies"].values())
    return {canonicalize_name(found.name): found for found in map(Requirement, lines)}


@cache
def constraints() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines)


def conda_dependencies() -> list[Any]:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    dependencies: list[Any] = environment["dependencies"]
    return dependencies


def installed_requirements() -> set[str]:
    """The names of all that is installed here and that the package, with its extras, requires."""
    installed: dict[str, str] = {}
    pending = list(requirements().values())
    while pending:
        requirement = pending.pop()
        distribution = next(iter(importlib.metadata.distributions(name=requirement.name)), None)
        if distribution and str(requirement) not in installed:
            installed[str(requirement)] = canonicalize_name(requirement.name)
            pending += required_by(distribution, requirement.extras)
    return set(installed.values())


def required_by(
    distribution: importlib.metadata.Distribution, extras: set[str]
) -> Iterator[Requirement]:
    for found in map(Requirement, distribution.requires or []):
        marker = found.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in {"", *extras}):
            yield found
