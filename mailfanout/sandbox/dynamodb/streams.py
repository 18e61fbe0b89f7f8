"""A table's streams: one record for each change of an item, in the order of the changes.

See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html and https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.models.table import StreamRecord, StreamShard, Table

from mailfanout.sandbox.dynamodb.values import of_same_key
from mailfanout.sandbox.json_objects import Json

_BOTH = "NEW_AND_OLD_IMAGES"


class Stream(StreamShard):
    """A stream, of one shard. It is named after the millisecond of its creation, and kept."""

    def __init__(self, account_id: str, table: Table) -> None:
        super().__init__(account_id, table)
        created_at = datetime.fromisoformat(str(table.latest_stream_label))
        self.label = table.latest_stream_label = created_at.isoformat(timespec="milliseconds")
        self.arn = f"{table.table_arn}/stream/{self.label}"
        self.view_type = (table.stream_specification or {})["StreamViewType"]
        streams_of(table)[self.arn] = self

    @property
    def is_enabled(self) -> bool:
        """Whether it gets what is written from now on."""
        specification = self.table.stream_specification or {}
        return bool(specification["StreamEnabled"]) and self.table.stream_shard is self

    def add(self, old: Item | None, new: Item | None) -> None:
        """Keep a record of a change. A write that changes nothing leaves none."""
        if not self.is_enabled or (old and new and old.attrs == new.attrs):
            return
        name = "MODIFY" if old and new else "INSERT" if new else "REMOVE"
        number = len(self.items) + self.starting_sequence_number
        self.items.append(StreamRecord(self.table, self.view_type, name, old, new, number))

    def get(self, start: int, quantity: int) -> list[Json]:
        """So many records from that number on. What it starts at comes before them all."""
        first = max(start - self.starting_sequence_number, 0)
        return [record.to_json() for record in self.items[first : first + quantity]]

    def described(self) -> Json:
        """What DescribeStream says of it, without shards."""
        return {
            "StreamArn": self.arn,
            "StreamLabel": self.label,
            "StreamStatus": "ENABLED" if self.is_enabled else "DISABLED",
            "StreamViewType": self.view_type,
            "CreationRequestDateTime": self.created_on,
            "TableName": self.table.name,
            "KeySchema": self.table.schema,
        }

    def to_json(self) -> Json:
        """Its shard, which starts at a number that no record has."""
        starts_at = str(self.starting_sequence_number - 1)
        return {"ShardId": self.id, "SequenceNumberRange": {"StartingSequenceNumber": starts_at}}


def streams_of(table: Table) -> dict[str, Stream]:
    """The streams that a table has and had, by their ARNs, the last one last."""
    found: dict[str, Stream] = vars(table).setdefault("streams", {})
    return found


def shard_of(stream_arn: str) -> Stream | None:
    """The only shard of a stream, or None if there is no such stream any more."""
    _, _, _, region, account_id, path = stream_arn.split(":", 5)
    name = path.removeprefix("table/").partition("/stream/")[0]
    table = dynamodb_backends[account_id][region].tables.get(name)
    return streams_of(table).get(stream_arn) if table else None


def count_of(stream_arn: str) -> int:
    """How many records a stream has; none if there is no such stream any more."""
    shard = shard_of(stream_arn)
    return len(shard.items) if shard else 0


def records_from(stream_arn: str, position: int) -> Iterator[Json]:
    """The records of a stream from a position on; none if there is no such stream any more.

    There may be a million of them, of which a function gets ten.
    """
    shard = shard_of(stream_arn)
    for place in range(position, count_of(stream_arn)):
        assert shard
        yield shard.items[place].record


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
