"""The template with the code beside it, as SAM and `aws cloudformation package` read it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Container, Iterable
from itertools import chain
from pathlib import Path
from typing import get_args

from mailfanout.errors import InputError, writing_to
from mailfanout.provision import (
    HANDLER_FILE,
    PipelineFunction,
    package_files,
    parts_of,
    zip_handler,
)
from mailfanout.stack import Design
from mailfanout.target import Target
from mailfanout.template.rendering import FIRST_WORDS, render

TEMPLATE, SAM_CONFIG = "template.yaml", "samconfig.toml"
_SAM_CONFIG = """\
# What `sam deploy` is told in this directory. The roles have names, which has to be allowed.
version = 0.1

[default.deploy.parameters]
stack_name = "mailfanout"
resolve_s3 = true
capabilities = "CAPABILITY_NAMED_IAM"
"""


def write_template(
    directory: str | os.PathLike[str],
    design: Design = "simple",
    *,
    kind: str = "sandbox",
    prefix: str = "",
) -> list[Path]:
    """Write the template, each function's code beside it, and SAM's settings; returns the files.

    May be repeated, also for the other design. SAM's settings stay as they are if they are there.
    Raises InputError if the directory cannot be written to, if a file that is there was not written
    so by this function, or if a function's directory holds what is no part of its package, which
    would be deployed with it.
    """
    directory = Path(directory)
    files = {directory / TEMPLATE: render(design, kind=kind, prefix=prefix)}
    if not (directory / SAM_CONFIG).exists():
        files[directory / SAM_CONFIG] = _SAM_CONFIG
    functions = [part.function for part in parts_of(design) if part.function]
    for function in functions:
        files |= _code(directory, function)
    for function in functions:
        _refuse_strangers(directory / function.source, files)
    _refuse_to_overwrite(directory, files)
    with writing_to(directory, mend="Name a directory that is yours."):
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
    return [*files]


def package(target: Target, directory: Path, bucket_name: str) -> str:
    """Put the code beside a template into a bucket; returns the template that says where it is.

    As `aws cloudformation package` does: CloudFormation reads S3, and no disk of yours.
    """
    text = (directory / TEMPLATE).read_text(encoding="utf-8")
    for handler in sorted(directory.glob(f"*/{HANDLER_FILE}")):
        name, code = handler.parent.name, zip_handler(handler)
        key = f"{name}-{hashlib.sha256(code).hexdigest()}"
        target.client("s3").put_object(Bucket=bucket_name, Key=key, Body=code)
        text = text.replace(f"CodeUri: {name}/\n", f"CodeUri: s3://{bucket_name}/{key}\n")
    return text


def _code(directory: Path, function: PipelineFunction) -> dict[Path, str]:
    """The files of a function's package, where the template says that its code is."""
    folder = directory / function.source
    return {
        folder / name: file.read_text(encoding="utf-8")
        for name, file in package_files(function).items()
    }


def _refuse_to_overwrite(directory: Path, files: Iterable[Path]) -> None:
    """A template is ours by its first line, and code if either design has it."""
    code: dict[Path, set[str]] = {}
    parts = chain.from_iterable(map(parts_of, get_args(Design)))
    for function in (part.function for part in parts if part.function):
        for path, text in _code(directory, function).items():
            code.setdefault(path, set()).add(text)
    for path in filter(Path.is_file, files):
        text = path.read_text(encoding="utf-8", errors="replace")
        is_ours = text in code[path] if path in code else text.startswith(FIRST_WORDS)
        if not is_ours:
            raise InputError(
                f"{path} is there, and is yours or was changed. Move it, or name another directory "
                "with --output."
            )


def _refuse_strangers(folder: Path, ours: Container[Path]) -> None:
    found = (path for path in folder.rglob("*") if path.is_file() and path not in ours)
    strangers = sorted(path.name for path in found)
    if strangers:
        raise InputError(
            f"{folder} holds {', '.join(strangers)}, which would be deployed, too. Remove that, or "
            "name another directory with --output."
        )
