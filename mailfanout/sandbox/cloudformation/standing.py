"""How resources stand: read by AWS's own calls, and told in the words of their properties."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from mailfanout.sandbox.calls import read_json
from mailfanout.sandbox.cloudformation.acting import Api
from mailfanout.sandbox.cloudformation.notifying import template_of
from mailfanout.sandbox.cloudformation.resource_kind import Made, Properties, chosen

# How a resource stands; None, or CallFailed, if it is gone. The properties say how it was told to.
Reader = Callable[[Api, Made, Properties], Properties | None]

# What no service tells in the words in which it was given.
UNREAD = frozenset({"BucketEncryption", "Code", "ProvisionedThroughput"})


def _table(api: Api, made: Made, _: Properties) -> Properties | None:
    table = api("dynamodb", "DescribeTable", TableName=made.physical_id)["Table"]
    mode = table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")
    found = api("dynamodb", "DescribeTimeToLive", TableName=made.physical_id)
    ttl = found["TimeToLiveDescription"]
    expiry = {"Enabled": ttl["TimeToLiveStatus"] in ("ENABLED", "ENABLING")}
    expiry |= chosen(ttl, "AttributeName")
    return {**table, "BillingMode": mode, "TimeToLiveSpecification": expiry}


def _bucket(api: Api, made: Made, _: Properties) -> Properties | None:
    bucket = {"Bucket": made.physical_id}
    found = api("s3", "GetBucketNotificationConfiguration", **bucket)
    versioning = api("s3", "GetBucketVersioning", **bucket)
    block = api.unless_missing("s3", "GetPublicAccessBlock", **bucket)
    return {
        "BucketName": made.physical_id,
        "NotificationConfiguration": template_of(found),
        "VersioningConfiguration": chosen(versioning, "Status"),
        **chosen(block, "PublicAccessBlockConfiguration"),
    }


def _queue(api: Api, made: Made, _: Properties) -> Properties | None:
    url = {"QueueUrl": made.physical_id}
    attributes = api("sqs", "GetQueueAttributes", **url, AttributeNames=["All"])["Attributes"]
    policies = chosen(attributes, "RedrivePolicy", "RedriveAllowPolicy")
    name = attributes["QueueArn"].rpartition(":")[2]
    return {**attributes, **{k: json.loads(v) for k, v in policies.items()}, "QueueName": name}


def _topic(api: Api, made: Made, told: Properties) -> Properties | None:
    arn = made.physical_id
    found = api("sns", "GetTopicAttributes", TopicArn=arn)["Attributes"]
    listed = api("sns", "ListSubscriptionsByTopic", TopicArn=arn)["Subscriptions"]
    ends = [chosen(one, "Endpoint", "Protocol") for one in listed]
    subscribed = [one for one in told.get("Subscription", []) if one in ends]
    archive = {name: read_json(one) for name, one in chosen(found, "ArchivePolicy").items()}
    return {**found, **archive, "TopicName": arn.rpartition(":")[2], "Subscription": subscribed}


def _function(api: Api, made: Made, _: Properties) -> Properties | None:
    found = api("lambda", "GetFunctionConfiguration", FunctionName=made.physical_id)
    return {**found, "Layers": [one["Arn"] for one in found.get("Layers", [])]}


def _mapping(api: Api, made: Made, told: Properties) -> Properties | None:
    found = api("lambda", "GetEventSourceMapping", UUID=made.physical_id)
    # A template may have the function's name or its ARN.
    arn, given = found["FunctionArn"], str(told["FunctionName"])
    name = given if f":{arn}".endswith(f":{given}") else arn
    is_enabled = found["State"] in ("Creating", "Enabling", "Enabled", "Updating")
    return {**found, "Enabled": is_enabled, "FunctionName": name}


def _role(api: Api, made: Made, _: Properties) -> Properties | None:
    name = {"RoleName": made.physical_id}
    role = api("iam", "GetRole", **name)["Role"]
    policies = api("iam", "ListRolePolicies", **name)["PolicyNames"]
    attached = api("iam", "ListAttachedRolePolicies", **name)["AttachedPolicies"]
    return {
        **role,
        "AssumeRolePolicyDocument": _document(role["AssumeRolePolicyDocument"]),
        "Policies": [
            chosen(one, "PolicyName") | {"PolicyDocument": _document(one["PolicyDocument"])}
            for one in (api("iam", "GetRolePolicy", **name, PolicyName=each) for each in policies)
        ],
        "ManagedPolicyArns": [one["PolicyArn"] for one in attached],
    }


def _document(text: str) -> Any:
    return json.loads(unquote(text))


def _rule(api: Api, made: Made, _: Properties) -> Properties | None:
    found = api("events", "DescribeRule", Name=made.physical_id)
    targets = api("events", "ListTargetsByRule", Rule=made.physical_id)["Targets"]
    pattern = {k: json.loads(v) for k, v in chosen(found, "EventPattern").items()}
    return {**found, **pattern, "Targets": targets}


def _identity(api: Api, made: Made, _: Properties) -> Properties | None:
    name = made.physical_id
    found = api("sesv2", "GetEmailIdentity", EmailIdentity=name)
    return {**found, "EmailIdentity": name}


def _log_group(api: Api, made: Made, _: Properties) -> Properties | None:
    name = made.physical_id
    found = api("logs", "DescribeLogGroups", logGroupNamePrefix=name)["logGroups"]
    kept = {one["logGroupName"]: one.get("retentionInDays") for one in found}
    return {"LogGroupName": name, "RetentionInDays": kept[name]} if name in kept else None


def _alarm(api: Api, made: Made, _: Properties) -> Properties | None:
    found = api("cloudwatch", "DescribeAlarms", AlarmNames=[made.physical_id])["MetricAlarms"]
    return found[0] if found else None


def _bucket_policy(api: Api, made: Made, told: Properties) -> Properties | None:
    policy = api("s3", "GetBucketPolicy", Bucket=made.physical_id)["Policy"]
    return {**told, "PolicyDocument": json.loads(policy)}


def _permission(api: Api, made: Made, told: Properties) -> Properties | None:
    name = {"FunctionName": told["FunctionName"]}
    policy = json.loads(api("lambda", "GetPolicy", **name)["Policy"])
    for one in policy["Statement"]:
        if one["Sid"] == made.physical_id:
            principal, conditions = one["Principal"], one.get("Condition", {})
            source = conditions.get("ArnLike", {}).get("AWS:SourceArn")
            account = conditions.get("StringEquals", {}).get("AWS:SourceAccount")
            return {
                **name,
                "Action": one["Action"],
                "Principal": principal if principal == "*" else next(iter(principal.values())),
                **({"SourceArn": source} if source else {}),
                **({"SourceAccount": account} if account else {}),
            }
    return None


def _subscription(api: Api, made: Made, _: Properties) -> Properties | None:
    arn, api = made.physical_id, api.in_region_of(made.physical_id)
    found = api("sns", "GetSubscriptionAttributes", SubscriptionArn=arn)["Attributes"]
    documents = chosen(found, "FilterPolicy", "RedrivePolicy")
    read = {name: json.loads(one) for name, one in documents.items()}
    return {**found, **read, "Region": api.region}


def _configuration_set(api: Api, made: Made, told: Properties) -> Properties | None:
    api("sesv2", "GetConfigurationSet", ConfigurationSetName=made.physical_id)
    return told


def _event_destination(api: Api, made: Made, told: Properties) -> Properties | None:
    name = {"ConfigurationSetName": told["ConfigurationSetName"]}
    found = api("sesv2", "GetConfigurationSetEventDestinations", **name)
    for one in found.get("EventDestinations", []):
        if one["Name"] == told["EventDestination"]["Name"]:
            stands = {
                **one,
                "MatchingEventTypes": [_event_type(each) for each in one["MatchingEventTypes"]],
                "SnsDestination": {"TopicARN": one.get("SnsDestination", {}).get("TopicArn")},
            }
            return {**name, "EventDestination": chosen(stands, *told["EventDestination"])}
    return None


def _event_type(name: str) -> str:
    """In the words of SES's first API: RENDERING_FAILURE is renderingFailure."""
    first, *others = name.lower().split("_")
    return "".join((first, *map(str.capitalize, others)))


