"""The checks of lessons 07 and 08, in which something goes wrong."""

from __future__ import annotations

from collections import Counter

from mailfanout import campaign
from mailfanout.provision import with_deployed_settings
from mailfanout.recipients import read_due, read_items
from mailfanout.stack import Stack
from mailfanout.target import Target
from mailfanout.workshop.exercises.verdicts import (
    CORRECT,
    NOT_ATTEMPTED,
    Verdict,
    comes_true,
    not_attempted,
    not_yet,
)
from mailfanout.workshop.experiments import EXPERIMENTS, REFUSED_ONCE, is_refused_once

LIMIT_SECONDS = 30.0
PROMISE_CHARACTERS = 60
_WHO_GOT_IT = "only the sandbox shows who got a mail."
YAMADA = "yamada@example.com"


def lose_one_mail(target: Target, stack: Stack) -> Verdict:
    """Lose the mail to yamada@example.com, no other."""
    target.require_sandbox(_WHO_GOT_IT).wait_until_quiet(timeout_seconds=LIMIT_SECONDS)
    due = {one.email for one in read_due(target, stack)}
    own = {
        subject: got
        for subject, got in _mails_by_subject(target).items()
        if not subject.startswith(tuple(EXPERIMENTS))
    }
    if not own:
        return NOT_ATTEMPTED
    missing = [due - got.keys() for got in own.values()]
    if {YAMADA} in missing:
        return CORRECT
    if not missing[-1]:
        return not_yet("everybody got your last mail. What keeps SES from taking one of them?")
    if YAMADA not in missing[-1]:
        return not_yet("somebody else got none. A fault can be for one address alone.")
    return not_yet("others got none, too. A fault can be for one address alone.")


def bring_the_lost_their_mail(target: Target, stack: Stack) -> Verdict:
    """Bring the ten their mail, and nobody a second."""
    target.require_sandbox(_WHO_GOT_IT).wait_until_quiet(timeout_seconds=LIMIT_SECONDS)
    got = _mails_by_subject(target).get(REFUSED_ONCE)
    if got is None:
        return not_yet("nobody got that mail: run the cells above.")
    lost = [one.email for one in read_due(target, stack) if is_refused_once(one.email)]
    missing = [email for email in lost if not got[email]]
    if max(got.values()) > 1:
        return not_yet("somebody has it twice. Begin the lesson anew: run it from its first cell.")
    if not missing:
        return CORRECT
    ready = [item for item in read_items(target, stack) if item["email"]["S"] in missing]
    if len(missing) == len(lost) and all(item.get("issend") == {"N": "1"} for item in ready):
        return not_attempted("none of them has it: each needs issend 0, and a message.")
    return not_yet(f"{len(missing)} of them have none: each needs issend 0, and a message.")


def settle_the_unknown(target: Target, stack: Stack) -> Verdict:
    """Decide for the twenty of whom nobody knows."""
    subject = "at_most_once, dies before SES"
    found = [one for one in campaign.status(target, stack) if one["key"] == f"{subject}.txt"]
    if not found:
        return not_yet("that campaign does not exist: run the cells above.")
    if found[-1]["states"]["unknown"] == found[-1]["recipients"]:
        return NOT_ATTEMPTED
    comes_true(lambda: _status(target, stack, found[-1])["state"] == "done")
    last = _status(target, stack, found[-1])
    if last["states"]["unknown"]:
        return not_yet(f"{last['states']['unknown']} of them are still unknown.")
    got = _mails_by_subject(target).get(subject, Counter())
    if len(got) < last["recipients"]:
        return not_yet(
            "the ledger says sent now, and they have no mail. Begin anew: run the first cell."
        )
    return CORRECT


def stop_a_mail(target: Target, stack: Stack) -> Verdict:
    """Cancel a mail before anybody gets it."""
    campaigns = campaign.status(target, stack)
    cancelled = [one for one in campaigns if one["state"] == "cancelled"]
    if any(not one["states"]["sent"] for one in cancelled):
        return CORRECT
    if cancelled:
        return not_yet(
            f"{cancelled[-1]['states']['sent']} got it: hold the reader before you upload."
        )
    if any(one["state"] == "paused" for one in campaigns):
        return not_yet("it is paused: whoever resumes it, sends it.")
    return NOT_ATTEMPTED


def write_the_promise(target: Target, stack: Stack) -> Verdict:
    """Send the promise in your own words."""
    found = [one for one in campaign.status(target, stack) if one["key"] == "promise.txt"]
    if not found:
        return NOT_ATTEMPTED
    comes_true(lambda: _status(target, stack, found[-1])["state"] in campaign.OVER)
    last = _status(target, stack, found[-1])
    if last["state"] != "done":
        said = f": {last['reason']}" if last["reason"] else ""
        return not_yet(f"its campaign is {last['state']}{said}.")
    content = target.client("s3").get_object(Bucket=stack.bucket_name, Key="promise.txt")["Body"]
    body = campaign.check_mail("promise.txt", content.read()).body
    policy = with_deployed_settings(target, stack).unknown_policy
    missing = [word for word in ("SES", policy) if word not in body]
    if missing:
        return not_yet(f"it does not name {missing[0]}.")
    if len(body) < PROMISE_CHARACTERS:
        return not_yet("it is very short. What becomes of a recipient in the moment around SES?")
    return CORRECT


def _status(target: Target, stack: Stack, one: campaign.Status) -> campaign.Status:
    [found] = campaign.status(target, stack, one["campaign"])
    return found


def _mails_by_subject(target: Target) -> dict[str, Counter[str]]:
    """How many of each mail everybody got."""
    found: dict[str, Counter[str]] = {}
    for mail in campaign.inbox(target):
        found.setdefault(mail.subject, Counter())[mail.to] += 1
    return found
