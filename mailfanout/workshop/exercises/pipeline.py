"""The checks of lessons 01 to 06, in which the pipeline comes to stand, and sends."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from mailfanout import recipients
from mailfanout.campaign import invocations, outcomes, read_lines
from mailfanout.provision import find_mapping, find_queue, read_depth
from mailfanout.recipients import Item, read_items
from mailfanout.stack import Stack
from mailfanout.target import Target, wait_until
from mailfanout.workshop.exercises.verdicts import (
    CORRECT,
    DISABLED,
    NO_MAPPING,
    NOT_ATTEMPTED,
    Verdict,
    not_attempted,
    not_yet,
)
from mailfanout.workshop.practice import crowd

# In lesson 06, the last of so many branch offices comes into the table without a username.
NAMELESS = 38
# In lesson 01, a thousand of them are in the table for a while.
INVENTED = re.compile(r"user\d{4}@example\.com")


def add_a_recipient(target: Target, stack: Stack) -> Verdict:
    """Put a recipient of your own into the table."""
    articles = {one.email for one in recipients.example().recipients}
    own = [
        item
        for item in read_items(target, stack)
        if (email := item["email"]["S"]) not in articles and not INVENTED.fullmatch(email)
    ]
    return _best(_whether_mail_reaches(item) for item in own) if own else NOT_ATTEMPTED


def _whether_mail_reaches(item: Item) -> Verdict:
    import pandas

    if (found := _unless_left_out(item)) != CORRECT:
        return found
    row = {name: item[name]["S"] for name in ("email", "username")}
    if bad := recipients.check_frame(pandas.DataFrame([row])).bad_rows:
        return not_yet(f"{bad[0].email!r} is no address that mail could reach. {bad[0].reason}")
    return CORRECT


def let_a_delivery_fail(target: Target, stack: Stack) -> Verdict:
    """Let a delivery to yamada@example.com fail."""
    item = _item(target, stack, "yamada@example.com")
    if item is None:
        return NOT_ATTEMPTED
    if item.get("haserror") != {"N": "1"}:
        return not_yet("haserror has to be the Number 1.")
    whole = item.get("issend") == {"N": "0"} and "username" in item
    return CORRECT if whole else not_yet("username and issend, the Number 0, have to be there too.")


def add_simulator_addresses(target: Target, stack: Stack) -> Verdict:
    """Add three addresses of the mailbox simulator."""
    simulated: dict[str, list[Item]] = {}
    for item in read_items(target, stack):
        name, _, domain = item["email"]["S"].partition("@")
        if domain == "simulator.amazonses.com":
            simulated.setdefault(name.partition("+")[0], []).append(item)
    if not simulated:
        return NOT_ATTEMPTED
    names = ("success", "bounce", "complaint")
    if missing := [name for name in names if name not in simulated]:
        return not_yet(f"there is no address for: {', '.join(missing)}.")
    found = [_best(map(_unless_left_out, simulated[name])) for name in names]
    return next((verdict for verdict in found if verdict != CORRECT), CORRECT)


def mend_a_bad_row(target: Target, stack: Stack) -> Verdict:
    """Mend 高橋四郎's address, and add him."""
    named = [
        item for item in read_items(target, stack) if item.get("username") == {"S": "高橋四郎"}
    ]
    if not named:
        return not_attempted(
            "nobody of that name is in the table. Mend the frame, check it again, seed who is good."
        )
    mended = [item for item in named if item["email"]["S"] == "takahashi@example.com"]
    if not mended:
        return not_yet(f"his address is {named[0]['email']['S']}, and not takahashi@example.com.")
    return _best(map(_unless_left_out, mended))


