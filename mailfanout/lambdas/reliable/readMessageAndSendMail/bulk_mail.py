"""A chunk's mails, handed to SES, and what its answers mean."""

import json
import os
import re
from typing import Any, NamedTuple
from urllib.parse import quote

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
)
from ledger import DAILY_QUOTA, Entry, Item

SENDER = os.environ["SENDER"]
CONFIGURATION_SET = os.environ["CONFIGURATION_SET"]
UNSUBSCRIBE_URL = os.environ.get("UNSUBSCRIBE_URL")  # the address follows it
SES_TIMEOUT_SECONDS = float(os.environ.get("SES_TIMEOUT_SECONDS", "20"))

NEEDED_SECONDS = 1.5 * SES_TIMEOUT_SECONDS  # to send a chunk and record it
SEND_LATER = {
    "ACCOUNT_THROTTLED",
    "TRANSIENT_FAILURE",
    "ThrottlingException",
    "TooManyRequestsException",
}
REFUSED_FOR_GOOD = {"MESSAGE_REJECTED", "INVALID_PARAMETER", "FAILED"}

# Without retries: if only SES's reply was lost, a second request would be a second mail. And SES
# checks the entries itself: for boto3 to do so before takes a fifth of this function's time.
ses = boto3.client(
    "sesv2",
    config=Config(
        parameter_validation=False,
        retries={"total_max_attempts": 1},
        connect_timeout=SES_TIMEOUT_SECONDS / 4,
        read_timeout=SES_TIMEOUT_SECONDS,
    ),
)


class Outcome(NamedTuple):
    """What became of an entry: the state it gets, with the message id or the reason.

    `pause` is a reason to pause the campaign: SES refuses the account, not the recipient.
    """

    state: str
    detail: str = ""
    pause: str = ""


def bulk_entry(recipient: Item, key: Item, number: int) -> Entry:
    email = recipient["email"]["S"]
    data = {"email": email, "username": username_of(recipient)}
    tags = {"campaign": key["campaign"]["S"], "chunk": key["part"]["S"], "entry": str(number)}
    entry = {
        "Destination": {"ToAddresses": [email]},
        "ReplacementTags": named(tags),
        "ReplacementEmailContent": {
            "ReplacementTemplate": {"ReplacementTemplateData": json.dumps(data)}
        },
    }
    if UNSUBSCRIBE_URL:
        headers = {
            "List-Unsubscribe": f"<{UNSUBSCRIBE_URL}{quote(email, safe='')}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
        entry["ReplacementHeaders"] = named(headers)
    return entry


def username_of(recipient: Item) -> str:
    return " ".join(recipient.get("username", {}).get("S", "").split())


def named(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in values.items()]


def send(requests: dict[int, Entry], mail: Item, context: Any) -> dict[int, Outcome]:
    """Hand the entries to SES in one call, or, if one of them spoils that, each by itself."""
    content = {"Subject": mail["subject"]["S"], "Text": mail["body"]["S"]}
    try:
        response = ses.send_bulk_email(
            FromEmailAddress=SENDER,
            ReplyToAddresses=[SENDER],
            ConfigurationSetName=CONFIGURATION_SET,
            DefaultContent={"Template": {"TemplateContent": content, "TemplateData": "{}"}},
            BulkEmailEntries=list(requests.values()),
        )
    except ClientError as error:
        if error.response["Error"]["Code"] == "BadRequestException" and len(requests) > 1:
            return send_singly(requests, mail, context)
        outcome = outcome_of_error(error)
    except (EndpointConnectionError, ConnectTimeoutError):
        outcome = Outcome("pending")
    except BotoCoreError as error:
        outcome = Outcome("unknown", type(error).__name__)
    else:
        results = response["BulkEmailEntryResults"]
        return {n: outcome_of(result) for n, result in zip(requests, results, strict=True)}
    return dict.fromkeys(requests, outcome)


def send_singly(requests: dict[int, Entry], mail: Item, context: Any) -> dict[int, Outcome]:
    outcomes: dict[int, Outcome] = {}
    for number, entry in requests.items():
        if not has_time(context):
            break
        outcomes |= send({number: entry}, mail, context)
    return outcomes


def outcome_of(result: dict[str, str]) -> Outcome:
    """What SES's answer to one entry means."""
    if result["Status"] == "SUCCESS":
        return Outcome("sent", result["MessageId"])
    return outcome_of_refusal(result["Status"], result.get("Error", ""))


def outcome_of_error(error: ClientError) -> Outcome:
    """What SES's answer to a whole call means for each of its entries."""
    code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    if code == "BadRequestException":
        return Outcome("failed", f"{code}: {message}")
    if error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
        return Outcome("unknown", code)
    return outcome_of_refusal(code, message)


def outcome_of_refusal(code: str, message: str) -> Outcome:
    """One recipient fails, or one waits; whatever concerns the account makes the campaign wait."""
    if code == "ACCOUNT_DAILY_QUOTA_EXCEEDED" or "quota exceeded" in message:
        return Outcome("pending", pause=DAILY_QUOTA)
    if code in SEND_LATER:
        return Outcome("pending")
    if code in REFUSED_FOR_GOOD and SENDER not in re.split(r"[\s,<>]+", message):
        return Outcome("failed", f"{code}: {message}")
    return Outcome("pending", pause=f"{code}: {message}")


def has_time(context: Any) -> bool:
    return remaining_seconds(context) > NEEDED_SECONDS


def remaining_seconds(context: Any) -> float:
    return float(context.get_remaining_time_in_millis()) / 1000
