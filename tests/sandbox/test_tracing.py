"""The trace header counts a function's passes, and nothing that is no trace header counts."""

from __future__ import annotations

import pytest

from mailfanout.sandbox import tracing

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:sendQueue"
OTHER = "arn:aws:lambda:us-east-1:123456789012:function:other"


def test_each_function_of_a_chain_is_counted_on_its_own_whatever_its_version() -> None:
    header = tracing.passing("", FUNCTION)
    header = tracing.passing(tracing.passing(header, OTHER), f"{FUNCTION}:live")

    assert (tracing.passes(header, FUNCTION), tracing.passes(header, OTHER)) == (2, 1)


def test_root_stays_the_chains_own() -> None:
    root = "Root=1-5759e988-bd862e3fe1be46a994272793"

    assert tracing.passing(f"{root};Sampled=1", FUNCTION).startswith(f"{root};Parent=")


def test_batch_has_passed_as_often_as_its_newest_event() -> None:
    once = tracing.passing("", FUNCTION)
    twice = tracing.passing(once, FUNCTION)

    assert tracing.least_passed([twice, once], FUNCTION) == once
    assert tracing.least_passed([twice, "", once], FUNCTION) == ""


@pytest.mark.parametrize("header", ["", "nonsense", "Lineage=", "Lineage=x:1", "Root=;Lineage=1:2"])
def test_header_that_says_nothing_counts_nothing(header: str) -> None:
    assert tracing.passes(header, FUNCTION) == 0


@pytest.mark.parametrize("header", ["a\nb", "é", "x" * 513])
def test_header_that_is_none_is_not_handed_on(header: str) -> None:
    with tracing.following(header):
        assert tracing.current() == ""


def test_what_is_done_afterwards_is_no_part_of_the_chain() -> None:
    with tracing.following("Root=1"):
        assert tracing.current() == "Root=1"
    assert tracing.current() == ""
