"""The words of AWS that the lessons use, each with a sentence and AWS's own page about it."""

from __future__ import annotations

from dataclasses import dataclass

DOCS = "https://docs.aws.amazon.com"


@dataclass(frozen=True)
class Term:
    """A word of AWS's: what it means in a sentence, and the address of AWS's page."""

    word: str
    meaning: str
    page: str


GLOSSARY = (
    Term(
        "ARN",
        "Amazon Resource Name: what a thing is called in all of AWS; policies refer to it.",
        f"{DOCS}/IAM/latest/UserGuide/reference-arns.html",
    ),
    Term(
        "at least once",
        "How SQS, S3 and asynchronous invocations deliver: never lost, now and then twice.",
        f"{DOCS}/AWSSimpleQueueService/latest/SQSDeveloperGuide/standard-queues-at-least-once-delivery.html",
    ),
    Term(
        "batch",
        "The messages that one invocation gets; a partial batch response names the failed ones.",
        f"{DOCS}/lambda/latest/dg/services-sqs-errorhandling.html",
    ),
    Term(
        "bounce",
        "What comes back of a mail that cannot be delivered: for good, or for now.",
        f"{DOCS}/ses/latest/dg/monitor-sending-activity.html",
    ),
    Term(
        "bucket",
        "Where S3 keeps objects, each under a key.",
        f"{DOCS}/AmazonS3/latest/userguide/Welcome.html",
    ),
    Term(
        "change set",
        "What an update of a stack would do, shown before it is done.",
        f"{DOCS}/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html",
    ),
    Term(
        "cold start",
        "What an invocation waits for if no execution environment is ready.",
        f"{DOCS}/lambda/latest/dg/lambda-runtime-environment.html",
    ),
    Term(
        "complaint",
        "A recipient has called the mail spam; mailbox providers tell the sender.",
        f"{DOCS}/ses/latest/dg/monitor-sending-activity.html",
    ),
    Term(
        "configuration set",
        "What SES does besides sending: here it tells a topic what became of each mail.",
        f"{DOCS}/ses/latest/dg/using-configuration-sets.html",
    ),
    Term(
        "dead-letter queue",
        "Where a message goes that was received too often without success.",
        f"{DOCS}/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
    ),
    Term(
        "drift",
        "What stands differs from what the stack's template says: somebody changed it by hand.",
        f"{DOCS}/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html",
    ),
    Term(
        "event",
        "What Lambda hands to a function: a JSON that says what has happened.",
        f"{DOCS}/lambda/latest/dg/gettingstarted-concepts.html",
    ),
    Term(
        "event source mapping",
        "Lambda's poller: it takes messages from a queue and invokes a function with them.",
        f"{DOCS}/lambda/latest/dg/invocation-eventsourcemapping.html",
    ),
    Term(
        "execution environment",
        "The process that runs a function, one event at a time; it is kept warm for the next.",
        f"{DOCS}/lambda/latest/dg/lambda-runtime-environment.html",
    ),
    Term(
        "execution role",
        "The IAM role whose permissions a function has while it runs.",
        f"{DOCS}/lambda/latest/dg/lambda-intro-execution-role.html",
    ),
    Term(
        "global secondary index",
        "A copy of a table under another key, kept up with a short delay.",
        f"{DOCS}/amazondynamodb/latest/developerguide/GSI.html",
    ),
    Term(
        "handler",
        "The function in your code that Lambda calls with an event.",
        f"{DOCS}/lambda/latest/dg/python-handler.html",
    ),
    Term(
        "identity",
        "An address or a domain that SES may send from, once you have proved that it is yours.",
        f"{DOCS}/ses/latest/dg/verify-addresses-and-domains.html",
    ),
    Term(
        "least privilege",
        "A policy allows the calls that the work needs, and no other.",
        f"{DOCS}/IAM/latest/UserGuide/best-practices.html",
    ),
    Term(
        "long polling",
        "A receive that waits, up to 20 s, until a message is there.",
        f"{DOCS}/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html",
    ),
    Term(
        "mailbox simulator",
        "Addresses of SES's own for tests, which take a mail, bounce it or complain.",
        f"{DOCS}/ses/latest/dg/send-an-email-from-console.html",
    ),
    Term(
        "notification",
        "A bucket's setting: which function S3 invokes for which events.",
        f"{DOCS}/AmazonS3/latest/userguide/EventNotifications.html",
    ),
    Term(
        "partition key",
        "The attribute that finds an item; its hash decides where DynamoDB keeps it.",
        f"{DOCS}/amazondynamodb/latest/developerguide/HowItWorks.Partitions.html",
    ),
    Term(
        "production access",
        "SES's leave to write to anybody; until then an account is in the SES sandbox.",
        f"{DOCS}/ses/latest/dg/request-production-access.html",
    ),
    Term(
        "query and scan",
        "A query reads the items of one partition key; a scan reads the whole table.",
        f"{DOCS}/amazondynamodb/latest/developerguide/bp-query-scan.html",
    ),
    Term(
        "redrive",
        "Moving dead letters back to where they came from.",
        f"{DOCS}/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html",
    ),
    Term(
        "Region",
        "The place where a resource is, such as us-east-1; most things are in one of them.",
        f"{DOCS}/global-infrastructure/latest/regions/aws-regions.html",
    ),
    Term(
        "resource-based policy",
        "A policy on the resource: who may use this queue, this topic, this function.",
        f"{DOCS}/IAM/latest/UserGuide/access_policies_identity-vs-resource.html",
    ),
    Term(
        "rule",
        "What EventBridge starts on a schedule or at an event: here a function, once a minute.",
        f"{DOCS}/eventbridge/latest/userguide/eb-rules.html",
    ),
    Term(
        "suppression list",
        "Addresses to which SES sends nothing, since they bounced or complained.",
        f"{DOCS}/ses/latest/dg/sending-email-suppression-list.html",
    ),
    Term(
        "template",
        "A file that says what a stack shall hold; CloudFormation makes it, as one.",
        f"{DOCS}/AWSCloudFormation/latest/UserGuide/cfn-whatis-concepts.html",
    ),
    Term(
        "topic",
        "SNS gives what is published to it to all who subscribed, and keeps nothing.",
        f"{DOCS}/sns/latest/dg/welcome.html",
    ),
    Term(
        "transaction",
        "Up to 100 writes to DynamoDB of which all are done, or none.",
        f"{DOCS}/amazondynamodb/latest/developerguide/transaction-apis.html",
    ),
    Term(
        "trust policy",
        "The part of a role that says who may take it on.",
        f"{DOCS}/IAM/latest/UserGuide/id_roles.html",
    ),
    Term(
        "visibility timeout",
        "How long a received message is hidden from others; then it comes back.",
        f"{DOCS}/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html",
    ),
    Term(
        "waiter",
        "boto3's way to wait: it asks again and again until a resource is ready.",
        "https://boto3.amazonaws.com/v1/documentation/api/latest/guide/clients.html",
    ),
)
