"""Campaigns of the reliable design, as a person sees and steers them: all of it in the ledger.

A command writes the gate, or an entry, and has the sweep called; whatever follows from it, the
sweep does. So a command that dies halfway leaves nothing that the next sweep does not find.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator
from typing import Any, get_args
from uuid import uuid4

from mailfanout.errors import InputError
from mailfanout.ledger.records import (
    STATES,
    Control,
    Decision,
    Entry,
    Item,
    Row,
    Settled,
    Status,
    row_of,
)

_ID = re.compile(r"[0-9a-f]{32}")  # as sendQueue makes it


def campaign_ids(control: Control) -> list[str]:
    """Every campaign, oldest first."""
    places = _query(control, "campaigns", FilterExpression="attribute_exists(is_open)")
    return [place["id"]["S"] for place in places]


def find_upload(
    control: Control, request_id: str, key: str, *, besides: Container[str]
) -> str | None:
    """The campaign of an upload, by the id of the request that brought it; None if none began yet.

    Without an id, here or in the ledger, the oldest one of this key.
    """
    for campaign_id in campaign_ids(control):
        if campaign_id not in besides:
            campaign = _campaign(control, campaign_id)
            found = campaign.get("request", {}).get("S", "")
            is_known = found and request_id
            if found == request_id if is_known else campaign["filename"]["S"] == key:
                return campaign_id
    return None


def status(control: Control, campaign_id: str) -> Status:
    """A campaign as it is now. Raises InputError if there is none of that id."""
    campaign = _campaign(control, campaign_id)
    counts: Counter[str] = Counter()
    for chunk in _chunks(control, campaign_id, ProjectionExpression="counts"):
        counts.update({name: int(number["N"]) for name, number in chunk["counts"]["M"].items()})
    states = {state: counts[state] for state in STATES}
    return {
        "campaign": campaign_id,
        "key": campaign["filename"]["S"],
        "subject": campaign["subject"]["S"],
        "state": _displayed_state(campaign, states),
        "reason": campaign["reason"]["S"],
        "policy": campaign["policy"]["S"],
        "recipients": sum(states.values()),
        "concerned": counts["concerned"],
        "doubled": counts["doubled"],
        "states": states,
        "bounces": counts["bounces"],
        "complaints": counts["complaints"],
    }


def report(control: Control, campaign_id: str) -> Iterator[Row]:
    """Each recipient of a campaign. Raises InputError if there is none of that id."""
    for _, rows in chunks(control, campaign_id):
        yield from rows


def chunks(control: Control, campaign_id: str) -> Iterator[tuple[str, list[Row]]]:
    """Each chunk of a campaign: its name, and its recipients. Raises InputError, as report."""
    _campaign(control, campaign_id)
    for chunk in _chunks(control, campaign_id):
        yield chunk["part"]["S"], [row_of(entry) for entry in entries_of(chunk)]


def count_left_to_person(control: Control, campaign_id: str) -> int:
    """How many recipients are `unknown` until a person settles them, or SES's events tell."""
    entries = (e for chunk in _chunks(control, campaign_id) for e in entries_of(chunk))
    return sum("person" in entry for entry in entries)


def pause(control: Control, campaign_id: str) -> None:
    """Let nobody begin with another chunk. Raises InputError for a cancelled campaign.

    A chunk that is being sent at this moment still is. A reason of the machine's is replaced.
    """
    values = {":paused": {"S": "paused"}, ":reason": {"S": "paused by a person"}}
    update = "SET gate = :paused, reason = :reason, told = :reason"
    _set_gate_unless_shut(control, campaign_id, update, values)


def resume(control: Control, campaign_id: str) -> None:
    """Go on, and judge the campaign by what happens from now on. Raises InputError, as pause."""
    anew = "mailed = :zero, bounces = :zero, complaints = :zero REMOVE told, telling_until"
    values = {":open": {"S": "open"}, ":none": {"S": ""}, ":zero": {"N": "0"}}
    update = f"SET gate = :open, reason = :none, {anew}"
    _set_gate_unless_shut(control, campaign_id, update, values)


def cancel(control: Control, campaign_id: str) -> None:
    """Send to nobody more, for good. May be repeated."""
    values = {":cancelled": {"S": "cancelled"}, ":reason": {"S": "cancelled by a person"}}
    _set_gate(control, campaign_id, "SET gate = :cancelled, reason = :reason", values)


def settle(
    control: Control, campaign_id: str, decision: Decision, *, to: str | None = None
) -> Settled:
    """Decide for everybody who is `unknown`, or for one address: was it sent, or send it again.

    Raises InputError if there is no such campaign, or decision. A chunk that is being sent is left
    as it is.
    """
    if decision not in get_args(Decision):
        raise InputError(f"{decision!r} settles nothing. Choose one of: sent, pending.")
    _campaign(control, campaign_id)
    done = [
        _settle_chunk(control, chunk, decision, to)
        for chunk in _chunks(
            control,
            campaign_id,
            FilterExpression="counts.#unknown > :none",
            ExpressionAttributeNames={"#unknown": "unknown"},
            values={":none": {"N": "0"}},
        )
    ]
    sweep(control, campaign_id)
    return Settled(sum(one.entries for one in done), sum(one.busy_chunks for one in done))


def sweep(control: Control, campaign_id: str | None = None) -> None:
    """Have the sweep called now, not within a minute only. One campaign may be in a hurry."""
    event = json.dumps({"campaign": campaign_id}).encode()
    control.functions.invoke(FunctionName=control.sweep_name, InvocationType="Event", Payload=event)


