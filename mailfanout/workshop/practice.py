"""People to practise with."""

from __future__ import annotations

from mailfanout import recipients
from mailfanout.target import Target


def people(target: Target) -> tuple[recipients.Recipient, ...]:
    """The three recipients of the lessons: the article's, or on AWS SES's mailbox simulator.

    On AWS, mails to example.com would bounce, and bounces count against the account.
    """
    return recipients.three_people(target.kind)


def crowd(target: Target, number: int) -> list[recipients.Recipient]:
    """This many more people to practise with, each with an address that is safe to write to.

    In the sandbox, the branch offices of a company; on AWS, SES's mailbox simulator.
    """
    form = "info@branch{:02}.example.com"
    if target.kind == "aws":
        form = "success+branch{:02}@simulator.amazonses.com"
    numbers = range(1, number + 1)
    return [recipients.Recipient(form.format(one), f"第{one}支店") for one in numbers]
