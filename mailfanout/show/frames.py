"""DataFrames as the lessons show them: without an index, words to the left, nothing cut off."""

from __future__ import annotations

from html import escape
from typing import Any

import pandas

from mailfanout.campaign import printable
from mailfanout.show.grids import html_grid, text_grid
from mailfanout.wording import counted

SHOWN_ROWS = 100


class Grid(pandas.DataFrame):  # type: ignore[misc]
    """A DataFrame in all but its looks. What pandas makes of it is a DataFrame again.

    What is missing is a dash. Of more than 100 rows, the first 100 are shown.
    """

    def __repr__(self) -> str:
        return printable(f"{text_grid(self._names(), self._rows())}\n{self._more()}".rstrip())

    def _repr_html_(self) -> str:
        more = f"<p>{escape(self._more())}</p>" if self._more() else ""
        return html_grid(self._names(), self._rows()) + more

    def _names(self) -> list[str]:
        return [*map(str, self.columns)]

    def _rows(self) -> list[list[Any]]:
        first = self.head(SHOWN_ROWS).astype(object)
        return [list(row) for row in first.where(first.notna(), None).itertuples(index=False)]

    def _more(self) -> str:
        more = len(self) - SHOWN_ROWS
        return f"… and {counted(more, 'more row')}" if more > 0 else ""
