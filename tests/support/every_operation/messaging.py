"""SQS and SNS."""

from __future__ import annotations

import json

from support.every_operation.caller import ACCOUNT_ID, QUEUE_ARN, TAGS, Caller, Json

DEAD_ARN = f"arn:aws:sqs:us-east-1:{ACCOUNT_ID}:dead"


def call_sqs(call: Caller) -> None:
    dead = {"QueueUrl": call("sqs", "CreateQueue", QueueName="dead")["QueueUrl"]}
    redrive = json.dumps({"deadLetterTargetArn": DEAD_ARN, "maxReceiveCount": 3})
    attributes = {"RedrivePolicy": redrive}
    queue = {
        "QueueUrl": call("sqs", "CreateQueue", QueueName="whole", Attributes=attributes)["QueueUrl"]
    }
    call("sqs", "TagQueue", Tags={"a": "b"}, **queue)
    call("sqs", "ListQueueTags", **queue)
    call("sqs", "UntagQueue", TagKeys=["a"], **queue)
    call("sqs", "GetQueueUrl", QueueName="whole")
    call("sqs", "ListQueues")
    call("sqs", "ListDeadLetterSourceQueues", **dead)
    call("sqs", "SetQueueAttributes", Attributes={"VisibilityTimeout": "60"}, **queue)
    call("sqs", "GetQueueAttributes", AttributeNames=["All"], **queue)
    allowed = {"AWSAccountIds": [ACCOUNT_ID], "Actions": ["SendMessage"]}
    call("sqs", "AddPermission", Label="a", **allowed, **queue)
    call("sqs", "RemovePermission", Label="a", **queue)
    _messages(call, queue)
    for _ in range(3):
        call("sqs", "SendMessage", MessageBody="lost", **dead)
    task = call(
        "sqs",
        "StartMessageMoveTask",
        SourceArn=DEAD_ARN,
        DestinationArn=QUEUE_ARN,
        MaxNumberOfMessagesPerSecond=1,
    )
    call("sqs", "CancelMessageMoveTask", TaskHandle=task["TaskHandle"])
    call("sqs", "ListMessageMoveTasks", SourceArn=DEAD_ARN)
    call("sqs", "PurgeQueue", **dead)
    gone = call("sqs", "CreateQueue", QueueName="gone")["QueueUrl"]
    call("sqs", "DeleteQueue", QueueUrl=gone)


def _messages(call: Caller, queue: Json) -> None:
    attributes = {"a": {"DataType": "String", "StringValue": "b"}}
    call("sqs", "SendMessage", MessageBody="one", MessageAttributes=attributes, **queue)
    entries = [{"Id": "a", "MessageBody": "two"}]
    call("sqs", "SendMessageBatch", Entries=entries, **queue)
    asked = {"MaxNumberOfMessages": 10, "AttributeNames": ["All"], "MessageAttributeNames": ["All"]}
    handles: list[str] = []
    while len(handles) < 2:
        received = call("sqs", "ReceiveMessage", **asked, **queue).get("Messages", [])
        handles += [message["ReceiptHandle"] for message in received]
    one, two = handles
    call("sqs", "ChangeMessageVisibility", ReceiptHandle=one, VisibilityTimeout=30, **queue)
    entries = [{"Id": "a", "ReceiptHandle": two, "VisibilityTimeout": 30}]  # type: ignore[dict-item]
    call("sqs", "ChangeMessageVisibilityBatch", Entries=entries, **queue)
    call("sqs", "DeleteMessage", ReceiptHandle=one, **queue)
    call("sqs", "DeleteMessageBatch", Entries=[{"Id": "a", "ReceiptHandle": two}], **queue)


def call_sns(call: Caller) -> None:
    topic = {"TopicArn": call("sns", "CreateTopic", Name="whole")["TopicArn"]}
    call("sns", "GetTopicAttributes", **topic)
    display = {"AttributeName": "DisplayName", "AttributeValue": "Whole"}
    call("sns", "SetTopicAttributes", **display, **topic)
    call("sns", "TagResource", ResourceArn=topic["TopicArn"], Tags=TAGS)
    call("sns", "ListTagsForResource", ResourceArn=topic["TopicArn"])
    queue = {"Protocol": "sqs", "Endpoint": QUEUE_ARN}
    subscription = {
        "SubscriptionArn": call("sns", "Subscribe", **queue, **topic)["SubscriptionArn"]
    }
    raw = {"AttributeName": "RawMessageDelivery", "AttributeValue": "true"}
    call("sns", "SetSubscriptionAttributes", **raw, **subscription)
    call("sns", "Publish", Message="hello", **topic)
    call("sns", "Unsubscribe", **subscription)
    call("sns", "DeleteTopic", **topic)
