"""The checks of lesson 09: opt-outs, notices, dead letters."""

from __future__ import annotations

from mailfanout import campaign, recipients
from mailfanout.provision import read_depth
from mailfanout.stack import Stack
from mailfanout.target import Target
from mailfanout.workshop.exercises.verdicts import CORRECT, NOT_ATTEMPTED, Verdict, not_yet
from mailfanout.workshop.practice import people

# The mail of the upload that nobody planned.
NEWS = "news.txt"

# SNS's ways to write a mail: as a text, and as JSON.
MAIL_PROTOCOLS = ("email", "email-json")


def opt_out(target: Target, stack: Stack) -> Verdict:
    """Have 山田太郎 opt out."""
    yamada = people(target)[0].email
    items = {item["email"]["S"]: item for item in recipients.read_items(target, stack)}
    item = items.get(yamada)
    if item is None:
        return not_yet(
            f"{yamada} is not in the table: the next import would bring the address back. Seed "
            "workshop.people(target) once more, and begin anew."
        )
    if item.get("optedout") == {"N": "1"}:
        return CORRECT
    if "optedout" in item:
        return not_yet("optedout has to be the Number 1.")
    if item.get("haserror") == {"N": "1"}:
        return not_yet("haserror is for mails that failed, and a new import sets it to 0.")
    return NOT_ATTEMPTED


def be_told(target: Target, stack: Stack) -> Verdict:
    """Get a mail when a campaign pauses itself."""
    subscriptions = target.client("sns").get_paginator("list_subscriptions").paginate()
    found = {
        (one["TopicArn"], one["Protocol"])
        for page in subscriptions
        for one in page["Subscriptions"]
    }
    if found.intersection((stack.notices_arn, protocol) for protocol in MAIL_PROTOCOLS):
        return CORRECT
    if found.intersection((stack.feedback_topic_arn, protocol) for protocol in MAIL_PROTOCOLS):
        return not_yet("that topic carries every event of every mail: the other one is for people.")
    protocols = sorted(protocol for arn, protocol in found if arn == stack.notices_arn)
    return (
        not_yet(f"the Protocol is {protocols[0]}, and not email.") if protocols else NOT_ATTEMPTED
    )


def bring_back_the_news(target: Target, stack: Stack) -> Verdict:
    """Bring the dead letter back."""
    news = [one for one in campaign.status(target, stack) if one["key"] == NEWS]
    letters = sum(read_depth(target, stack.failed_queue_name) or ())
    if not news:
        if letters:
            return NOT_ATTEMPTED
        return not_yet(f"no dead letter is left, and no campaign of {NEWS} has begun.")
    if letters:
        return not_yet(f"{NEWS} has gone out in another way, and its dead letter is still there.")
    states = news[-1]["states"]
    if news[-1]["state"] != "done":
        return not_yet(f"the campaign is {news[-1]['state']}: run this cell again in a moment.")
    return CORRECT if states["sent"] else not_yet("it reached nobody.")