def _queue_policy(api: Api, made: Made, told: Properties) -> Properties | None:
    asked = {"QueueUrl": made.physical_id, "AttributeNames": ["Policy"]}
    policy = api("sqs", "GetQueueAttributes", **asked).get("Attributes", {}).get("Policy")
    return {**told, "PolicyDocument": json.loads(policy)} if policy else None


def _topic_policy(api: Api, made: Made, told: Properties) -> Properties | None:
    found = api("sns", "GetTopicAttributes", TopicArn=made.physical_id)["Attributes"]
    return {**told, "PolicyDocument": json.loads(found["Policy"])}


# AWS, too, looks at no policy that may be on several queues or topics.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resource-import-supported-resources.html
READERS: dict[str, Reader] = {
    "AWS::CloudWatch::Alarm": _alarm,
    "AWS::DynamoDB::Table": _table,
    "AWS::Events::Rule": _rule,
    "AWS::IAM::Role": _role,
    "AWS::Lambda::EventSourceMapping": _mapping,
    "AWS::Lambda::Function": _function,
    "AWS::Lambda::Permission": _permission,
    "AWS::Logs::LogGroup": _log_group,
    "AWS::S3::Bucket": _bucket,
    "AWS::S3::BucketPolicy": _bucket_policy,
    "AWS::SES::ConfigurationSet": _configuration_set,
    "AWS::SES::ConfigurationSetEventDestination": _event_destination,
    "AWS::SES::EmailIdentity": _identity,
    "AWS::SNS::Subscription": _subscription,
    "AWS::SNS::Topic": _topic,
    "AWS::SNS::TopicInlinePolicy": _topic_policy,
    "AWS::SQS::Queue": _queue,
    "AWS::SQS::QueueInlinePolicy": _queue_policy,
}
