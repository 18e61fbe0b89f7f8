"""What people are told of a campaign that has paused itself."""

import os
import time
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from ledger import Item, update_campaign

NOTICES_ARN = os.environ["NOTICES_ARN"]  # the topic for people

sns = boto3.client("sns")


def tell(campaign: Item, context: Any) -> str:
    """Tell people why a campaign has paused itself; returns the error, if that failed.

    Then the next sweep tells them. Of several sweeps at once one tells; if that one dies, another
    one does, once its time is over. A daily quota returns bit by bit, and the sweep opens the
    campaign each time: that is told once, until a person resumes it.
    """
    if not is_untold(campaign):
        return ""
    name, now = campaign["campaign"], time.time()
    reason = {":reason": campaign["reason"]}
    turn = {":until": {"N": str(now + context.get_remaining_time_in_millis() / 1000)}}
    is_our_turn = update_campaign(
        name,
        "SET telling_until = :until",
        "reason = :reason AND told <> :reason "
        "AND (attribute_not_exists(telling_until) OR telling_until < :now)",
        reason | turn | {":now": {"N": str(now)}},
    )
    if not is_our_turn:
        return ""
    is_ours = "telling_until = :until"  # else somebody has resumed it, and hears of the next pause
    try:
        message = f"Campaign {name['S']}\npaused: {campaign['reason']['S']}"
        sns.publish(TopicArn=NOTICES_ARN, Subject="mailfanout", Message=message)
    except (ClientError, BotoCoreError) as error:
        update_campaign(name, "REMOVE telling_until", is_ours, turn)
        return type(error).__name__
    if update_campaign(name, "SET told = :reason REMOVE telling_until", is_ours, reason | turn):
        campaign["told"] = campaign["reason"]
    return ""


def is_untold(campaign: Item) -> bool:
    untold: bool = campaign["gate"]["S"] == "paused" and campaign.get("told") != campaign["reason"]
    return untold
