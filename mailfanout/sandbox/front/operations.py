"""The operations that the kit makes whole: what its handlers, lessons, commands and tests call.

Any other operation goes to moto as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from mailfanout.sandbox.calls import ApiCall

OPERATIONS: Mapping[str, tuple[str, ...]] = {
    service: tuple(names.split())
    for service, names in {
        "cloudformation": """
            CreateChangeSet CreateStack DeleteChangeSet DeleteStack DescribeChangeSet
            DescribeStackDriftDetectionStatus DescribeStackEvents DescribeStackResource
            DescribeStackResourceDrifts DescribeStackResources DescribeStacks DetectStackDrift
            DetectStackResourceDrift ExecuteChangeSet GetTemplate GetTemplateSummary ListChangeSets
            ListStackResources ListStacks UpdateStack UpdateTerminationProtection ValidateTemplate
        """,
        "dynamodb": """
            BatchGetItem BatchWriteItem CreateTable DeleteItem DeleteTable DescribeTable GetItem
            ListTables ListTagsOfResource PutItem Query Scan TagResource TransactGetItems
            TransactWriteItems UpdateItem UpdateTable
        """,
        "events": """
            DeleteRule DescribeRule ListTagsForResource ListTargetsByRule PutEvents PutRule
            PutTargets RemoveTargets TagResource
        """,
        "iam": """
            AttachRolePolicy CreateAccessKey CreateRole CreateUser DeleteRole DeleteRolePolicy
            DetachRolePolicy GetRole GetRolePolicy ListAttachedRolePolicies ListRolePolicies
            ListRoleTags ListRoles PutRolePolicy PutUserPolicy TagRole UpdateAssumeRolePolicy
        """,
        "lambda": """
            AddPermission CreateEventSourceMapping CreateFunction DeleteEventSourceMapping
            DeleteFunction GetAccountSettings GetEventSourceMapping GetFunction
            GetFunctionConfiguration GetFunctionRecursionConfig GetPolicy Invoke
            ListEventSourceMappings ListFunctions ListTags PutFunctionConcurrency
            PutFunctionEventInvokeConfig PutFunctionRecursionConfig RemovePermission TagResource
            UpdateEventSourceMapping UpdateFunctionCode UpdateFunctionConfiguration
        """,
        "logs": """
            CreateLogGroup CreateLogStream DeleteLogGroup DescribeLogGroups DescribeLogStreams
            FilterLogEvents GetLogEvents PutLogEvents
        """,
        "resourcegroupstaggingapi": "GetResources",
        "s3": """
            CopyObject CreateBucket DeleteBucket DeleteObject DeleteObjects
            GetBucketNotificationConfiguration GetBucketTagging GetObject HeadBucket HeadObject
            ListBuckets ListObjectVersions ListObjectsV2 PutBucketNotificationConfiguration
            PutBucketTagging PutObject
        """,
        "ses": """
            GetIdentityVerificationAttributes GetSendQuota SendEmail SendRawEmail
            VerifyEmailIdentity
        """,
        "sesv2": """
            CreateConfigurationSet CreateConfigurationSetEventDestination CreateEmailIdentity
            DeleteConfigurationSet DeleteEmailIdentity GetAccount GetEmailIdentity
            ListTagsForResource PutSuppressedDestination SendBulkEmail SendEmail TagResource
        """,
        "sns": """
            CreateTopic DeleteTopic GetTopicAttributes ListTagsForResource Publish
            SetSubscriptionAttributes SetTopicAttributes Subscribe TagResource Unsubscribe
        """,
        "sqs": """
            AddPermission CancelMessageMoveTask ChangeMessageVisibility ChangeMessageVisibilityBatch
            CreateQueue DeleteMessage DeleteMessageBatch DeleteQueue GetQueueAttributes GetQueueUrl
            ListDeadLetterSourceQueues ListMessageMoveTasks ListQueueTags ListQueues PurgeQueue
            ReceiveMessage RemovePermission SendMessage SendMessageBatch SetQueueAttributes
            StartMessageMoveTask TagQueue UntagQueue
        """,
        "sts": "AssumeRole GetCallerIdentity",
    }.items()
}

# Operations of S3 that moto does not know, and takes by their paths for others: for DeleteBucket,
# ListObjects, PutObject.
_TAKEN_FOR_OTHERS = re.compile(
    r"\w*(Abac|Analytics|Annotation|BucketMetadata|IntelligentTiering|Metrics|RequestPayment)\w*"
    "|CreateSession|DeleteBucketInventoryConfiguration|GetObject(Retention|Torrent)"
    "|ListDirectoryBuckets|RenameObject|UpdateObjectEncryption|WriteGetObjectResponse"
)

# What AWS's services take of a request, by the name that it is signed for.
_LARGEST_BYTES = {"dynamodb": 16 * 2**20, "lambda": 70_167_211, "s3": 5 * 2**30, "ses": 64 * 2**20}
_LARGEST_ELSEWHERE_BYTES = 4 * 2**20
# A form's signature is in its body, so strangers are not known before it is read. S3 takes 5 GB.
LARGEST_FORM_BYTES = 10 * 2**20


def is_listed(call: ApiCall) -> bool:
    """Whether the call is one of those that the kit makes whole."""
    return call.operation in OPERATIONS.get(call.service, ())


def is_taken_for_another(call: ApiCall) -> bool:
    """Whether moto would do something else in the place of the call."""
    return call.service == "s3" and _TAKEN_FOR_OTHERS.fullmatch(call.operation) is not None


def largest_body_bytes(signing_service: str) -> int:
    """How large a request may be at most, headers aside."""
    return _LARGEST_BYTES.get(signing_service, _LARGEST_ELSEWHERE_BYTES)
