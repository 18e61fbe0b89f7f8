"""Every operation that the kit makes whole, called once each, and the answers as they came in."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from botocore.config import Config

from mailfanout.policies import trust_policy
from mailfanout.target import Target
from support.waiting import wait_for_function, wait_for_table, wait_until
from support.zips import zip_of

Json = dict[str, Any]

ACCOUNT_ID = "123456789012"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT_ID}:role/whole"
QUEUE_ARN = f"arn:aws:sqs:us-east-1:{ACCOUNT_ID}:whole"
DEAD_ARN = f"arn:aws:sqs:us-east-1:{ACCOUNT_ID}:dead"
FUNCTION_ARN = f"arn:aws:lambda:us-east-1:{ACCOUNT_ID}:function:whole"
TABLE_ARN = f"arn:aws:dynamodb:us-east-1:{ACCOUNT_ID}:table/whole"
EVERYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}
TAGS = [{"Key": "created-by", "Value": "mailfanout"}]
SENDER = "sender@example.com"


class Answered(NamedTuple):
    """An answer: its operation's model, the body as it came in, and what botocore made of it."""

    model: Any
    body: bytes
    parsed: Json


class Caller:
    """Calls operations by their names, and keeps the first answer to each."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._clients: dict[str, Any] = {}
        self.answers: dict[str, Answered] = {}

    def client(self, service: str) -> Any:
        if service not in self._clients:
            config = Config(retries={"total_max_attempts": 1})
            self._clients[service] = client = self._target.session.client(
                service, endpoint_url=self._target.endpoint_url, config=config
            )
            client.meta.events.register("after-call", self._keep(service))
        return self._clients[service]

    def __call__(self, service: str, operation: str, **parameters: Any) -> Any:
        client = self.client(service)
        names = client.meta.method_to_api_mapping
        method = next(name for name, one in names.items() if one == operation)
        return getattr(client, method)(**parameters)

    def _keep(self, service: str) -> Callable[..., None]:
        def keep(http_response: Any, parsed: Json, model: Any, **_: Any) -> None:
            if http_response.status_code < 300:
                is_stream = model.has_streaming_output
                body = b"" if is_stream else http_response.content
                name = f"{service}-{model.name}"
                self.answers.setdefault(name, Answered(model, body, parsed))

        return keep


def call_every_operation(target: Target) -> dict[str, Answered]:
    """The first answer to each operation, by `service-Operation`."""
    call = Caller(target)
    for service in (_iam, _sts, _sqs, _dynamodb, _sns, _ses, _s3, _lambda, _events, _logs):
        service(call)
    _cloudformation(call)
    return call.answers


def _iam(call: Caller) -> None:
    trust, everything = json.dumps(trust_policy()), json.dumps(EVERYTHING)
    anybody = trust_policy()
    anybody["Statement"][0]["Principal"] = {"AWS": "*", "Service": "lambda.amazonaws.com"}
    role = {"RoleName": "whole"}
    managed = "arn:aws:iam::aws:policy/AmazonSQSFullAccess"
    call("iam", "CreateRole", AssumeRolePolicyDocument=trust, Tags=TAGS, **role)
    call("iam", "UpdateAssumeRolePolicy", PolicyDocument=json.dumps(anybody), **role)
    call("iam", "PutRolePolicy", PolicyName="all", PolicyDocument=everything, **role)
    call("iam", "AttachRolePolicy", PolicyArn=managed, **role)
    call("iam", "TagRole", Tags=TAGS, **role)
    call("iam", "GetRole", **role)
    call("iam", "GetRolePolicy", PolicyName="all", **role)
    for operation in ("ListAttachedRolePolicies", "ListRolePolicies", "ListRoleTags"):
        call("iam", operation, **role)
    call("iam", "ListRoles")
    call("iam", "CreateUser", UserName="anna")
    call("iam", "CreateAccessKey", UserName="anna")
    call("iam", "PutUserPolicy", UserName="anna", PolicyName="all", PolicyDocument=everything)
    call("iam", "DetachRolePolicy", PolicyArn=managed, **role)
    other = {"RoleName": "other"}
    call("iam", "CreateRole", AssumeRolePolicyDocument=trust, **other)
    call("iam", "PutRolePolicy", PolicyName="all", PolicyDocument=everything, **other)
    call("iam", "DeleteRolePolicy", PolicyName="all", **other)
    call("iam", "DeleteRole", **other)


def _sts(call: Caller) -> None:
    call("sts", "GetCallerIdentity")
    call("sts", "AssumeRole", RoleArn=ROLE_ARN, RoleSessionName="anna")


def _sqs(call: Caller) -> None:
    dead = {"QueueUrl": call("sqs", "CreateQueue", QueueName="dead")["QueueUrl"]}
    redrive = json.dumps({"deadLetterTargetArn": DEAD_ARN, "maxReceiveCount": 3})
    attributes = {"RedrivePolicy": redrive}
    queue = {
        "QueueUrl": call("sqs", "CreateQueue", QueueName="whole", Attributes=attributes)["QueueUrl"]
    }
    call("sqs", "TagQueue", Tags={"a": "b"}, **queue)
    call("sqs", "ListQueueTags", **queue)
    call("sqs", "UntagQueue", TagKeys=["a"], **queue)
    call("sqs", "GetQueueUrl", QueueName="whole")
    call("sqs", "ListQueues")
    call("sqs", "ListDeadLetterSourceQueues", **dead)
    call("sqs", "SetQueueAttributes", Attributes={"VisibilityTimeout": "60"}, **queue)
    call("sqs", "GetQueueAttributes", AttributeNames=["All"], **queue)
    allowed = {"AWSAccountIds": [ACCOUNT_ID], "Actions": ["SendMessage"]}
    call("sqs", "AddPermission", Label="a", **allowed, **queue)
    call("sqs", "RemovePermission", Label="a", **queue)
    _messages(call, queue)
    for _ in range(3):
        call("sqs", "SendMessage", MessageBody="lost", **dead)
    task = call(
        "sqs",
        "StartMessageMoveTask",
        SourceArn=DEAD_ARN,
        DestinationArn=QUEUE_ARN,
        MaxNumberOfMessagesPerSecond=1,
    )
    call("sqs", "CancelMessageMoveTask", TaskHandle=task["TaskHandle"])
    call("sqs", "ListMessageMoveTasks", SourceArn=DEAD_ARN)
    call("sqs", "PurgeQueue", **dead)
    gone = call("sqs", "CreateQueue", QueueName="gone")["QueueUrl"]
    call("sqs", "DeleteQueue", QueueUrl=gone)


def _messages(call: Caller, queue: Json) -> None:
    attributes = {"a": {"DataType": "String", "StringValue": "b"}}
    call("sqs", "SendMessage", MessageBody="one", MessageAttributes=attributes, **queue)
    entries = [{"Id": "a", "MessageBody": "two"}]
    call("sqs", "SendMessageBatch", Entries=entries, **queue)
    asked = {"MaxNumberOfMessages": 10, "AttributeNames": ["All"], "MessageAttributeNames": ["All"]}
    handles: list[str] = []
    while len(handles) < 2:
        received = call("sqs", "ReceiveMessage", **asked, **queue).get("Messages", [])
        handles += [message["ReceiptHandle"] for message in received]
    one, two = handles
    call("sqs", "ChangeMessageVisibility", ReceiptHandle=one, VisibilityTimeout=30, **queue)
    entries = [{"Id": "a", "ReceiptHandle": two, "VisibilityTimeout": 30}]  # type: ignore[dict-item]
    call("sqs", "ChangeMessageVisibilityBatch", Entries=entries, **queue)
    call("sqs", "DeleteMessage", ReceiptHandle=one, **queue)
    call("sqs", "DeleteMessageBatch", Entries=[{"Id": "a", "ReceiptHandle": two}], **queue)


def _dynamodb(call: Caller) -> None:
    table: Json = {"TableName": "whole"}
    key, item = {"email": {"S": "a"}}, {"email": {"S": "a"}, "issend": {"N": "0"}}
    index = {
        "IndexName": "issend-index",
        "KeySchema": [{"AttributeName": "issend", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    types = [
        {"AttributeName": "email", "AttributeType": "S"},
        {"AttributeName": "issend", "AttributeType": "N"},
    ]
    call(
        "dynamodb",
        "CreateTable",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "email", "KeyType": "HASH"}],
        AttributeDefinitions=types,
        GlobalSecondaryIndexes=[index],
        **table,
    )
    wait_for_table(call.client("dynamodb"), "whole")
    call("dynamodb", "UpdateTable", DeletionProtectionEnabled=False, **table)
    call("dynamodb", "ListTables")
    call("dynamodb", "TagResource", ResourceArn=TABLE_ARN, Tags=TAGS)
    call("dynamodb", "ListTagsOfResource", ResourceArn=TABLE_ARN)
    counted = {"ReturnConsumedCapacity": "INDEXES"}
    call("dynamodb", "PutItem", Item=item, **counted, **table)
    call("dynamodb", "GetItem", Key=key, **counted, **table)
    values = {":one": {"N": "1"}}
    change = {"UpdateExpression": "SET issend = :one", "ExpressionAttributeValues": values}
    call("dynamodb", "UpdateItem", Key=key, ReturnValues="ALL_NEW", **change, **counted, **table)
    query = {"KeyConditionExpression": "issend = :one", "ExpressionAttributeValues": values}
    call("dynamodb", "Query", IndexName="issend-index", **query, **counted, **table)
    call("dynamodb", "Scan", **counted, **table)
    call("dynamodb", "BatchGetItem", RequestItems={"whole": {"Keys": [key]}}, **counted)
    puts = {"whole": [{"PutRequest": {"Item": item}}]}
    call("dynamodb", "BatchWriteItem", RequestItems=puts, **counted)
    get = {"Get": {"TableName": "whole", "Key": key}}
    call("dynamodb", "TransactGetItems", TransactItems=[get], **counted)
    put = {"Put": {"TableName": "whole", "Item": item}}
    call("dynamodb", "TransactWriteItems", TransactItems=[put], **counted)
    call("dynamodb", "DeleteItem", Key=key, ReturnValues="ALL_OLD", **counted, **table)
    wait_for_table(call.client("dynamodb"), "whole")
    call("dynamodb", "DescribeTable", **table)
    call("dynamodb", "DeleteTable", **table)


def _sns(call: Caller) -> None:
    topic = {"TopicArn": call("sns", "CreateTopic", Name="whole")["TopicArn"]}
    call("sns", "GetTopicAttributes", **topic)
    display = {"AttributeName": "DisplayName", "AttributeValue": "Whole"}
    call("sns", "SetTopicAttributes", **display, **topic)
    call("sns", "TagResource", ResourceArn=topic["TopicArn"], Tags=TAGS)
    call("sns", "ListTagsForResource", ResourceArn=topic["TopicArn"])
    queue = {"Protocol": "sqs", "Endpoint": QUEUE_ARN}
    subscription = {
        "SubscriptionArn": call("sns", "Subscribe", **queue, **topic)["SubscriptionArn"]
    }
    raw = {"AttributeName": "RawMessageDelivery", "AttributeValue": "true"}
    call("sns", "SetSubscriptionAttributes", **raw, **subscription)
    call("sns", "Publish", Message="hello", **topic)
    call("sns", "Unsubscribe", **subscription)
    call("sns", "DeleteTopic", **topic)


def _ses(call: Caller) -> None:
    identity, name = {"EmailIdentity": SENDER}, {"ConfigurationSetName": "whole"}
    call("sesv2", "CreateEmailIdentity", Tags=TAGS, **identity)
    call("sesv2", "GetEmailIdentity", **identity)
    arn = f"arn:aws:ses:us-east-1:{ACCOUNT_ID}:identity/{SENDER}"
    call("sesv2", "TagResource", ResourceArn=arn, Tags=TAGS)
    call("sesv2", "ListTagsForResource", ResourceArn=arn)
    call("sesv2", "GetAccount")
    call("sesv2", "CreateConfigurationSet", **name)
    topic_arn = call("sns", "CreateTopic", Name="feedback")["TopicArn"]
    destination = {
        "Enabled": True,
        "MatchingEventTypes": ["SEND"],
        "SnsDestination": {"TopicArn": topic_arn},
    }
    call(
        "sesv2",
        "CreateConfigurationSetEventDestination",
        EventDestinationName="sns",
        EventDestination=destination,
        **name,
    )
    body = {"Text": {"Data": "Hello"}}
    simple = {"Simple": {"Subject": {"Data": "Hello"}, "Body": body}}
    to = {"ToAddresses": ["a@example.com"]}
    call("sesv2", "SendEmail", FromEmailAddress=SENDER, Destination=to, Content=simple)
    template = {"TemplateContent": {"Subject": "Hello", "Text": "Hello"}, "TemplateData": "{}"}
    call(
        "sesv2",
        "SendBulkEmail",
        FromEmailAddress=SENDER,
        DefaultContent={"Template": template},
        BulkEmailEntries=[{"Destination": to}],
    )
    call("sesv2", "PutSuppressedDestination", EmailAddress="b@example.com", Reason="BOUNCE")
    _ses_v1(call)
    call("sesv2", "DeleteConfigurationSet", **name)
    call("sesv2", "DeleteEmailIdentity", **identity)


def _ses_v1(call: Caller) -> None:
    call("ses", "VerifyEmailIdentity", EmailAddress="other@example.com")
    call("ses", "GetIdentityVerificationAttributes", Identities=[SENDER])
    call("ses", "GetSendQuota")
    message = {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Hello"}}}
    to = {"ToAddresses": ["a@example.com"]}
    call("ses", "SendEmail", Source=SENDER, Destination=to, Message=message)
    raw = f"From: {SENDER}\r\nTo: a@example.com\r\nSubject: Hello\r\n\r\nHello"
    call("ses", "SendRawEmail", RawMessage={"Data": raw.encode()})


def _s3(call: Caller) -> None:
    bucket, key = {"Bucket": "whole-bucket"}, {"Key": "a.txt"}
    call("s3", "CreateBucket", **bucket)
    call("s3", "HeadBucket", **bucket)
    call("s3", "ListBuckets")
    call("s3", "PutBucketTagging", Tagging={"TagSet": TAGS}, **bucket)
    call("s3", "GetBucketTagging", **bucket)
    call("s3", "PutObject", Body=b"hello", **bucket, **key)
    call("s3", "HeadObject", **bucket, **key)
    call("s3", "GetObject", **bucket, **key)["Body"].read()
    source = {"CopySource": {"Bucket": "whole-bucket", "Key": "a.txt"}}
    call("s3", "CopyObject", Key="b.txt", **source, **bucket)
    call("s3", "ListObjectsV2", **bucket)
    call("s3", "ListObjectVersions", **bucket)
    call("s3", "DeleteObject", **bucket, **key)
    call("s3", "DeleteObjects", Delete={"Objects": [{"Key": "b.txt"}]}, **bucket)


def _lambda(call: Caller) -> None:
    function: Json = {"FunctionName": "whole"}
    code = zip_of("def lambda_handler(event, context):\n    print('ran')\n")
    call(
        "lambda",
        "CreateFunction",
        Runtime="python3.13",
        Handler="lambda_function.lambda_handler",
        Role=ROLE_ARN,
        Code={"ZipFile": code},
        **function,
    )
    client = call.client("lambda")
    wait_for_function(client, "whole")
    call("lambda", "GetFunction", **function)
    call("lambda", "ListFunctions")
    call("lambda", "GetAccountSettings")
    call("lambda", "UpdateFunctionCode", ZipFile=code, **function)
    wait_for_function(client, "whole")
    call("lambda", "UpdateFunctionConfiguration", Timeout=5, **function)
    call("lambda", "Invoke", LogType="Tail", **function)["Payload"].read()
    permission = {"StatementId": "s3", "Principal": "s3.amazonaws.com"}
    call("lambda", "AddPermission", Action="lambda:InvokeFunction", **permission, **function)
    call("lambda", "GetPolicy", **function)
    _notification(call)
    call("lambda", "RemovePermission", StatementId="s3", **function)
    call("lambda", "PutFunctionConcurrency", ReservedConcurrentExecutions=5, **function)
    call("lambda", "PutFunctionEventInvokeConfig", MaximumRetryAttempts=1, **function)
    call("lambda", "PutFunctionRecursionConfig", RecursiveLoop="Allow", **function)
    call("lambda", "GetFunctionRecursionConfig", **function)
    call("lambda", "TagResource", Resource=FUNCTION_ARN, Tags={"a": "b"})
    call("lambda", "ListTags", Resource=FUNCTION_ARN)
    _mapping(call)
    wait_for_function(client, "whole")
    call("lambda", "DeleteFunction", **function)


def _notification(call: Caller) -> None:
    one = {"LambdaFunctionArn": FUNCTION_ARN, "Events": ["s3:ObjectCreated:*"]}
    wanted = {"LambdaFunctionConfigurations": [one]}
    bucket = {"Bucket": "whole-bucket"}
    call("s3", "PutBucketNotificationConfiguration", NotificationConfiguration=wanted, **bucket)
    call("s3", "GetBucketNotificationConfiguration", **bucket)
    call("resourcegroupstaggingapi", "GetResources")
    call("s3", "DeleteBucket", **bucket)


def _mapping(call: Caller) -> None:
    created = call(
        "lambda", "CreateEventSourceMapping", EventSourceArn=QUEUE_ARN, FunctionName="whole"
    )
    mapping = {"UUID": created["UUID"]}
    client = call.client("lambda")

    def is_settled() -> bool:
        state: str = client.get_event_source_mapping(**mapping)["State"]
        return state in ("Enabled", "Disabled")

    wait_until(is_settled)
    call("lambda", "ListEventSourceMappings")
    call("lambda", "UpdateEventSourceMapping", BatchSize=5, **mapping)
    wait_until(is_settled)
    call("lambda", "DeleteEventSourceMapping", **mapping)


def _events(call: Caller) -> None:
    rule = {"Name": "whole"}
    arn = call("events", "PutRule", ScheduleExpression="rate(1 hour)", **rule)["RuleArn"]
    call("events", "DescribeRule", **rule)
    call("events", "TagResource", ResourceARN=arn, Tags=TAGS)
    call("events", "ListTagsForResource", ResourceARN=arn)
    call("events", "PutTargets", Rule="whole", Targets=[{"Id": "a", "Arn": QUEUE_ARN}])
    call("events", "ListTargetsByRule", Rule="whole")
    call("events", "RemoveTargets", Rule="whole", Ids=["a"])
    call("events", "DeleteRule", **rule)


def _logs(call: Caller) -> None:
    group = {"logGroupName": "whole"}
    stream = {"logStreamName": "one", **group}
    call("logs", "CreateLogGroup", **group)
    call("logs", "CreateLogStream", **stream)
    line = {"timestamp": int(time.time() * 1000), "message": "hello"}
    call("logs", "PutLogEvents", logEvents=[line], **stream)
    call("logs", "GetLogEvents", **stream)
    call("logs", "FilterLogEvents", **group)
    call("logs", "DescribeLogGroups")
    call("logs", "DescribeLogStreams", **group)
    call("logs", "DeleteLogGroup", **group)


def _cloudformation(call: Caller) -> None:
    stack = {"StackName": "whole"}
    queue: Json = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "of-stack"}}
    template: Json = {"Resources": {"Queue": queue}}
    body = json.dumps(template)
    call("cloudformation", "CreateStack", TemplateBody=body, **stack)
    _wait_for_stack(call)
    call("cloudformation", "DescribeStackResource", LogicalResourceId="Queue", **stack)
    for operation in ("DescribeStackEvents", "DescribeStackResources", "ListStackResources"):
        call("cloudformation", operation, **stack)
    call("cloudformation", "ListStacks")
    call("cloudformation", "GetTemplate", **stack)
    call("cloudformation", "GetTemplateSummary", TemplateBody=body)
    call("cloudformation", "ValidateTemplate", TemplateBody=body)
    call(
        "cloudformation", "UpdateTerminationProtection", EnableTerminationProtection=False, **stack
    )
    detection = call("cloudformation", "DetectStackDrift", **stack)["StackDriftDetectionId"]
    status = "DescribeStackDriftDetectionStatus"
    call("cloudformation", status, StackDriftDetectionId=detection)
    call("cloudformation", "DescribeStackResourceDrifts", **stack)
    call("cloudformation", "DetectStackResourceDrift", LogicalResourceId="Queue", **stack)
    queue["Properties"]["VisibilityTimeout"] = 60
    call("cloudformation", "UpdateStack", TemplateBody=json.dumps(template), **stack)
    _wait_for_stack(call)
    for name, seconds in (("dropped", 70), ("done", 80)):
        queue["Properties"]["VisibilityTimeout"] = seconds
        change_set = {"ChangeSetName": name, **stack}
        call("cloudformation", "CreateChangeSet", TemplateBody=json.dumps(template), **change_set)
        wait_until(partial(_is_ready, call, change_set))
    call("cloudformation", "ListChangeSets", **stack)
    call("cloudformation", "DeleteChangeSet", ChangeSetName="dropped", **stack)
    call("cloudformation", "ExecuteChangeSet", ChangeSetName="done", **stack)
    _wait_for_stack(call)
    call("cloudformation", "DeleteStack", **stack)


def _is_ready(call: Caller, change_set: Json) -> bool:
    described = call("cloudformation", "DescribeChangeSet", **change_set)
    return bool(described["Status"] == "CREATE_COMPLETE")


def _wait_for_stack(call: Caller) -> None:
    def is_settled() -> bool:
        (stack,) = call("cloudformation", "DescribeStacks", StackName="whole")["Stacks"]
        return not stack["StackStatus"].endswith("_IN_PROGRESS")

    wait_until(is_settled)
