"""moto alone, as the seams find it: a failure means that a new moto has mended something."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.awslambda.models import LambdaFunction
from moto.sqs.models import sqs_backends

from support.sandboxes.plain_moto import ACCOUNT_ID, REGION, Client, create_function

pytestmark = pytest.mark.slow


class Events:
    """Keeps what plain moto hands to functions."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.events: list[Any] = []
        monkeypatch.setattr(LambdaFunction, "_invoke_lambda", self._keep)

    def _keep(self, event: Any = None) -> tuple[str, bool, str]:
        self.events.append(event)
        return "", False, ""

    @property
    def records(self) -> list[Any]:
        return [record for event in self.events for record in event["Records"]]


@pytest.fixture
def handed_over(client: Client, monkeypatch: pytest.MonkeyPatch) -> Events:
    return Events(monkeypatch)


def create_mapping(client: Client) -> dict[str, Any]:
    mapping: dict[str, Any] = client("lambda").create_event_source_mapping(
        EventSourceArn=f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:queue", FunctionName="recorder"
    )
    return mapping


def test_moto_takes_mappings_that_cannot_be(client: Client) -> None:
    client("sqs").create_queue(QueueName="queue", Attributes={"VisibilityTimeout": "1"})
    create_function(client, Timeout=900)

    first, second = create_mapping(client), create_mapping(client)

    assert first["UUID"] != second["UUID"]


def test_moto_shows_no_default_and_no_state_on_the_way(client: Client) -> None:
    client("sqs").create_queue(QueueName="queue")
    create_function(client)

    mapping = create_mapping(client)

    assert mapping["State"] == "Enabled"
    assert "MaximumBatchingWindowInSeconds" not in mapping


def test_moto_invokes_a_function_within_send_message_with_half_a_record(
    client: Client, handed_over: Events
) -> None:
    queue_url = client("sqs").create_queue(QueueName="queue")["QueueUrl"]
    create_function(client)
    create_mapping(client)

    client("sqs").send_message(
        QueueUrl=queue_url,
        MessageBody="hello",
        MessageAttributes={"to": {"DataType": "String", "StringValue": "sato"}},
    )

    (record,) = handed_over.records
    assert record["messageAttributes"] == {}


def test_moto_keeps_a_deleted_mapping_with_its_queue(client: Client) -> None:
    client("sqs").create_queue(QueueName="queue")
    create_function(client)

    client("lambda").delete_event_source_mapping(UUID=create_mapping(client)["UUID"])

    queue = sqs_backends[ACCOUNT_ID][REGION].queues["queue"]
    assert queue.lambda_event_source_mappings


def test_moto_scans_a_queue_to_count_its_messages(client: Client) -> None:
    queue_url = client("sqs").create_queue(QueueName="queue")["QueueUrl"]
    client("sqs").send_message(QueueUrl=queue_url, MessageBody="hello")

    queue = sqs_backends[ACCOUNT_ID][REGION].queues["queue"]
    assert isinstance(queue._messages, list)


def create_bucket(client: Client, function_arn: str) -> None:
    """A bucket that invokes a function, without leave."""
    client("s3").create_bucket(Bucket="bucket")
    notification = {"LambdaFunctionArn": function_arn, "Events": ["s3:ObjectCreated:*"]}
    client("s3").put_bucket_notification_configuration(
        Bucket="bucket",
        NotificationConfiguration={"LambdaFunctionConfigurations": [notification]},
    )


def test_moto_takes_any_function_for_a_notification(client: Client) -> None:
    create_bucket(client, f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:nobody")


def test_moto_invokes_without_leave_within_put_object_with_half_a_record(
    client: Client, handed_over: Events
) -> None:
    create_bucket(client, create_function(client))

    client("s3").put_object(Bucket="bucket", Key="example.txt", Body=b"")

    (record,) = handed_over.records
    assert "userIdentity" not in record
    assert "sequencer" not in record["s3"]["object"]


def test_moto_sends_two_events_for_an_upload_in_parts(client: Client, handed_over: Events) -> None:
    create_bucket(client, create_function(client))
    upload = {"Bucket": "bucket", "Key": "large.txt"}
    upload["UploadId"] = client("s3").create_multipart_upload(**upload)["UploadId"]
    part = client("s3").upload_part(**upload, PartNumber=1, Body=b"x")

    client("s3").complete_multipart_upload(
        **upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    )

    assert [record["eventName"] for record in handed_over.records] == [
        "ObjectCreated:Put",
        "ObjectCreated:CompleteMultipartUpload",
    ]


def test_moto_sends_functions_an_example_in_place_of_a_notification(
    client: Client, handed_over: Events
) -> None:
    topic_arn = client("sns").create_topic(Name="topic")["TopicArn"]
    client("sns").subscribe(TopicArn=topic_arn, Protocol="lambda", Endpoint=create_function(client))

    client("sns").publish(TopicArn=topic_arn, Message="hello")

    (record,) = handed_over.records
    assert record["Sns"]["TopicArn"] == "arn:aws:sns:EXAMPLE"


@pytest.fixture
def table_of_one(client: Client) -> Any:
    """DynamoDB's client, and in its only table one item, which has no tags."""
    dynamodb = client("dynamodb")
    dynamodb.create_table(
        TableName="table",
        KeySchema=[{"AttributeName": "email", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "email", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.put_item(TableName="table", Item={"email": {"S": "a"}, "issend": {"N": "1"}})
    return dynamodb


@pytest.mark.parametrize("returned", ["UPDATED_OLD", "UPDATED_NEW"])
def test_moto_leaves_out_what_an_update_did_not_change(table_of_one: Any, returned: str) -> None:
    answer = table_of_one.update_item(
        TableName="table",
        Key={"email": {"S": "a"}},
        UpdateExpression="SET issend = :yes",
        ExpressionAttributeValues={":yes": {"N": "1"}},
        ReturnValues=returned,
    )

    assert "Attributes" not in answer or "issend" not in answer["Attributes"]


def test_moto_fails_at_the_size_of_what_is_not_there(table_of_one: Any) -> None:
    with pytest.raises(ClientError, match="Invalid attribute name tags"):
        table_of_one.scan(
            TableName="table",
            FilterExpression="size(tags) > :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )


def test_moto_takes_true_for_one(table_of_one: Any) -> None:
    found = table_of_one.scan(
        TableName="table",
        FilterExpression="issend = :yes",
        ExpressionAttributeValues={":yes": {"BOOL": True}},
    )

    assert found["Count"] == 1


def test_moto_makes_no_policies_subscriptions_identities_or_alarms() -> None:
    from moto.cloudformation.parsing import get_model_map  # which imports most of moto

    made = get_model_map()

    for resource_type in (
        "AWS::SQS::QueuePolicy",
        "AWS::SNS::TopicPolicy",
        "AWS::SNS::Subscription",
        "AWS::SES::EmailIdentity",
        "AWS::CloudWatch::Alarm",
    ):
        assert resource_type not in made


def test_moto_sees_no_change_of_a_parameter_in_sub() -> None:
    from moto.cloudformation.parsing import get_references_from_template

    template = {"Resources": {"Queue": {"Properties": {"QueueName": {"Fn::Sub": "${Name}"}}}}}

    assert get_references_from_template(template) == []
