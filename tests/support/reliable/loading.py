"""The functions and commands as modules from their files, also with one place of them changed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any
from unittest.mock import patch

import boto3

from mailfanout.campaign import dead_letters
from mailfanout.ledger import control

PACKAGE = Path(__file__).parents[3] / "mailfanout"


def load_function(
    function: str, *, client: Callable[..., Any], **environment: str
) -> dict[str, ModuleType]:
    """A function's modules by name, as Lambda loads them from its package, with such clients.

    `lambda_function` is the last of them.
    """
    modules = {path.stem: ModuleType(path.stem) for path in package_of(function)}
    with (
        patch.object(boto3, "client", client),
        patch.object(os, "environ", environment),
        _importable(modules),
    ):
        for path in package_of(function):
            exec(_code(path), vars(modules[path.stem]))
    return modules


@contextmanager
def _importable(modules: dict[str, ModuleType]) -> Iterator[None]:
    """For the block. patch.dict would put all of sys.modules back, a tenth of a schedule's time."""
    before = {name: sys.modules[name] for name in modules.keys() & sys.modules.keys()}
    sys.modules.update(modules)
    yield
    for name in modules:
        del sys.modules[name]
    sys.modules.update(before)


@cache
def package_of(function: str) -> list[Path]:
    """The files in a function's package, each after those that it imports."""
    directory = PACKAGE / "lambdas" / function
    handler = directory / "lambda_function.py"
    return [*directory.parent.glob("*.py"), *{*directory.glob("*.py")} - {handler}, handler]


@contextmanager
def mutated(name: str, old: str, new: str) -> Iterator[None]:
    """Pipelines made meanwhile have one place of a function or a command module changed.

    Raises LookupError if there is not one such place: then a test that fails would tell nothing.
    """
    [text] = [_text(path) for path in _changeable() if _name(path) == name]
    if text.count(old) != 1:
        raise LookupError(f"{name} has {text.count(old)} places: {old}")
    compile(text.replace(old, new), name, "exec")
    _mutations[name] = (old, new)
    try:
        yield
    finally:
        del _mutations[name]


_mutations: dict[str, tuple[str, str]] = {}


def command_module(module: ModuleType) -> ModuleType:
    """A module of commands, with what is changed in it."""
    path = Path(str(module.__file__))
    if path.stem not in _mutations:
        return module
    changed = ModuleType(module.__name__)
    exec(_code(path), vars(changed))
    return changed


def _changeable() -> Iterator[Path]:
    yield from (PACKAGE / "lambdas" / "reliable").rglob("*.py")
    yield from (Path(str(module.__file__)) for module in (control, dead_letters))


def _name(path: Path) -> str:
    return path.parent.name if path.stem == "lambda_function" else path.stem


def _code(path: Path) -> CodeType:
    text = _text(path)
    if _name(path) in _mutations:
        text = text.replace(*_mutations[_name(path)])
    return _compiled(path, text)


@cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def _compiled(path: Path, text: str) -> CodeType:
    return compile(text, str(path), "exec")
