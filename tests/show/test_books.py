"""Experiments as a table, and the way of one mail."""

from __future__ import annotations

from mailfanout import show
from mailfanout.campaign import Tally

REFUSED = Tally("SES <refuses>", 3, 3, 1, ("a@example.com", "b@example.com"), (), ())
TWICE = Tally("twice", 3, 3, 6, (), ("a@example.com", "b@example.com", "c@example.com"), ())
MENDED = Tally("SES <refuses>", 3, 3, 3, (), (), ())


class TestBooks:
    def test_each_experiment_is_a_line(self) -> None:
        assert str(show.books([REFUSED, TWICE])).splitlines() == [
            "experiment     recipients  due  mails  lost  doubled  on record",
            "SES <refuses>           3    3      1     2        0          0",
            "twice                   3    3      6     0        3          0",
        ]

    def test_only_what_was_lost_or_doubled_alarms_and_no_title_is_markup(self) -> None:
        html = show.books([REFUSED, TWICE])._repr_html_()

        assert "SES &lt;refuses&gt;" in html and "<refuses>" not in html
        assert html.count("font-weight:700") == 2

    def test_books_without_an_experiment_are_the_head_alone(self) -> None:
        assert str(show.books([])).startswith("experiment  recipients")

    def test_two_designs_stand_side_by_side(self) -> None:
        both = show.side_by_side(simple=[REFUSED, TWICE], reliable=[MENDED])

        groups, heads, *lines = str(both).splitlines()
        assert groups.split() == ["simple", "reliable"]
        assert heads.split().count("lost") == 2
        assert [line.split()[-8:] for line in lines] == [
            ["1", "2", "0", "0", "3", "0", "0", "0"],
            ["6", "0", "3", "0", "–", "–", "–", "–"],
        ]
        assert '<th colspan="4"' in both._repr_html_()


class TestTrack:
    STEPS = (
        show.Step(1000.0, "bucket", "<b>.txt is uploaded", "bucket"),
        show.Step(1250.0, "sendQueue", "failed: no time", "function", is_bad=True),
        show.Step(None, "SES", "took 0 mails", "identity"),
    )

    def test_the_text_has_no_times(self) -> None:
        assert str(show.Track("a@example.com", 1000.0, self.STEPS)).splitlines() == [
            "The mail to a@example.com",
            "  bucket     <b>.txt is uploaded",
            "  sendQueue  failed: no time",
            "  SES        took 0 mails",
        ]

    def test_the_picture_has_times_and_says_in_words_what_it_shows(self) -> None:
        picture = show.Track("a@example.com", 1000.0, self.STEPS)._repr_html_()

        assert ">250 ms</text>" in picture and ">in the end</text>" in picture
        assert "<desc>The mail to a@example.com\n" in picture
        assert "<b>" not in picture
