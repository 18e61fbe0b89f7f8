"""SNS: a topic's messages on their way to queues, and those that SES causes."""

from __future__ import annotations

from mailfanout.sandbox.sns.filters import is_wanted, rules_of, wrong_rule
from mailfanout.sandbox.sns.queues import redrive, send_to_queue
from mailfanout.sandbox.sns.topics import Topics

__all__ = ["Topics", "is_wanted", "redrive", "rules_of", "send_to_queue", "wrong_rule"]
