"""Lambda and what invokes its functions, EventBridge's rules, and CloudWatch's logs."""

from __future__ import annotations

import time

from support.every_operation.caller import FUNCTION_ARN, QUEUE_ARN, ROLE_ARN, TAGS, Caller, Json
from support.parts.zips import zip_of
from support.waiting import wait_for_function, wait_until


def call_lambda(call: Caller) -> None:
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


def call_events(call: Caller) -> None:
    rule = {"Name": "whole"}
    arn = call("events", "PutRule", ScheduleExpression="rate(1 hour)", **rule)["RuleArn"]
    call("events", "DescribeRule", **rule)
    call("events", "TagResource", ResourceARN=arn, Tags=TAGS)
    call("events", "ListTagsForResource", ResourceARN=arn)
    call("events", "PutTargets", Rule="whole", Targets=[{"Id": "a", "Arn": QUEUE_ARN}])
    call("events", "ListTargetsByRule", Rule="whole")
    entry = {"Source": "whole", "DetailType": "whole", "Detail": "{}"}
    call("events", "PutEvents", Entries=[entry])
    call("events", "RemoveTargets", Rule="whole", Ids=["a"])
    call("events", "DeleteRule", **rule)


def call_logs(call: Caller) -> None:
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
