"""The parts of the pipeline as resources of a template, by their kinds.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from mailfanout.provision import Part
from mailfanout.stack import Stack, State

# The condition of the sender's identity, which stacks in an account and Region may share.
CREATES_IDENTITY = "CreatesIdentity"

# A part's resources by their logical ids. What several parts say of one resource is put together.
Resources = dict[str, State]
Referred = Callable[[Part, Stack], Iterator[tuple[str, str]]]


@dataclass(frozen=True)
class ResourceKind:
    """How the parts of a kind stand in a template, and by which texts others refer to them.

    `referred` gives, for a name, an ARN or a path, what stands for it: the logical id, or an
    attribute of it. `shown` says whether an output names the part.
    """

    resources: Callable[[Part, Stack], Resources]
    referred: Referred = lambda part, stack: iter(())
    shown: bool = False


def logical_id(key: str) -> str:
    """A part's logical id in the template, by its key: `send_queue` is SendQueue."""
    return "".join(word.capitalize() for word in key.split("_"))


def resource(kind: str, properties: State, **attributes: Any) -> State:
    """A resource of this type; a property that is None or empty is left out."""
    given = {key: value for key, value in properties.items() if value not in (None, [], {})}
    return {"Type": kind, **attributes, "Properties": given}


def _table(part: Part, stack: Stack) -> Resources:
    settings = part.settings(stack)
    indexes = settings["GlobalSecondaryIndexes"].items()
    return _one(
        part,
        stack,
        "AWS::DynamoDB::Table",
        {
            "TableName": part.name(stack),
            **settings,
            "GlobalSecondaryIndexes": [{"IndexName": name, **index} for name, index in indexes],
        },
    )


def _bucket(part: Part, stack: Stack) -> Resources:
    return _one(part, stack, "AWS::S3::Bucket", {"BucketName": part.name(stack)})


def _role(part: Part, stack: Stack) -> Resources:
    settings = part.settings(stack)
    return _one(
        part,
        stack,
        "AWS::IAM::Role",
        {
            "RoleName": part.name(stack),
            "Path": settings["Path"],
            "AssumeRolePolicyDocument": settings["AssumeRolePolicyDocument"],
            "Policies": [
                {"PolicyName": name, "PolicyDocument": policy}
                for name, policy in settings["Policies"].items()
            ],
        },
    )


def _queue(part: Part, stack: Stack) -> Resources:
    """A queue, and its access policy apart from it, since that names roles, and they the queue."""
    settings = part.settings(stack)
    policy = settings.pop("Policy", None)
    numbers = {key: int(value) for key, value in settings.items() if isinstance(value, str)}
    queue = {"QueueName": part.name(stack), **settings, **numbers}
    resources = _one(part, stack, "AWS::SQS::Queue", queue)
    if policy:
        # The policy's Queues are URLs.
        attached = {"Queues": [_queue_path(part, stack)], "PolicyDocument": policy}
        resources[f"{logical_id(part.key)}Policy"] = resource("AWS::SQS::QueuePolicy", attached)
    return resources


def _identity(part: Part, stack: Stack) -> Resources:
    own = _one(part, stack, "AWS::SES::EmailIdentity", {"EmailIdentity": part.name(stack)})
    own[logical_id(part.key)]["Condition"] = CREATES_IDENTITY
    return own


def _function(part: Part, stack: Stack) -> Resources:
    settings, function = part.settings(stack), part.function
    assert function
    letters = settings.get("DeadLetterConfig")
    return _one(
        part,
        stack,
        "AWS::Serverless::Function",
        {
            "FunctionName": part.name(stack),
            "CodeUri": f"{function.source}/",
            **{key: settings[key] for key in ("Handler", "Runtime", "Role", "Timeout")},
            "MemorySize": settings["MemorySize"],
            "Environment": {"Variables": settings["Variables"]},
            "DeadLetterQueue": letters and {"Type": "SQS", **letters},
        },
    )


def _permission(part: Part, stack: Stack) -> Resources:
    statement = part.settings(stack)
    condition = statement["Condition"]
    return _one(
        part,
        stack,
        "AWS::Lambda::Permission",
        {
            "FunctionName": statement["Resource"],
            "Action": statement["Action"],
            "Principal": statement["Principal"]["Service"],
            "SourceArn": condition["ArnLike"]["AWS:SourceArn"],
            "SourceAccount": condition.get("StringEquals", {}).get("AWS:SourceAccount"),
        },
    )


def _notification(part: Part, stack: Stack) -> Resources:
    """A property of the bucket, which S3 takes only once it may invoke the function.

    So the bucket depends on the permission, and the permission must not refer to the bucket: it
    names it. https://repost.aws/knowledge-center/unable-validate-circular-dependency-cloudformation
    """
    settings = part.settings(stack)
    function_arn = settings["LambdaFunctionArn"]
    calls = [{"Event": event, "Function": function_arn} for event in settings["Events"]]
    assert part.belongs_to
    return {
        logical_id(part.belongs_to): {
            "DependsOn": [logical_id(key) for key in part.needs if key != part.belongs_to],
            "Properties": {"NotificationConfiguration": {"LambdaConfigurations": calls}},
        }
    }


