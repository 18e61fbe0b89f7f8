"""What AWS refuses and neither its models nor moto do, and how values are spelled."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from support.account_in_sandbox import ACCOUNT_ID, Account, queue_arn
from support.zips import zip_of

KEY = {"email": {"S": "a"}}


def refusal(call: Callable[..., Any], **parameters: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.fixture(scope="module")
def account(mailfanout_session_target: Any, tmp_path_factory: pytest.TempPathFactory) -> Account:
    """One for all tests here: what is refused changes nothing."""
    assert mailfanout_session_target.sandbox
    mailfanout_session_target.sandbox.reset()
    account = Account(mailfanout_session_target, tmp_path_factory.mktemp("records"))
    account.function("def lambda_handler(event, context): ...")
    account.queue()
    account.queue("orders.fifo", FifoQueue="true")
    account.client("s3").create_bucket(Bucket="whole-bucket")
    account.client("dynamodb").create_table(
        TableName="people",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "email", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": "email", "AttributeType": "S"},
            {"AttributeName": "issend", "AttributeType": "N"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "issend-index",
                "KeySchema": [{"AttributeName": "issend", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    account.wait_for_table("people")
    return account


@pytest.mark.parametrize(
    ("operation", "parameters", "words"),
    [
        ("put_item", {"Item": {"email": {"N": "1"}}}, "expected: S actual: N"),
        ("put_item", {"Item": {"email": {"S": ""}}}, "cannot contain an empty string value"),
        ("put_item", {"Item": KEY | {"n": {"N": "1", "S": "1"}}}, "more than one datatypes set"),
        ("put_item", {"Item": KEY | {"n": {"N": "1" * 39}}}, "more than 38 significant digits"),
        ("put_item", {"Item": KEY | {"n": {"N": "one"}}}, "cannot be converted to a numeric"),
        ("put_item", {"Item": KEY | {"s": {"SS": ["a", "a"]}}}, "[a, a] contains duplicates."),
        ("get_item", {"Key": {"email": {"N": "1"}}}, "does not match the schema"),
        ("get_item", {"Key": KEY | {"more": {"S": "1"}}}, "does not match the schema"),
        (
            "put_item",
            {
                "Item": KEY,
                "ConditionExpression": "attribute_not_exists(email)",
                "ExpressionAttributeValues": {":x": {"S": "a"}},
            },
            "ExpressionAttributeValues unused in expressions: keys: {:x}",
        ),
        ("scan", {"FilterExpression": "a = :z"}, "is not defined; attribute value: :z"),
        (
            "query",
            {
                "KeyConditionExpression": "email = :e",
                "FilterExpression": "email = :e",
                "ExpressionAttributeValues": {":e": {"S": "a"}},
            },
            "Primary key attribute: email",
        ),
        (
            "query",
            {
                "IndexName": "issend-index",
                "KeyConditionExpression": "issend = :no",
                "ExpressionAttributeValues": {":no": {"S": "0"}},
            },
            "Condition parameter type does not match schema type",
        ),
        (
            "query",
            {
                "IndexName": "nope-index",
                "KeyConditionExpression": "issend = :no",
                "ExpressionAttributeValues": {":no": {"N": "0"}},
            },
            "The table does not have the specified index: nope-index",
        ),
        (
            "query",
            {
                "KeyConditionExpression": "email = :a OR email = :a",
                "ExpressionAttributeValues": {":a": {"S": "a"}},
            },
            "Invalid operator used in KeyConditionExpression: OR",
        ),
        (
            "update_table",
            {
                "GlobalSecondaryIndexUpdates": [
                    {
                        "Create": {
                            "IndexName": "name-index",
                            "KeySchema": [{"AttributeName": "name", "KeyType": "HASH"}],
                            "Projection": {"ProjectionType": "ALL"},
                        }
                    }
                ]
            },
            "not defined in AttributeDefinitions. Keys: [name]",
        ),
    ],
)
def test_what_dynamodb_does_not_take_is_refused(
    account: Account, operation: str, parameters: dict[str, Any], words: str
) -> None:
    call = getattr(account.client("dynamodb"), operation)

    code, message = refusal(call, TableName="people", **parameters)

    assert code == "ValidationException"
    assert words in message


def test_a_batch_writes_each_item_once(account: Account) -> None:
    writes = [{"PutRequest": {"Item": KEY}}, {"DeleteRequest": {"Key": KEY}}]

    assert refusal(
        account.client("dynamodb").batch_write_item, RequestItems={"people": writes}
    ) == ("ValidationException", "Provided list of item keys contains duplicates")


@pytest.mark.parametrize(
    ("written", "kept"),
    [("01.0", "1"), ("1e3", "1000"), ("-0", "0"), ("1.50", "1.5"), ("1E-3", "0.001"), ("7", "7")],
)
def test_numbers_have_one_spelling(account: Account, written: str, kept: str) -> None:
    table = account.client("dynamodb")

    table.put_item(TableName="people", Item=KEY | {"n": {"N": written}})

    assert table.get_item(TableName="people", Key=KEY)["Item"]["n"] == {"N": kept}


def test_updated_new_has_what_did_not_change_too(account: Account) -> None:
    table = account.client("dynamodb")
    answers = [
        table.update_item(
            TableName="people",
            Key=KEY,
            UpdateExpression="SET m = :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
            ReturnValues="UPDATED_NEW",
        )["Attributes"]
        for _ in range(2)
    ]

    assert answers == [{"m": {"N": "1"}}] * 2


def test_a_value_may_stand_in_parentheses(account: Account) -> None:
    answer = account.client("dynamodb").update_item(
        TableName="people",
        Key={"email": {"S": "counted"}},
        UpdateExpression="SET n = (if_not_exists(n, :zero) + :one), m = :one",
        ExpressionAttributeValues={":zero": {"N": "0"}, ":one": {"N": "1"}},
        ReturnValues="ALL_NEW",
    )

    assert answer["Attributes"]["n"] == answer["Attributes"]["m"] == {"N": "1"}


def test_what_has_no_size_is_left_out_of_a_scan(account: Account) -> None:
    table = account.client("dynamodb")
    table.put_item(TableName="people", Item={"email": {"S": "without"}})
    table.put_item(TableName="people", Item={"email": {"S": "with"}, "tags": {"SS": ["x", "y"]}})

    found = table.scan(
        TableName="people",
        FilterExpression="size(tags) > :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )

    assert [item["email"]["S"] for item in found["Items"]] == ["with"]


def policy(**changes: Any) -> dict[str, str]:
    redrive = {"deadLetterTargetArn": queue_arn(), "maxReceiveCount": 3}
    return {"RedrivePolicy": json.dumps({**redrive, **changes})}


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        ({"RedrivePolicy": "no JSON"}, "Redrive policy is not a valid JSON map."),
        (policy(maxReceiveCount=0), "valid values are from 1 to 1000 both inclusive."),
        (policy(deadLetterTargetArn=queue_arn("orders.fifo")), "must be same type of queue"),
        (policy(deadLetterTargetArn=queue_arn("nope")), "Dead letter target does not exist."),
    ],
)
def test_a_redrive_policy_that_sqs_does_not_take_is_refused(
    account: Account, attributes: dict[str, str], words: str
) -> None:
    create = account.client("sqs").create_queue

    code, message = refusal(create, QueueName="another", Attributes=attributes)

    assert code == "InvalidParameterValue"
    assert message.startswith(f"Value {attributes['RedrivePolicy']} for parameter RedrivePolicy")
    assert words in message


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        ({"n": {"DataType": "Number", "StringValue": "abc"}}, "Can't cast the value"),
        ({"n": {"DataType": "String", "StringValue": ""}}, "must contain a non-empty value"),
        ({"AWS.n": {"DataType": "String", "StringValue": "a"}}, "are reserved for use by Amazon."),
        (
            {f"n{n}": {"DataType": "String", "StringValue": "a"} for n in range(11)},
            "Number of message attributes [11] exceeds the allowed maximum [10].",
        ),
    ],
)
def test_message_attributes_that_sqs_does_not_take_are_refused(
    account: Account, attributes: dict[str, Any], words: str
) -> None:
    sqs = account.client("sqs")

    code, message = refusal(
        sqs.send_message,
        QueueUrl=sqs.get_queue_url(QueueName="queue")["QueueUrl"],
        MessageBody="hello",
        MessageAttributes=attributes,
    )

    assert code == "InvalidParameterValue"
    assert words in message


def test_a_queue_of_other_attributes_names_the_one_that_differs(account: Account) -> None:
    create, other = account.client("sqs").create_queue, {"VisibilityTimeout": "77"}

    code, message = refusal(create, QueueName="queue", Attributes=other)

    assert code == "QueueAlreadyExists"
    assert message.endswith("a different value for attribute VisibilityTimeout")
    with pytest.raises(account.client("sqs").exceptions.QueueNameExists):
        create(QueueName="queue", Attributes=other)


@pytest.mark.parametrize(("number", "code"), [(0, "EmptyBatchRequest"), (11, "TooManyEntries")])
def test_a_batch_has_one_to_ten_entries(account: Account, number: int, code: str) -> None:
    sqs = account.client("sqs")
    url = sqs.get_queue_url(QueueName="queue")["QueueUrl"]
    entries = [{"Id": "same", "ReceiptHandle": "x"}] * number
    changes = [{**entry, "VisibilityTimeout": 1} for entry in entries]

    assert code in refusal(sqs.delete_message_batch, QueueUrl=url, Entries=entries)[0]
    assert code in refusal(sqs.change_message_visibility_batch, QueueUrl=url, Entries=changes)[0]


def notify(account: Account, *destinations: dict[str, Any], **options: Any) -> Any:
    kinds: dict[str, list[dict[str, Any]]] = {}
    for one in destinations:
        kind = next(name for name in one if name.endswith("Arn")).removesuffix("Arn")
        kinds.setdefault(f"{kind}Configurations", []).append(
            {"Events": ["s3:ObjectCreated:*"], **one}
        )
    account.client("s3").put_bucket_notification_configuration(
        Bucket="whole-bucket", NotificationConfiguration=kinds, **options
    )


def function(*rules: tuple[str, str]) -> dict[str, Any]:
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT_ID}:function:recorder"
    found = [{"Name": name, "Value": value} for name, value in rules]
    return {"LambdaFunctionArn": arn, "Filter": {"Key": {"FilterRules": found}}}


@pytest.mark.parametrize(
    ("destinations", "words"),
    [
        ([function(("prefix", "in/")), function(("prefix", "in/a/"))], "Configurations overlap"),
        ([function(("prefix", "a"), ("prefix", "b"))], "more than one prefix rule"),
        ([function(("middle", "a"))], "must be either prefix or suffix"),
        ([{"QueueArn": queue_arn()}], "Unable to validate the following destination"),
        ([{"QueueArn": queue_arn("nope")}], "Unable to validate the following destination"),
        (
            [{"TopicArn": f"arn:aws:sns:us-east-1:{ACCOUNT_ID}:nope"}],
            "Unable to validate the following destination",
        ),
    ],
)
def test_a_notification_that_s3_does_not_take_is_refused(
    account: Account, destinations: list[dict[str, Any]], words: str
) -> None:
    with pytest.raises(ClientError, match=f"InvalidArgument.*{words}"):
        notify(account, *destinations)


def test_names_of_filter_rules_are_taken_in_any_case(account: Account) -> None:
    notify(account, function(("Prefix", "in/")), SkipDestinationValidation=True)

    kept = account.client("s3").get_bucket_notification_configuration(Bucket="whole-bucket")
    rules = kept["LambdaFunctionConfigurations"][0]["Filter"]["Key"]["FilterRules"]
    assert rules == [{"Name": "prefix", "Value": "in/"}]


@pytest.mark.parametrize("name", ["My_Bucket", "ab", "192.168.5.4", "a..b"])
def test_bucket_names_that_s3_does_not_take_are_refused(account: Account, name: str) -> None:
    create = account.client("s3").create_bucket

    assert refusal(create, Bucket=name)[0] == "InvalidBucketName"


def test_a_key_of_1025_bytes_is_too_long(account: Account) -> None:
    put = account.client("s3").put_object

    assert refusal(put, Bucket="whole-bucket", Key="k" * 1025, Body=b"")[0] == "KeyTooLongError"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"Timeout": 901}, "Member must have value less than or equal to 900"),
        ({"MemorySize": 10_241}, "Member must have value less than or equal to 10240"),
        ({"Environment": {"Variables": {"NAME": "x" * 5000}}}, "exceeded the 4KB limit"),
        ({"Handler": None}, "Runtime and Handler are mandatory parameters"),
        ({"Code": {"S3Bucket": "whole-bucket", "S3Key": "nope"}}, "S3 Error Code: NoSuchKey"),
        ({"Layers": ["arn:aws:lambda:us-east-1:123456789012:layer:a:1"]}, "unpacks no layers"),
    ],
)
def test_a_function_that_lambda_does_not_take_is_refused(
    account: Account, changes: dict[str, Any], words: str
) -> None:
    settings = {
        "FunctionName": "another",
        "Runtime": "python3.13",
        "Handler": "lambda_function.lambda_handler",
        "Role": f"arn:aws:iam::{ACCOUNT_ID}:role/function-role",
        "Code": {"ZipFile": zip_of("def lambda_handler(event, context): ...")},
        **changes,
    }
    given = {name: value for name, value in settings.items() if value is not None}

    assert words in refusal(account.client("lambda").create_function, **given)[1]
