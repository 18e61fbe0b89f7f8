"""Mappings of tables' streams: functions get each change once, in order, and fail as on AWS."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mailfanout.sandbox.dynamodb import streams
from support.calls.refusals import refusal
from support.parts.mapped_queues import shown, update
from support.sandboxes.account_in_sandbox import RECORD, Account, allow, queue_arn

pytestmark = pytest.mark.slow

REPORT = f"""{RECORD}
    records = [record["dynamodb"] for record in event["Records"]]
    return {{"batchItemFailures": [
        {{"itemIdentifier": one["SequenceNumber"]}} for one in records if "bad" in one["NewImage"]
    ]}}
"""
FAIL_IF_BAD = f"""{RECORD}
    if any("bad" in record["dynamodb"]["NewImage"] for record in event["Records"]):
        raise ValueError("no such mail")
"""


@pytest.fixture
def stream_arn(account: Account) -> str:
    """Of a table of people."""
    described = account.client("dynamodb").create_table(
        TableName="people",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )["TableDescription"]
    account.wait_for_table("people")
    arn: str = described["LatestStreamArn"]
    return arn


def map_stream(account: Account, stream_arn: str, **options: Any) -> dict[str, Any]:
    """The mapping to the recorder, made after what there is in the table."""
    settings = {"FunctionName": "recorder", "StartingPosition": "TRIM_HORIZON", **options}
    mapping: dict[str, Any] = account.client("lambda").create_event_source_mapping(
        EventSourceArn=stream_arn, **settings
    )
    return mapping


def put(account: Account, *names: str, **attributes: Any) -> None:
    for name in names:
        item = {"name": {"S": name}, **attributes}
        account.client("dynamodb").put_item(TableName="people", Item=item)


def batches(account: Account) -> list[list[str]]:
    """The names in each event, in the order of the events."""
    return [[named(record) for record in event["Records"]] for event in account.events()]


def named(record: dict[str, Any]) -> str:
    name: str = record["dynamodb"]["Keys"]["name"]["S"]
    return name


def test_each_change_is_told_once_and_in_order(account: Account, stream_arn: str) -> None:
    account.function(RECORD)
    map_stream(account, stream_arn)

    put(account, "taro", age={"N": "7"})
    put(account, "taro", age={"N": "7"})  # changes nothing
    put(account, "taro", age={"N": "8"}, photo={"M": {"png": {"B": b"foobar"}}})
    account.client("dynamodb").delete_item(TableName="people", Key={"name": {"S": "taro"}})

    records = account.wait_for(3, account.records)
    assert [record["eventName"] for record in records] == ["INSERT", "MODIFY", "REMOVE"]
    change = records[1]["dynamodb"]
    assert change["OldImage"] == {"name": {"S": "taro"}, "age": {"N": "7"}}
    assert change["NewImage"]["photo"] == {"M": {"png": {"B": "Zm9vYmFy"}}}
    assert records[0]["eventVersion"] == "1.1"
    # Keys and images: 4 + 4 for the name in each, 3 + 2 for the age.
    assert records[0]["dynamodb"]["SizeBytes"] == 8 + 8 + 5


def test_a_mapping_begins_where_it_says(account: Account, stream_arn: str) -> None:
    account.function(RECORD)
    put(account, "old")
    map_stream(account, stream_arn, StartingPosition="LATEST")

    put(account, "new")

    account.wait_for(1, account.records)
    assert batches(account) == [["new"]]


def test_a_disabled_mapping_goes_on_where_it_stopped(account: Account, stream_arn: str) -> None:
    account.function(RECORD)
    mapping = map_stream(account, stream_arn)
    put(account, "first")
    account.wait_for(1, account.records)

    disabled = update(account, mapping, Enabled=False)
    put(account, "second")
    shown(account, mapping)
    assert batches(account) == [["first"]]
    update(account, mapping, Enabled=True)

    account.wait_for(2, account.records)
    assert batches(account) == [["first"], ["second"]]
    assert (disabled["State"], disabled["LastProcessingResult"]) == ("Disabling", "OK")


def test_filters_choose_the_records_of_a_stream(account: Account, stream_arn: str) -> None:
    account.function(RECORD)
    pattern = {"dynamodb": {"NewImage": {"city": {"S": [{"prefix": "Os"}]}}}}
    put(account, "other", city={"S": "Kyoto"})
    put(account, "wanted", city={"S": "Osaka"})

    map_stream(account, stream_arn, FilterCriteria={"Filters": [{"Pattern": json.dumps(pattern)}]})

    account.wait_for(1, account.records)
    account.wait_until_quiet()
    assert batches(account) == [["wanted"]]


def test_a_batch_that_fails_is_tried_again_and_then_told_to_its_destination(
    account: Account, stream_arn: str
) -> None:
    account.function(FAIL_IF_BAD)
    queue_url = account.queue()
    put(account, "taro", bad={"BOOL": True})
    put(account, "hanako")

    mapping = map_stream(
        account,
        stream_arn,
        BatchSize=1,
        MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": queue_arn()}},
    )

    told = json.loads(account.receive(queue_url)["Body"])
    account.wait_for(3, account.records)
    assert batches(account) == [["taro"], ["taro"], ["hanako"]]
    context, batch = told["requestContext"], told["DDBStreamBatchInfo"]
    assert context["condition"] == "RetryAttemptsExhausted"
    assert context["approximateInvokeCount"] == 2
    assert context["functionArn"] == mapping["FunctionArn"]
    assert told["responseContext"]["functionError"] == "Unhandled"
    assert (batch["batchSize"], batch["streamArn"]) == (1, stream_arn)
    assert batch["startSequenceNumber"] == batch["endSequenceNumber"]
    assert told.keys() == {
        *("requestContext", "responseContext", "version", "timestamp", "DDBStreamBatchInfo")
    }


def test_only_what_comes_after_a_reported_record_is_tried_again(
    account: Account, stream_arn: str
) -> None:
    account.function(REPORT)
    queue_url = account.queue()
    put(account, "first")
    put(account, "second", bad={"BOOL": True})
    put(account, "third")

    map_stream(
        account,
        stream_arn,
        MaximumRetryAttempts=1,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        DestinationConfig={"OnFailure": {"Destination": queue_arn()}},
    )

    told = json.loads(account.receive(queue_url)["Body"])
    assert batches(account) == [["first", "second", "third"], ["second", "third"]]
    assert told["responseContext"]["functionError"] is None
    assert told["DDBStreamBatchInfo"]["batchSize"] == 2


@pytest.mark.parametrize(
    ("answer", "tries"),
    [
        ({"batchItemFailures": [{"itemIdentifier": "123"}]}, 2),
        ({"batchItemFailures": [{"itemIdentifier": None}]}, 2),
        ({"batchItemFailures": [{"foo": None}]}, 2),
        ({"batchItemFailures": None}, 1),
        ({"batchItemFailures": []}, 1),
        ([], 1),
        (None, 1),
    ],
)
def test_a_report_that_names_no_record_fails_the_batch_and_an_empty_one_does_not(
    account: Account, stream_arn: str, answer: Any, tries: int
) -> None:
    account.function(f"{RECORD}    return {answer!r}")
    put(account, "taro")

    map_stream(
        account,
        stream_arn,
        MaximumRetryAttempts=1,
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )

    account.wait_for(tries, account.records)
    account.wait_until_quiet()
    assert batches(account) == [["taro"]] * tries


def test_a_batch_that_fails_is_halved_until_the_bad_record_stands_alone(
    account: Account, stream_arn: str
) -> None:
    account.function(FAIL_IF_BAD)
    put(account, "a", "b")
    put(account, "c", bad={"BOOL": True})
    put(account, "d")

    map_stream(account, stream_arn, MaximumRetryAttempts=1, BisectBatchOnFunctionError=True)

    account.wait_for(10, account.records)
    account.wait_until_quiet()
    assert batches(account) == [["a", "b", "c", "d"], ["a", "b"], ["c", "d"], ["c"], ["c"], ["d"]]


def test_a_mapping_of_a_stream_is_described_with_its_defaults(
    account: Account, stream_arn: str
) -> None:
    account.function(RECORD)

    mapping = map_stream(account, stream_arn)

    defaults = {
        "BatchSize": 100,
        "BisectBatchOnFunctionError": False,
        "DestinationConfig": {"OnFailure": {}},
        "FunctionResponseTypes": [],
        "LastProcessingResult": "No records processed",
        "MaximumBatchingWindowInSeconds": 0,
        "MaximumRecordAgeInSeconds": -1,
        "MaximumRetryAttempts": -1,
        "ParallelizationFactor": 1,
        "StartingPosition": "TRIM_HORIZON",
        "StateTransitionReason": "User action",
        "TumblingWindowInSeconds": 0,
    }
    assert defaults.items() <= shown(account, mapping).items()
    assert not mapping.keys() & {"FilterCriteria", "Tags"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"StartingPosition": None}, "Value null at 'startingPosition'"),
        ({"StartingPosition": "AT_TIMESTAMP"}, "Unsupported starting position for arn type"),
        ({"StartingPositionTimestamp": 1}, "Timestamp only valid with StartingPosition AT_"),
        ({"FilterCriteria": {"Filters": [{"Pattern": "x"}]}}, "Invalid filter pattern definition"),
        ({"TumblingWindowInSeconds": 9}, "sums up nothing"),
        ({"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:s3:::b"}}}, "only queues"),
    ],
)
def test_mappings_of_streams_that_cannot_be_are_refused(
    account: Account, stream_arn: str, options: dict[str, Any], words: str
) -> None:
    account.function(RECORD)
    settings = {"StartingPosition": "LATEST", **options}

    _, message = refusal(
        account.client("lambda").create_event_source_mapping,
        FunctionName="recorder",
        EventSourceArn=stream_arn,
        **{name: value for name, value in settings.items() if value is not None},
    )

    assert words in message


def test_a_second_mapping_of_a_stream_and_a_role_that_may_not_read_it_are_refused(
    account: Account, stream_arn: str
) -> None:
    account.function(RECORD)
    map_stream(account, stream_arn)
    with pytest.raises(ClientError, match="provided mapping already exists"):
        map_stream(account, stream_arn)

    account.role(allow("dynamodb:GetRecords"))

    with pytest.raises(ClientError, match="Cannot access stream .* DescribeStream, and ListSt"):
        map_stream(account, stream_arn, FunctionName="recorder:$LATEST")


def test_a_stream_that_its_table_has_no_longer_has_no_records() -> None:
    gone = "arn:aws:dynamodb:us-east-1:123456789012:table/none/stream/2026-01-01T00:00:00.000"

    assert streams.shard_of(gone) is None
    assert list(streams.records_from(gone, 0)) == []
