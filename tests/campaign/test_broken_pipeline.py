"""A send names the part that keeps mails from going out, at once."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from mailfanout import campaign, faults, provision, recipients
from mailfanout.campaign import sending
from mailfanout.campaign.watching import count_flagged
from mailfanout.errors import InputError, MailfanoutError, ResourceMissing, SendIncomplete
from mailfanout.provision.role import ROLE_POLICY_NAME
from mailfanout.stack import Design, Stack
from mailfanout.target import Target
from support.parts.people import COMPLETE, put

pytestmark = pytest.mark.slow

STACK = Stack()


def delete_role_policy(target: Target, stack: Stack) -> None:
    target.client("iam").delete_role_policy(RoleName=stack.role_name, PolicyName=ROLE_POLICY_NAME)


def disable_mapping(target: Target, stack: Stack) -> None:
    mapping = provision.find_mapping(target, stack)
    assert mapping
    target.client("lambda").update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)


def delete_send_queue(target: Target, stack: Stack) -> None:
    provision.delete_function(target, stack, stack.send_queue_name)


@pytest.fixture
def pipeline(mailfanout_target: Target) -> Target:
    provision.deploy(mailfanout_target, STACK)
    recipients.seed(mailfanout_target, STACK, recipients.example().recipients)
    return mailfanout_target


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (provision.delete_queue, "Queue mailsendqueue0000001 does not exist"),
        (delete_send_queue, "Function sendQueue does not exist"),
        (provision.delete_notification, "Notification of mailbody-20221119 does not exist"),
        (provision.delete_event_source_mapping, "Event source mapping of .* does not exist"),
        (delete_role_policy, "Policy of role lambda-s3-role does not exist"),
        (disable_mapping, "mapping of readMessageAndSendMail is disabled"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_nothing_is_uploaded_into_a_pipeline_without(
    pipeline: Target, damage: Callable[[Target, Stack], None], said: str
) -> None:
    damage(pipeline, STACK)

    with pytest.raises(MailfanoutError, match=f"{said}.*mailfanout deploy"):
        campaign.send(pipeline, STACK, campaign.example_mail())

    listed = pipeline.client("s3").list_objects_v2(Bucket=STACK.bucket_name)
    assert listed["KeyCount"] == 0


def test_a_role_may_have_its_policy_attached(pipeline: Target) -> None:
    iam, role = pipeline.client("iam"), {"RoleName": STACK.role_name}
    policy = iam.get_role_policy(**role, PolicyName=ROLE_POLICY_NAME)["PolicyDocument"]
    attached = iam.create_policy(PolicyName="shared", PolicyDocument=json.dumps(policy))["Policy"]
    iam.attach_role_policy(**role, PolicyArn=attached["Arn"])
    delete_role_policy(pipeline, STACK)

    assert campaign.send(pipeline, STACK, campaign.example_mail()).sent == 3


def test_of_a_pipeline_that_stands_a_send_asks_no_more_than_whether_it_does(
    pipeline: Target,
) -> None:
    assert pipeline.sandbox
    pipeline.sandbox.reset_calls()

    provision.require_whole(pipeline, STACK)

    [calls] = pipeline.sandbox.calls().values()
    assert sum(calls.values()) <= len(provision.parts_of()) + 4


@pytest.mark.parametrize("design", get_args(Design))
def test_a_send_to_nobody_says_how_to_have_somebody(
    mailfanout_target: Target, design: Design
) -> None:
    provision.deploy(mailfanout_target, STACK, design=design)

    with pytest.raises(InputError, match="There is nobody to send to. Type: mailfanout seed"):
        campaign.send(mailfanout_target, STACK, campaign.example_mail())


def test_a_send_to_people_who_are_left_out_says_why_they_are(pipeline: Target) -> None:
    for one in recipients.read_due(pipeline, STACK):
        recipients.unsubscribe(pipeline, STACK, one.email)

    with pytest.raises(
        InputError, match="to: 3 recipients opted out, for good. Type: .*, with oth"
    ):
        campaign.send(pipeline, STACK, campaign.example_mail())
    put(pipeline, {**COMPLETE, "haserror": {"N": "1"}})
    with pytest.raises(InputError, match="to: 1 recipient bounced or complained. Type: .* them or"):
        campaign.send(pipeline, STACK, campaign.example_mail())


def test_an_upload_without_a_bucket_says_what_is_missing(mailfanout_target: Target) -> None:
    with pytest.raises(ResourceMissing, match=f"Bucket {STACK.bucket_name} does not exist"):
        campaign.upload(mailfanout_target, STACK, campaign.example_mail())


def test_flags_are_counted_but_for_those_that_opted_out(pipeline: Target) -> None:
    recipients.unsubscribe(pipeline, STACK, recipients.example().recipients[0].email)

    assert count_flagged(pipeline, STACK, "issend", 0) == 2
    assert count_flagged(pipeline, STACK, "issend", 1) == 0
    with pytest.raises(ResourceMissing, match="Table other-mailaddress does not exist"):
        count_flagged(pipeline, STACK.with_prefix("other-"), "issend", 0)


def test_an_upload_that_s3_has_not_done_is_done_again(pipeline: Target) -> None:
    faults.fail_call(pipeline, "s3:PutObject")

    assert campaign.upload(pipeline, STACK, campaign.example_mail()) == "example.txt"

    listed = pipeline.client("s3").list_objects_v2(Bucket=STACK.bucket_name)
    assert listed["KeyCount"] == 1


def test_what_goes_during_a_send_ends_it_at_once(
    pipeline: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = sending._upload

    def upload_and_damage(*arguments: Any) -> str:
        provision.delete_event_source_mapping(pipeline, STACK)
        return upload(*arguments)

    monkeypatch.setattr(sending, "_upload", upload_and_damage)

    with pytest.raises(SendIncomplete, match="0 of 3 mails .*mapping of readMessage") as ended:
        campaign.send(pipeline, STACK, campaign.example_mail())

    assert isinstance(ended.value.__cause__, ResourceMissing)


def test_the_log_of_the_function_that_failed_is_named(pipeline: Target) -> None:
    pipeline.client("lambda").update_function_configuration(
        FunctionName=STACK.send_queue_name, Handler="nowhere.handler"
    )

    with pytest.raises(SendIncomplete, match="type: mailfanout log sendQueue"):
        campaign.send(pipeline, STACK, campaign.example_mail(), stall_limit_seconds=1)


def test_what_failed_last_is_shown_from_the_log_of_its_function(pipeline: Target) -> None:
    faults.reject_mail(pipeline, times=100)

    said = "log readMessageAndSendMail. Its last error: .*SendEmail failed: MessageRejected"
    with pytest.raises(SendIncomplete, match=said):
        campaign.send(pipeline, STACK, campaign.example_mail(), stall_limit_seconds=1)


def test_a_send_ends_when_nothing_moves_any_more(pipeline: Target, tmp_path: Path) -> None:
    """And says nothing of an error from before it."""
    with pytest.raises(MailfanoutError, match="messageAttributes"):
        provision.invoke(pipeline, STACK.read_message_name, {"Records": [{}]})
    handler = tmp_path / "lambda_function.py"
    handler.write_text("def lambda_handler(event, context):\n    return {}\n", encoding="utf-8")
    pipeline.client("lambda").update_function_code(
        FunctionName=STACK.read_message_name, ZipFile=provision.zip_handler(handler)
    )
    began = time.monotonic()

    said = "0 of 3 mails .* To read the logs, type: mailfanout log"
    with pytest.raises(SendIncomplete, match=said):
        campaign.send(pipeline, STACK, campaign.example_mail())

    assert time.monotonic() - began < sending.STALL_LIMIT_SECONDS / 2


def test_of_a_process_that_ended_that_is_said_and_no_report_line(
    pipeline: Target, tmp_path: Path
) -> None:
    handler = tmp_path / "lambda_function.py"
    handler.write_text("def lambda_handler(event, context):\n    raise SystemExit\n")
    client, name = pipeline.client("lambda"), STACK.send_queue_name
    client.update_function_code(FunctionName=name, ZipFile=provision.zip_handler(handler))
    client.get_waiter("function_updated_v2").wait(FunctionName=name)

    with pytest.raises(SendIncomplete, match="error: Runtime.ExitError: its process ended before"):
        campaign.send(pipeline, STACK, campaign.example_mail())
