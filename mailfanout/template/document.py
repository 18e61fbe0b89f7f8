"""A template as YAML that people read: short forms of references, a comment for each part."""

from __future__ import annotations

import re
import textwrap
from typing import Any

import yaml

from mailfanout.template.references import Reference

_WIDTH = 100
# PyYAML quotes whatever follows a tag. A name needs no quotes.
_QUOTED_NAME = re.compile(r"(!\w+ )'([\w.]+)'")


class _Dumper(yaml.SafeDumper):  # type: ignore[misc]
    """Writes references, indents lists, and never refers from one place to another."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        return super().increase_indent(flow, False)


def _reference(dumper: Any, reference: Reference) -> Any:
    tag = f"!{reference.function}"
    if isinstance(reference.argument, str):
        return dumper.represent_scalar(tag, reference.argument)
    return dumper.represent_sequence(tag, reference.argument, flow_style=True)


_Dumper.add_representer(Reference, _reference)


def section(name: str, entries: dict[str, Any], comments: dict[str, str] | None = None) -> str:
    """A section of the template: its entries, each after its comment, with blank lines between."""
    written = []
    for key, value in entries.items():
        comment = (comments or {}).get(key)
        before = f"# {comment}\n" if comment else ""
        written.append(textwrap.indent(f"{before}{as_yaml({key: value})}", "  "))
    return f"{name}:\n" + "\n".join(written)


def as_yaml(value: Any) -> str:
    """A value as YAML, in the order in which it was written."""
    text: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)
    return _QUOTED_NAME.sub(r"\1\2", text)