def _mapping(part: Part, stack: Stack) -> Resources:
    settings = part.settings(stack)
    function_arn, state = settings.pop("FunctionArn"), settings.pop("State")
    properties = {"FunctionName": function_arn, **settings, "Enabled": state == "Enabled"}
    return _one(part, stack, "AWS::Lambda::EventSourceMapping", properties)


def _topic(part: Part, stack: Stack) -> Resources:
    resources = _one(part, stack, "AWS::SNS::Topic", {"TopicName": part.name(stack)})
    if policy := part.settings(stack).get("Policy"):
        attached = {"Topics": [stack.arn("sns", part.name(stack))], "PolicyDocument": policy}
        resources[f"{logical_id(part.key)}Policy"] = resource("AWS::SNS::TopicPolicy", attached)
    return resources


def _subscription(part: Part, stack: Stack) -> Resources:
    settings = part.settings(stack)
    is_raw = settings["RawMessageDelivery"] == "true"
    properties = {**settings, "RawMessageDelivery": is_raw}
    return _one(part, stack, "AWS::SNS::Subscription", properties)


def _configuration_set(part: Part, stack: Stack) -> Resources:
    """The set, and its event destination, which SES takes only once it may publish to the topic."""
    name = part.name(stack)
    settings = part.settings(stack)
    destination = {
        "ConfigurationSetName": name,
        "EventDestination": {
            "Name": name,
            "Enabled": settings["Enabled"],
            "MatchingEventTypes": [_camel(one) for one in settings["MatchingEventTypes"]],
            "SnsDestination": {"TopicARN": settings["SnsDestination"]["TopicArn"]},
        },
    }
    policies = [f"{logical_id(key)}Policy" for key in part.needs]
    return {
        **_one(part, stack, "AWS::SES::ConfigurationSet", {"Name": name}),
        f"{logical_id(part.key)}Events": resource(
            "AWS::SES::ConfigurationSetEventDestination", destination, DependsOn=policies
        ),
    }


def _camel(event_type: str) -> str:
    """RENDERING_FAILURE as CloudFormation calls it: renderingFailure."""
    first, *others = event_type.lower().split("_")
    return first + "".join(word.capitalize() for word in others)


def _rule(part: Part, stack: Stack) -> Resources:
    settings = part.settings(stack)
    targets = [{"Id": f"Target{n}", "Arn": arn} for n, arn in enumerate(settings["Targets"], 1)]
    properties = {"Name": part.name(stack), **settings, "Targets": targets}
    return _one(part, stack, "AWS::Events::Rule", properties)


def _one(part: Part, stack: Stack, kind: str, properties: State) -> Resources:
    """The part's own resource, which carries its tags."""
    tags = part.tags(stack)
    listed = tags if kind.startswith("AWS::Serverless") else as_list(tags)
    return {logical_id(part.key): resource(kind, {**properties, "Tags": listed})}


def as_list(tags: dict[str, str]) -> list[State]:
    """Tags as CloudFormation takes them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _queue_path(part: Part, stack: Stack) -> str:
    return f"/{stack.account_id}/{part.name(stack)}"


def _by_arn(service: str, before_name: str = "", *, ref_is_arn: bool = False) -> Referred:
    def referred(part: Part, stack: Stack) -> Iterator[tuple[str, str]]:
        arn = stack.arn(service, f"{before_name}{part.name(stack)}")
        if ref_is_arn:
            yield arn, logical_id(part.key)
        else:
            yield arn, f"{logical_id(part.key)}.Arn"
            yield part.name(stack), logical_id(part.key)

    return referred


def _referred_queue(part: Part, stack: Stack) -> Iterator[tuple[str, str]]:
    yield stack.arn("sqs", part.name(stack)), f"{logical_id(part.key)}.Arn"
    yield _queue_path(part, stack), logical_id(part.key)


def _referred_role(part: Part, stack: Stack) -> Iterator[tuple[str, str]]:
    path, name = part.settings(stack)["Path"], part.name(stack)
    arn = f"arn:{stack.partition}:iam::{stack.account_id}:role{path}{name}"
    yield arn, f"{logical_id(part.key)}.Arn"


def _referred_name(part: Part, stack: Stack) -> Iterator[tuple[str, str]]:
    yield part.name(stack), logical_id(part.key)


_QUEUE = ResourceKind(_queue, _referred_queue, shown=True)
KINDS = {
    "DynamoDB table": ResourceKind(_table, _by_arn("dynamodb", "table/"), shown=True),
    # Nothing refers to the bucket, which depends on a permission, which names the bucket.
    "S3 bucket": ResourceKind(_bucket, shown=True),
    "IAM role": ResourceKind(_role, _referred_role),
    "SQS queue": _QUEUE,
    "Dead-letter queue": _QUEUE,
    "SES identity": ResourceKind(_identity),
    "SES configuration set": ResourceKind(_configuration_set, _referred_name),
    "Lambda function": ResourceKind(_function, _by_arn("lambda", "function:"), shown=True),
    "Lambda permission": ResourceKind(_permission),
    "S3 notification": ResourceKind(_notification),
    "Event source mapping": ResourceKind(_mapping),
    "SNS topic": ResourceKind(_topic, _by_arn("sns", ref_is_arn=True), shown=True),
    "SNS subscription": ResourceKind(_subscription),
    "EventBridge rule": ResourceKind(_rule, _by_arn("events", "rule/")),
}
