"""Changes to moto's streams of tables, with their reasons.

See https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB_Streams.html
"""

from __future__ import annotations

from moto.core.responses import ActionResult
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models import table as tables
from moto.dynamodb.models.table import StreamRecord
from moto.dynamodbstreams.models import DynamoDBStreamsBackend, ShardIterator
from moto.dynamodbstreams.responses import DynamoDBStreamsHandler

from mailfanout.sandbox.dynamodb import streams
from mailfanout.sandbox.http import ApiError
from mailfanout.sandbox.json_objects import Json
from mailfanout.sandbox.seams.replacement import Method, Replacement, around, call_of, changes


def replacements() -> list[Replacement]:
    """Every change to moto's streams, for setattr."""
    return [*_of_tables(), *_of_readers()]


def _of_tables() -> list[Replacement]:
    return [
        *changes(
            tables,
            "makes a write wait for functions, tells them all again, and of what did not change; "
            "fails writes once a stream is disabled, and forgets it",
            StreamShard=streams.Stream,
        ),
        *changes(
            DynamoDBBackend,
            "enables a stream once",
            update_table_streams=lambda _self, table, asked: table.set_stream_specification(asked),
        ),
        *changes(
            StreamRecord,
            "counts its JSON for its size, and writes it in another order",
            __init__=streams.describe_change,
        ),
    ]


def _of_readers() -> list[Replacement]:
    return [
        *changes(
            DynamoDBStreamsHandler,
            "knows a table's last stream alone, and gives all at once",
            describe_stream=_describe_stream,
            list_streams=_list_streams,
        ),
        *changes(
            DynamoDBStreamsBackend,
            "fails for streams and shards that are not there",
            get_shard_iterator=_get_shard_iterator,
        ),
        *changes(
            ShardIterator,
            "names the table's last stream",
            arn=property(lambda self: f"{self.stream_shard.arn}|1|{self.id}"),
        ),
        *around(
            DynamoDBStreamsBackend,
            "fails for iterators that are not there",
            get_records=_get_records,
        ),
    ]


def _describe_stream(self: DynamoDBStreamsHandler) -> ActionResult:
    asked = call_of(self).parameters
    stream = _find(self.backend, asked["StreamArn"])
    shards = [] if asked.get("ExclusiveStartShardId") == stream.id else [stream.to_json()]
    return ActionResult({"StreamDescription": {**stream.described(), "Shards": shards}})


def _list_streams(self: DynamoDBStreamsHandler) -> ActionResult:
    asked = call_of(self).parameters
    after = asked.get("ExclusiveStartStreamArn", "")
    streams_there = _all_streams(self.backend)
    found = sorted(arn for arn in streams_there if arn > after)
    if name := asked.get("TableName"):
        found = [arn for arn in found if arn.split("/")[1] == name.rpartition("/")[2]]
    page = found[: asked.get("Limit", 100)]
    listed = [streams_there[arn].described() for arn in page]
    more = {"LastEvaluatedStreamArn": page[-1]} if len(page) < len(found) else {}
    return ActionResult({"Streams": listed, **more})


def _get_shard_iterator(
    self: DynamoDBStreamsBackend,
    arn: str,
    shard_id: str,
    shard_iterator_type: str,
    sequence_number: int | None = None,
) -> ShardIterator:
    stream = _find(self, arn)
    if shard_id != stream.id:
        raise _not_found("Shard does not exist")
    if sequence_number is None and shard_iterator_type.endswith("SEQUENCE_NUMBER"):
        raise ApiError("ValidationException", f"{shard_iterator_type} needs a SequenceNumber")
    iterator = ShardIterator(self, stream, shard_iterator_type, sequence_number)
    self.shard_iterators[iterator.arn] = iterator
    return iterator


def _get_records(
    original: Method, self: DynamoDBStreamsBackend, iterator_arn: str, limit: int
) -> Json:
    if iterator_arn not in self.shard_iterators:
        raise ApiError("ValidationException", "Invalid ShardIterator")
    records: Json = original(self, iterator_arn, limit)
    return records


def _all_streams(backend: DynamoDBStreamsBackend) -> dict[str, streams.Stream]:
    return {
        arn: stream
        for table in backend.dynamodb.tables.values()
        for arn, stream in streams.streams_of(table).items()
    }


def _find(backend: DynamoDBStreamsBackend, arn: str) -> streams.Stream:
    if stream := _all_streams(backend).get(arn):
        return stream
    raise _not_found(f"Stream: {arn} not found")


def _not_found(what: str) -> ApiError:
    return ApiError("ResourceNotFoundException", f"Requested resource not found: {what}")
