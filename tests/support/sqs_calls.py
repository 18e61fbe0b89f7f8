"""Short words for what the tests of SQS do again and again."""

import threading

from moto.sqs.models import sqs_backends

from mailfanout.sandbox.sqs import queue

REGION = "us-east-1"
PATIENCE_SECONDS = 20
LONG_SECONDS = 60


def arn(queue_url):
    _, _, _, account_id, name = queue_url.split("/")
    return f"arn:aws:sqs:{REGION}:{account_id}:{name}"


def inside(queue_url):
    """The queue itself, as a poller in the sandbox's process has it."""
    return queue.find(arn(queue_url))


def send(client, queue_url, *bodies, **options):
    return [
        client.send_message(QueueUrl=queue_url, MessageBody=body, **options)["MessageId"]
        for body in bodies
    ]


def receive(client, queue_url, **options):
    options = {"MaxNumberOfMessages": 10, "AttributeNames": ["All"], **options}
    return client.receive_message(QueueUrl=queue_url, **options).get("Messages", [])


def bodies(messages):
    return [message["Body"] for message in messages]


def counts(client, queue_url):
    answer = client.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["All"])
    return tuple(int(answer["Attributes"][name]) for name in queue.COUNTS)


def delete(client, queue_url, message):
    client.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])


def change_visibility(client, queue_url, message, seconds):
    client.change_message_visibility(
        QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=seconds
    )


def put(work, *bodies, delay_seconds=0):
    backend = sqs_backends[work.account_id][work.region]
    for body in bodies:
        backend.send_message(work.name, body, delay_seconds=delay_seconds)


def poll(work, *, wait_seconds=LONG_SECONDS, visibility_timeout_seconds=30, stopped=lambda: False):
    return work.receive(
        1,
        visibility_timeout_seconds=visibility_timeout_seconds,
        wait_seconds=wait_seconds,
        stopped=stopped,
    )


class Looks:
    """Never stopped, and counts how often a receive looked. It looks under the queue's lock."""

    def __init__(self):
        self.count = 0
        self.is_stopped = False
        self._looked = threading.Condition()

    def __call__(self):
        with self._looked:
            self.count += 1
            self._looked.notify_all()
        return self.is_stopped

    def wait_for(self, count):
        with self._looked:
            assert self._looked.wait_for(lambda: self.count >= count, PATIENCE_SECONDS)
