"""A progress bar reads the same however often it moved."""

from __future__ import annotations

import pytest

from mailfanout import show


def test_a_bar_reads_the_same_in_the_end_however_often_it_moved(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ends = []
    for steps in ([3, 1200], [1200]):
        advance = show.bar(1200, "mails")
        for number in steps:
            advance(number)
        ends.append(capsys.readouterr().out.rpartition("\r")[2])

    assert ends[0] == ends[1]
    assert ends[0].endswith("█ 1200 of 1200 mails\n")
