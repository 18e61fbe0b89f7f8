"""A progress bar reads the same however often it moved."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from mailfanout import show
from mailfanout.show import progress_bar


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


def test_a_notebook_keeps_its_end_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def clear_output(wait: bool) -> None:
        """As a front end does, which shows what was there until something comes in its place."""
        assert wait
        capsys.readouterr()

    shell = SimpleNamespace(display_pub=SimpleNamespace(clear_output=clear_output))
    monkeypatch.setattr(progress_bar, "running_shell", lambda: shell)
    advance = show.bar(9, "experiments")
    for number in (3, 9):
        advance(number)

    shown = capsys.readouterr().out
    assert shown.count("\r") == 1
    assert shown.endswith("█ 9 of 9 experiments\n")
