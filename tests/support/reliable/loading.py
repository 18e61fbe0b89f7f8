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

PACKAGE = Path(__file__).parents[3] / "mailfanout"


def load_function(function: str, *, client: Callable[..., Any], **environment: str) -> ModuleType:
    """A function's module, as Lambda loads it from its file, with such clients."""
    directory = PACKAGE / "lambdas" / function
    module = ModuleType("lambda_function")
    beside = {path.stem: ModuleType(path.stem) for path in directory.glob("[!l]*.py")}
    with (
        patch.object(boto3, "client", client),
        patch.object(os, "environ", environment),
        patch.dict(sys.modules, beside),
    ):
        for name, one in beside.items():
            path = directory / f"{name}.py"
            exec(_compiled(path, _text(path)), vars(one))
        exec(_code(directory / "lambda_function.py"), vars(module))
    return module


@contextmanager
def mutated(name: str, old: str, new: str) -> Iterator[None]:
    """Pipelines made meanwhile have one place of a function or a command module changed."""
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


def _code(path: Path) -> CodeType:
    text = _text(path)
    name = path.stem if path.stem in _mutations else path.parent.name
    if name in _mutations:
        old, new = _mutations[name]
        assert text.count(old) == 1, f"{name} has {text.count(old)} places: {old}"
        text = text.replace(old, new)
    return _compiled(path, text)


@cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def _compiled(path: Path, text: str) -> CodeType:
    return compile(text, str(path), "exec")
