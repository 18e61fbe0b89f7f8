"""What is read rather than counted: logs, policies, handlers."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from textwrap import dedent
from typing import Any

from mailfanout import provision
from mailfanout.campaign import printable, read_end
from mailfanout.errors import InputError, none_such
from mailfanout.stack import Design, Stack
from mailfanout.target import Target
from mailfanout.wording import cut

LONGEST_LINE = 10_000

# JupyterLab would part a line at any letter.
_WRAPPED = "white-space:pre-wrap;word-break:normal;overflow-wrap:anywhere"
_MONOSPACED = '<div style="font-family:monospace">'


def log(target: Target, stack: Stack, function_name: str, *, last: int = 40) -> Text:
    """The last lines of a function's log, to read: INIT_START, START, what it printed, END, REPORT.

    Times and request ids differ from run to run: `outcomes` is what can be compared. A line that
    would keep a browser busy is cut. Raises InputError if `last` is less than 1.
    """
    if last < 1:
        raise InputError(f"last is {last}, which is no number of lines. Type, for example: last=40")
    found = read_end(target, stack, function_name, last=last)
    lines = [cut(line.text, LONGEST_LINE) for line in found]
    return Text("\n".join(lines) or f"{function_name} has written nothing yet.")


def policy(document: Mapping[str, Any] | str) -> Code:
    """A policy as readable JSON: of a dict, or of the JSON text that SQS and Lambda return.

    Raises InputError if the text is none.
    """
    try:
        found = json.loads(document) if isinstance(document, str) else document
    except ValueError as error:
        raise InputError(
            f"{cut(str(document), 60)!r} is no policy. Give the JSON itself, such as that of a "
            "queue's attribute Policy, or of Lambda's get_policy."
        ) from error
    return Code(json.dumps(found, indent=2, ensure_ascii=False), "json")


def handler(stack: Stack, function_name: str, *parts: str, design: Design = "simple") -> Code:
    """The source of one of the Lambda functions, as it is deployed; or only the named parts.

    A part is a function in the source, such as `lambda_handler`. Raises InputError if there is no
    such function or part.
    """
    source = provision.handler_path(stack, function_name, design=design).read_text(encoding="utf-8")
    return Code(_parts(source, parts) if parts else source, "python")


def excerpt(template: str, *names: str) -> Code:
    """The entries of a template that have these names, such as `Queue`: a resource, a parameter.

    If several have a name, it is the first: the resource, and not the output. Raises InputError if
    the template has no entry of a name.
    """
    entries: dict[str, str] = {}
    # `mailfanout.template` writes a blank line between two entries, and their section before them.
    for block in template.split("\n\n"):
        lines = [line for line in block.splitlines() if line.startswith(" ")]
        if key := next((line.strip() for line in lines if not line.lstrip().startswith("#")), ""):
            entries.setdefault(key.partition(":")[0], dedent("\n".join(lines)))
    if not entries:
        raise InputError("That is no template. Give the text that template.render returns.")
    if missing := [name for name in names if name not in entries]:
        raise none_such("entry", missing[0], entries)
    return Code("\n\n".join(entries[name] for name in names), "yaml")


def _parts(source: str, names: tuple[str, ...]) -> str:
    body = ast.parse(source).body
    found = {node.name: node for node in body if isinstance(node, ast.FunctionDef)}
    if missing := [name for name in names if name not in found]:
        raise none_such("part", missing[0], found)
    return "\n\n\n".join(ast.get_source_segment(source, found[name]) or "" for name in names)


@dataclass(frozen=True)
class Text:
    """Text as it is, in a monospaced block in Jupyter: a log or a source file."""

    text: str

    def __repr__(self) -> str:
        return printable(self.text)

    def _repr_html_(self) -> str:
        return f'<pre style="{_WRAPPED}">{escape(self.text)}</pre>'


@dataclass(frozen=True)
class Code:
    """Code in a language that Jupyter knows how to colour: a policy, a handler."""

    code: str
    language: str

    def __repr__(self) -> str:
        return self.code

    def _repr_markdown_(self) -> str:
        # The fence is longer than any in the code, so that nothing in the code ends the block.
        fence = max(["```", *(run + "`" for run in re.findall("`{3,}", self.code))], key=len)
        # On a page that nbconvert makes, code takes the font of what is around it.
        return f"{_MONOSPACED}\n\n{fence}{self.language}\n{self.code}\n{fence}\n\n</div>"
