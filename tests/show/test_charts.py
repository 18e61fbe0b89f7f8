"""Charts: bars as text, lines as a picture."""

from __future__ import annotations

from xml.etree import ElementTree

from mailfanout.show import bars, lines


def test_bars_are_as_long_as_their_values() -> None:
    shown = bars({"simple": 25.0, "reliable": 1000.0}, width=40)

    assert shown.splitlines() == [
        f"simple    {'█':<40}  25.0",
        f"reliable  {'█' * 40}  1,000.0",
    ]


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