def entries_of(item: Item) -> list[Entry]:
    """The recipients of a chunk, with what became of each."""
    entries: list[Entry] = json.loads(item["entries"]["S"])
    return entries


def counts_of(entries: list[Entry]) -> Item:
    """How many entries are in each state, and how many are what else is counted."""
    counts: Counter[str] = Counter(entry["state"] for entry in entries)
    for entry in entries:
        counts["concerned"] += "tries" in entry
        counts["doubled"] += [*entry.get("ids", {}).values()].count("accepted") > 1
        counts[entry.get("bounced", "bounces")] += "bounced" in entry
    return {name: {"N": str(number)} for name, number in counts.items()}


def _displayed_state(campaign: Item, states: dict[str, int]) -> str:
    plan, gate = campaign["plan"]["S"], campaign["gate"]["S"]
    if plan == "failed" or gate == "cancelled":
        return "failed" if plan == "failed" else "cancelled"
    if plan == "planned" and not states["pending"] + states["unknown"]:
        return "done"
    if gate == "paused":
        return "paused"
    return "planning" if plan == "planning" else "sending"


def _set_gate_unless_shut(control: Control, campaign_id: str, update: str, values: Item) -> None:
    values = values | {":cancelled": {"S": "cancelled"}}
    try:
        _set_gate(control, campaign_id, update, values, ConditionExpression="gate <> :cancelled")
    except control.dynamodb.exceptions.ConditionalCheckFailedException as error:
        raise InputError(
            f"Campaign {campaign_id} was cancelled, which is for good. Upload the mail again."
        ) from error


def _set_gate(
    control: Control, campaign_id: str, update: str, values: Item, **condition: str
) -> None:
    _campaign(control, campaign_id)
    control.dynamodb.update_item(
        TableName=control.ledger_name,
        Key=_key(campaign_id, "!"),
        UpdateExpression=update,
        ExpressionAttributeValues=values,
        **condition,
    )
    sweep(control, campaign_id)


def _settle_chunk(
    control: Control, chunk: Item | None, decision: Decision, to: str | None
) -> Settled:
    writer = {"S": uuid4().hex}
    settled = 0
    while chunk and chunk["writer"] != writer:
        entries = entries_of(chunk)
        meant = [e for e in entries if e["state"] == "unknown" and to in (None, e["email"])]
        if meant and "lease_owner" in chunk and not _is_left_over(chunk, entries, control.clock()):
            return Settled(0, 1)
        for entry in meant:
            _decide(entry, decision, control.clock())
        settled = len(meant)
        if not meant or _write(control, chunk, entries, writer):
            break
        chunk = _read(control, chunk["campaign"]["S"], chunk["part"]["S"])
    return Settled(settled, 0)


def _is_left_over(chunk: Item, entries: Iterable[Entry], now: float) -> bool:
    """Whether a lease has expired, and the sweep has nothing to decide that comes from it."""
    is_expired = float(chunk["lease_until"]["N"]) < now
    return is_expired and not any(entry["state"] == "pending" for entry in entries)


def _decide(entry: Entry, decision: Decision, now: float) -> None:
    for name in ("person", "reason"):
        entry.pop(name, None)
    entry |= {"state": decision, "by": "person", "since": now}


def _write(control: Control, chunk: Item, entries: list[Entry], writer: Item) -> bool:
    """Write a chunk; False if somebody wrote it meanwhile."""
    item = {n: value for n, value in chunk.items() if n not in ("lease_owner", "lease_until")}
    item |= {"entries": {"S": json.dumps(entries)}, "counts": {"M": counts_of(entries)}}
    item |= {"writer": writer, "rev": {"N": str(int(chunk["rev"]["N"]) + 1)}}
    try:
        control.dynamodb.put_item(
            TableName=control.ledger_name,
            Item=item,
            ConditionExpression="rev = :rev",
            ExpressionAttributeValues={":rev": chunk["rev"]},
        )
    except control.dynamodb.exceptions.ConditionalCheckFailedException:
        return False
    return True


def _campaign(control: Control, campaign_id: str) -> Item:
    is_id = isinstance(campaign_id, str) and _ID.fullmatch(campaign_id)
    item = _read(control, campaign_id, "!") if is_id else None
    if item is None:
        raise InputError(f"There is no campaign {campaign_id!r}. Type: mailfanout status")
    return item


def _read(control: Control, campaign_id: str, part: str) -> Item | None:
    response = control.dynamodb.get_item(
        TableName=control.ledger_name, Key=_key(campaign_id, part), ConsistentRead=True
    )
    item: Item | None = response.get("Item")
    return item


def _chunks(
    control: Control, campaign_id: str, *, values: Item | None = None, **more: Any
) -> Iterator[Item]:
    return _query(
        control,
        campaign_id,
        "AND begins_with(part, :c)",
        {":c": {"S": "c"}, **(values or {})},
        **more,
    )


def _query(
    control: Control, campaign_id: str, condition: str = "", values: Item | None = None, **more: Any
) -> Iterator[Item]:
    pages = control.dynamodb.get_paginator("query").paginate(
        TableName=control.ledger_name,
        ConsistentRead=True,
        KeyConditionExpression=f"campaign = :campaign {condition}",
        ExpressionAttributeValues={":campaign": {"S": campaign_id}, **(values or {})},
        **more,
    )
    for page in pages:
        yield from page["Items"]


def _key(campaign_id: str, part: str) -> Item:
    return {"campaign": {"S": campaign_id}, "part": {"S": part}}
