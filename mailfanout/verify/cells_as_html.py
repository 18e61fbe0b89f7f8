"""A notebook that was run, as HTML: its text, its cells, and what they showed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import Any

from markdown_it import MarkdownIt

from mailfanout.verify.records import CellResult, Json, NotebookRun
from mailfanout.wording import ESCAPES

_MARKDOWN = MarkdownIt("commonmark").enable("table")
# What is shown of an output, the best first, as JupyterLab chooses.
_KINDS = ("text/html", "image/svg+xml", "image/png", "text/markdown", "text/plain")


def notebook_html(run: NotebookRun, anchor: str) -> str:
    """All of its cells; a code cell has the id `anchor-number`."""
    return "".join(_cells(run, anchor))


def _cells(run: NotebookRun, anchor: str) -> Iterator[str]:
    results = run.results
    number = 0
    for cell in run.notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            yield f'<div class="text">{_lower_headings(_MARKDOWN.render(source))}</div>'
        elif cell["cell_type"] == "code":
            number += 1
            shown = (
                _shown(results[number]) if number in results else "<p>This cell was not run.</p>"
            )
            yield (
                f'<div class="cell" id="{anchor}-{number}"><pre class="source"><code>'
                f"<b>[{number}]</b> {escape(source)}</code></pre>{shown}</div>"
            )


def _lower_headings(html: str) -> str:
    """A notebook stands below two headings of the page."""
    return re.sub(
        r"<(/?)h([1-4])>", lambda found: f"<{found[1]}h{min(int(found[2]) + 2, 6)}>", html
    )


def _shown(result: CellResult) -> str:
    why = f'<p class="failed">✗ {escape(result.because)}</p>' if result.outcome == "failed" else ""
    return why + "".join(map(output_html, result.outputs))


def output_html(output: Json) -> str:
    """One output of a cell, in the best form that a page without scripts can show."""
    if output["output_type"] == "stream":
        return _text(output["text"])
    if output["output_type"] == "error":
        return _text("\n".join(output["traceback"]), kind="raised")
    data = output.get("data", {})
    kind = next((kind for kind in _KINDS if kind in data), None)
    return _data(kind, data[kind]) if kind else ""


def _data(kind: str, value: Any) -> str:
    text = "".join(value)
    if kind in ("text/html", "image/svg+xml"):
        return f'<div class="shown">{text}</div>'
    if kind == "image/png":
        return f'<div class="shown"><img alt="" src="data:image/png;base64,{escape(text)}"></div>'
    if kind == "text/markdown":
        return f'<div class="shown">{_MARKDOWN.render(text)}</div>'
    return _text(text)


def _text(text: str | list[str], kind: str = "shown") -> str:
    return f'<pre class="{kind}">{escape(ESCAPES.sub("", "".join(text)))}</pre>'
