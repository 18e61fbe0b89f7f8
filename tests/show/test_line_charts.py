"""Lines over two axes: a picture, and a text without what was measured."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from mailfanout import show

SVG = "{http://www.w3.org/2000/svg}"
MEASURED = {"simple": [(100.0, 0.03), (1000.0, 0.03)], "one point": [(100.0, 0.001)]}


def drawn(chart: show.Chart) -> ElementTree.Element:
    return ElementTree.fromstring(chart._repr_html_())


def test_lines_name_each_series_and_both_axes() -> None:
    root = drawn(show.chart("Speed", MEASURED, across="recipients", up="seconds each"))

    said = {"".join(text.itertext()) for text in root.iter(f"{SVG}text")}
    assert {"Speed", "seconds each, by recipients", "simple", "one point", "100", "0.001"} <= said
    assert len(list(root.iter(f"{SVG}circle"))) == 3


def test_a_point_says_its_values_when_it_is_hovered_over() -> None:
    root = drawn(show.chart("Speed", MEASURED, across="recipients", up="s"))

    titles = [dot.findtext(f"{SVG}title") for dot in root.iter(f"{SVG}circle")]
    assert "simple: 0.03 at 1,000" in titles


def test_the_text_of_a_chart_is_the_same_however_fast_it_was() -> None:
    slow = {name: [(x, 2 * y) for x, y in points] for name, points in MEASURED.items()}

    shown, shown_slow = (
        repr(show.chart("Speed", one, across="recipients", up="s")) for one in (MEASURED, slow)
    )

    assert shown == shown_slow
    assert shown == "Speed: s by recipients; simple at 100, 1,000; one point at 100"


@pytest.mark.parametrize("most", [0.7, 12.0, 19.8, 400.0])
def test_a_linear_axis_begins_at_zero_and_holds_every_point(most: float) -> None:
    chart = show.chart(
        "Queue", {"waiting": [(0, 0), (1, most)]}, across="h", up="mails", is_linear=True
    )

    root = drawn(chart)
    [path] = [path for path in root.iter(f"{SVG}path") if path.find(f"{SVG}title") is not None]
    heights = [float(part.split()[1]) for part in path.attrib["d"][1:].split("L")]
    assert heights[0] == 360 and 80 <= heights[1] < 200


def test_names_of_lines_that_end_side_by_side_stand_apart() -> None:
    ends = {name: [(1.0, 1.0), (2.0, 50.0)] for name in ("one", "two", "three")}

    root = drawn(show.chart("Same", ends, across="x", up="y"))

    heights = sorted(
        float(text.attrib["y"]) for text in root.iter(f"{SVG}text") if text.text in ends
    )
    assert heights[1] - heights[0] >= 16 <= heights[2] - heights[1]
