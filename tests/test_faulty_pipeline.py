"""What the simple design loses and doubles under each fault, and what it gets over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from mailfanout import campaign, faults, provision, recipients, workshop
from mailfanout.recipients.checking import Recipient
from mailfanout.sandbox.control import Fault, Sandbox
from mailfanout.stack import Stack
from mailfanout.target import Target, stack_for

pytestmark = pytest.mark.slow

RECIPIENTS = 6
SEND_QUEUE, READ_MESSAGE = provision.function_names(Stack())

SwitchOn = Callable[[Target], Fault]


@pytest.fixture
def stack(mailfanout_target: Target, sandbox: Sandbox) -> Stack:
    """The simple pipeline, and six recipients; AWS's minutes take milliseconds."""
    sandbox.change_settings(time_scale=0.001)
    stack = stack_for(mailfanout_target)
    provision.deploy(mailfanout_target, stack)
    people = [Recipient(f"user{number}@example.com", "User") for number in range(RECIPIENTS)]
    recipients.seed(mailfanout_target, stack, people)
    return stack


def mails_per_recipient(target: Target, sandbox: Sandbox, stack: Stack) -> dict[int, int]:
    """Send one mail: how many recipients got how many of it."""
    campaign.upload(target, stack, campaign.example_mail())
    sandbox.wait_until_quiet()
    got = Counter(mail.to for mail in campaign.inbox(target))
    return Counter(got[f"user{number}@example.com"] for number in range(RECIPIENTS))


@pytest.mark.parametrize(
    ("switch_on", "expected"),
    [
        pytest.param(
            lambda target: faults.repeat_s3_event(target),
            {2: 6},
            id="everybody gets two when the S3 event is delivered twice",
        ),
        pytest.param(
            lambda target: faults.throttle_ses(target, times=3),
            {1: 3, 0: 3},
            id="whom SES refuses once gets nothing",
        ),
        pytest.param(
            lambda target: faults.lose_reply(target, "dynamodb:UpdateItem", by=READ_MESSAGE),
            {1: 5, 0: 1},
            id="whose flag was set without a reply gets nothing",
        ),
        pytest.param(
            lambda target: faults.kill_after_calls(target, READ_MESSAGE, 2),
            {1: 5, 0: 1},
            id="who was flagged when the function died gets nothing",
        ),
        pytest.param(
            lambda target: faults.kill_after_calls(target, SEND_QUEUE, 4, times=3),
            {0: 6},
            id="nobody gets anything when sendQueue dies three times",
        ),
    ],
)
def test_simple_design_fails(
    mailfanout_target: Target,
    sandbox: Sandbox,
    stack: Stack,
    switch_on: SwitchOn,
    expected: dict[int, int],
) -> None:
    switch_on(mailfanout_target)
    assert mails_per_recipient(mailfanout_target, sandbox, stack) == expected
    assert faults.active(mailfanout_target) == ()


@pytest.mark.parametrize(
    "switch_on",
    [
        pytest.param(
            lambda target: faults.repeat_message(target, queue=Stack().queue_name, times=3),
            id="messages delivered twice",
        ),
        pytest.param(
            lambda target: faults.fail_entry(target, times=3),
            id="entries of SendMessageBatch that fail",
        ),
        pytest.param(
            lambda target: faults.lose_reply(target, "sqs:SendMessageBatch"),
            id="messages sent without a reply",
        ),
        pytest.param(
            lambda target: faults.lose_reply(target, "sesv2:SendEmail", times=2),
            id="mails sent without a reply",
        ),
        pytest.param(
            lambda target: faults.throttle_call(target, "s3:GetObject", times=3),
            id="throttled calls that the SDK repeats",
        ),
        pytest.param(
            lambda target: faults.kill_at_start(target, SEND_QUEUE, times=2),
            id="sendQueue killed before it began",
        ),
        pytest.param(
            lambda target: faults.kill_at_start(target, READ_MESSAGE, times=2),
            id="readMessageAndSendMail killed before it began",
        ),
        pytest.param(
            lambda target: faults.kill_at_end(target, READ_MESSAGE),
            id="readMessageAndSendMail killed when all was sent",
        ),
    ],
)
def test_simple_design_gets_over(
    mailfanout_target: Target, sandbox: Sandbox, stack: Stack, switch_on: SwitchOn
) -> None:
    switch_on(mailfanout_target)
    assert mails_per_recipient(mailfanout_target, sandbox, stack) == {1: RECIPIENTS}
    assert faults.active(mailfanout_target) == ()


def test_of_two_uploads_that_overlap_everybody_gets_one(
    mailfanout_target: Target, sandbox: Sandbox, stack: Stack
) -> None:
    workshop.set_polling(mailfanout_target, stack.read_message_name, enabled=False)
    campaign.upload(mailfanout_target, stack, campaign.check_mail("1.txt", b"First\n\nBody\n"))
    campaign.upload(mailfanout_target, stack, campaign.check_mail("2.txt", b"Second\n\nBody\n"))
    sandbox.wait_until_quiet()
    workshop.set_polling(mailfanout_target, stack.read_message_name, enabled=True)
    sandbox.wait_until_quiet()
    got = Counter(mail.to for mail in campaign.inbox(mailfanout_target))
    assert list(got.values()) == [1] * RECIPIENTS


def test_lost_mails_reach_no_dead_letter_queue(
    mailfanout_target: Target, sandbox: Sandbox, stack: Stack
) -> None:
    faults.throttle_ses(mailfanout_target, times=3)
    mails_per_recipient(mailfanout_target, sandbox, stack)
    assert provision.read_depth(mailfanout_target, stack.dead_letter_queue_name) == (0, 0)


def test_event_is_repeated_when_the_first_is_worked_off(
    mailfanout_target: Target, sandbox: Sandbox, stack: Stack
) -> None:
    faults.repeat_s3_event(mailfanout_target, bucket=stack.bucket_name)
    mails_per_recipient(mailfanout_target, sandbox, stack)
    order = [mail.to for mail in campaign.inbox(mailfanout_target)]
    assert set(order[:RECIPIENTS]) == set(order[RECIPIENTS:])
