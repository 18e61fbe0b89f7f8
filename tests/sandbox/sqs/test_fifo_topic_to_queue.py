"""A FIFO topic's messages reach its queues in groups, once, and numbered."""

from __future__ import annotations

import json

from support.sandboxes.account_in_sandbox import Account, queue_arn


def fifo_topic_to(account: Account, *names: str, **attributes: str) -> tuple[str, list[str]]:
    """A FIFO topic, and the URLs of the queues that it has."""
    sns = account.client("sns")
    fifo = {"FifoTopic": "true", "ContentBasedDeduplication": "true"}
    topic_arn = sns.create_topic(Name="feedback.fifo", Attributes=fifo)["TopicArn"]
    allowed = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": "*",
    }
    policy = {"Policy": json.dumps({"Version": "2012-10-17", "Statement": [allowed]})}
    urls = []
    for name in names:
        of_queue = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
        urls.append(account.queue(name, **policy, **of_queue))
        ends = {"TopicArn": topic_arn, "Protocol": "sqs", "Endpoint": queue_arn(name)}
        sns.subscribe(**ends, Attributes=attributes)
    return topic_arn, urls


def test_fifo_topic_gives_its_messages_their_groups_and_once(account: Account) -> None:
    sns, raw = account.client("sns"), {"RawMessageDelivery": "true"}
    topic_arn, (url, other_url) = fifo_topic_to(account, "queue.fifo", "queue", **raw)
    message = {"Message": "Hello", "MessageGroupId": "campaign"}
    batch = {"PublishBatchRequestEntries": [{"Id": "1", **message}]}

    first = sns.publish(TopicArn=topic_arn, **message)
    [second] = sns.publish_batch(TopicArn=topic_arn, **batch)["Successful"]

    for name in ("MessageId", "SequenceNumber"):
        assert first[name] == second[name]
    received = account.receive(url)
    assert received["Body"] == "Hello"
    assert received["Attributes"]["MessageGroupId"] == "campaign"
    assert "MessageGroupId" not in account.receive(other_url)["Attributes"]
    assert [account.messages_in(one) for one in (url, other_url)] == [1, 1]


def test_fifo_topic_numbers_its_messages_and_signs_none(account: Account) -> None:
    topic_arn, (url,) = fifo_topic_to(account, "queue.fifo")
    message = {"Message": "Hello", "MessageGroupId": "campaign"}

    sent = account.client("sns").publish(TopicArn=topic_arn, **message)

    envelope = json.loads(account.receive(url)["Body"])
    assert envelope["SequenceNumber"] == sent["SequenceNumber"]
    assert not [name for name in envelope if name.startswith("Sign")]
