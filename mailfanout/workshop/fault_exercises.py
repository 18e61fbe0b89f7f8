"""The checks of the exercises in which something goes wrong, lessons 07 and 08; as `exercises`."""

from __future__ import annotations

from collections import Counter

from mailfanout import campaign
from mailfanout.errors import InputError
from mailfanout.recipients import read_due, read_items
from mailfanout.sandbox.control import Sandbox
from mailfanout.stack import Stack
from mailfanout.target import Target
from mailfanout.workshop.experiments import EXPERIMENTS, REFUSED_ONCE, is_refused_once
from mailfanout.workshop.verdicts import CORRECT, NOT_ATTEMPTED, Verdict, not_yet

LIMIT_SECONDS = 30.0
YAMADA = "yamada@example.com"


def lose_one_mail(target: Target, stack: Stack) -> Verdict:
    """Lose the mail to yamada@example.com, no other."""
    _quiet(target).wait_until_quiet(timeout_seconds=LIMIT_SECONDS)
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
    if not any(missing):
        return not_yet("everybody got each of your mails. What keeps SES from taking one of them?")
    return not_yet("others got none, too. A fault can be for one address alone.")


def bring_the_lost_their_mail(target: Target, stack: Stack) -> Verdict:
    """Bring the ten their mail, and nobody a second."""
    _quiet(target).wait_until_quiet(timeout_seconds=LIMIT_SECONDS)
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
    if len(missing) == len(lost) and all(item["issend"] == {"N": "1"} for item in ready):
        return NOT_ATTEMPTED
    return not_yet(f"{len(missing)} of them have none: each needs issend 0, and a message.")


def _quiet(target: Target) -> Sandbox:
    if target.sandbox is None:
        raise InputError("only the sandbox shows who got a mail.")
    return target.sandbox


def _mails_by_subject(target: Target) -> dict[str, Counter[str]]:
    """How many of each mail everybody got."""
    found: dict[str, Counter[str]] = {}
    for mail in campaign.inbox(target):
        found.setdefault(mail.subject, Counter())[mail.to] += 1
    return found
