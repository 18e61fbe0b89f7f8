"""What SES reports afterwards: each thing counts once, in whatever order it comes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.reliable.books import campaigns
from support.reliable.feedback import (
    BOUNCING,
    FINE,
    counted,
    event_of,
    haserror,
    sent_to,
    tell,
    tell_only,
)
from support.reliable.invocations import DIES_AFTER, REPLY_LOST
from support.reliable.memory_aws import FEEDBACK
from support.reliable.pipeline import Pipeline
from support.reliable.scenes import (
    EVERYBODY,
    HOUR,
    a_sending,
    campaign_of,
    entry_of,
    gate,
    mailed,
    record_feedback,
    shown,
    states,
    work_off,
)


def test_send_after_a_reject_does_not_make_a_mail_sent() -> None:
    pipeline = sent_to("reject-1@example.com")
    record_feedback(pipeline)

    tell(pipeline, event_of(pipeline, "Send"))

    assert states(pipeline) == {"reject-1@example.com": "failed"}
    assert entry_of(pipeline, "reject-1@example.com")["reason"] == "Reject"


def test_bounce_that_comes_twice_counts_once() -> None:
    pipeline = sent_to("bounce-1@example.com", "bounce-2@example.com")
    [*_, one, _, other] = [message.body for message in pipeline.aws.sqs.queues[FEEDBACK].messages]
    tell_only(pipeline, one)

    tell(pipeline, one, other)

    assert counted(pipeline, "bounces") == 2
    assert shown(pipeline)["bounces"] == 2
    assert len(pipeline.aws.sns.published) == 2


def test_a_mail_that_bounces_and_is_complained_of_counts_once() -> None:
    pipeline = sent_to("r1@example.com")

    tell_only(pipeline, event_of(pipeline, "Bounce"), event_of(pipeline, "Complaint"))
    tell(pipeline, event_of(pipeline, "Complaint"))

    assert (counted(pipeline, "bounces"), counted(pipeline, "complaints")) == (1, 0)
    assert (shown(pipeline)["bounces"], shown(pipeline)["complaints"]) == (1, 0)


def test_event_that_comes_before_the_record_says_sent_and_gives_no_reason() -> None:
    pipeline, _ = a_sending(*EVERYBODY, calls=3, fault=REPLY_LOST)

    tell(pipeline, event_of(pipeline, "Send"))

    rows = pipeline.commands.report(pipeline.control, campaign_of(pipeline))
    found = {row["email"]: (row["state"], row["reason"]) for row in rows}
    assert found[pipeline.aws.ses.sent[0].email] == ("sent", "")


def test_event_that_tells_neither_of_success_nor_of_failure_decides_nothing() -> None:
    pipeline, _ = a_sending(*EVERYBODY, calls=3, fault=REPLY_LOST)

    tell(pipeline, event_of(pipeline, "DeliveryDelay"))

    assert states(pipeline) == dict.fromkeys(EVERYBODY, "pending")


def test_bounce_keeps_everybody_else_from_mailing_the_address() -> None:
    pipeline = sent_to("bounce-1@example.com", "r1@example.com")
    record_feedback(pipeline)

    pipeline.upload()
    work_off(pipeline, seconds=HOUR)

    assert mailed(pipeline) == {"bounce-1@example.com": 1, "r1@example.com": 2}


def test_report_says_of_a_sent_mail_that_it_bounced() -> None:
    pipeline = sent_to("bounce-1@example.com", "r1@example.com")
    record_feedback(pipeline)

    rows = pipeline.commands.report(pipeline.control, campaign_of(pipeline))

    reasons = {row["email"]: (row["state"], row["reason"]) for row in rows}
    assert reasons == {"bounce-1@example.com": ("sent", "bounce"), "r1@example.com": ("sent", "")}


def test_bounce_of_a_deleted_recipient_does_not_bring_the_address_back() -> None:
    pipeline = sent_to("bounce-1@example.com")
    pipeline.delete_recipient("bounce-1@example.com")

    record_feedback(pipeline)

    assert pipeline.recipients() == {}
    assert shown(pipeline)["bounces"] == 1


@pytest.mark.parametrize("calls", range(1, 13))
def test_feedback_that_dies_anywhere_still_sets_haserror_and_pauses(calls: int) -> None:
    pipeline = sent_to(*BOUNCING, *FINE)
    pipeline.step(pipeline.receive(FEEDBACK, limit=1000), calls, DIES_AFTER)

    pipeline.pass_time(HOUR)
    record_feedback(pipeline)

    assert [haserror(pipeline, email) for email in BOUNCING] == ["1"] * 6
    assert gate(pipeline)[0] == "paused"
    assert shown(pipeline)["bounces"] == 6


def after_a_bounce(kind: str, **tags: list[str]) -> Pipeline:
    """A pipeline of one recipient, to whom a mail with these tags bounced, and no campaign."""
    pipeline = Pipeline()
    pipeline.put_recipient("r@example.com")
    bounce = {"eventType": "Bounce", "bounce": {"bounceType": kind}}
    mail = {"messageId": "1", "destination": ["r@example.com"], "tags": tags}
    tell(pipeline, json.dumps(bounce | {"mail": mail}))
    return pipeline


def test_bounce_of_a_mail_of_the_simple_design_sets_haserror() -> None:
    assert haserror(after_a_bounce("Permanent"), "r@example.com") == "1"


def test_bounce_of_a_mail_that_no_ledger_knows_sets_haserror_and_makes_no_campaign() -> None:
    tags = {"campaign": ["gone"], "chunk": ["c000001"], "entry": ["0"]}

    pipeline = after_a_bounce("Permanent", **tags)

    assert haserror(pipeline, "r@example.com") == "1"
    assert campaigns(pipeline.aws) == {}


def test_transient_bounce_sets_no_haserror() -> None:
    assert haserror(after_a_bounce("Transient"), "r@example.com") == "0"


def told_of(**altered: Any) -> str:
    """A bounce of the first mail to the first of BOUNCING, but for what is altered in its mail."""
    tags = {"campaign": ["c" * 32], "chunk": ["c000001"], "entry": ["0"]}
    mail = {"messageId": "1", "destination": [BOUNCING[0]], "tags": tags, **altered}
    bounce = {"bounceType": "Permanent"} if "bounce" not in altered else altered["bounce"]
    return json.dumps({"eventType": altered.get("kind", "Bounce"), "bounce": bounce, "mail": mail})


@pytest.mark.parametrize(
    "body",
    [
        "Successfully validated SNS topic",
        "[]",
        "{}",
        "[" * 100_000,
        told_of(bounce=None),
        told_of(kind=["Send"]),
        told_of(messageId=["1"]),
        told_of(destination=[]),
        told_of(destination=[""]),
        told_of(destination=["\ud800@example.com"]),
        told_of(destination=["x" * 2049]),
        told_of(tags=None),
        told_of(tags={"campaign": [5], "chunk": [], "entry": [""]}),
    ],
)
def test_message_that_is_no_event_is_ignored_and_its_batch_recorded(body: str) -> None:
    pipeline = sent_to(BOUNCING[0])

    tell(pipeline, body)

    assert pipeline.aws.sqs.queues[FEEDBACK].messages == []
    assert (shown(pipeline)["bounces"], haserror(pipeline, BOUNCING[0])) == (1, "1")


def test_event_whose_message_id_is_no_text_is_ignored() -> None:
    pipeline = sent_to(BOUNCING[0])

    tell_only(pipeline, told_of(messageId=["1"], tags=first_entry(pipeline)))

    assert pipeline.aws.sqs.queues[FEEDBACK].messages == []
    assert shown(pipeline)["bounces"] == 0


def first_entry(pipeline: Pipeline) -> dict[str, list[str]]:
    return {"campaign": [campaign_of(pipeline)], "chunk": ["c000001"], "entry": ["0"]}


def test_bounce_sets_haserror_where_the_table_spells_the_address_with_a_name() -> None:
    pipeline = sent_to("R <r@example.com>")

    tell(pipeline, told_of(destination=["r@example.com"], tags=first_entry(pipeline)))

    assert haserror(pipeline, "R <r@example.com>") == "1"


@pytest.mark.parametrize(
    "tags",
    [{"entry": ["2"]}, {"entry": ["-1"]}, {"entry": ["x"]}, {"chunk": ["!"]}, {"campaign": [""]}],
)
def test_event_of_an_entry_that_is_not_there_sets_haserror_alone(tags: dict[str, Any]) -> None:
    pipeline = sent_to(BOUNCING[0], "r@example.com")

    tell_only(pipeline, told_of(tags=first_entry(pipeline) | tags))

    assert pipeline.aws.sqs.queues[FEEDBACK].messages == []
    assert (shown(pipeline)["bounces"], haserror(pipeline, BOUNCING[0])) == (0, "1")
