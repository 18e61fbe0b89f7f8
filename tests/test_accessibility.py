"""What the notebooks show can be read by ear, in light and in dark, and without a mouse.

See https://www.w3.org/TR/WCAG22/
"""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from bs4 import BeautifulSoup

from mailfanout.show import svg
from mailfanout.workshop import LESSONS
from support import notebooks

LEGIBLE, VISIBLE = 4.5, 3.0  # for text, and for the parts of a picture
LIGHT, DARK = svg._STYLE.split("@media (prefers-color-scheme:dark){")
TEXTS = ["text", "quiet", "faint", "alert"]
PARTS = ["bucket", "function", "queue", "table", "identity", "role", "line", "head"]

each_lesson = pytest.mark.parametrize("lesson", LESSONS)


def markdown(lesson: str) -> str:
    cells = notebooks.read(lesson)["cells"]
    return "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")


@cache
def displays(lesson: str) -> BeautifulSoup:
    """All that the cells show as HTML."""
    outputs = [out for cell in notebooks.read(lesson)["cells"] for out in cell.get("outputs", [])]
    return BeautifulSoup("\n".join("".join(html_of(out)) for out in outputs), "html.parser")


def html_of(output: dict[str, Any]) -> str:
    return "".join(output.get("data", {}).get("text/html", ""))


@each_lesson
def test_headings_are_in_order(lesson: str) -> None:
    without_code = re.sub(r"```.*?```", "", markdown(lesson), flags=re.DOTALL)
    levels = [len(marks) for marks in re.findall(r"^(#+) ", without_code, re.MULTILINE)]

    assert levels.count(1) == 1 == levels[0]
    assert all(lower <= higher + 1 for higher, lower in pairwise(levels))


@each_lesson
def test_pictures_say_in_words_what_they_show(lesson: str) -> None:
    assert not re.findall(r"!\[\s*\]", markdown(lesson))
    for picture in displays(lesson).select("img"):
        assert picture.get("alt")
    for picture in displays(lesson).select("svg.mf"):
        title, description = picture.find("title", recursive=False), picture.find("desc")
        assert picture.get("role") == "img"
        assert title and title.text.strip() and description and description.text.strip()


@each_lesson
def test_no_output_is_a_picture_alone(lesson: str) -> None:
    """What a screen reader, a terminal and nbval read is the text beside it."""
    for cell in notebooks.read(lesson)["cells"]:
        for output in cell.get("outputs", []):
            assert "data" not in output or "".join(output["data"]["text/plain"]).strip()


@each_lesson
def test_tables_have_headings(lesson: str) -> None:
    for table in displays(lesson).select("table"):
        assert table.select("th"), table


@each_lesson
def test_nothing_needs_a_mouse_or_a_script(lesson: str) -> None:
    shown = displays(lesson)

    assert not shown.select("script, [onclick], [onmouseover], button")
    assert all(link.get("href") for link in shown.select("a"))
    assert all(folded.find("summary") for folded in shown.select("details"))


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("name", "enough"), [*((n, LEGIBLE) for n in TEXTS), *((n, VISIBLE) for n in PARTS)]
)
def test_pictures_have_contrast(theme: str, name: str, enough: float) -> None:
    for ground in ("ground", "card"):
        assert contrast(colour(theme, name), colour(theme, ground)) >= enough, ground


def colour(theme: str, name: str) -> str:
    """What fills or draws a class, or an element, of the pictures' style."""
    rule = re.search(rf"\.mf [.]?{name}\{{(.*?)\}}", theme)
    assert rule, name
    found = re.search(r"(?:fill|stroke|color):(#\w+)", rule[1])
    assert found, name
    return found[1]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """How bright, from 0 to 1: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    values = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
