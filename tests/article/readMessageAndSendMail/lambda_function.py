"""The article's second function, faults and all, as its description reads."""

import boto3

table = boto3.resource("dynamodb").Table("mailaddress")
s3 = boto3.client("s3")
ses = boto3.client("ses")

SENDER = "sender@example.com"


def lambda_handler(event, context):
    for record in event["Records"]:
        email = record["body"]
        bucketname = record["messageAttributes"]["bucketname"]["stringValue"]
        filename = record["messageAttributes"]["filename"]["stringValue"]
        content = s3.get_object(Bucket=bucketname, Key=filename)["Body"].read().decode("utf-8")
        lines = content.split("\n")
        subject, body = lines[0], lines[2]
        response = table.update_item(
            Key={"email": email},
            UpdateExpression="set issend = :issend",
            ExpressionAttributeValues={":issend": 1},
            ReturnValues="UPDATED_OLD",
        )
        if response["Attributes"]["issend"] == 0:
            ses.send_email(
                Source=SENDER,
                ReplyToAddresses=[SENDER],
                Destination={"ToAddresses": [email]},
                Message={
                    "Subject": {"Data": subject, "Charset": "UTF-8"},
                    "Body": {"Text": {"Data": body, "Charset": "UTF-8"}},
                },
            )
        else:
            print("Resend Skip")
