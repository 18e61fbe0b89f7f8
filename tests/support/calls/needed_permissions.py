"""Calls of boto3, and the permissions that each needs."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest

from mailfanout.sandbox.access.statements import UNKNOWN
from support.calls.signed_calls import ACCOUNT_ID

REGIONAL = f"us-east-1:{ACCOUNT_ID}"
TABLE = f"arn:aws:dynamodb:{REGIONAL}:table/mailaddress"
LEDGER = f"arn:aws:dynamodb:{REGIONAL}:table/maildelivery"
BUCKET = "arn:aws:s3:::mailbody"
QUEUE = f"arn:aws:sqs:{REGIONAL}:mailsendqueue"
TOPIC = f"arn:aws:sns:{REGIONAL}:feedback"
FUNCTION = f"arn:aws:lambda:{REGIONAL}:function:sendQueue"
SENDER = f"arn:aws:ses:{REGIONAL}:identity/sender@example.com"
GROUP = f"arn:aws:logs:{REGIONAL}:log-group:/aws/lambda/sendQueue"
ROLE = f"arn:aws:iam::{ACCOUNT_ID}:role/lambda-s3-role"

KEY = {"email": {"S": "yamada@example.com"}}
ADDRESSED = {"TableName": "mailaddress", "Key": KEY}
WRITES = [
    {"Put": {"TableName": "maildelivery", "Item": KEY}},
    {"Put": {"TableName": "maildelivery", "Item": KEY}},
    {"Update": {**ADDRESSED, "UpdateExpression": "SET issend = :x"}},
    {"Delete": ADDRESSED},
    {"ConditionCheck": {**ADDRESSED, "ConditionExpression": "a = :a"}},
]
URL = f"http://127.0.0.1:4566/{ACCOUNT_ID}/mailsendqueue"
BATCH = {"QueueUrl": URL, "Entries": [{"Id": "1", "MessageBody": "a"}]}
OBJECT = {"Bucket": "mailbody", "Key": "メール 1+2.txt"}
OBJECT_ARN = f"{BUCKET}/{OBJECT['Key']}"
COPY = {"Bucket": "copies", "Key": "b"}
VERSION = {"Key": "b", "VersionId": "v"}
PART = {**OBJECT, "UploadId": "u", "PartNumber": 1}
RAW = b"From: =?utf-8?b?44Oh44O844Or?= <sender@example.com>\r\nTo: a@example.com\r\n\r\nHello"
BODY = {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "b"}}}
FROM = "Mail <sender@example.com>"
TO = {"ToAddresses": ["yamada@example.com"]}
TEMPLATE = {"Template": {"TemplateName": "t", "TemplateData": "{}"}}
BULK = {
    "FromEmailAddress": FROM,
    "DefaultContent": TEMPLATE,
    "BulkEmailEntries": [{"Destination": TO}],
}
EVENTS = [{"timestamp": 0, "message": "a"}]
MOVING = ("GetQueueAttributes", "ReceiveMessage", "DeleteMessage")
TASK = {"taskId": "1", "sourceArn": f"{QUEUE}-dlq"}
UUID = "6d0a6c05-4b6d-4bd1-8a5d-0ac9d2d5a7a1"
MAPPING = f"arn:aws:lambda:{REGIONAL}:event-source-mapping:{UUID}"
TRUST = {"RoleArn": ROLE, "RoleSessionName": "session"}


def row(
    service: str, method: str, parameters: dict[str, Any], *needed: Any, named: Any = None
) -> Any:
    return pytest.param(service, method, parameters, needed, id=f"{service}-{method}-{named or ''}")


CALLS = [
    row("dynamodb", "get_item", ADDRESSED, ("dynamodb:GetItem", TABLE)),
    row("dynamodb", "query", {"TableName": "mailaddress", "IndexName": "haserror-index"},
        ("dynamodb:Query", f"{TABLE}/index/haserror-index")),
    row("dynamodb", "scan", {"TableName": TABLE}, ("dynamodb:Scan", TABLE), named="by ARN"),
    row("dynamodb", "batch_get_item",
        {"RequestItems": {"mailaddress": {"Keys": [KEY]}, "maildelivery": {"Keys": [KEY]}}},
        ("dynamodb:BatchGetItem", TABLE), ("dynamodb:BatchGetItem", LEDGER)),
    row("dynamodb", "batch_write_item",
        {"RequestItems": {"mailaddress": [{"PutRequest": {"Item": KEY}}]}},
        ("dynamodb:BatchWriteItem", TABLE)),
    row("dynamodb", "transact_write_items", {"TransactItems": WRITES}, ("dynamodb:PutItem", LEDGER),
        ("dynamodb:UpdateItem", TABLE), ("dynamodb:DeleteItem", TABLE),
        ("dynamodb:ConditionCheckItem", TABLE)),
    row("dynamodb", "transact_get_items", {"TransactItems": [{"Get": ADDRESSED}]},
        ("dynamodb:GetItem", TABLE)),
    row("dynamodb", "list_tables", {},
        ("dynamodb:ListTables", f"arn:aws:dynamodb:{REGIONAL}:table/*")),
    row("s3", "get_object", OBJECT, ("s3:GetObject", OBJECT_ARN)),
    row("s3", "get_object", {**OBJECT, "VersionId": "v"}, ("s3:GetObjectVersion", OBJECT_ARN),
        named="version"),
    row("s3", "head_object", OBJECT, ("s3:GetObject", OBJECT_ARN)),
    row("s3", "put_object", OBJECT, ("s3:PutObject", OBJECT_ARN)),
    row("s3", "put_object", {**OBJECT, "Tagging": "a=b"}, ("s3:PutObject", OBJECT_ARN),
        ("s3:PutObjectTagging", OBJECT_ARN), named="tags"),
    row("s3", "put_object",
        {"Bucket": "mailbody", "Key": "a", "ACL": "public-read", "ObjectLockMode": "GOVERNANCE"},
        *((f"s3:PutObject{what}", f"{BUCKET}/a") for what in ("", "Acl", "Retention")),
        named="lock"),
    row("s3", "get_object_tagging", {"Bucket": "mailbody", **VERSION},
        ("s3:GetObjectVersionTagging", f"{BUCKET}/b")),
    row("s3", "delete_bucket_tagging", {"Bucket": "mailbody"}, ("s3:PutBucketTagging", BUCKET)),
    row("s3", "delete_bucket_replication", {"Bucket": "mailbody"},
        ("s3:PutReplicationConfiguration", BUCKET)),
    row("s3", "copy_object", {**COPY, "CopySource": {"Bucket": "bucket", "Key": "a?versionId=v"}},
        ("s3:PutObject", "arn:aws:s3:::copies/b"),
        ("s3:GetObject", "arn:aws:s3:::bucket/a?versionId=v"), named="question mark"),
    row("s3", "create_multipart_upload", OBJECT, ("s3:PutObject", OBJECT_ARN)),
    row("s3", "upload_part", PART, ("s3:PutObject", OBJECT_ARN)),
    row("s3", "complete_multipart_upload", {**OBJECT, "UploadId": "u"},
        ("s3:PutObject", OBJECT_ARN)),
    row("s3", "copy_object", {**COPY, "CopySource": OBJECT},
        ("s3:PutObject", "arn:aws:s3:::copies/b"), ("s3:GetObject", OBJECT_ARN)),
    row("s3", "copy_object", {**COPY, "CopySource": {**OBJECT, "VersionId": "v"}},
        ("s3:PutObject", "arn:aws:s3:::copies/b"), ("s3:GetObjectVersion", OBJECT_ARN),
        named="version"),
    row("s3", "delete_object", OBJECT, ("s3:DeleteObject", OBJECT_ARN)),
    row("s3", "delete_objects",
        {"Bucket": "mailbody", "Delete": {"Objects": [{"Key": "<a>"}, VERSION]}},
        ("s3:DeleteObject", f"{BUCKET}/<a>"), ("s3:DeleteObjectVersion", f"{BUCKET}/b")),
    row("s3", "list_objects", {"Bucket": "mailbody"}, ("s3:ListBucket", BUCKET)),
    row("s3", "list_objects_v2", {"Bucket": "mailbody"}, ("s3:ListBucket", BUCKET)),
    row("s3", "head_bucket", {"Bucket": "mailbody"}, ("s3:ListBucket", BUCKET)),
    row("s3", "create_bucket", {"Bucket": "mailbody"}, ("s3:CreateBucket", BUCKET)),
    row("s3", "list_buckets", {}, ("s3:ListAllMyBuckets", "arn:aws:s3:::*")),
    row("s3", "put_bucket_notification_configuration",
        {"Bucket": "mailbody", "NotificationConfiguration": {}},
        ("s3:PutBucketNotification", BUCKET)),
    row("s3", "get_bucket_policy", {"Bucket": "mailbody"}, ("s3:GetBucketPolicy", BUCKET)),
    row("sqs", "send_message", {"QueueUrl": URL, "MessageBody": "a"}, ("sqs:SendMessage", QUEUE)),
    row("sqs", "send_message_batch", BATCH, ("sqs:SendMessage", QUEUE)),
    row("sqs", "receive_message", {"QueueUrl": URL}, ("sqs:ReceiveMessage", QUEUE)),
    row("sqs", "get_queue_url", {"QueueName": "mailsendqueue"}, ("sqs:GetQueueUrl", QUEUE)),
    row("sqs", "list_queues", {}, ("sqs:ListQueues", f"arn:aws:sqs:{REGIONAL}:*")),
    row("sqs", "start_message_move_task", {"SourceArn": f"{QUEUE}-dlq", "DestinationArn": QUEUE},
        *((f"sqs:{action}", f"{QUEUE}-dlq") for action in ("StartMessageMoveTask", *MOVING)),
        ("sqs:SendMessage", QUEUE)),
    row("sqs", "cancel_message_move_task",
        {"TaskHandle": b64encode(json.dumps(TASK).encode()).decode()},
        *((f"sqs:{action}", f"{QUEUE}-dlq") for action in ("CancelMessageMoveTask", *MOVING))),
    row("ses", "send_email", {"Source": FROM, "Destination": TO, "Message": BODY},
        ("ses:SendEmail", SENDER)),
    row("ses", "send_raw_email", {"RawMessage": {"Data": RAW}}, ("ses:SendRawEmail", SENDER)),
    row("ses", "verify_email_identity", {"EmailAddress": "sender@example.com"},
        ("ses:VerifyEmailIdentity", SENDER)),
    row("ses", "get_send_quota", {}, ("ses:GetSendQuota", "*")),
    row("sesv2", "send_email",
        {"FromEmailAddress": FROM, "Destination": TO, "Content": {"Simple": BODY}},
        ("ses:SendEmail", SENDER)),
    row("sesv2", "send_email", {"Content": {"Raw": {"Data": RAW}}}, ("ses:SendRawEmail", SENDER),
        named="raw"),
    row("sesv2", "send_bulk_email", BULK, ("ses:SendBulkEmail", SENDER),
        ("ses:SendBulkEmail", f"arn:aws:ses:{REGIONAL}:template/t")),
    row("ses", "send_raw_email",
        {"Source": "other@example.com", "ConfigurationSetName": "set", "RawMessage": {"Data": RAW}},
        ("ses:SendRawEmail", f"arn:aws:ses:{REGIONAL}:identity/other@example.com"),
        ("ses:SendRawEmail", SENDER),
        ("ses:SendRawEmail", f"arn:aws:ses:{REGIONAL}:configuration-set/set"), named="by two"),
    row("sesv2", "delete_email_template", {"TemplateName": "t"},
        ("ses:DeleteEmailTemplate", f"arn:aws:ses:{REGIONAL}:template/t")),
    row("sesv2", "tag_resource", {"ResourceArn": SENDER, "Tags": []}, ("ses:TagResource", SENDER)),
    row("sesv2", "get_email_identity", {"EmailIdentity": "sender@example.com"},
        ("ses:GetEmailIdentity", SENDER)),
    row("sesv2", "get_account", {}, ("ses:GetAccount", "*")),
    row("sns", "publish", {"TopicArn": TOPIC, "Message": "a"}, ("sns:Publish", TOPIC)),
    row("sns", "publish_batch",
        {"TopicArn": TOPIC, "PublishBatchRequestEntries": [{"Id": "1", "Message": "a"}]},
        ("sns:Publish", TOPIC)),
    row("sns", "create_topic", {"Name": "feedback"}, ("sns:CreateTopic", TOPIC)),
    row("sns", "unsubscribe", {"SubscriptionArn": f"{TOPIC}:1"}, ("sns:Unsubscribe", TOPIC)),
    row("logs", "create_log_group", {"logGroupName": "/aws/lambda/sendQueue"},
        ("logs:CreateLogGroup", f"{GROUP}:log-stream:")),
    row("logs", "put_log_events",
        {"logGroupName": "/aws/lambda/sendQueue", "logStreamName": "1", "logEvents": EVENTS},
        ("logs:PutLogEvents", f"{GROUP}:log-stream:1")),
    row("lambda", "invoke", {"FunctionName": "sendQueue"}, ("lambda:InvokeFunction", FUNCTION)),
    row("lambda", "invoke", {"FunctionName": FUNCTION, "Qualifier": "7"},
        ("lambda:InvokeFunction", f"{FUNCTION}:7"), named="by ARN"),
    row("lambda", "get_function", {"FunctionName": "sendQueue"}, ("lambda:GetFunction", FUNCTION)),
    row("lambda", "list_functions", {}, ("lambda:ListFunctions", "*")),
    row("lambda", "list_tags", {"Resource": FUNCTION}, ("lambda:ListTags", FUNCTION)),
    row("lambda", "update_event_source_mapping", {"UUID": UUID, "FunctionName": "mine"},
        ("lambda:UpdateEventSourceMapping", MAPPING)),
    row("logs", "start_query",
        {"logGroupNames": ["a"], "startTime": 0, "endTime": 1, "queryString": "fields @message"},
        ("logs:StartQuery", f"arn:aws:logs:{REGIONAL}:log-group:a:log-stream:")),
    row("dynamodb", "restore_table_to_point_in_time",
        {"SourceTableName": "mailaddress", "TargetTableName": "copy"},
        ("dynamodb:RestoreTableToPointInTime", f"arn:aws:dynamodb:{REGIONAL}:table/copy"),
        ("dynamodb:RestoreTableToPointInTime", TABLE)),
    row("iam", "add_user_to_group", {"UserName": "low", "GroupName": "administrators"},
        ("iam:AddUserToGroup", f"arn:aws:iam::{ACCOUNT_ID}:group/administrators")),
    row("iam", "create_user",
        {"UserName": "u", "Path": "/a/", "Tags": [{"Key": "k", "Value": "v"}]},
        ("iam:CreateUser", f"arn:aws:iam::{ACCOUNT_ID}:user/a/u"),
        ("iam:TagUser", f"arn:aws:iam::{ACCOUNT_ID}:user/a/u")),
    row("resourcegroupstaggingapi", "get_resources", {}, ("tag:GetResources", "*")),
    row("scheduler", "get_schedule", {"Name": "s"}, ("scheduler:GetSchedule", UNKNOWN)),
    row("sts", "assume_role", TRUST, ("sts:AssumeRole", ROLE)),
    row("iam", "create_role", {"RoleName": "r", "AssumeRolePolicyDocument": "{}"},
        ("iam:CreateRole", f"arn:aws:iam::{ACCOUNT_ID}:role/r")),
    row("cloudformation", "describe_stacks", {}, ("cloudformation:DescribeStacks", "*")),
]  # fmt: skip
