"""SNS: a topic's messages on their way to queues, and those that SES causes."""

from __future__ import annotations

from mailfanout.sandbox.sns.delivery_policies import policies_of_topic, policies_of_web_hook
from mailfanout.sandbox.sns.filter_rules import wrong_pattern, wrong_policy
from mailfanout.sandbox.sns.filters import is_wanted, matches
from mailfanout.sandbox.sns.ordered import publish_once, sequence_number
from mailfanout.sandbox.sns.queues import redrive, send_to_queue
from mailfanout.sandbox.sns.topics import Topics

__all__ = [
    "Topics",
    "is_wanted",
    "matches",
    "policies_of_topic",
    "policies_of_web_hook",
    "publish_once",
    "redrive",
    "send_to_queue",
    "sequence_number",
    "wrong_pattern",
    "wrong_policy",
]
