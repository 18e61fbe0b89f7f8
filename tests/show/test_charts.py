"""Charts: bars as text, lines as a picture."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from mailfanout.show import bar_chart, bars, lines

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


def test_lines_name_each_series_and_both_axes() -> None:
    drawn = lines(
        "Speed",
        {"simple": [(100, 0.03), (1000, 0.03)], "one point": [(100, 0.001)]},
        across="recipients",
        up="seconds each",
    )

    root = ElementTree.fromstring(drawn)
    said = {"".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {"Speed", "seconds each, by recipients", "simple", "one point", "100", "0.001"} <= said
    assert len(list(root.iter("{http://www.w3.org/2000/svg}circle"))) == 3
