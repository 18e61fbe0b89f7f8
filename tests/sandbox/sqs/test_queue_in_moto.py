"""moto works on the queues and messages that stand in the place of its own."""

from __future__ import annotations

import inspect
import re
from typing import Any

from moto.sqs import models

from mailfanout.sandbox.sqs import backend as sqs
from mailfanout.sandbox.sqs import message_store, queue
from mailfanout.sandbox.sqs.moto_queue import MotoQueue
from mailfanout.sandbox.sqs.queue import Queue
from support.calls.sqs_calls import MakePair, MakeQueue, arn, put


def test_moto_makes_its_queues_backends_and_messages_of_the_classes_that_replace_its_own(
    work: Queue,
) -> None:
    put(work, "one")

    assert type(work) is queue.Queue
    assert type(models.sqs_backends[work.account_id][work.region]) is sqs.Backend
    assert type(work.messages[0]) is message_store.Message


def test_moto_names_a_queues_attributes_with_the_function_that_replaces_its_own(
    work: Queue,
) -> None:
    before = sqs.camelcase_to_underscores.cache_info().hits

    assert work.attributes["QueueArn"] == work.queue_arn

    assert sqs.camelcase_to_underscores.cache_info().hits > before


def test_no_part_of_moto_that_is_not_replaced_reaches_for_the_messages() -> None:
    reach = re.compile(r"\b_?(pending_)?messages\b(?! *:)|deleted_messages")
    found = {
        f"{owner.__name__}.{name}"
        for owner in (MotoQueue.__bases__[0], sqs.Backend.__bases__[0])
        for name, member in vars(owner).items()
        if reach.search(source_of(member))
    }

    assert found == {
        "Queue.__init__",
        "Queue.add_message",
        "Queue.approximate_number_of_messages",
        "Queue.approximate_number_of_messages_delayed",
        "Queue.approximate_number_of_messages_not_visible",
        "Queue.delete_message",
        "Queue.messages",
        "Queue.pending_message_groups",
        "Queue.pending_messages",
        "Queue.wait_for_messages",
        "SQSBackend.change_message_visibility",
        "SQSBackend.purge_queue",
        "SQSBackend.receive_message",
        "SQSBackend.send_message_batch",
    }


def source_of(member: object) -> str:
    function = getattr(member, "fget", None) or getattr(member, "__func__", member)
    if not inspect.isfunction(function):
        return ""
    return re.sub(r"#.*", "", inspect.getsource(function))


def test_queue_is_encrypted_in_the_way_that_was_asked_for_last(
    client: Any, make_queue: MakeQueue
) -> None:
    url = make_queue(KmsMasterKeyId="alias/a")
    names = ["KmsMasterKeyId", "SqsManagedSseEnabled"]
    read = {"QueueUrl": url, "AttributeNames": names}

    assert client.get_queue_attributes(**read)["Attributes"] == {
        "KmsMasterKeyId": "alias/a",
        "SqsManagedSseEnabled": "false",
    }
    client.set_queue_attributes(QueueUrl=url, Attributes={"SqsManagedSseEnabled": "true"})
    assert client.get_queue_attributes(**read)["Attributes"] == {"SqsManagedSseEnabled": "true"}


def test_queue_says_who_may_use_it_for_dead_letters(client: Any, make_queue: MakeQueue) -> None:
    url = make_queue(RedriveAllowPolicy='{"redrivePermission": "denyAll"}')

    found = client.get_queue_attributes(QueueUrl=url, AttributeNames=["RedriveAllowPolicy"])

    assert found["Attributes"] == {"RedriveAllowPolicy": '{"redrivePermission":"denyAll"}'}
    plain = client.get_queue_attributes(QueueUrl=make_queue("plain"), AttributeNames=["All"])
    assert "RedriveAllowPolicy" not in plain["Attributes"]


def test_a_prefix_of_queues_names_is_no_pattern(work: Queue, client: Any) -> None:
    def listed(prefix: str) -> int:
        return len(client.list_queues(QueueNamePrefix=prefix).get("QueueUrls", []))

    assert [listed(prefix) for prefix in ("work", "w.rk", "*", "[", "")] == [1, 0, 0, 0, 1]


def test_policies_are_told_without_spaces(client: Any, make_dead_letter_pair: MakePair) -> None:
    url, dead_url = make_dead_letter_pair(2)
    client.add_permission(QueueUrl=url, Label="all", AWSAccountIds=["1" * 12], Actions=["*"])

    told = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]

    named = f'"deadLetterTargetArn":"{arn(dead_url)}"'
    assert told["RedrivePolicy"] == f'{{{named},"maxReceiveCount":2}}'
    assert '"Statement":[{"Sid":"all","Effect":"Allow",' in told["Policy"]
