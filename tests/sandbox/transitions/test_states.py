"""What is on its way to another state is shown as it is, and refused until that is over."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from mailfanout.policies import trust_policy
from support.calls.refusals import refusal
from support.parts.zips import zip_of
from support.sandboxes.account_in_sandbox import EVERYTHING, ROLE_ARN, Account, allow

TABLE = {
    "TableName": "people",
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "email", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "email", "AttributeType": "S"}],
}
FUNCTION = {
    "FunctionName": "recorder",
    "Runtime": "python3.13",
    "Handler": "lambda_function.lambda_handler",
    "Role": ROLE_ARN,
    "Code": {"ZipFile": zip_of("def lambda_handler(event, context): ...")},
}
OTHERS_ALONE = allow("s3:ListAllMyBuckets")
ITEM = {"email": {"S": "a@example.com"}}
NEW_INDEX = {
    "IndexName": "name-index",
    "KeySchema": [{"AttributeName": "name", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}


@pytest.fixture
def slowly(account: Account) -> Callable[[], None]:
    """From this call on, states take as long as on AWS."""
    return lambda: account.set_pace("aws")


def test_what_is_not_ready_is_refused(account: Account, slowly: Callable[[], None]) -> None:
    account.role(EVERYTHING)
    slowly()
    client, dynamodb = account.client("lambda"), account.client("dynamodb")
    function = client.create_function(**FUNCTION)
    table = dynamodb.create_table(**TABLE)["TableDescription"]

    assert function["State"] == "Pending"
    assert table["TableStatus"] == "CREATING"
    assert refusal(client.invoke, FunctionName="recorder") == (
        "ResourceConflictException",
        "The operation cannot be performed at this time. The function is currently in the "
        "following state: Pending",
    )
    assert refusal(dynamodb.put_item, TableName="people", Item=ITEM) == (
        "ResourceNotFoundException",
        "Requested resource not found",
    )
    assert refusal(dynamodb.delete_table, TableName="people") == (
        "ResourceInUseException",
        "Attempt to change a resource which is still in use: Table is being created: people",
    )
    assert refusal(dynamodb.describe_time_to_live, TableName="people") == (
        "ValidationException",
        "Cannot describe time to live while table is in CREATING state: Current table state is "
        "CREATING",
    )


def test_second_update_of_a_function_is_refused_while_the_first_is_under_way(
    account: Account, slowly: Callable[[], None]
) -> None:
    arn = account.function()
    slowly()
    client = account.client("lambda")

    answer = client.update_function_configuration(FunctionName=arn, Timeout=5)
    shown = client.get_function(FunctionName="recorder")["Configuration"]

    assert (answer["LastUpdateStatus"], shown["LastUpdateStatus"]) == ("InProgress",) * 2
    assert refusal(client.update_function_configuration, FunctionName="recorder", Timeout=6) == (
        "ResourceConflictException",
        "The operation cannot be performed at this time. An update is in progress for resource: "
        f"{arn}",
    )


def test_table_that_is_being_deleted_is_shown_and_keeps_its_name(
    account: Account, dynamodb: Any, slowly: Callable[[], None]
) -> None:
    slowly()

    dynamodb.delete_table(TableName="people")

    assert dynamodb.describe_table(TableName="people")["Table"]["TableStatus"] == "DELETING"
    assert dynamodb.list_tables()["TableNames"] == ["people"]
    assert refusal(dynamodb.create_table, **TABLE)[0] == "ResourceInUseException"


def test_index_cannot_be_read_until_it_is_there(
    account: Account, dynamodb: Any, slowly: Callable[[], None]
) -> None:
    dynamodb.put_item(TableName="people", Item={"email": {"S": "a"}})
    slowly()
    definitions = [*TABLE["AttributeDefinitions"], {"AttributeName": "name", "AttributeType": "S"}]
    updated = dynamodb.update_table(
        TableName="people",
        AttributeDefinitions=definitions,
        GlobalSecondaryIndexUpdates=[{"Create": NEW_INDEX}],
    )["TableDescription"]

    assert updated["TableStatus"] == "UPDATING"
    assert [one["IndexStatus"] for one in updated["GlobalSecondaryIndexes"]] == ["CREATING"]
    assert [one["Backfilling"] for one in updated["GlobalSecondaryIndexes"]] == [False]
    assert [one["ItemCount"] for one in updated["GlobalSecondaryIndexes"]] == [0]
    assert refusal(dynamodb.scan, TableName="people", IndexName="name-index") == (
        "ValidationException",
        "Cannot read from backfilling global secondary index: name-index",
    )


@pytest.fixture
def dynamodb(account: Account) -> Any:
    """With a table that is ready."""
    client = account.client("dynamodb")
    client.create_table(**TABLE)
    account.wait_for_table("people")
    return client


def test_new_role_can_be_assumed_by_nobody(account: Account, slowly: Callable[[], None]) -> None:
    slowly()
    everybody = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}
    trust = {"Version": "2012-10-17", "Statement": [*trust_policy()["Statement"], everybody]}
    account.role(EVERYTHING, trust=trust)
    statement = {**EVERYTHING, "Principal": {"AWS": ROLE_ARN}}
    names_it = json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    assume = account.client("sts").assume_role
    assert refusal(assume, RoleArn=ROLE_ARN, RoleSessionName="anna")[0] == "AccessDenied"
    assert refusal(account.client("lambda").create_function, **FUNCTION) == (
        "InvalidParameterValueException",
        "The role defined for the function cannot be assumed by Lambda.",
    )
    assert refusal(
        account.client("sqs").create_queue, QueueName="queue", Attributes={"Policy": names_it}
    ) == ("InvalidAttributeValue", "Invalid value for the parameter Policy.")


@pytest.mark.parametrize(
    ("before", "after"), [(EVERYTHING, OTHERS_ALONE), (OTHERS_ALONE, EVERYTHING)]
)
def test_policies_of_before_count_for_some_seconds(
    account: Account, slowly: Callable[[], None], before: dict[str, Any], after: dict[str, Any]
) -> None:
    everybody = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}
    account.role(before, trust={"Version": "2012-10-17", "Statement": [everybody]})
    sts = account.client("sts")
    keys = sts.assume_role(RoleArn=ROLE_ARN, RoleSessionName="anna")["Credentials"]
    session = boto3.Session(
        keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], region_name="us-east-1"
    )
    list_queues = session.client("sqs", endpoint_url=sts.meta.endpoint_url).list_queues
    slowly()

    account.role(after)

    if before == EVERYTHING:
        list_queues()
    else:
        assert refusal(list_queues)[0] == "AccessDenied"


def test_deleted_queue_is_visible_for_a_minute(
    account: Account, slowly: Callable[[], None]
) -> None:
    sqs, url = account.client("sqs"), account.queue(VisibilityTimeout=7)
    slowly()

    sqs.delete_queue(QueueUrl=url)

    assert sqs.list_queues()["QueueUrls"] == [url]
    assert sqs.get_queue_url(QueueName="queue")["QueueUrl"] == url
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
    assert attributes["Attributes"] == {"VisibilityTimeout": "7"}
    assert refusal(sqs.create_queue, QueueName="queue") == (
        "AWS.SimpleQueueService.QueueDeletedRecently",
        "You must wait 60 seconds after deleting a queue before you can create another with the "
        "same name.",
    )


def test_new_scope_of_deduplication_counts_after_a_minute(
    account: Account, slowly: Callable[[], None]
) -> None:
    url, sqs = account.queue("orders.fifo", FifoQueue="true"), account.client("sqs")
    slowly()

    def counted(group: str) -> str:
        once = {"MessageGroupId": group, "MessageDeduplicationId": "once"}
        sqs.send_message(QueueUrl=url, MessageBody="m", **once)
        asked = ["ApproximateNumberOfMessages", "DeduplicationScope"]
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=asked)["Attributes"]
        return " ".join(attributes[one] for one in asked)

    assert counted("a") == "1 queue"
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DeduplicationScope": "messageGroup"})
    assert counted("b") == "1 messageGroup"


def test_lists_and_tags_lag_behind_writes(account: Account, slowly: Callable[[], None]) -> None:
    sqs, url = account.client("sqs"), account.queue("old")
    slowly()

    account.queue("new")
    sqs.tag_queue(QueueUrl=url, Tags={"created-by": "anna"})

    assert sqs.list_queues()["QueueUrls"] == [url]
    assert sqs.list_queue_tags(QueueUrl=url).get("Tags", {}) == {}


def test_nothing_lags_at_the_lessons_pace(account: Account) -> None:
    sqs, url = account.client("sqs"), account.queue()

    sqs.tag_queue(QueueUrl=url, Tags={"created-by": "anna"})
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"created-by": "anna"}
    sqs.delete_queue(QueueUrl=url)
    assert account.queue() == url