def _unless_left_out(item: Item) -> Verdict:
    """Correct if the item is such that a send reaches who it is."""
    if not item.get("username", {}).get("S"):
        return not_yet("an item has no username.")
    if not item.get("haserror") == item.get("issend") == {"N": "0"}:
        return not_yet("haserror and issend have to be there, both the Number 0.")
    if item.get("optedout", {"N": "0"}) != {"N": "0"}:
        return not_yet("whoever has optedout gets no mail: leave that attribute out.")
    return CORRECT


def _best(verdicts: Iterable[Verdict]) -> Verdict:
    """Correct if one of them is: what an earlier try has left behind does no harm."""
    found = [*verdicts]
    return CORRECT if CORRECT in found else found[0]


def poll_the_dead_letter_queue_long(target: Target, stack: Stack) -> Verdict:
    """Have receivers of dead letters wait up to 20 s."""
    queue_url = find_queue(target, stack.dead_letter_queue_name)
    if queue_url is None:
        return not_yet(f"queue {stack.dead_letter_queue_name} does not exist: run the cells above.")
    name = "ReceiveMessageWaitTimeSeconds"
    found = target.client("sqs").get_queue_attributes(QueueUrl=queue_url, AttributeNames=[name])
    wait_seconds = int(found["Attributes"][name])
    if wait_seconds == 0:
        return NOT_ATTEMPTED
    return CORRECT if wait_seconds == 20 else not_yet(f"{name} is {wait_seconds}, and not 20.")


def keep_every_version(target: Target, stack: Stack) -> Verdict:
    """Have the bucket keep every version of a mail."""
    found = target.client("s3").get_bucket_versioning(Bucket=stack.bucket_name)
    status = found.get("Status")
    if status is None:
        return NOT_ATTEMPTED
    return CORRECT if status == "Enabled" else not_yet(f"its versioning is {status}.")


def announce_only_text_files(target: Target, stack: Stack) -> Verdict:
    """Have S3 announce only names that end in .txt."""
    found = target.client("s3").get_bucket_notification_configuration(Bucket=stack.bucket_name)
    notifications = found.get("LambdaFunctionConfigurations", [])
    if len(notifications) != 1:
        return not_yet(f"the bucket has {len(notifications)} notifications, and not one.")
    rules = notifications[0].get("Filter", {}).get("Key", {}).get("FilterRules", [])
    if not rules:
        return NOT_ATTEMPTED
    said = [f"{rule['Name'].lower()} {rule['Value']}" for rule in rules if rule["Value"]]
    if said != ["suffix .txt"]:
        return not_yet(f"the rule is: {', '.join(said)}, and not suffix .txt.")
    events = notifications[0]["Events"]
    if not {"s3:ObjectCreated:*", "s3:ObjectCreated:Put"}.intersection(events):
        return not_yet(f"an upload is not announced any more: the event is {', '.join(events)}.")
    return CORRECT


def leave_out_a_recipient(target: Target, stack: Stack) -> Verdict:
    """Leave out a recipient to whom mails fail."""
    items = read_items(target, stack)
    due = sum(item.get("haserror") == {"N": "0"} for item in items)
    if due == len(items):
        return NOT_ATTEMPTED
    enqueued = [
        outcome["recipients"]
        for outcome in outcomes(read_lines(target, stack, stack.send_queue_name))
        if outcome["outcome"] == "enqueued"
    ]
    last = next(reversed(enqueued), 0)
    if last != due:
        return not_yet(f"sendQueue last enqueued {last}, and not {due}.")
    if last == max(enqueued, default=0):
        return not_yet(
            f"sendQueue enqueues {last}, as before: whose haserror is 1 now was not among them. "
            "Did the update make a new item?"
        )
    return CORRECT


def hand_over_fewer_messages(target: Target, stack: Stack) -> Verdict:
    """Hand over at most 5 messages at a time."""
    mapping = _mapping_at_rest(target, stack)
    if mapping is None:
        return NO_MAPPING
    if mapping["BatchSize"] == 10:
        return NOT_ATTEMPTED
    if mapping["BatchSize"] != 5:
        return not_yet(f"the BatchSize is {mapping['BatchSize']}, and not 5.")
    reports = mapping.get("FunctionResponseTypes")
    if not reports:
        put_back = 'Put FunctionResponseTypes back, to ["ReportBatchItemFailures"].'
        return not_yet(f"failed messages are not reported any more. {put_back}")
    return DISABLED if mapping["State"] == "Disabled" else CORRECT


