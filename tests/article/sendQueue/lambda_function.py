"""The article's first function, faults and all, as its description reads."""

import boto3
from boto3.dynamodb.conditions import Key

table = boto3.resource("dynamodb").Table("mailaddress")
sqs = boto3.resource("sqs")


def lambda_handler(event, context):
    for record in event["Records"]:
        bucketname = record["s3"]["bucket"]["name"]
        filename = record["s3"]["object"]["key"]
        response = table.query(
            IndexName="haserror-index", KeyConditionExpression=Key("haserror").eq(0)
        )
        queue = sqs.get_queue_by_name(QueueName="mailsendqueue0000001")
        for item in response["Items"]:
            table.update_item(
                Key={"email": item["email"]},
                UpdateExpression="set issend = :issend",
                ExpressionAttributeValues={":issend": 0},
            )
            queue.send_message(
                MessageBody=item["email"],
                MessageAttributes={
                    "username": {"DataType": "String", "StringValue": item["username"]},
                    "bucketname": {"DataType": "String", "StringValue": bucketname},
                    "filename": {"DataType": "String", "StringValue": filename},
                },
            )
