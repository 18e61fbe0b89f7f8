"""Stacks are changed, and changes undone, as on AWS."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from mailfanout.target import Target
from support.parts.stacks import (
    BROKEN,
    QUEUE,
    STACK_NAME,
    TOPIC,
    as_parameters,
    create,
    describe_stack,
    failures,
    message_of,
    queues,
    template,
    update,
)

pytestmark = pytest.mark.slow


def update_in_vain(cloudformation: Any, **asked: Any) -> None:
    """Add a resource that cannot be made."""
    body = template(Broken=BROKEN)
    cloudformation.update_stack(StackName=STACK_NAME, TemplateBody=body, **asked)


def test_an_update_that_fails_stays_if_it_was_asked_to(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    create(cloudformation, template())

    update_in_vain(cloudformation, Parameters=as_parameters({"Delay": "7"}), DisableRollback=True)

    assert describe_stack(mailfanout_target)["StackStatus"] == "UPDATE_FAILED"
    assert queues(mailfanout_target) == {"first": "7"}
    update(cloudformation, template(), Delay="8")
    assert describe_stack(mailfanout_target)["StackStatus"] == "UPDATE_COMPLETE"


def test_a_changed_property_is_changed_in_place(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    create(cloudformation, template())
    mailfanout_target.client("sqs").send_message(
        QueueUrl=describe_stack(mailfanout_target)["Outputs"][0]["OutputValue"], MessageBody="kept"
    )

    update(cloudformation, template(), Delay="7")

    assert describe_stack(mailfanout_target)["StackStatus"] == "UPDATE_COMPLETE"
    assert queues(mailfanout_target) == {"first": "7"}
    url = describe_stack(mailfanout_target)["Outputs"][0]["OutputValue"]
    assert mailfanout_target.client("sqs").receive_message(QueueUrl=url)["Messages"]


def test_a_changed_name_makes_it_anew_and_deletes_the_old_one(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    create(cloudformation, template())

    update(cloudformation, template(), Name="second")

    assert queues(mailfanout_target) == {"second": "0"}
    assert describe_stack(mailfanout_target)["Outputs"][0]["OutputValue"].endswith("/second")


def test_what_is_cleaned_up_after_an_update_is_told_without_its_properties(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    create(cloudformation, template())
    update(cloudformation, template(), Name="second")

    events = cloudformation.describe_stack_events(StackName=STACK_NAME)["StackEvents"]
    of_queue = [one for one in events if one["LogicalResourceId"] == "Queue"]
    assert [one["ResourceStatus"] for one in of_queue if "ResourceProperties" not in one] == [
        "DELETE_COMPLETE",
        "DELETE_IN_PROGRESS",
    ]
    assert {len(one["EventId"]) for one in of_queue[:2]} == {len("Queue-") + 36}
    assert len({one["EventId"] for one in events}) == len(events)


def test_what_has_no_name_of_its_own_has_another_when_it_is_made_anew(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    sns = mailfanout_target.client("sns")

    def with_topic(**properties: Any) -> str:
        return template(Topic={"Type": TOPIC["Type"], "Properties": properties})

    def names() -> list[str]:
        return [one["TopicArn"].rpartition(":")[2] for one in sns.list_topics()["Topics"]]

    create(cloudformation, with_topic(DisplayName="a"))
    [first] = names()

    update(cloudformation, with_topic(FifoTopic=True))

    [second] = names()
    assert (second == first, second.endswith(".fifo")) == (False, True)
    update(cloudformation, with_topic(FifoTopic=True, ContentBasedDeduplication=True))
    assert names() == [second]
    [topic] = sns.list_topics()["Topics"]
    assert sns.get_topic_attributes(**topic)["Attributes"]["ContentBasedDeduplication"] == "true"


def test_what_has_a_name_of_its_own_is_not_made_anew_under_it(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    def with_table(key: str) -> str:
        properties = {
            "TableName": "named",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
        }
        return template(Table={"Type": "AWS::DynamoDB::Table", "Properties": properties})

    create(cloudformation, with_table("a"))

    update(cloudformation, with_table("b"))

    [(name, reason)] = failures(mailfanout_target)
    assert (name, reason.endswith("Rename named and update the stack again.")) == ("Table", True)
    assert describe_stack(mailfanout_target)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"


def test_what_is_replaced_stays_if_its_template_says_so(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    text = template(Queue={**QUEUE, "UpdateReplacePolicy": "Retain"})
    create(cloudformation, text)

    update(cloudformation, text, Name="second")

    assert queues(mailfanout_target) == {"first": "0", "second": "0"}
    [queue] = cloudformation.list_stack_resources(StackName=STACK_NAME)["StackResourceSummaries"]
    assert queue["ResourceStatus"] == "UPDATE_COMPLETE"
    events = cloudformation.describe_stack_events(StackName=STACK_NAME)["StackEvents"]
    told = [one for one in reversed(events) if one["LogicalResourceId"] == "Queue"][3:]
    assert [(one["ResourceStatus"], one.get("ResourceStatusReason")) for one in told] == [
        (
            "UPDATE_IN_PROGRESS",
            "Requested update requires the creation of a new physical resource; hence creating "
            "one.",
        ),
        ("UPDATE_IN_PROGRESS", "Resource creation Initiated"),
        ("UPDATE_COMPLETE", None),
        ("DELETE_SKIPPED", None),
    ]


def test_an_update_that_fails_is_undone(mailfanout_target: Target, cloudformation: Any) -> None:
    create(cloudformation, template())

    update(cloudformation, template(Broken=BROKEN), Name="second", Delay="7")

    assert describe_stack(mailfanout_target)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert queues(mailfanout_target) == {"first": "0"}
    events = cloudformation.describe_stack_events(StackName=STACK_NAME)["StackEvents"]
    states = [one["ResourceStatus"] for one in events if one["LogicalResourceId"] == STACK_NAME]
    assert states[:3] == [
        "UPDATE_ROLLBACK_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_ROLLBACK_IN_PROGRESS",
    ]
    update(cloudformation, template(), Delay="3")
    assert queues(mailfanout_target) == {"first": "3"}


def test_no_resource_becomes_one_of_another_type(cloudformation: Any) -> None:
    create(cloudformation, template())

    with pytest.raises(ClientError) as error:
        update(cloudformation, template(Queue={"Type": "AWS::SNS::Topic"}))

    assert message_of(error) == (
        "Update of resource type is not permitted. The new template modifies resource type of the "
        "following resources: [Queue]"
    )


def test_what_the_template_has_no_more_is_deleted(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    create(cloudformation, template(Topic=TOPIC), Told="all")

    update(cloudformation, template())

    assert mailfanout_target.client("sns").list_topics()["Topics"] == []


def test_an_update_without_a_change_is_refused(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    create(cloudformation, template())

    with pytest.raises(ClientError) as error:
        update(cloudformation, template())

    assert message_of(error) == "No updates are to be performed."
    assert describe_stack(mailfanout_target)["StackStatus"] == "CREATE_COMPLETE"


def test_an_identitys_tags_change_while_it_stays(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    def identity(**tags: str) -> str:
        properties = {
            "EmailIdentity": "anna@example.com",
            "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
        }
        return template(Identity={"Type": "AWS::SES::EmailIdentity", "Properties": properties})

    create(cloudformation, identity(stack="first", old="1"))

    update(cloudformation, identity(stack="second", new="2"))

    found = mailfanout_target.client("sesv2").get_email_identity(EmailIdentity="anna@example.com")
    found_tags = {one["Key"]: one["Value"] for one in found["Tags"]}
    assert {key: one for key, one in found_tags.items() if not key.startswith("aws:")} == {
        "stack": "second",
        "new": "2",
    }
    assert describe_stack(mailfanout_target)["StackStatus"] == "UPDATE_COMPLETE"


def tags_of_queue(target: Target) -> Any:
    url = describe_stack(target)["Outputs"][0]["OutputValue"]
    return target.client("sqs").list_queue_tags(QueueUrl=url).get("Tags", {})


def test_a_stacks_tags_alone_may_change_and_its_resources_follow(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    create(cloudformation, template())

    def tag(**tags: str) -> Any:
        listed = [{"Key": key, "Value": value} for key, value in tags.items()]
        cloudformation.update_stack(StackName=STACK_NAME, UsePreviousTemplate=True, Tags=listed)
        stack = describe_stack(mailfanout_target)
        return stack["StackStatus"], stack["Tags"] == listed, tags_of_queue(mailfanout_target)

    assert tag(team="mail", course="1") == (
        *("UPDATE_COMPLETE", True),
        {"team": "mail", "course": "1"},
    )
    assert tag(team="mails") == ("UPDATE_COMPLETE", True, {"team": "mails"})
    with pytest.raises(ClientError, match="No updates are to be performed"):
        tag(team="mails")
    assert tag() == ("UPDATE_COMPLETE", True, {})


def test_an_update_that_fails_leaves_the_tags_as_they_were(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    create(cloudformation, template())

    update_in_vain(cloudformation, Tags=[{"Key": "team", "Value": "mail"}])

    stack = describe_stack(mailfanout_target)
    assert (stack["StackStatus"], stack["Tags"]) == ("UPDATE_ROLLBACK_COMPLETE", [])
    assert tags_of_queue(mailfanout_target) == {}
