"""What SQS says when a queue that is there is created again."""

from __future__ import annotations

import pytest

from support.calls.refusals import refusal
from support.sandboxes.account_in_sandbox import Account

DENY_ALL = '{"redrivePermission":"denyAll"}'


@pytest.mark.parametrize(
    ("name", "held", "given"),
    [
        ("DelaySeconds", "30", "030"),
        ("RedriveAllowPolicy", DENY_ALL, '{ "redrivePermission": "denyAll" }'),
        ("KmsMasterKeyId", "alias/mail", "alias/mail"),
    ],
)
def test_a_queue_is_created_again_with_what_it_has_however_that_is_written(
    account: Account, name: str, held: str, given: str
) -> None:
    create = account.client("sqs").create_queue
    url = create(QueueName=f"again-{name}", Attributes={name: held})["QueueUrl"]

    assert create(QueueName=f"again-{name}", Attributes={name: given})["QueueUrl"] == url


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("VisibilityTimeout", "77"),
        ("KmsMasterKeyId", "alias/mail"),
        ("RedriveAllowPolicy", DENY_ALL),
    ],
)
def test_a_queue_of_other_attributes_names_the_one_that_differs(
    account: Account, name: str, other: str
) -> None:
    create = account.client("sqs").create_queue

    code, message = refusal(create, QueueName="queue", Attributes={name: other})

    assert code == "QueueAlreadyExists"
    assert message.endswith(f"a different value for attribute {name}")
    with pytest.raises(account.client("sqs").exceptions.QueueNameExists):
        create(QueueName="queue", Attributes={name: other})