def send_a_mail_again(target: Target, stack: Stack) -> Verdict:
    """Send one recipient the same mail again."""
    items = read_items(target, stack)
    runs = invocations(read_lines(target, stack, stack.read_message_name))
    done = [outcome["outcome"] for run in runs for outcome in run.outcomes]
    if not done:
        return not_yet("no mail was sent yet: run the cells above.")
    uploads = outcomes(read_lines(target, stack, stack.send_queue_name))
    enqueued = sum(one["recipients"] for one in uploads if one["outcome"] == "enqueued")
    if done.count("sent") > max(enqueued, len(items)):
        return CORRECT
    if any(item.get("issend") == {"N": "0"} for item in items):
        return not_yet("issend is 0 again: now invoke the function.")
    if runs and [outcome["outcome"] for outcome in runs[-1].outcomes] == ["Resend Skip"]:
        return not_yet("the function skipped it: issend was 1.")
    if enqueued > len(items):
        return not_attempted("an upload is for everybody: send to this one recipient alone.")
    return NOT_ATTEMPTED


def give_everybody_a_username(target: Target, stack: Stack) -> Verdict:
    """Give the recipient without a username one."""
    if not any(read_depth(target, stack.dead_letter_queue_name) or ()):
        return not_yet(
            "there is no dead letter: run the cells above. If you did, the function refuses no "
            "message without a username."
        )
    items = read_items(target, stack)
    nameless = [item["email"]["S"] for item in items if "username" not in item]
    strangers = [item["email"]["S"] for item in items if "haserror" not in item]
    if nameless and strangers:
        return not_yet(
            f"the key {strangers[0]!r} was new, so an item came into being that has a username and "
            "nothing else. The address is that of the dead letter."
        )
    if nameless:
        return not_attempted(f"{nameless[0]} has no username.")
    if not all(item["username"].get("S") for item in items):
        return not_yet("a username has to be a String, and not empty.")
    email = crowd(target, NAMELESS)[-1].email
    if _item(target, stack, email) is None:
        return not_yet(f"{email} is not in the table any more, and so gets no mail, either.")
    return CORRECT


def limit_the_consumers(target: Target, stack: Stack) -> Verdict:
    """Have two batches worked on at a time, at most."""
    mapping = _mapping_at_rest(target, stack)
    if mapping is None:
        return NO_MAPPING
    limit = mapping.get("ScalingConfig", {}).get("MaximumConcurrency")
    if limit is None:
        return NOT_ATTEMPTED
    if limit != 2:
        return not_yet(f"MaximumConcurrency is {limit}, and not 2.")
    return DISABLED if mapping["State"] == "Disabled" else CORRECT


def _mapping_at_rest(target: Target, stack: Stack) -> dict[str, Any] | None:
    """The event source mapping, once a change of it is made; None if there is none."""
    found: list[dict[str, Any] | None] = []

    def is_at_rest() -> bool:
        found[:] = [find_mapping(target, stack)]
        return found[0] is None or found[0]["State"] in ("Enabled", "Disabled")

    said = "the event source mapping is still being changed"
    wait_until(is_at_rest, description=said, sleep=target.sleep)
    return found[0]


def _item(target: Target, stack: Stack, email: str) -> dict[str, Any] | None:
    """The item of an address, as DynamoDB returns it, or None."""
    found = target.client("dynamodb").get_item(
        TableName=stack.table_name, Key={"email": {"S": email}}, ConsistentRead=True
    )
    item: dict[str, Any] | None = found.get("Item")
    return item
