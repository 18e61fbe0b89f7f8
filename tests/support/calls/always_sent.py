"""What AWS sends in every answer of an operation, if the call is as in `every_operation`.

From the examples in AWS's API references, and from recordings of its answers.
"""

from __future__ import annotations

_FUNCTION = """
    FunctionName FunctionArn Runtime Role Handler CodeSize Description Timeout MemorySize
    LastModified CodeSha256 Version TracingConfig.Mode RevisionId State PackageType Architectures
    EphemeralStorage.Size SnapStart.ApplyOn SnapStart.OptimizationStatus
    RuntimeVersionConfig.RuntimeVersionArn LoggingConfig.LogFormat LoggingConfig.LogGroup
"""
_LISTED_FUNCTION = " ".join(
    name for name in _FUNCTION.split() if not name.startswith(("State", "RuntimeVersionConfig"))
)
_UPDATE = "LastUpdateStatus LastUpdateStatusReason LastUpdateStatusReasonCode"
_MAPPING = """
    UUID BatchSize MaximumBatchingWindowInSeconds EventSourceArn EventSourceMappingArn FunctionArn
    LastModified State StateTransitionReason FunctionResponseTypes
"""
_TABLE_IN_DELETION = """
    TableName TableStatus TableArn TableId ItemCount TableSizeBytes
    ProvisionedThroughput.NumberOfDecreasesToday ProvisionedThroughput.ReadCapacityUnits
    ProvisionedThroughput.WriteCapacityUnits DeletionProtectionEnabled
"""
_INDEX = """
    IndexArn IndexName IndexSizeBytes IndexStatus ItemCount KeySchema Projection.ProjectionType
    ProvisionedThroughput.NumberOfDecreasesToday
"""
_ROLE = "Path RoleName RoleId Arn CreateDate AssumeRolePolicyDocument"
_CAPACITY = "ConsumedCapacity.TableName ConsumedCapacity.CapacityUnits"
_PUT_OBJECT = "ETag ServerSideEncryption"
_OBJECT = f"{_PUT_OBJECT} AcceptRanges LastModified ContentLength ContentType Metadata"
_MESSAGE = "MessageId MD5OfMessageBody"
_CREDENTIALS = "AccessKeyId SecretAccessKey SessionToken Expiration"
_LISTED_OBJECTS = "IsTruncated Name Prefix MaxKeys"


def _each(member: str, names: str) -> str:
    return " ".join(f"{member}.{name}" for name in names.split())


