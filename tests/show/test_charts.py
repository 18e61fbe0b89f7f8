"""Charts of a few numbers: bars."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from mailfanout.show import bar_chart, bars

SVG = "{http://www.w3.org/2000/svg}"


def test_bars_are_as_long_as_their_values() -> None:
    shown = bars({"simple": 25.0, "reliable": 1000.0}, width=40)

    assert shown.splitlines() == [
        f"simple    {'█':<40}  25.0",
        f"reliable  {'█' * 40}  1,000.0",
    ]


def test_a_bar_chart_says_in_text_and_in_the_picture_what_each_bar_is() -> None:
    chart = bar_chart("Cost", {"query": 0.5, "<scan>": 8}, "read units")

    root = ElementTree.fromstring(chart._repr_html_())
    widths = [float(bar.attrib["width"]) for bar in root.findall(f".//{SVG}g/{SVG}rect")]
    hovered = [title.text for title in root.findall(f".//{SVG}g/{SVG}title")]
    assert widths[1] == pytest.approx(16 * widths[0], rel=0.01)
    assert hovered == ["query: 0.5 read units", "<scan>: 8 read units"]
    assert root.findtext(f"{SVG}desc") == "query: 0.5; <scan>: 8"
    assert str(chart).startswith("Cost (read units)\nquery ")
