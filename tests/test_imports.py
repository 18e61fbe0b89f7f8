"""Imports run one way, each is a declared dependency, and importing the package does nothing."""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import importlib.util
import subprocess
import sys
import tomllib
from functools import cache
from graphlib import TopologicalSorter
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "mailfanout"
HANDLERS = sorted((PACKAGE / "lambdas").rglob("*.py"))

# A room imports those that stand after it, and none that stands before or beside it. A room is a
# folder with all of its modules, or a module that stands in no folder of its own.
FLOORS = [
    {"mailfanout.__main__", "mailfanout.awscli_plugin", "mailfanout.pytest_plugin"},
    {"mailfanout.commands"},
    {"mailfanout.verify"},
    {"mailfanout.cells"},
    {"mailfanout.bench", "mailfanout.plan", "mailfanout.workshop"},
    {"mailfanout.show"},
    {"mailfanout.campaign", "mailfanout.faults", "mailfanout.template"},
    {"mailfanout.recipients", "mailfanout.provision", "mailfanout.forecast"},
    {"mailfanout.ledger"},
    {"mailfanout.account"},
    {"mailfanout.policies", "mailfanout.prices", "mailfanout.target"},
    {"mailfanout.stack"},
    {"mailfanout.sandbox.server"},
    {"mailfanout.sandbox.seams"},
    {"mailfanout.sandbox.cloudformation", "mailfanout.sandbox.event_sources"},
    {"mailfanout.sandbox.front"},
    {"mailfanout.sandbox.rules"},
    {
        "mailfanout.sandbox.awslambda",
        "mailfanout.sandbox.sns",
        "mailfanout.sandbox.transitions",
    },
    {"mailfanout.sandbox.access", "mailfanout.sandbox.ses"},
    {"mailfanout.sandbox.sqs"},
    {"mailfanout.sandbox.calls", "mailfanout.sandbox.runtime"},
    {"mailfanout.sandbox.http", "mailfanout.sandbox.control"},
    {
        "mailfanout.sandbox.dynamodb",
        "mailfanout.sandbox.events",
        "mailfanout.sandbox.states",
        "mailfanout.sandbox.tracing",
    },
    {"mailfanout.errors"},
    {
        "mailfanout.durations",
        "mailfanout.installation",
        "mailfanout.wording",
        "mailfanout.sandbox",
        "mailfanout",
    },
]

# Parts of boto3, rich, JupyterLab, nbval and moto's server, whose ranges decide on theirs.
BROUGHT_ALONG = {
    *("botocore", "jupyter_client", "markdown_it", "nbclient", "nbformat", "websocket", "werkzeug")
}


def test_every_module_stands_in_a_room() -> None:
    assert {room_of(module) for module in modules()} == set(chain(*FLOORS))


@pytest.mark.parametrize("floor", range(len(FLOORS)))
def test_imports_run_one_way(floor: int) -> None:
    below = set(chain(*FLOORS[floor + 1 :]))
    against = {
        (module, imported)
        for module in modules()
        if room_of(module) in FLOORS[floor]
        for imported in our_imports(module)
        if room_of(imported) not in below | {room_of(module)}
    }
    assert not against


def test_nobody_reaches_past_the_face_of_a_folder() -> None:
    """From outside, only what a folder's `__init__` names is imported, and from there."""
    past = {
        (module, name)
        for module, path in modules().items()
        for name in imported_names(path)
        if name.startswith("mailfanout.")
        for room in [room_of(name)]
        if room != room_of(module) and is_folder(room) and name not in face_of(room)
    }
    assert not past


def test_imports_form_no_cycle() -> None:
    TopologicalSorter({module: our_imports(module) for module in modules()}).prepare()


def test_the_sandbox_imports_nothing_else_of_the_package_but_errors() -> None:
    inside = set(filter(in_sandbox, modules()))
    assert set(chain(*map(our_imports, inside))) - inside <= {"mailfanout.errors"}


