"""Rules on a pattern tell their targets of the events that PutEvents brings."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from support.calls.refusals import refusal
from support.sandboxes.account_in_sandbox import RECORD, ROLE_ARN, Account

QUEUE_ARN = "arn:aws:sqs:us-east-1:123456789012:told"
TOPIC_ARN = "arn:aws:sns:us-east-1:123456789012:told"
ENTRY = {"Source": "shop", "DetailType": "sold", "Detail": '{"n": 5, "what": "a.tea.b"}'}

# What an event always has, if it is tried without a rule.
TOLD = {name: "a" for name in ("account", "detail-type", "region", "source", "time")} | {"id": "1"}
ANY = '{"version": [{"exists": false}]}'
NO_EVENT = "Parameter Event is not valid."


def allow(service: str, action: str, arn: str) -> str:
    principal = {"Service": f"{service}.amazonaws.com"}
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": arn}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def rule_arn(account: Account) -> str:
    """The ARN of a rule that tells a queue, and a topic which tells the queue, too."""
    sqs, sns, events = map(account.client, ("sqs", "sns", "events"))
    policy = json.loads(allow("events", "sqs:SendMessage", QUEUE_ARN))
    policy["Statement"] += json.loads(allow("sns", "sqs:SendMessage", QUEUE_ARN))["Statement"]
    sqs.create_queue(QueueName="told", Attributes={"Policy": json.dumps(policy)})
    sns.create_topic(Name="told", Attributes={"Policy": allow("events", "SNS:Publish", TOPIC_ARN)})
    sns.subscribe(
        TopicArn=TOPIC_ARN,
        Protocol="sqs",
        Endpoint=QUEUE_ARN,
        Attributes={"RawMessageDelivery": "true"},
    )
    pattern = {
        "source": ["shop"],
        "time": [{"prefix": "20"}],
        "detail": {"n": [{"numeric": [">", 3]}], "what": [{"wildcard": "a*tea*"}]},
    }
    arn: str = events.put_rule(Name="sold", EventPattern=json.dumps(pattern))["RuleArn"]
    targets = [
        {"Id": "queue", "Arn": QUEUE_ARN},
        {"Id": "topic", "Arn": TOPIC_ARN, "InputPath": "$.detail"},
    ]
    events.put_targets(Rule="sold", Targets=targets)
    return arn


def told(account: Account) -> list[Any]:
    sqs = account.client("sqs")
    url = sqs.get_queue_url(QueueName="told")["QueueUrl"]
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    for one in found:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
    return [json.loads(one["Body"]) for one in found]


def test_an_event_that_fits_is_told_to_functions_queues_and_topics(
    account: Account, rule_arn: str
) -> None:
    events, function_arn = account.client("events"), account.function(RECORD)
    events.put_targets(Rule="sold", Targets=[{"Id": "function", "Arn": function_arn}])
    account.allow("events", rule_arn)
    others = [{**ENTRY, "Detail": '{"n": 2, "what": "a.tea.b"}'}, {**ENTRY, "Source": "house"}]
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    put = events.put_events(Entries=[*others, {**ENTRY, "Time": at, "Resources": ["x"]}])

    whole = {
        "version": "0",
        "id": put["Entries"][2]["EventId"],
        "detail-type": "sold",
        "source": "shop",
        "account": "123456789012",
        "time": "2026-01-02T03:04:05Z",
        "region": "us-east-1",
        "resources": ["x"],
        "detail": json.loads(ENTRY["Detail"]),
    }
    assert sorted(told(account), key=len) == [whole["detail"], whole]
    assert account.wait_for(1, account.events) == [whole]


@pytest.mark.parametrize(
    ("change", "failure"),
    [
        ({"Source": "aws.s3"}, "NotAuthorizedForSourceException"),
        ({"Detail": "no JSON"}, "MalformedDetail"),
        ({"Detail": ""}, "InvalidArgument"),
        ({"Detail": "[1]"}, "MalformedDetail"),
        ({"Detail": '{"a":' * 500 + "1" + "}" * 500}, "MalformedDetail"),
        ({"Detail": '{"a":' * 2000 + "1" + "}" * 2000}, "MalformedDetail"),
        ({"EventBusName": "nowhere"}, None),
        ({"EventBusName": "arn:aws:events:eu-west-1:123456789012:event-bus/default"}, None),
    ],
)
def test_an_event_that_is_none_is_told_to_nobody(
    account: Account, rule_arn: str, change: dict[str, str], failure: str | None
) -> None:
    (entry,) = account.client("events").put_events(Entries=[{**ENTRY, **change}])["Entries"]

    assert entry.get("ErrorCode") == failure
    assert told(account) == []


@pytest.mark.parametrize(
    ("role", "count"), [(None, 1), (ROLE_ARN, 0), ("arn:aws:iam::123456789012:role/bus", 1)]
)
def test_a_bus_hands_events_on_to_another_one_once(
    account: Account, rule_arn: str, role: str | None, count: int
) -> None:
    events, iam = account.client("events"), account.client("iam")
    trust = allow("events", "sts:AssumeRole", "*").replace(', "Resource": "*"', "")
    iam.create_role(RoleName="bus", AssumeRolePolicyDocument=trust)
    everything = "arn:aws:iam::aws:policy/AmazonEventBridgeFullAccess"
    iam.attach_role_policy(RoleName="bus", PolicyArn=everything)
    buses = [events.create_event_bus(Name=name)["EventBusArn"] for name in ("one", "two")]
    pattern = json.dumps({"source": ["shop"]})
    default = "arn:aws:events:us-east-1:123456789012:event-bus/default"
    for bus, arn in (("one", buses[1]), ("two", QUEUE_ARN), ("two", default)):
        events.put_rule(Name="on", EventBusName=bus, EventPattern=pattern)
        target = {"Id": arn[-3:], "Arn": arn} | ({"RoleArn": role} if bus == "one" and role else {})
        events.put_targets(Rule="on", EventBusName=bus, Targets=[target])

    events.put_events(Entries=[{**ENTRY, "EventBusName": buses[0]}])

    assert len(told(account)) == count


def test_a_rule_at_rest_tells_nobody(account: Account, rule_arn: str) -> None:
    events = account.client("events")
    events.disable_rule(Name="sold")

    events.put_events(Entries=[ENTRY])

    assert told(account) == []


def test_events_of_a_call_have_so_many_bytes(account: Account) -> None:
    large = {**ENTRY, "Detail": json.dumps({"a": "x" * 2**19})}

    found = refusal(account.client("events").put_events, Entries=[large] * 2)

    words = "Total size of the entries in the request is over the limit."
    assert found == ("ValidationException", words)


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ({"source": ["a"]}, True),
        ({"id": ["2"]}, False),
        ({"source": [{"prefix": {"equals-ignore-case": "A"}}]}, True),
        ({"n": [{"numeric": [">", 4e9]}]}, True),
        ({"n": [4e12]}, False),
        ({"list": {"id": [{"exists": True}], "b": [2]}}, True),
        ({"list": {"id": [1], "b": [3]}}, False),
        ({"empty": [{"exists": True}]}, False),
        ({"empty": [{"exists": False}]}, True),
        ({"empty": [None]}, False),
        ({"null": [{"anything-but": {"prefix": "a"}}]}, True),
        ({"none": [{"anything-but": {"prefix": "a"}}]}, False),
        ({"dotted": {"name": ["x"]}}, True),
        ({"source": [{"suffix": {"equals-ignore-case": "B"}}]}, False),
    ],
)
def test_a_pattern_is_tried_without_a_rule(
    account: Account, pattern: dict[str, Any], fits: bool
) -> None:
    lists = {"list": [{"a": 1}, {"id": 1, "b": 2}, {"b": 3}], "empty": []}
    event = {**TOLD, "n": 5e9, "null": None, "dotted.name": "x", **lists}

    found = account.client("events").test_event_pattern(
        EventPattern=json.dumps(pattern), Event=json.dumps(event)
    )

    assert found["Result"] is fits


ARNS_OF_AWS = "arn:aws:{}:us-east-1:123456789012:{}"


@pytest.mark.parametrize(
    ("service", "name", "more", "code"),
    [
        ("sqs", "gone", {}, "NO_RESOURCE"),
        ("sns", "gone", {}, "NO_RESOURCE"),
        ("lambda", "function:gone", {}, "NO_RESOURCE"),
        ("sqs", "closed", {}, "NO_PERMISSIONS"),
        ("sns", "closed", {}, "NO_PERMISSIONS"),
        ("sqs", "told", {"Input": json.dumps("x" * 2000)}, "INVALID_PARAMETER"),
        ("sqs", "ids.fifo", {"SqsParameters": {"MessageGroupId": "g"}}, "INVALID_PARAMETER"),
    ],
)
def test_an_event_that_a_target_cannot_get_is_put_on_its_dead_letter_queue_at_once(
    account: Account, rule_arn: str, service: str, name: str, more: Any, code: str
) -> None:
    events, sqs, sns = map(account.client, ("events", "sqs", "sns"))
    ids = "ids.fifo", {"FifoQueue": "true"}
    for queue_name, attributes in ids, ("closed", {}):
        arn = ARNS_OF_AWS.format("sqs", queue_name)
        if attributes:
            attributes["Policy"] = allow("events", "sqs:SendMessage", arn)
        sqs.create_queue(QueueName=queue_name, Attributes=attributes)
    sns.create_topic(Name="closed")
    url = sqs.get_queue_url(QueueName="told")["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"MaximumMessageSize": "1024"})
    target = {"Id": "1", "Arn": ARNS_OF_AWS.format(service, name), **more}
    settings = {"DeadLetterConfig": {"Arn": QUEUE_ARN}, "RetryPolicy": {"MaximumRetryAttempts": 5}}
    events.remove_targets(Rule="sold", Ids=["queue", "topic"])
    events.put_targets(Rule="sold", Targets=[target | settings])

    events.put_events(Entries=[ENTRY])

    (found,) = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    attributes = {key: one["StringValue"] for key, one in found["MessageAttributes"].items()}
    assert json.loads(found["Body"])["source"] == "shop"
    assert attributes.pop("ERROR_MESSAGE")
    assert attributes == {
        "RULE_ARN": rule_arn,
        "TARGET_ARN": target["Arn"],
        "ERROR_CODE": code,
        "RETRY_ATTEMPTS": "0",
    }


def test_a_bucket_tells_the_rules_of_its_objects_if_it_is_to(account: Account) -> None:
    s3, events, sqs = map(account.client, ("s3", "events", "sqs"))
    policy = allow("events", "sqs:SendMessage", QUEUE_ARN)
    sqs.create_queue(QueueName="told", Attributes={"Policy": policy})
    events.put_rule(Name="objects", EventPattern=json.dumps({"source": ["aws.s3"]}))
    events.put_targets(Rule="objects", Targets=[{"Id": "queue", "Arn": QUEUE_ARN}])
    s3.create_bucket(Bucket="of-events")
    s3.put_object(Bucket="of-events", Key="before", Body=b"")
    configured: dict[str, Any] = {"EventBridgeConfiguration": {}}
    s3.put_bucket_notification_configuration(
        Bucket="of-events", NotificationConfiguration=configured
    )
    s3.put_object(Bucket="of-events", Key="a b", Body=b"text")
    s3.delete_object(Bucket="of-events", Key="a b")

    created, deleted = sorted(told(account), key=lambda event: str(event["detail-type"]))
    described = created["detail"]["object"]
    assert (created["detail-type"], created["resources"]) == (
        "Object Created",
        ["arn:aws:s3:::of-events"],
    )
    assert (created["detail"]["reason"], described["key"], described["size"]) == (
        "PutObject",
        "a b",
        4,
    )
    assert deleted["detail"]["deletion-type"] == "Permanently Deleted"
    held = s3.get_bucket_notification_configuration(Bucket="of-events")
    assert held["EventBridgeConfiguration"] == {}


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("[1]", "Filter is not an object"),
        ("{}", "Empty objects are not allowed"),
        ("[" * 2000, "Invalid JSON"),
        ('{"a": [{}]}', "Only one key allowed in match expression"),
        ('{"a": [{"prefix": 5}]}', "prefix match pattern must be a string"),
        ('{"a": [{"prefix": {"nope": "x"}}]}', "prefix match pattern must be a string"),
        ('{"$or": [{"a": [{"prefix": 5}]}, {}]}', "prefix match pattern must be a string"),
        ('{"$or": [{"a": [1]}]}', "There must have at least 2 Objects in $or relationship."),
        ('{"a": {"b": [{"numeric": ["~", 1]}]}}', "Unrecognized numeric range operator: ~"),
    ],
)
def test_a_pattern_that_no_event_could_be_tried_against_is_refused(
    account: Account, pattern: str, reason: str
) -> None:
    found = "InvalidEventPatternException", f"Event pattern is not valid. Reason: {reason}"
    events = account.client("events")

    assert refusal(events.put_rule, Name="wrong", EventPattern=pattern) == found
    assert refusal(events.test_event_pattern, EventPattern=pattern, Event="{}") == found
    assert refusal(events.test_event_pattern, EventPattern='{"a": ["b"]}', Event="1")[1] == NO_EVENT


@pytest.mark.parametrize("name", TOLD)
def test_an_event_without_what_all_events_have_is_not_tried(account: Account, name: str) -> None:
    event = json.dumps({key: value for key, value in TOLD.items() if key != name})

    said = refusal(account.client("events").test_event_pattern, EventPattern=ANY, Event=event)

    assert said == ("ValidationException", NO_EVENT)
