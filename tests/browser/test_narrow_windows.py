"""What the lessons show fits beside JupyterLab's side bar, also if its window is narrow."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from mailfanout.workshop import LESSONS
from support import notebooks

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# How much a cell's output has in windows of 800 and of 1,024 pixels, with the side bar open.
NARROW, MIDDLE = 368, 515
# What has more columns can be scrolled in the narrow one.
COLUMNS_THAT_FIT = 7
# As JupyterLab has it.
STYLE = """<style>
body { margin: 0; padding-right: 20px; font: 14px/1.7 system-ui, sans-serif }
table { border-collapse: collapse; font-size: 13px }
</style>"""


def displays(lesson: str) -> Iterator[str]:
    """All that the cells show as HTML, each by itself."""
    for cell in notebooks.read(lesson)["cells"]:
        for output in cell.get("outputs", []):
            if found := output.get("data", {}).get("text/html"):
                yield "".join(found)


def columns_of(page: Page) -> int:
    return page.locator("tr").last.locator("td, th").count() if page.locator("tr").count() else 0


@pytest.mark.parametrize("lesson", LESSONS)
def test_what_a_lesson_shows_is_in_sight_as_a_whole(page: Page, lesson: str) -> None:
    for shown in displays(lesson):
        page.set_content(STYLE + shown)
        is_wide = columns_of(page) > COLUMNS_THAT_FIT
        page.set_viewport_size({"width": MIDDLE if is_wide else NARROW, "height": 900})

        width = page.evaluate("document.documentElement.scrollWidth")

        assert width <= (MIDDLE if is_wide else NARROW), shown[:200]
