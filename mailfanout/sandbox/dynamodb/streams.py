"""A table's stream: one record for each change of an item, in the order of the changes.

See https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.models.table import StreamRecord, StreamShard, Table

from mailfanout.sandbox.dynamodb.values import of_same_key
from mailfanout.sandbox.json_objects import Json

_BOTH = "NEW_AND_OLD_IMAGES"


def shard_of(stream_arn: str) -> StreamShard | None:
    """The only shard of a stream, or None if there is no such stream any more."""
    _, _, _, region, account_id, path = stream_arn.split(":", 5)
    name, _, label = path.removeprefix("table/").partition("/stream/")
    table = dynamodb_backends[account_id][region].tables.get(name)
    if table is None or label != table.latest_stream_label:
        return None
    shard: StreamShard | None = table.stream_shard
    return shard


def records_from(stream_arn: str, position: int) -> Sequence[Json]:
    """The records of a stream from a position on; none if there is no such stream any more."""
    shard = shard_of(stream_arn)
    return [one.record for one in shard.items[position:]] if shard else []


def add(self: StreamShard, old: Item | None, new: Item | None) -> None:
    """Keep a record of a change. A write that changes nothing leaves none."""
    if old and new and old.attrs == new.attrs:
        return
    kind = (self.table.stream_specification or {})["StreamViewType"]
    name = "MODIFY" if old and new else "INSERT" if new else "REMOVE"
    number = len(self.items) + self.starting_sequence_number
    self.items.append(StreamRecord(self.table, kind, name, old, new, number))


def describe_change(
    self: StreamRecord,
    table: Table,
    stream_type: str,
    event_name: str,
    old: Item | None,
    new: Item | None,
    seq: int,
) -> None:
    """Make a record, its members in AWS's order; its size is that of its keys and images."""
    held = new or old
    assert held
    keys = {name: held.attrs[name] for name in table.table_key_attrs}
    images = {
        "Keys": of_same_key(held, keys),
        "NewImage": new if stream_type in ("NEW_IMAGE", _BOTH) else None,
        "OldImage": old if stream_type in ("OLD_IMAGE", _BOTH) else None,
    }
    shown = {name: image for name, image in images.items() if image}
    self.record = {
        "eventID": uuid4().hex,
        "eventName": event_name,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": table.table_arn.split(":")[3],
        "dynamodb": {
            "ApproximateCreationDateTime": datetime.now(UTC).replace(microsecond=0),
            **{name: image.to_json()["Attributes"] for name, image in shown.items()},
            "SequenceNumber": str(seq),
            "SizeBytes": sum(image.size() for image in shown.values()),
            "StreamViewType": stream_type,
        },
    }
