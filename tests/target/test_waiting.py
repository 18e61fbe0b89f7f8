"""How long a wait is, and what it says when it was in vain."""

from __future__ import annotations

from functools import partial

import pytest
from botocore.exceptions import ClientError

from mailfanout.errors import MailfanoutError
from mailfanout.target import refused, retry, unless_missing, wait_until
from mailfanout.target.waiting import FIRST_PAUSE_SECONDS
from support.calls.slow_aws import Sleep, refusal


@pytest.fixture
def sleep() -> Sleep:
    return Sleep()


def test_a_wait_asks_at_once_and_ever_more_rarely(sleep: Sleep) -> None:
    asked: list[int] = []

    def sixth_time() -> bool:
        asked.append(len(asked))
        return len(asked) == 6

    wait_until(sixth_time, description="never mind", sleep=sleep)

    factors = (1, 0.5, 0.75, 1.125, 1.6875)
    assert sleep.seconds == pytest.approx([FIRST_PAUSE_SECONDS * factor for factor in factors])


def test_a_wait_may_be_told_never_to_pause_long(sleep: Sleep) -> None:
    with pytest.raises(MailfanoutError):
        wait_until(lambda: False, description="no", sleep=sleep, longest_pause_seconds=0.2)

    assert max(sleep.seconds) == 0.2


def test_a_wait_in_vain_ends_and_says_what_for(sleep: Sleep) -> None:
    with pytest.raises(MailfanoutError, match="Waited 10 s in vain: the table is not there"):
        wait_until(
            lambda: False, description="the table is not there", sleep=sleep, timeout_seconds=10
        )

    assert 10 <= sum(sleep.seconds) <= 12


def test_a_refusal_that_stays_is_raised_in_the_end(sleep: Sleep) -> None:
    def refuse() -> None:
        raise refusal("Busy")

    with pytest.raises(ClientError, match="Busy"):
        retry(refuse, while_error=partial(refused, code="Busy"), sleep=sleep, timeout_seconds=10)

    assert 10 <= sum(sleep.seconds) <= 12


def test_only_absence_is_quiet() -> None:
    def refuse(code: str) -> None:
        raise refusal(code)

    assert unless_missing(refuse, code="NoSuchBucket") is None
    with pytest.raises(ClientError, match="AccessDenied"):
        unless_missing(refuse, code="AccessDenied")
