"""Who handled which message when."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest

from mailfanout.campaign.logs import LoggedInvocation
from mailfanout.show.timeline import SHOWN_LANES, Consumers
from mailfanout.stack import Stack

READ_MESSAGE = Stack().read_message_name
HOSTILE = '<script>alert("&")</script>'


def an_invocation(**changes: Any) -> LoggedInvocation:
    done = ({"outcome": "sent", "recipient": "y***@example.com"},)
    return replace(LoggedInvocation("stream", 1000.0, 50.0, 0.0, done), **changes)


class TestConsumers:
    def test_the_frame_says_who_handled_whom(self) -> None:
        runs = (an_invocation(), an_invocation(stream="other", began_ms=1250.0))

        assert Consumers(READ_MESSAGE, runs).frame().to_dict("list") == {
            "environment": [1, 2],
            "began_seconds": [0.0, 0.25],
            "outcome": ["sent", "sent"],
            "recipient": ["y***@example.com", "y***@example.com"],
        }

    def test_the_picture_has_a_lane_per_execution_environment(self) -> None:
        runs = (an_invocation(), an_invocation(began_ms=2000.0), an_invocation(stream="other"))

        lanes = texts_of(Consumers(READ_MESSAGE, runs))

        assert "environment 2" in lanes and "environment 3" not in lanes

    def test_the_picture_shows_only_the_first_lanes_of_many(self) -> None:
        runs = tuple(an_invocation(stream=str(number)) for number in range(SHOWN_LANES + 3))

        shown = texts_of(Consumers(READ_MESSAGE, runs))

        assert "environment 16" in shown and "environment 17" not in shown
        assert any("19 execution environments (the first 16 are shown)" in line for line in shown)

    def test_the_picture_of_a_function_that_never_ran_says_so(self) -> None:
        assert "It has not run yet." in texts_of(Consumers(READ_MESSAGE, ()))
        assert str(Consumers(READ_MESSAGE, ())) == "readMessageAndSendMail: nothing yet"

    @pytest.mark.parametrize("duration_ms", [0.0, 0.5, 900_000.0, 1e9])
    def test_the_axis_has_a_few_ticks_however_long_it_took(self, duration_ms: float) -> None:
        ticks = texts_of(Consumers(READ_MESSAGE, (an_invocation(duration_ms=duration_ms),)))

        assert 1 <= sum(line.endswith(" s") for line in ticks) <= 9

    def test_a_bar_says_who_it_was_also_where_its_words_are_pointed_at(self) -> None:
        shown = Consumers(READ_MESSAGE, (an_invocation(),))._repr_html_()

        [bar] = [one for one in ElementTree.fromstring(shown).iter() if one.tag.endswith("}g")]
        assert bar[0].text == bar[-1].text == "y***@example.com"

    def test_the_picture_escapes_what_a_log_says(self) -> None:
        runs = (an_invocation(outcomes=({"outcome": HOSTILE, "recipient": HOSTILE},)),)

        assert "<script" not in Consumers(READ_MESSAGE, runs)._repr_html_()


def texts_of(shown: Consumers) -> list[str]:
    root = ElementTree.fromstring(shown._repr_html_())
    return [element.text or "" for element in root.iter() if element.tag.endswith("}text")]