_TABLE = f"""
    {_TABLE_IN_DELETION} AttributeDefinitions[].AttributeType KeySchema[].KeyType CreationDateTime
    BillingModeSummary.BillingMode {_each("GlobalSecondaryIndexes[]", _INDEX)}
"""
_SENT = {
    "cloudformation-CreateStack": "StackId",
    "cloudformation-DescribeStacks": _each(
        "Stacks[]",
        "StackId StackName CreationTime StackStatus DisableRollback NotificationARNs Tags",
    ),
    "cloudformation-UpdateStack": "StackId",
    "dynamodb-BatchGetItem": "Responses UnprocessedKeys",
    "dynamodb-BatchWriteItem": "UnprocessedItems",
    "dynamodb-CreateTable": _each("TableDescription", _TABLE),
    "dynamodb-DeleteItem": f"Attributes {_CAPACITY}",
    "dynamodb-DeleteTable": _each("TableDescription", _TABLE_IN_DELETION),
    "dynamodb-DescribeTable": _each("Table", _TABLE),
    "dynamodb-GetItem": f"Item {_CAPACITY}",
    "dynamodb-ListTables": "TableNames",
    "dynamodb-ListTagsOfResource": "Tags[].Key",
    "dynamodb-PutItem": _CAPACITY,
    "dynamodb-Query": f"Items Count ScannedCount {_CAPACITY}",
    "dynamodb-Scan": f"Items Count ScannedCount {_CAPACITY}",
    "dynamodb-TransactGetItems": "Responses[].Item ConsumedCapacity[].CapacityUnits",
    "dynamodb-UpdateItem": f"Attributes {_CAPACITY}",
    "dynamodb-UpdateTable": _each("TableDescription", _TABLE),
    "events-DescribeRule": "Name Arn ScheduleExpression State EventBusName",
    "events-ListTagsForResource": "Tags[].Key",
    "events-ListTargetsByRule": "Targets[].Id Targets[].Arn",
    "events-PutEvents": "FailedEntryCount Entries[].EventId",
    "events-PutRule": "RuleArn",
    "events-PutTargets": "FailedEntryCount FailedEntries",
    "events-RemoveTargets": "FailedEntryCount FailedEntries",
    "iam-CreateAccessKey": _each(
        "AccessKey", "UserName AccessKeyId Status SecretAccessKey CreateDate"
    ),
    "iam-CreateRole": _each("Role", _ROLE),
    "iam-CreateUser": _each("User", "Path UserName UserId Arn CreateDate"),
    "iam-GetRole": _each("Role", f"{_ROLE} MaxSessionDuration RoleLastUsed Tags[].Key"),
    "iam-GetRolePolicy": "RoleName PolicyName PolicyDocument",
    "iam-ListAttachedRolePolicies": "AttachedPolicies[].PolicyArn IsTruncated",
    "iam-ListRolePolicies": "PolicyNames IsTruncated",
    "iam-ListRoleTags": "Tags[].Key IsTruncated",
    "iam-ListRoles": f"{_each('Roles[]', _ROLE)} IsTruncated",
    "lambda-AddPermission": "Statement",
    "lambda-CreateEventSourceMapping": _MAPPING,
    "lambda-CreateFunction": f"{_FUNCTION} StateReason StateReasonCode",
    "lambda-DeleteEventSourceMapping": _MAPPING,
    "lambda-GetAccountSettings": """
        AccountLimit.TotalCodeSize AccountLimit.CodeSizeUnzipped AccountLimit.CodeSizeZipped
        AccountLimit.ConcurrentExecutions AccountLimit.UnreservedConcurrentExecutions
        AccountUsage.TotalCodeSize AccountUsage.FunctionCount
    """,
    "lambda-GetEventSourceMapping": _MAPPING,
    "lambda-GetFunction": f"""
        {_each("Configuration", f"{_FUNCTION} LastUpdateStatus")} Code.RepositoryType Code.Location
    """,
    "lambda-GetFunctionConfiguration": _FUNCTION,
    "lambda-GetFunctionRecursionConfig": "RecursiveLoop",
    "lambda-GetPolicy": "Policy RevisionId",
    "lambda-Invoke": "StatusCode ExecutedVersion LogResult Payload",
    "lambda-ListEventSourceMappings": _each("EventSourceMappings[]", _MAPPING),
    "lambda-ListFunctions": _each("Functions[]", _LISTED_FUNCTION),
    "lambda-ListTags": "Tags",
    "lambda-PutFunctionConcurrency": "ReservedConcurrentExecutions",
    "lambda-PutFunctionEventInvokeConfig": """
        FunctionArn LastModified MaximumRetryAttempts DestinationConfig.OnSuccess
        DestinationConfig.OnFailure
    """,
    "lambda-PutFunctionRecursionConfig": "RecursiveLoop",
    "lambda-UpdateEventSourceMapping": _MAPPING,
    "lambda-UpdateFunctionCode": f"{_FUNCTION} {_UPDATE}",
    "lambda-UpdateFunctionConfiguration": f"{_FUNCTION} {_UPDATE}",
    "logs-DescribeLogGroups": _each(
        "logGroups[]",
        "logGroupName creationTime metricFilterCount arn storedBytes logGroupClass logGroupArn",
    ),
    "logs-DescribeLogStreams": _each("logStreams[]", "logStreamName creationTime arn storedBytes"),
    "logs-FilterLogEvents": _each(
        "events[]", "logStreamName timestamp message ingestionTime eventId"
    ),
    "logs-GetLogEvents": f"""
        {_each("events[]", "timestamp message ingestionTime")} nextForwardToken nextBackwardToken
    """,
    "logs-PutLogEvents": "nextSequenceToken",
    "resourcegroupstaggingapi-GetResources": """
        PaginationToken ResourceTagMappingList[].ResourceARN ResourceTagMappingList[].Tags
    """,
    "s3-CopyObject": "CopyObjectResult.ETag CopyObjectResult.LastModified",
    "s3-CreateBucket": "Location",
    "s3-DeleteObjects": "Deleted[].Key",
    "s3-GetBucketNotificationConfiguration": _each(
        "LambdaFunctionConfigurations[]", "Id LambdaFunctionArn Events"
    ),
    "s3-GetBucketTagging": "TagSet[].Key",
    "s3-GetObject": _OBJECT,
    "s3-HeadBucket": "BucketRegion",
    "s3-HeadObject": _OBJECT,
    "s3-ListBuckets": "Buckets[].Name Buckets[].CreationDate Owner.ID",
    "s3-ListObjectVersions": f"""
        {_each("Versions[]", "ETag Size StorageClass Key VersionId IsLatest")} {_LISTED_OBJECTS}
    """,
    "s3-ListObjectsV2": f"""
        {_each("Contents[]", "Key LastModified ETag Size StorageClass")} {_LISTED_OBJECTS} KeyCount
    """,
    "s3-PutObject": _PUT_OBJECT,
    "ses-GetIdentityVerificationAttributes": "VerificationAttributes",
    "ses-GetSendQuota": "Max24HourSend MaxSendRate SentLast24Hours",
    "ses-SendEmail": "MessageId",
    "ses-SendRawEmail": "MessageId",
    "sesv2-CreateEmailIdentity": """
        IdentityType VerifiedForSendingStatus DkimAttributes.SigningEnabled DkimAttributes.Status
    """,
    "sesv2-GetAccount": """
        DedicatedIpAutoWarmupEnabled EnforcementStatus ProductionAccessEnabled
        SendQuota.Max24HourSend SendQuota.MaxSendRate SendQuota.SentLast24Hours SendingEnabled
        SuppressionAttributes.SuppressedReasons
    """,
    "sesv2-GetEmailIdentity": """
        IdentityType FeedbackForwardingStatus VerifiedForSendingStatus
        DkimAttributes.SigningEnabled MailFromAttributes.BehaviorOnMxFailure Policies Tags
        VerificationStatus
    """,
    "sesv2-ListTagsForResource": "Tags[].Key",
    "sesv2-SendBulkEmail": "BulkEmailEntryResults[].Status BulkEmailEntryResults[].MessageId",
    "sesv2-SendEmail": "MessageId",
    "sns-CreateTopic": "TopicArn",
    "sns-GetTopicAttributes": _each(
        "Attributes",
        """
        Policy Owner SubscriptionsPending SubscriptionsConfirmed SubscriptionsDeleted TopicArn
        DisplayName EffectiveDeliveryPolicy
        """,
    ),
    "sns-ListTagsForResource": "Tags[].Key",
    "sns-Publish": "MessageId",
    "sns-Subscribe": "SubscriptionArn",
    "sqs-CancelMessageMoveTask": "ApproximateNumberOfMessagesMoved",
    "sqs-ChangeMessageVisibilityBatch": "Successful[].Id",
    "sqs-CreateQueue": "QueueUrl",
    "sqs-DeleteMessageBatch": "Successful[].Id",
    "sqs-GetQueueAttributes": _each(
        "Attributes",
        """
        ApproximateNumberOfMessages ApproximateNumberOfMessagesDelayed
        ApproximateNumberOfMessagesNotVisible CreatedTimestamp DelaySeconds LastModifiedTimestamp
        MaximumMessageSize MessageRetentionPeriod QueueArn ReceiveMessageWaitTimeSeconds
        RedrivePolicy SqsManagedSseEnabled VisibilityTimeout
        """,
    ),
    "sqs-GetQueueUrl": "QueueUrl",
    "sqs-ListDeadLetterSourceQueues": "queueUrls",
    "sqs-ListMessageMoveTasks": _each(
        "Results[]", "Status SourceArn ApproximateNumberOfMessagesMoved StartedTimestamp"
    ),
    "sqs-ListQueueTags": "Tags",
    "sqs-ListQueues": "QueueUrls",
    "sqs-ReceiveMessage": _each(
        "Messages[]",
        """
        MessageId ReceiptHandle MD5OfBody Body Attributes.SenderId Attributes.SentTimestamp
        Attributes.ApproximateReceiveCount Attributes.ApproximateFirstReceiveTimestamp
        """,
    ),
    "sqs-SendMessage": f"{_MESSAGE} MD5OfMessageAttributes",
    "sqs-SendMessageBatch": f"Successful[].Id {_each('Successful[]', _MESSAGE)}",
    "sqs-StartMessageMoveTask": "TaskHandle",
    "sts-AssumeRole": f"""
        {_each("Credentials", _CREDENTIALS)} AssumedRoleUser.AssumedRoleId AssumedRoleUser.Arn
    """,
    "sts-GetCallerIdentity": "UserId Account Arn",
}
ALWAYS_SENT = {operation: tuple(names.split()) for operation, names in _SENT.items()}
