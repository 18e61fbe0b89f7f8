"""Changes to moto's SNS, with their reasons: what subscribers want, and who confirmed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.sns.exceptions import SNSInvalidParameter
from moto.sns.models import SNSBackend, Subscription
from moto.sns.responses import SNSResponse
from moto.sns.utils import FilterPolicyMatcher

from mailfanout.sandbox.access import current_caller
from mailfanout.sandbox.seams.replacement import Replacement
from mailfanout.sandbox.sns import is_wanted, rules_of, wrong_rule

Json = dict[str, Any]
Method = Callable[..., Any]

# Whoever is asked whether they want the messages. Nobody in the sandbox answers.
ASKED = {"email", "email-json", "http", "https"}
_CONFIRMS = "sns/responses.py confirms every subscription at once"


def replacements() -> list[Replacement]:
    """Every change to moto's SNS but those of `triggers`, for setattr."""
    return [
        Replacement(
            FilterPolicyMatcher,
            "matches",
            _matches,
            "sns/utils.py knows no wildcard, no cidr, no $or, and anything-but with prefix alone",
        ),
        Replacement(
            SNSBackend,
            "_validate_filter_policy",
            _validate_filter_policy(SNSBackend._validate_filter_policy),
            "sns/models.py refuses wildcard and cidr, and takes an empty list",
        ),
        Replacement(
            SNSResponse,
            "subscribe",
            _subscribe(SNSResponse.subscribe),
            f"{_CONFIRMS}, and does not say whose it is",
        ),
        *(
            Replacement(SNSResponse, name, _listed(getattr(SNSResponse, name)), _CONFIRMS)
            for name in ("list_subscriptions", "list_subscriptions_by_topic")
        ),
        Replacement(
            SNSResponse,
            "get_topic_attributes",
            _counted(SNSResponse.get_topic_attributes),
            "sns/responses.py counts no subscriptions",
        ),
        Replacement(
            SNSResponse,
            "confirm_subscription",
            _confirm_subscription,
            "sns/responses.py takes any token",
        ),
    ]


def _matches(self: FilterPolicyMatcher, message_attributes: Json | None, message: str) -> bool:
    return is_wanted(self.filter_policy, self.filter_policy_scope, message_attributes, message)


def _validate_filter_policy(original: Method) -> Method:
    def validate(self: SNSBackend, value: Any, scope: str | None) -> None:
        if [] in value.values():
            raise SNSInvalidParameter(
                "Invalid parameter: FilterPolicy: Empty arrays are not allowed"
            )
        for rule in rules_of(value):
            if reason := wrong_rule(rule):
                raise SNSInvalidParameter(f"Invalid parameter: FilterPolicy: {reason}")
        original(self, _as_moto_knows_it(value), scope)

    return validate


def _as_moto_knows_it(value: Any) -> Any:
    """A policy with a rule that moto knows in place of each that it does not."""
    if isinstance(value, list):
        return [_as_moto_knows_it(one) for one in value]
    if not isinstance(value, dict):
        return value
    if value.keys() in ({"wildcard"}, {"cidr"}):
        return {"prefix": ""}
    return {name: _as_moto_knows_it(one) for name, one in value.items()}


def _is_pending(subscription: Subscription) -> bool:
    return subscription.protocol in ASKED


def _subscribe(original: Method) -> Method:
    def subscribe(self: SNSResponse) -> ActionResult:
        answer: Any = original(self)
        subscription = self.backend.subscriptions[answer.result["SubscriptionArn"]]
        caller = current_caller()
        subscription.attributes.setdefault("SubscriptionPrincipal", caller.role_arn or caller.arn)
        if _is_pending(subscription):
            subscription.attributes |= {
                "PendingConfirmation": True,
                "ConfirmationWasAuthenticated": False,
            }
            if not self._get_bool_param("ReturnSubscriptionArn", False):
                answer.result["SubscriptionArn"] = "pending confirmation"
        return ActionResult(answer.result)

    return subscribe


def _listed(original: Method) -> Method:
    def list_subscriptions(self: SNSResponse) -> ActionResult:
        answer: Any = original(self)
        found = [_as_listed(one) for one in answer.result["Subscriptions"]]
        return ActionResult({**answer.result, "Subscriptions": found})

    return list_subscriptions


def _as_listed(subscription: Subscription) -> Json:
    return {
        "SubscriptionArn": "PendingConfirmation" if _is_pending(subscription) else subscription.arn,
        "Owner": subscription.owner,
        "Protocol": subscription.protocol,
        "Endpoint": subscription.endpoint,
        "TopicArn": subscription.topic_arn,
    }


def _counted(original: Method) -> Method:
    def get_topic_attributes(self: SNSResponse) -> ActionResult:
        answer: Any = original(self)
        arn = answer.result["Attributes"]["TopicArn"]
        counts = Counter(
            _is_pending(one)
            for one in list(self.backend.subscriptions.values())
            if one.topic_arn == arn
        )
        answer.result["Attributes"] |= {
            "SubscriptionsPending": str(counts[True]),
            "SubscriptionsConfirmed": str(counts[False]),
        }
        return ActionResult(answer.result)

    return get_topic_attributes


def _confirm_subscription(self: SNSResponse) -> ActionResult:
    """A token is in the message that nobody got."""
    self.backend.get_topic(self._get_param("TopicArn"))
    raise SNSInvalidParameter("Invalid parameter: Token")
