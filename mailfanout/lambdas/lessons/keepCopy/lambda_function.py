"""Keep a copy of each file that is uploaded: in the same bucket, which is the mistake."""

from typing import Any
from urllib.parse import unquote_plus

import boto3

s3 = boto3.client("s3")


def lambda_handler(event: dict[str, Any], context: Any) -> None:
    """Copy each uploaded object to `copies/` and its key."""
    for record in event["Records"]:
        bucket_name = record["s3"]["bucket"]["name"]
        key = unquote_plus(record["s3"]["object"]["key"])
        content = s3.get_object(Bucket=bucket_name, Key=key)["Body"].read()
        s3.put_object(Bucket=bucket_name, Key=f"copies/{key}", Body=content)
