"""How often SNS would try a web hook, and in which words, as topics and subscriptions show it.

See https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
"""

from __future__ import annotations

from mailfanout.sandbox.calls import read_json
from mailfanout.sandbox.json_objects import Json, compact

_RETRIES = {
    "minDelayTarget": 20,
    "maxDelayTarget": 20,
    "numRetries": 3,
    "numMaxDelayRetries": 0,
    "numNoDelayRetries": 0,
    "numMinDelayRetries": 0,
    "backoffFunction": "linear",
}
_REQUEST = {"headerContentType": "text/plain; charset=UTF-8"}
# What a subscription's policy may say, and what it is without.
_OF_SUBSCRIPTION = {
    "healthyRetryPolicy": None,
    "sicklyRetryPolicy": None,
    "throttlePolicy": None,
    "requestPolicy": None,
    "guaranteed": False,
}


def policies_of_topic(written: str) -> dict[str, str]:
    """A topic's own policy for web hooks, if it has one, and what follows from it."""
    http = _read(written).get("http") or {}
    given = _said(http)
    overrides = {"disableSubscriptionOverrides": given.get("disableSubscriptionOverrides", False)}
    own = {"DeliveryPolicy": compact({"http": given | overrides})} if http else {}
    return {**own, "EffectiveDeliveryPolicy": compact({"http": _effective(given) | overrides})}


def policies_of_web_hook(written: str, topics: str) -> dict[str, str]:
    """The same of a subscription: what it does not say, its topic's policy says."""
    http = _said(_read(topics).get("http") or {})
    default = _effective(http)
    given = {} if http.get("disableSubscriptionOverrides") else _said(_read(written))
    effective = {
        **_OF_SUBSCRIPTION,
        **given,
        "healthyRetryPolicy": default["defaultHealthyRetryPolicy"]
        | given.get("healthyRetryPolicy", {}),
        "requestPolicy": default["defaultRequestPolicy"] | given.get("requestPolicy", {}),
    }
    own = {"DeliveryPolicy": compact(_OF_SUBSCRIPTION | _read(written))} if written else {}
    return {**own, "EffectiveDeliveryPolicy": compact(effective)}


def _effective(given: Json) -> Json:
    return {
        "defaultHealthyRetryPolicy": _RETRIES | given.get("defaultHealthyRetryPolicy", {}),
        "defaultRequestPolicy": _REQUEST | given.get("defaultRequestPolicy", {}),
    }


def _read(written: str) -> Json:
    policy = read_json(written or "{}")
    return policy if isinstance(policy, dict) else {}


def _said(policy: Json) -> Json:
    return {name: value for name, value in policy.items() if value is not None}
