"""Lists come in pages, of whatever length: what is on them is all that there is, and once."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from mailfanout.policies import trust_policy
from support.calls.refusals import refusal
from support.sandboxes.account_in_sandbox import (
    ACCOUNT_ID,
    EVERYTHING,
    ROLE_NAME,
    Account,
    queue_arn,
)
from support.waiting import wait_until

POLICIES = ("AmazonSQSFullAccess", "AmazonS3FullAccess", "AmazonSNSFullAccess")
POLICY_ARN = f"arn:aws:iam::aws:policy/{POLICIES[0]}"
OF_ROLE = {"RoleName": ROLE_NAME}
LISTS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("iam", "list_groups", "Groups", {}),
    ("iam", "list_users", "Users", {}),
    ("iam", "list_roles", "Roles", {}),
    ("iam", "list_role_policies", "PolicyNames", OF_ROLE),
    ("iam", "list_attached_role_policies", "AttachedPolicies", OF_ROLE),
    ("iam", "list_role_tags", "Tags", OF_ROLE),
    ("iam", "list_entities_for_policy", "PolicyRoles", {"PolicyArn": POLICY_ARN}),
    ("iam", "get_account_authorization_details", "RoleDetailList", {"Filter": ["Role"]}),
    ("s3", "list_buckets", "Buckets", {"Prefix": "name"}),  # who asks for something is told Regions
    ("lambda", "list_event_source_mappings", "EventSourceMappings", {}),
    (
        "sqs",
        "list_dead_letter_source_queues",
        "queueUrls",
        {"QueueUrl": f"https://sqs/{ACCOUNT_ID}/dead"},
    ),
    ("ses", "list_identities", "Identities", {}),
    ("ses", "list_templates", "TemplatesMetadata", {}),
    ("ses", "list_configuration_sets", "ConfigurationSets", {}),
    ("logs", "describe_log_groups", "logGroups", {"logGroupNamePattern": "name"}),
    ("logs", "describe_log_streams", "logStreams", {"logGroupName": "name-3"}),
    ("logs", "filter_log_events", "events", {"logGroupIdentifier": "name-3", "endTime": 10**13}),
    ("events", "list_targets_by_rule", "Targets", {"Rule": "rule"}),
]


@pytest.fixture
def filled(account: Account) -> Account:
    function_arn = account.function("def lambda_handler(event, context): ...")
    iam = account.client("iam")
    account.queue("dead")
    dead_letters = {"deadLetterTargetArn": queue_arn("dead"), "maxReceiveCount": 2}
    account.client("events").put_rule(Name="rule", ScheduleExpression="rate(1 day)")
    everything = json.dumps({"Version": "2012-10-17", "Statement": [EVERYTHING]})
    for number, policy in enumerate(POLICIES):
        name = f"name-{3 - number}"
        iam.create_group(GroupName=name)
        iam.create_user(UserName=name)
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust_policy()))
        iam.put_role_policy(**OF_ROLE, PolicyName=name, PolicyDocument=everything)
        iam.attach_role_policy(**OF_ROLE, PolicyArn=f"arn:aws:iam::aws:policy/{policy}")
        iam.attach_role_policy(RoleName=name, PolicyArn=POLICY_ARN)
        iam.tag_role(**OF_ROLE, Tags=[{"Key": name, "Value": ""}])
        account.client("s3").create_bucket(Bucket=name)
        account.queue(name, RedrivePolicy=json.dumps(dead_letters))
        _fill_others(account, name)
        account.client("lambda").create_event_source_mapping(
            FunctionName=function_arn, EventSourceArn=queue_arn(name)
        )
    wait_until(lambda: _states_of_mappings(account) == {"Enabled"})
    return account


def _fill_others(account: Account, name: str) -> None:
    ses, logs, events = map(account.client, ("ses", "logs", "events"))
    ses.verify_email_identity(EmailAddress=f"{name}@example.com")
    ses.create_template(Template={"TemplateName": name, "SubjectPart": "a", "TextPart": ""})
    ses.create_configuration_set(ConfigurationSet={"Name": name})
    logs.create_log_group(logGroupName=name)
    logs.create_log_stream(logGroupName="name-3", logStreamName=name)
    event = {"timestamp": int(time.time() * 1000), "message": name}
    logs.put_log_events(logGroupName="name-3", logStreamName=name, logEvents=[event])
    events.put_targets(Rule="rule", Targets=[{"Id": name, "Arn": queue_arn("dead")}])


def _states_of_mappings(account: Account) -> set[str]:
    found = account.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    return {one["State"] for one in found}


@pytest.mark.slow
def test_a_list_in_pages_is_the_whole_list(filled: Account) -> None:
    for service, operation, listed, given in LISTS:
        client = filled.client(service)
        whole = getattr(client, operation)(**given)[listed]

        found = client.get_paginator(operation).paginate(**given, PaginationConfig={"PageSize": 1})

        pages: list[Any] = [page[listed] for page in found]
        assert len(pages) >= 3
        assert pages == [[one] for one in whole], operation
    attached = filled.client("iam").list_attached_role_policies(**OF_ROLE)["AttachedPolicies"]
    assert [one["PolicyName"] for one in attached] == sorted(POLICIES)
    roles = filled.client("iam").list_roles()["Roles"]
    assert [one["RoleName"] for one in roles] == [ROLE_NAME, "name-1", "name-2", "name-3"]
    buckets = [one["Name"] for one in filled.client("s3").list_buckets()["Buckets"]]
    assert buckets == ["name-1", "name-2", "name-3"]


@pytest.mark.parametrize(
    ("service", "operation", "given", "refused"),
    [
        ("cloudformation", "list_stacks", {}, ("ValidationError", "Invalid next token.")),
        ("cloudformation", "describe_stacks", {}, ("ValidationError", "Invalid next token.")),
        ("events", "list_rules", {}, ("ValidationException", "The specified NextToken is inval")),
        ("iam", "list_roles", {}, ("ValidationError", "Invalid Marker.")),
        ("iam", "list_policies", {}, ("ValidationError", "Invalid Marker.")),
        ("iam", "list_entities_for_policy", {"PolicyArn": POLICY_ARN}, ("ValidationError", "Inv")),
        ("lambda", "list_functions", {}, ("InvalidParameterValueException", "Invalid Marker.")),
        ("lambda", "list_layers", {}, ("InvalidParameterValueException", "Invalid Marker.")),
        ("s3", "list_buckets", {}, ("InvalidArgument", "The continuation token provided is")),
        ("ses", "list_identities", {}, ("InvalidParameterValue", "Invalid next token.")),
        ("sesv2", "list_email_templates", {}, ("BadRequestException", "Invalid next token.")),
        ("sesv2", "list_email_identities", {}, ("BadRequestException", "Invalid next token.")),
        ("sqs", "list_queues", {"MaxResults": 2}, ("InvalidParameterValue", "Invalid or expired")),
    ],
)
def test_a_token_that_no_page_gave_is_refused(
    account: Account, service: str, operation: str, given: Any, refused: tuple[str, str]
) -> None:
    names = {"iam": "Marker", "lambda": "Marker", "s3": "ContinuationToken"}
    token = {names.get(service, "NextToken"): "nonsense"}

    code, words = refusal(getattr(account.client(service), operation), **given, **token)

    assert (code, words[: len(refused[1])]) == refused


@pytest.mark.slow
def test_an_empty_token_is_the_first_page(filled: Account) -> None:
    list_identities = filled.client("ses").list_identities

    assert list_identities(NextToken="")["Identities"] == list_identities()["Identities"] != []


@pytest.mark.slow
def test_a_token_opens_its_own_list_alone(filled: Account) -> None:
    """Not another one, nor the same one asked for otherwise, nor once it was changed."""
    sqs, iam, functions = map(filled.client, ("sqs", "iam", "lambda"))
    list_queues, list_roles = sqs.list_queues, iam.list_roles
    expired = ("InvalidParameterValue", "Invalid or expired next token.")
    one = {"MaxResults": 1}
    token = list_queues(**one, QueueNamePrefix="name")["NextToken"]
    of_queue = {"QueueUrl": sqs.get_queue_url(QueueName="dead")["QueueUrl"]}
    changed = token[:-4] + ("AAA=" if token[-4:] != "AAA=" else "AQ==")

    for call, asked in (
        (sqs.list_dead_letter_source_queues, {**of_queue, **one, "NextToken": token}),
        (list_queues, {**one, "QueueNamePrefix": "na", "NextToken": token}),
        (list_queues, {**one, "QueueNamePrefix": "name", "NextToken": changed}),
    ):
        assert refusal(call, **asked) == expired
    assert list_queues(MaxResults=5, QueueNamePrefix="name", NextToken=token)["QueueUrls"] != []
    marker = list_roles(MaxItems=1)["Marker"]
    assert refusal(iam.list_users, Marker=marker) == ("ValidationError", "Invalid Marker.")
    assert refusal(list_roles, PathPrefix="/a/", Marker=marker)[0] == "ValidationError"
    assert len(list_roles(MaxItems=2, Marker=marker)["Roles"]) == 2
    marker = functions.list_event_source_mappings(MaxItems=1)["NextMarker"]
    refused = ("InvalidParameterValueException", "Invalid Marker.")
    assert refusal(functions.list_functions, Marker=marker) == refused


def test_what_a_function_answers_is_no_page_of_a_list(account: Account) -> None:
    account.function("def lambda_handler(event, context): return event")
    page = b'{"NextMarker": "1"}'

    told = account.client("lambda").invoke(FunctionName="recorder", Payload=page)

    assert told["Payload"].read() == page


def test_a_page_of_buckets_repeats_a_prefix_that_xml_cannot_hold(account: Account) -> None:
    assert account.client("s3").list_buckets(Prefix="a\0b")["Buckets"] == []
