"""DynamoDB and S3."""

from __future__ import annotations

from support.every_operation.caller import ACCOUNT_ID, TAGS, Caller, Json
from support.waiting import wait_for_table

TABLE_ARN = f"arn:aws:dynamodb:us-east-1:{ACCOUNT_ID}:table/whole"


def call_dynamodb(call: Caller) -> None:
    table: Json = {"TableName": "whole"}
    _create_table(call, table)
    call("dynamodb", "UpdateTable", DeletionProtectionEnabled=False, **table)
    call("dynamodb", "ListTables")
    call("dynamodb", "TagResource", ResourceArn=TABLE_ARN, Tags=TAGS)
    call("dynamodb", "ListTagsOfResource", ResourceArn=TABLE_ARN)
    _items(call, table)
    wait_for_table(call.client("dynamodb"), "whole")
    call("dynamodb", "DescribeTable", **table)
    call("dynamodb", "DeleteTable", **table)


def _create_table(call: Caller, table: Json) -> None:
    index = {
        "IndexName": "issend-index",
        "KeySchema": [{"AttributeName": "issend", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    types = [
        {"AttributeName": "email", "AttributeType": "S"},
        {"AttributeName": "issend", "AttributeType": "N"},
    ]
    call(
        "dynamodb",
        "CreateTable",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "email", "KeyType": "HASH"}],
        AttributeDefinitions=types,
        GlobalSecondaryIndexes=[index],
        **table,
    )
    wait_for_table(call.client("dynamodb"), "whole")


def _items(call: Caller, table: Json) -> None:
    key, item = {"email": {"S": "a"}}, {"email": {"S": "a"}, "issend": {"N": "0"}}
    counted = {"ReturnConsumedCapacity": "INDEXES"}
    call("dynamodb", "PutItem", Item=item, **counted, **table)
    call("dynamodb", "GetItem", Key=key, **counted, **table)
    values = {":one": {"N": "1"}}
    change = {"UpdateExpression": "SET issend = :one", "ExpressionAttributeValues": values}
    call("dynamodb", "UpdateItem", Key=key, ReturnValues="ALL_NEW", **change, **counted, **table)
    query = {"KeyConditionExpression": "issend = :one", "ExpressionAttributeValues": values}
    call("dynamodb", "Query", IndexName="issend-index", **query, **counted, **table)
    call("dynamodb", "Scan", **counted, **table)
    call("dynamodb", "BatchGetItem", RequestItems={"whole": {"Keys": [key]}}, **counted)
    puts = {"whole": [{"PutRequest": {"Item": item}}]}
    call("dynamodb", "BatchWriteItem", RequestItems=puts, **counted)
    get = {"Get": {"TableName": "whole", "Key": key}}
    call("dynamodb", "TransactGetItems", TransactItems=[get], **counted)
    put = {"Put": {"TableName": "whole", "Item": item}}
    call("dynamodb", "TransactWriteItems", TransactItems=[put], **counted)
    call("dynamodb", "DeleteItem", Key=key, ReturnValues="ALL_OLD", **counted, **table)


def call_s3(call: Caller) -> None:
    bucket, key = {"Bucket": "whole-bucket"}, {"Key": "a.txt"}
    call("s3", "CreateBucket", **bucket)
    call("s3", "HeadBucket", **bucket)
    call("s3", "ListBuckets")
    call("s3", "PutBucketTagging", Tagging={"TagSet": TAGS}, **bucket)
    call("s3", "GetBucketTagging", **bucket)
    call("s3", "PutObject", Body=b"hello", **bucket, **key)
    call("s3", "HeadObject", **bucket, **key)
    call("s3", "GetObject", **bucket, **key)["Body"].read()
    source = {"CopySource": {"Bucket": "whole-bucket", "Key": "a.txt"}}
    call("s3", "CopyObject", Key="b.txt", **source, **bucket)
    call("s3", "ListObjectsV2", **bucket)
    call("s3", "ListObjectVersions", **bucket)
    call("s3", "DeleteObject", **bucket, **key)
    call("s3", "DeleteObjects", Delete={"Objects": [{"Key": "b.txt"}]}, **bucket)
