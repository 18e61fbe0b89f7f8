"""Changes to moto's SNS, with their reasons: what subscribers want, and who confirmed."""

from __future__ import annotations

import re
from collections import Counter
from itertools import product
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import camelcase_to_underscores
from moto.sns.exceptions import SNSInvalidParameter
from moto.sns.models import SNSBackend, Subscription, Topic
from moto.sns.responses import SNSResponse

from mailfanout.sandbox.access import current_caller
from mailfanout.sandbox.json_objects import Json
from mailfanout.sandbox.labelled_statements import label_statements
from mailfanout.sandbox.seams.replacement import Method, Replacement, around, changes
from mailfanout.sandbox.sns import (
    policies_of_topic,
    policies_of_web_hook,
    publish_once,
    sequence_number,
)

WEB = {"http", "https"}
# Whoever is asked whether they want the messages. Nobody in the sandbox answers.
ASKED = {"email", "email-json", *WEB}
_CONFIRMS = "confirms every subscription at once"


def replacements() -> list[Replacement]:
    """Every change to moto's SNS but those of `triggers`, for setattr."""
    return [
        *changes(
            SNSBackend,
            "refuses wildcard and cidr; the rules have asked before",
            _validate_filter_policy=lambda self, value, scope: None,
        ),
        *around(
            SNSBackend,
            "keeps a filter policy that was taken away, as an empty one",
            set_subscription_attributes=_set_attribute,
        ),
        *around(
            SNSBackend,
            "reads the label of every statement",
            add_permission=_permit,
            remove_permission=_permit_no_more,
        ),
        *around(Topic, "numbers no FIFO message, and sends repeated ones again", publish=_publish),
        *around(SNSResponse, "tells no numbers", publish=_numbered, publish_batch=_numbered),
        *around(SNSResponse, f"{_CONFIRMS}, and does not say whose it is", subscribe=_subscribe),
        *around(
            SNSResponse, _CONFIRMS, list_subscriptions=_listed, list_subscriptions_by_topic=_listed
        ),
        *around(
            SNSResponse,
            "counts no subscriptions, and describes what is empty",
            get_topic_attributes=_described,
        ),
        *around(
            SNSResponse,
            "shows a web hook's policy as it was written, and its topic's as it was at first",
            get_subscription_attributes=_described_subscription,
        ),
        *changes(SNSResponse, "takes any token", confirm_subscription=_confirm_subscription),
    ]


def _publish(
    original: Method, self: Topic, message: str, subject: str | None = None, **options: Any
) -> str:
    options["subject"] = subject
    if not self.fifo_topic:
        return str(original(self, message, **options))

    def deliver(message_id: str, deduplication_id: str) -> None:
        subscriptions, _ = self.sns_backend.list_subscriptions_by_topic(self.arn)
        for one in subscriptions:
            one.publish(message, message_id, **options | {"deduplication_id": deduplication_id})

    ids = {name: options.get(name) for name in ("group_id", "deduplication_id")}
    return publish_once(self, message, **ids, deliver=deliver)


def _numbered(original: Method, self: SNSResponse) -> ActionResult:
    answer: Any = original(self)
    for one in answer.result.get("Successful", [answer.result]):
        if number := sequence_number(one["MessageId"]):
            one["SequenceNumber"] = number
    return ActionResult(answer.result)


def _is_pending(subscription: Subscription) -> bool:
    return subscription.protocol in ASKED


def _subscribe(original: Method, self: SNSResponse) -> ActionResult:
    answer: Any = original(self)
    made = self.backend.subscriptions[answer.result["SubscriptionArn"]]
    caller = current_caller()
    made.attributes.setdefault("SubscriptionPrincipal", caller.role_arn or caller.arn)
    if _is_pending(made):
        made.attributes |= {"PendingConfirmation": True, "ConfirmationWasAuthenticated": False}
        if not self._get_bool_param("ReturnSubscriptionArn", False):
            answer.result["SubscriptionArn"] = "pending confirmation"
    return ActionResult(answer.result)


def _set_attribute(original: Method, self: SNSBackend, arn: str, name: str, value: Any) -> None:
    original(self, arn, name, value)
    if name in ("FilterPolicy", "RedrivePolicy") and not value:
        del self.subscriptions[arn].attributes[name]


def _permit(
    original: Method, self: SNSBackend, region_name: str, topic_arn: str, *args: Any, **named: Any
) -> None:
    label_statements(self.get_topic(topic_arn)._policy_json)
    original(self, region_name, topic_arn, *args, **named)


def _permit_no_more(original: Method, self: SNSBackend, topic_arn: str, label: str) -> None:
    label_statements(self.get_topic(topic_arn)._policy_json)
    original(self, topic_arn, label)


def _listed(original: Method, self: SNSResponse) -> ActionResult:
    answer: Any = original(self)
    found = [_as_listed(one) for one in answer.result["Subscriptions"]]
    return ActionResult({**answer.result, "Subscriptions": found})


def _as_listed(subscription: Subscription) -> Json:
    return {
        "SubscriptionArn": "PendingConfirmation" if _is_pending(subscription) else subscription.arn,
        "Owner": subscription.owner,
        "Protocol": subscription.protocol,
        "Endpoint": subscription.endpoint,
        "TopicArn": subscription.topic_arn,
    }


def _described(original: Method, self: SNSResponse) -> ActionResult:
    answer: Any = original(self)
    attributes = answer.result["Attributes"]
    topic = self.backend.get_topic(attributes["TopicArn"])
    counts = Counter(
        _is_pending(one)
        for one in list(self.backend.subscriptions.values())
        if one.topic_arn == topic.arn
    )
    attributes |= {
        "SubscriptionsPending": str(counts[True]),
        "SubscriptionsConfirmed": str(counts[False]),
        **policies_of_topic(attributes.pop("DeliveryPolicy")),
        **{name: vars(topic)[held] for name, held in _SHOWN_IF_SET.items() if held in vars(topic)},
    }
    if attributes.get("ArchivePolicy") in ("", "{}"):  # nothing is archived any longer
        del attributes["ArchivePolicy"]
    return ActionResult(answer.result)


_FEEDBACK = ("SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate", "FailureFeedbackRoleArn")
# moto's names of what it keeps of a topic and does not show.
_SHOWN_IF_SET = {
    name: camelcase_to_underscores(name)
    for name in (
        *("ArchivePolicy", "FifoThroughputScope", "SignatureVersion", "TracingConfig"),
        *map("".join, product(("Application", "Firehose", "HTTP", "Lambda", "SQS"), _FEEDBACK)),
    )
}


def _described_subscription(original: Method, self: SNSResponse) -> ActionResult:
    answer: Any = original(self)
    attributes = dict(answer.result["Attributes"])
    if attributes["Protocol"] in WEB:
        topic = self.backend.topics.get(attributes["TopicArn"])
        own = attributes.pop("DeliveryPolicy", "")
        attributes |= policies_of_web_hook(own, topic.delivery_policy if topic else "")
    return ActionResult({**answer.result, "Attributes": attributes})


def _confirm_subscription(self: SNSResponse) -> ActionResult:
    """A token is in the message that nobody got."""
    is_one = re.fullmatch("[0-9a-f]{64,}", self._get_param("Token"))
    raise SNSInvalidParameter("Invalid parameter: Token" if is_one else "Invalid token")
