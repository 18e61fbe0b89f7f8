"""What SNS refuses of filter policies."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mailfanout.sandbox.sns.filter_rules import wrong_policy
from support.calls.refusals import refusal
from support.sandboxes.account_in_sandbox import ACCOUNT_ID, Account

NOTHING_BUT = "Value of anything-but must be an array or single string/number value."
ONE_TYPE = (
    "Inside anything but list, either all values are number or string, mixed type is not supported"
)
ONLY_TEXT = (
    "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported."
)


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ([], "Empty arrays are not allowed"),
        ({"b": {}}, "Empty objects are not allowed"),
        ([{"wildcard": "a*b**"}], "Consecutive wildcard characters at pos 4"),
        ([{"wildcard": "\\*\\x"}], "Invalid escape character at pos 3"),
        ([{"cidr": "10.0.0.255"}], "Malformed CIDR, one '/' required"),
        ([{"cidr": "10.0.0.0/xx"}], "Malformed CIDR, mask bits must be an integer"),
        ([{"cidr": "10.0.0.0/-1"}], "Malformed CIDR, mask bits must not be negative"),
        ([{"cidr": "xx.11.xx/8"}], "Nonstandard IP address: xx.11.xx"),
        ([{"cidr": "10.0.0.0/32"}], "IPv4 mask bits must be < 32"),
        ([{"cidr": "::/128"}], "IPv6 mask bits must be < 128"),
        ([{"nope": "a"}], "Unrecognized match type nope"),
        ([["a"]], "Match value must be String, number, true, false, or null"),
        ([10**9 + 1], "Value must be between -1.0E9 and 1.0E9, inclusive"),
        ([{"exists": "no"}], "exists match pattern must be either true or false."),
        ([{"numeric": 1}], "Value of numeric must be an array."),
        ([{"numeric": []}], "Invalid member in numeric match: ]"),
        ([{"numeric": [1, "<"]}], "Invalid member in numeric match: 1"),
        ([{"numeric": ["operator"]}], "Unrecognized numeric range operator: operator"),
        ([{"numeric": ["=", "0"]}], "Value of equals must be numeric"),
        ([{"numeric": [">="]}], "Value of >= must be numeric"),
        ([{"numeric": ["<", 9, ">", 1]}], "Too many elements in numeric expression"),
        ([{"numeric": [">", 1, 2]}], "Bad value in numeric range: 2"),
        ([{"numeric": [">", 1, ">", 2]}], "Bad numeric range operator: >"),
        ([{"numeric": [">", 1, "<"]}], "Value of < must be numeric"),
        ([{"numeric": [">", 3, "<", 1]}], "Bottom must be less than top"),
        ([{"numeric": [">", 1, "<", 2, "<", 3]}], "Too many terms in numeric range expression"),
        ("a", '"a" must be an object or an array'),
        ({"b": "c"}, '"b" must be an object or an array'),
        ([*range(151)], "Filter policy is too complex"),
        ([{}], "Only one key allowed in match expression"),
        ([{"prefix": "a", "suffix": "b"}], "Only one key allowed in match expression"),
        ([{"prefix": 1}], "prefix match pattern must be a string"),
        ([{"equals-ignore-case": ["a"]}], "equals-ignore-case match pattern must be a string"),
        ([{"cidr": 5}], "prefix match pattern must be a string"),
        ([{"anything-but": {"nope": "a"}}], "Unsupported anything-but pattern: nope"),
        ([{"anything-but": {"cidr": "10.0.0.0/8"}}], "Unsupported anything-but pattern: cidr"),
        ([{"anything-but": {}}], "Anything-But expression name not found"),
        ([{"anything-but": {"prefix": False}}], "prefix/suffix match pattern must be a string"),
        ([{"anything-but": {"suffix": [1]}}], "prefix/suffix match pattern must be a string"),
        ([{"anything-but": {"suffix": ""}}], "Null prefix/suffix not allowed"),
        ([{"anything-but": {"prefix": {"a": "b"}}}], NOTHING_BUT),
        ([{"anything-but": {"wildcard": ["a", 1]}}], "wildcard match pattern must be a string"),
        (
            [{"anything-but": {"wildcard": ["a", "b**"]}}],
            "Consecutive wildcard characters at pos 2",
        ),
        ([{"anything-but": {"equals-ignore-case": 1}}], ONLY_TEXT),
        (
            [{"anything-but": {"prefix": "a", "suffix": "b"}}],
            "Only one key allowed in match expression",
        ),
        ([{"anything-but": []}], ONE_TYPE),
        ([{"anything-but": ["a", 1]}], ONE_TYPE),
        (
            [{"anything-but": [True]}],
            "Inside anything but list, start|null|boolean is not supported.",
        ),
        ([{"anything-but": True}], NOTHING_BUT),
    ],
)
def test_a_filter_policy_that_sns_does_not_take_is_refused(
    account: Account, subscription_arn: str, rules: list[Any], words: str
) -> None:
    answer = refusal(
        account.client("sns").set_subscription_attributes,
        SubscriptionArn=subscription_arn,
        AttributeName="FilterPolicy",
        AttributeValue=json.dumps({"a": rules}),
    )

    assert answer == ("InvalidParameter", f"Invalid parameter: FilterPolicy: {words}")


IN_GROUPS = {
    "source": ["a", "b", "c", "d"],
    "$or": [
        {"name": ["a", "b", "c", "d", "e", "f"]},
        {"type": ["a", "b", "c", "d"], "$or": [{"id": [1, 2, 3, 4]}, {"space": [1, 2, 3, 4]}]},
    ],
}

NESTED = {
    "$or": [{"name": ["a", "b", "c"]}, {"space": ["a", "b"]}],
    "detail": {"scope": ["a", "b"], "$or": [{"source": ["a"]}, {"type": ["a", "b", "c"]}]},
}


@pytest.mark.parametrize(
    ("policy", "scope", "words"),
    [
        (IN_GROUPS, "MessageAttributes", "FilterPolicy: Filter policy is too complex"),
        ({**IN_GROUPS, "source": ["a", "b", "c"]}, "MessageAttributes", None),
        (NESTED, "MessageBody", "FilterPolicy: Filter policy is too complex"),
        (
            NESTED,
            "MessageAttributes",
            "Filter policy scope MessageAttributes does not support nested filter policy",
        ),
        (
            {str(n): ["a"] for n in range(6)},
            "MessageBody",
            "FilterPolicy: Filter policy can not have more than 5 keys",
        ),
    ],
)
def test_a_policy_has_so_many_keys_and_combinations(
    policy: dict[str, Any], scope: str, words: str | None
) -> None:
    assert wrong_policy(policy, scope) == words


def test_a_policy_that_is_taken_away_is_told_of_no_more(account: Account) -> None:
    sns, queue_arn = account.client("sns"), f"arn:aws:sqs:us-east-1:{ACCOUNT_ID}:queue"
    topic_arn = sns.create_topic(Name="filtered")["TopicArn"]
    subscribed = sns.subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=queue_arn)
    arn = {"SubscriptionArn": subscribed["SubscriptionArn"]}
    told = sns.get_subscription_attributes(**arn)["Attributes"]

    for policy in ('{"kind": ["bounce"]}', ""):
        sns.set_subscription_attributes(**arn, AttributeName="FilterPolicy", AttributeValue=policy)

    assert sns.get_subscription_attributes(**arn)["Attributes"] == told
