"""What the ledger says, what SES has really taken, and whether the two agree."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from mailfanout.ledger.control import campaign_ids, counts_of, entries_of, status
from support.reliable.memory_aws import CHUNK_LETTERS, LEDGER, MemoryAws
from support.reliable.memory_ses import Sent
from support.reliable.pipeline import Pipeline

Item = dict[str, Any]
MOST_MAILS = {"at_most_once": 1, "settle": 1, "at_least_once": 3}


@dataclass
class Facts:
    """What a schedule has done that changes what must be true in the end."""

    stayed: set[str] = field(default_factory=set)  # eligible from the beginning to the end
    reader_failed: bool = False


class Line(NamedTuple):
    """One entry of one chunk."""

    campaign: str
    part: str
    entry: Item


def campaigns(aws: MemoryAws) -> dict[str, Item]:
    items = aws.dynamodb.tables[LEDGER].items
    return {campaign: item for (campaign, part), item in items.items() if part == "!"}


def chunks(aws: MemoryAws) -> dict[tuple[str, str], Item]:
    items = aws.dynamodb.tables[LEDGER].items
    return {(key, part): item for (key, part), item in items.items() if part.startswith("c")}


def places(aws: MemoryAws) -> list[Item]:
    """The campaigns' entries in the directory, oldest first."""
    items = aws.dynamodb.tables[LEDGER].items
    found = {part: item for (key, part), item in items.items() if key == "campaigns"}
    return [found[part] for part in sorted(found) if part != "!sweep"]


def lines(aws: MemoryAws) -> Iterator[Line]:
    for (campaign, part), item in chunks(aws).items():
        for entry in entries_of(item):
            yield Line(campaign, part, entry)


def is_settled(aws: MemoryAws) -> bool:
    """Whether nothing is open, but for what a person has to decide."""
    is_planned = all(
        item["plan"]["S"] != "planning" or item["gate"]["S"] == "cancelled"
        for item in campaigns(aws).values()
    )
    entries = [line.entry for line in lines(aws)]
    return is_planned and not any(
        entry["state"] == "pending" or (entry["state"] == "unknown" and "person" not in entry)
        for entry in entries
    )


def check_always(pipeline: Pipeline) -> None:
    """What is true after each step."""
    per_campaign: Counter[str] = Counter()
    seen: set[tuple[str, str]] = set()
    open_entries: Counter[str] = Counter()
    for (campaign, part), item in chunks(pipeline.aws).items():
        entries = entries_of(item)
        per_campaign[campaign] += 1
        assert item["counts"]["M"].items() >= _nonzero(counts_of(entries)).items(), part
        for entry in entries:
            assert (campaign, entry["email"]) not in seen, f"{entry['email']} is in two chunks"
            seen.add((campaign, entry["email"]))
            open_entries[campaign] += entry["state"] in ("pending", "unknown")
    for campaign, item in campaigns(pipeline.aws).items():
        assert int(item["planned"]["N"]) == per_campaign[campaign], "the plan miscounts"
        is_listed = _place(pipeline.aws, item)["is_open"]["BOOL"]
        is_over = item["plan"]["S"] != "planning" or item["gate"]["S"] == "cancelled"
        assert is_listed or (is_over and not open_entries[campaign]), "closed too early"


def check_states(pipeline: Pipeline) -> None:
    """What a person sees adds up, and is true."""
    for campaign in campaign_ids(pipeline.control):
        shown = status(pipeline.control, campaign)
        found = [line.entry for line in lines(pipeline.aws) if line.campaign == campaign]
        assert sum(shown["states"].values()) == shown["recipients"] == len(found)
        assert shown["concerned"] == sum("tries" in entry for entry in found)
        if shown["state"] == "done":
            assert campaigns(pipeline.aws)[campaign]["plan"]["S"] == "planned"
            assert not shown["states"]["pending"] + shown["states"]["unknown"]


def check_quiet(pipeline: Pipeline, facts: Facts) -> None:
    """What is true when everything has come to rest, after resume and redrive."""
    aws = pipeline.aws
    mails: dict[tuple[str, str], list[Sent]] = defaultdict(list)
    for mail in aws.ses.sent:
        mails[mail.tags["campaign"], mail.email].append(mail)
    everybody: dict[str, Item] = defaultdict(dict)
    for campaign, _, entry in lines(aws):
        everybody[campaign][entry["email"]] = entry
        check_entry(entry, mails[campaign, entry["email"]], campaigns(aws)[campaign])
    for campaign, item in campaigns(aws).items():
        if item["gate"]["S"] != "cancelled" and item["plan"]["S"] != "failed":
            assert item["plan"]["S"] == "planned", "it was never planned"
            for email in facts.stayed:
                assert email in everybody[campaign], f"{email} is in no chunk"
                state = everybody[campaign][email]["state"]
                assert state in ("sent", "unknown"), f"{email} got nothing, and is {state}"
    letters = aws.sqs.queues[CHUNK_LETTERS].messages
    assert facts.reader_failed or not letters, "waiting alone made a dead letter"
    check_states(pipeline)


def check_told(aws: MemoryAws) -> None:
    """People were told of whatever has paused itself."""
    for campaign, item in campaigns(aws).items():
        if item["gate"]["S"] == "paused" and item["reason"]["S"] != "paused by a person":
            notice = f"Campaign {campaign}\npaused: {item['reason']['S']}"
            assert notice in aws.sns.published, "nobody was told of a pause"


def check_quota(aws: MemoryAws) -> None:
    """Nobody waits for a quota that has room again."""
    for item in campaigns(aws).values():
        assert (item["gate"]["S"], item["reason"]["S"]) != ("paused", "daily quota")


def check_entry(entry: Item, mails: list[Sent], campaign: Item) -> None:
    """One recipient's books, against the mails that SES took for this campaign."""
    email, ids, state = entry["email"], entry.get("ids", {}), entry["state"]
    taken = [mail for mail in mails if mail.fate not in ("reject", "render")]
    assert state != "pending", f"{email} is pending for ever"
    assert state != "unknown" or "person" in entry, f"{email} is unknown for ever"
    assert {mail.message_id for mail in mails} == ids.keys(), f"{email}: a mail is not listed"
    if state == "sent":
        assert taken or "by" in entry, f"{email} is sent, and SES took none"
    if taken:
        assert state == "sent", f"{email} got a mail, and is {state}"
    if "by" not in entry:
        assert len(taken) <= MOST_MAILS[campaign["policy"]["S"]], f"{email} got {len(taken)} mails"


def _place(aws: MemoryAws, campaign: Item) -> Item:
    return aws.dynamodb.tables[LEDGER].items["campaigns", campaign["listed"]["S"]]


def _nonzero(counts: Item) -> Item:
    return {name: number for name, number in counts.items() if number != {"N": "0"}}
