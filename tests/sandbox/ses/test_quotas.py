"""The sending rate and the daily quota."""

from __future__ import annotations

from typing import Any

from mailfanout.sandbox.ses.sending import Ses
from support.calls.refusals import refusal


def test_sending_rate_is_a_bucket_that_fills_with_time(send: Any, ses: Ses, clock: Any) -> None:
    ses.settings.enforce_quota = True
    ses.settings.max_send_rate = 2

    send()
    send("bounce@simulator.amazonses.com")
    assert refusal(send) == ("TooManyRequestsException", "Maximum sending rate exceeded.")

    clock.seconds += 0.5
    send()
    assert refusal(send)[0] == "TooManyRequestsException"


def test_mail_to_more_recipients_than_the_rate_delays_the_next(
    send: Any, ses: Ses, clock: Any
) -> None:
    ses.settings.enforce_quota = True
    ses.settings.max_send_rate = 1

    send("a@example.com", "b@example.com", "c@example.com")

    clock.seconds += 2
    assert refusal(send)[0] == "TooManyRequestsException"
    clock.seconds += 1
    assert send()


def test_daily_quota_counts_recipients_for_24_hours(send: Any, ses: Ses, clock: Any) -> None:
    ses.settings.enforce_quota = True
    ses.settings.max_24_hour_send = 2

    send("a@example.com", "b@example.com")
    assert refusal(send) == ("LimitExceededException", "Daily message quota exceeded.")
    send("success@simulator.amazonses.com")

    clock.seconds += 24 * 3600 + 60
    assert send()


def test_quotas_only_count_where_they_are_not_enforced(send: Any, ses: Ses) -> None:
    ses.settings.max_send_rate = 1
    ses.settings.max_24_hour_send = 1

    for _ in range(3):
        send()

    assert ses.quota("us-east-1").sent_last_24_hours() == 3


def test_each_region_has_quotas_of_its_own(send: Any, sesv2: Any, ses: Ses) -> None:
    ses.settings.enforce_quota = True
    ses.settings.max_24_hour_send = 1

    ses.quota("eu-west-1").take(1, counted=1)
    assert sesv2.get_account()["SendQuota"]["SentLast24Hours"] == 0
    send()

    assert refusal(send) == ("LimitExceededException", "Daily message quota exceeded.")
