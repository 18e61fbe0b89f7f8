"""For each message of the queue, read the uploaded mail and send it to one recipient."""

import json
import os
from typing import Any
from unicodedata import category

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

TABLE_NAME = os.environ["TABLE_NAME"]
SENDER = os.environ["SENDER"]
CONFIGURATION_SET = os.environ.get("CONFIGURATION_SET")  # who hears what becomes of a mail, if any
CONTROL = ("Cc", "Zl", "Zp")  # what SES takes in no header, as Unicode sorts it

s3 = boto3.client("s3")
dynamodb = boto3.client("dynamodb")
# Without retries: if only SES's reply was lost, a second request would be a second mail.
ses = boto3.client("sesv2", config=Config(retries={"total_max_attempts": 1}))


class Unsendable(Exception):
    """The message, or the mail that it names, cannot be used; the text says why."""


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Send one mail per message; only the messages that failed return to the queue."""
    failures = []
    for record in event["Records"]:
        try:
            log(record, outcome=send_once(record))
        except (Unsendable, ClientError, BotoCoreError) as error:
            log(record, outcome="failed", reason=reason_of(error))
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def send_once(record: dict[str, Any]) -> str:
    """Check the mail, then set the flag, then send; returns what became of it."""
    recipient, bucket_name, key = read_message(record)
    subject, body = parse_mail(read_object(bucket_name, key))
    try:
        first_time = set_issend(recipient)
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return "suppressed"
    if not first_time:
        return "Resend Skip"
    send_mail(recipient, subject, body)
    return "sent"


def read_message(record: dict[str, Any]) -> tuple[str, str, str]:
    """The recipient, and the bucket and key of the mail. Raises Unsendable."""
    attributes = record["messageAttributes"]
    values = {name: attribute.get("stringValue") for name, attribute in attributes.items()}
    for name in ("username", "bucketname", "filename"):
        if not values.get(name):
            raise Unsendable(f"the message has no {name}")
    return record["body"], values["bucketname"], values["filename"]


def read_object(bucket_name: str, key: str) -> bytes:
    """The bytes of the uploaded mail. Raises Unsendable if it is gone."""
    try:
        content: bytes = s3.get_object(Bucket=bucket_name, Key=key)["Body"].read()
    except s3.exceptions.NoSuchKey as error:
        raise Unsendable(f"there is no s3://{bucket_name}/{key}: was it deleted?") from error
    return content


def parse_mail(content: bytes) -> tuple[str, str]:
    """Subject and body: the first line, and all that follows the empty second one.

    UTF-8, with or without a byte order mark; any line ends. Raises Unsendable.
    """
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        place = f"byte {error.start}, in line {len(content[: error.start + 1].splitlines())}"
        raise Unsendable(f"the mail is not UTF-8: see its {place}") from error
    subject, second_line, body = (text.split("\n", 2) + ["", ""])[:3]
    if not subject.strip():
        raise Unsendable("the mail is empty, or its first line is: that is the subject")
    if control := [one for one in subject.strip() if one != "\t" and category(one) in CONTROL]:
        raise Unsendable(f"the subject has the control character U+{ord(control[0]):04X}")
    if second_line.strip():
        raise Unsendable("the mail's second line is not empty: it parts the subject from the body")
    if not body.strip():
        raise Unsendable("the mail has no body: that starts at its third line")
    return subject.strip(), body.removesuffix("\n")


def set_issend(recipient: str) -> bool:
    """Mark a recipient as sent to; True if issend was 0 until now.

    Raises ConditionalCheckFailedException if the recipient was deleted or opted out.
    """
    response = dynamodb.update_item(
        TableName=TABLE_NAME,
        Key={"email": {"S": recipient}},
        UpdateExpression="SET issend = :yes",
        ConditionExpression="attribute_exists(email) AND "
        "(attribute_not_exists(optedout) OR optedout = :no)",
        ExpressionAttributeValues={":yes": {"N": "1"}, ":no": {"N": "0"}},
        ReturnValues="UPDATED_OLD",
    )
    old_flag: dict[str, str] | None = response.get("Attributes", {}).get("issend")
    return old_flag == {"N": "0"}


def send_mail(recipient: str, subject: str, body: str) -> None:
    ses.send_email(
        FromEmailAddress=SENDER,
        ReplyToAddresses=[SENDER],
        Destination={"ToAddresses": [recipient]},
        Content={
            "Simple": {
                "Subject": {"Data": subject, "Charset": "UTF-8"},
                "Body": {"Text": {"Data": body, "Charset": "UTF-8"}},
            }
        },
        **({"ConfigurationSetName": CONFIGURATION_SET} if CONFIGURATION_SET else {}),
    )


def reason_of(error: Exception) -> str:
    """What to log: of AWS's errors the code, since SES's messages quote whole addresses."""
    if isinstance(error, ClientError):
        return f"{error.operation_name} failed: {error.response['Error']['Code']}"
    return str(error)


def log(record: dict[str, Any], **fields: str) -> None:
    name, _, domain = record["body"].partition("@")
    print(json.dumps({**fields, "recipient": f"{name[:1]}***@{domain}"}, ensure_ascii=False))
