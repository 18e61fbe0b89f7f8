"""The checks of lessons 00 and 06 that look at a mail of the learner's own."""

from __future__ import annotations

import operator

from mailfanout import campaign, recipients
from mailfanout.errors import InputError
from mailfanout.stack import Stack
from mailfanout.target import Target
from mailfanout.workshop.exercises.verdicts import (
    CORRECT,
    NOT_ATTEMPTED,
    Verdict,
    comes_true,
    not_yet,
)


def send_a_mail_of_your_own(target: Target, stack: Stack) -> Verdict:
    """Send a mail of your own."""
    article = campaign.example_mail()
    keys = _keys(target, stack)
    own_keys = [key for key in keys if key != article.name]
    if not own_keys:
        return NOT_ATTEMPTED
    texts = [key for key in own_keys if key.endswith(".txt")]
    if not texts:
        asked = "the exercise asks for a key of your own that ends in .txt"
        return not_yet(f"{asked}, and yours is {keys[-1]}.")
    mails, refusals = _read(target, stack, texts)
    subjects = {mail.subject for mail in mails} - {article.subject}
    if refusals and not subjects:
        return not_yet(f"your mail cannot be sent. {refusals[-1]}")
    if subjects and target.sandbox is None:
        return _whether_it_was_sent(
            target, stack, {one.name for one in mails if one.subject in subjects}
        )
    return _whether_it_arrived(target, stack, subjects)


def delete_the_example(target: Target, stack: Stack) -> Verdict:
    """Delete example.txt from the bucket."""
    if campaign.example_mail().name in _keys(target, stack):
        return NOT_ATTEMPTED
    # A later upload sets the flags to 0 again, even if it is no mail.
    was_sent = any(target.sandbox.mails() if target.sandbox else ()) or any(
        item.get("issend") == {"N": "1"} for item in recipients.read_items(target, stack)
    )
    return CORRECT if was_sent else not_yet("it was never there: run the cells above.")


def _keys(target: Target, stack: Stack) -> list[str]:
    """The keys of the first 1,000 objects in the bucket, in the order in which they came."""
    found = target.client("s3").list_objects_v2(Bucket=stack.bucket_name)
    entries = sorted(found.get("Contents", []), key=operator.itemgetter("LastModified"))
    return [entry["Key"] for entry in entries]


def _read(
    target: Target, stack: Stack, keys: list[str]
) -> tuple[list[campaign.MailText], list[str]]:
    """The mails that the functions can send, and what to mend in each other object."""
    client = target.client("s3")
    mails, refusals = [], []
    for key in keys:
        content = client.get_object(Bucket=stack.bucket_name, Key=key)["Body"].read()
        try:
            mails.append(campaign.check_mail(key, content))
        except InputError as error:
            refusals.append(str(error))
    return mails, refusals


def _whether_it_arrived(target: Target, stack: Stack, subjects: set[str]) -> Verdict:
    """Whether each who can be sent to has a mail with one of the subjects."""
    if not subjects:
        return not_yet("your mail has the example's subject. Write another into its first line.")
    sandbox = target.require_sandbox("Only the sandbox shows what arrived.")
    due = max(1, sum(bool(one.username) for one in recipients.read_due(target, stack)))

    def own() -> int:
        return sum(mail["subject"] in subjects for mail in sandbox.mails())

    def more_come(than: int) -> bool:
        return comes_true(lambda: own() > than, limit_seconds=5)

    while (arrived := own()) < due and more_come(than=arrived):
        pass
    if arrived >= due:
        return CORRECT
    return not_yet(
        f"{arrived} of {due} mails with a subject of your own came of it. The subject is the first "
        "line, and the second is empty."
    )


def _whether_it_was_sent(target: Target, stack: Stack, keys: set[str]) -> Verdict:
    """Elsewhere nobody shows what arrived: sendQueue's log and everybody's flag say enough."""

    def is_done() -> bool:
        lines = campaign.read_lines(target, stack, stack.send_queue_name)
        announced = {one.get("filename") for one in campaign.outcomes(lines)}
        due = {one.email for one in recipients.read_due(target, stack) if one.username}
        items = recipients.read_items(target, stack)
        flags = [item.get("issend") for item in items if item["email"]["S"] in due]
        return not keys.isdisjoint(announced) and all(flag == {"N": "1"} for flag in flags)

    if comes_true(is_done):
        return CORRECT
    return not_yet(
        f"sendQueue has not logged {min(keys)}, or somebody's issend is still 0. On AWS a log may "
        "take some seconds: ask once more."
    )