def test_the_package_knows_the_sandbox_by_its_control_alone() -> None:
    outside = [module for module in modules() if not in_sandbox(module)]
    known = set(filter(in_sandbox, chain(*map(our_imports, outside))))
    assert known <= {"mailfanout.sandbox.control"}


def test_only_the_sandbox_imports_moto() -> None:
    importers = {module for module, path in modules().items() if "moto" in roots_of(path)}
    assert set(filter(in_sandbox, importers)) == importers


def test_the_child_imports_the_standard_library_alone() -> None:
    assert roots_of(PACKAGE / "sandbox" / "runtime" / "child.py") <= sys.stdlib_module_names


@pytest.mark.parametrize("handler", HANDLERS, ids=lambda path: "/".join(path.parts[-3:-1]))
def test_a_handler_imports_the_standard_library_and_boto3_alone(handler: Path) -> None:
    package = [*handler.parent.glob("*.py"), *handler.parents[1].glob("*.py")]
    beside = {path.stem for path in package}
    assert roots_of(handler) <= sys.stdlib_module_names | {"boto3", "botocore"} | beside


def test_every_import_is_a_declared_dependency() -> None:
    files = [*PACKAGE.rglob("*.py"), *(ROOT / "tests").rglob("*.py")]
    roots = set(chain(*map(roots_of, files))) - sys.stdlib_module_names - BROUGHT_ALONG
    roots -= {path.stem for path in HANDLERS}
    providers = importlib.metadata.packages_distributions()
    own = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir()}
    declared = declared_dependencies() | own | {"mailfanout"}
    undeclared = {
        root
        for root in roots
        if declared.isdisjoint(map(canonicalize_name, providers.get(root, [root])))
    }
    assert not undeclared


def test_importing_the_package_does_nothing() -> None:
    script = """
import os, sys, threading
environment = dict(os.environ)
import mailfanout
assert os.environ == environment
assert threading.active_count() == 1
print(*sorted({"IPython", "flask", "moto", "pandas", "tqdm"} & sys.modules.keys()))
"""
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, encoding="utf-8"
    )
    assert (run.stdout.strip(), run.stderr) == ("", "")


@cache
def modules() -> dict[str, Path]:
    """The package's modules by their full names; handlers are no modules of it."""
    found = {}
    for path in set(PACKAGE.rglob("*.py")) - set(HANDLERS):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts).removesuffix(".__init__")] = path
    return found


def in_sandbox(module: str) -> bool:
    return f"{module}.".startswith("mailfanout.sandbox.")


@cache
def imported_names(path: Path) -> set[str]:
    """The full names that a file imports, wherever in it: `a.b` for `from a import b`."""
    package = ".".join(path.relative_to(ROOT).parent.parts)
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            source = "." * node.level + (node.module or "")
            source = importlib.util.resolve_name(source, package)
            names |= {f"{source}.{alias.name}" for alias in node.names}
    return names


def roots_of(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imported_names(path)}


@cache
def our_imports(module: str) -> set[str]:
    """The package's modules that one of them imports directly; none where it does not exist."""
    names = imported_names(modules()[module]) if module in modules() else set()
    ours = {name for name in names if name.partition(".")[0] == "mailfanout"}
    return {name if name in modules() else name.rpartition(".")[0] for name in ours}


@cache
def room_of(name: str) -> str:
    """The folder or single module that a module, or a name in one, stands in."""
    rooms = [room for room in chain(*FLOORS) if f"{name}.".startswith(f"{room}.")]
    return max(rooms, key=len, default=name)


def is_folder(room: str) -> bool:
    return modules()[room].name == "__init__.py" and room not in FLOORS[-1]


@cache
def face_of(room: str) -> set[str]:
    """What a folder shows of itself: itself, and the names that its `__all__` holds."""
    return {room} | {f"{room}.{name}" for name in importlib.import_module(room).__all__}


def declared_dependencies() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = chain(project["dependencies"], *project["optional-dependencies"].values())
    return {canonicalize_name(Requirement(line).name) for line in lines}
