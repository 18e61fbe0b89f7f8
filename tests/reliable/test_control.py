"""A person's view of the campaigns, and a person's commands."""

from __future__ import annotations

import re

import pytest

from mailfanout.errors import InputError
from support.reliable.books import campaigns
from support.reliable.feedback import event_of, tell
from support.reliable.invocations import DIES_AFTER, REPLY_LOST
from support.reliable.pipeline import Pipeline
from support.reliable.scenes import (
    EVERYBODY,
    HOUR,
    a_pipeline,
    a_planned,
    a_sending,
    campaign_of,
    mailed,
    people,
    shown,
    states,
    work_off,
)


def test_status_of_a_campaign_on_its_way() -> None:
    pipeline, owner = a_sending(*EVERYBODY, calls=3, fault=REPLY_LOST)
    pipeline.finish(owner)

    assert shown(pipeline) == {
        "campaign": campaign_of(pipeline),
        "key": "mail 1.txt",
        "subject": "Mail 1 for {{username}}",
        "state": "sending",
        "reason": "",
        "policy": "settle",
        "recipients": 2,
        "concerned": 2,
        "doubled": 0,
        "states": {
            "pending": 0,
            "sent": 0,
            "failed": 0,
            "suppressed": 0,
            "unknown": 2,
            "cancelled": 0,
        },
        "bounces": 0,
        "complaints": 0,
    }


def test_state_follows_the_campaign() -> None:
    pipeline = a_pipeline(*EVERYBODY)
    planner = pipeline.start_event()
    pipeline.step(planner, 4)
    seen = [shown(pipeline)["state"]]
    pipeline.finish(planner)
    seen.append(shown(pipeline)["state"])
    pipeline.let("pause", campaign_of(pipeline))
    seen.append(shown(pipeline)["state"])
    pipeline.let("resume", campaign_of(pipeline))
    work_off(pipeline, seconds=HOUR)
    seen.append(shown(pipeline)["state"])

    assert seen == ["planning", "sending", "paused", "done"]


def test_whoever_is_not_yet_decided_of_has_no_time_in_the_report() -> None:
    pipeline = a_planned(*EVERYBODY)

    rows = pipeline.commands.report(pipeline.control, campaign_of(pipeline))

    assert [row["time"] for row in rows] == [0.0, 0.0]


def test_campaigns_are_listed_oldest_first() -> None:
    pipeline = a_planned(*EVERYBODY)
    first = campaign_of(pipeline)
    pipeline.upload()
    work_off(pipeline, seconds=HOUR)

    ids = pipeline.commands.campaign_ids(pipeline.control)

    assert ids[0] == first
    assert len(ids) == 2


@pytest.mark.parametrize(
    ("request_id", "key", "besides", "found"),
    [
        ("R1", "mail 1.txt", [], 1),
        ("R2", "mail 1.txt", [], 2),
        ("R9", "mail 1.txt", [], None),
        ("", "mail 2.txt", [], 2),
        ("", "mail.txt", [], None),
        ("", "mail 1.txt", [1], None),
        ("R2", "mail 1.txt", [2], None),
        ("R9", "mail 3.txt", [], 3),  # whose event told no id
    ],
)
def test_upload_is_found_by_its_request_or_else_by_its_key(
    request_id: str, key: str, besides: list[int], found: int | None
) -> None:
    pipeline = a_planned(*EVERYBODY)
    for _ in range(2):
        pipeline.upload()
        pipeline.finish(pipeline.start_event())
    ids = dict(enumerate(pipeline.commands.campaign_ids(pipeline.control), start=1))
    for number in (1, 2):
        campaigns(pipeline.aws)[ids[number]]["request"] = {"S": f"R{number}"}

    campaign = pipeline.commands.find_upload(
        pipeline.control, request_id, key, besides=[ids[number] for number in besides]
    )

    assert campaign == (found and ids[found])


def test_report_has_a_row_for_each_recipient() -> None:
    pipeline = a_planned("bad@example.com", "r0@example.com")
    pipeline.finish(pipeline.receive())

    rows = list(pipeline.commands.report(pipeline.control, campaign_of(pipeline)))

    [bad, fine] = sorted(rows, key=lambda row: row["email"])
    assert fine | {"time": 0} == {
        "email": "r0@example.com",
        "state": "sent",
        "reason": "",
        "message_ids": ["ses-1"],
        "tries": 0,
        "decided_by": "SES",
        "time": 0,
    }
    assert (bad["state"], bad["decided_by"]) == ("failed", "mailfanout")
    assert bad["reason"].startswith("BadRequestException")


def an_unknown(*emails: str) -> Pipeline:
    """A campaign of which nobody knows whether SES took its first chunk."""
    pipeline, owner = a_sending(*emails, calls=3, fault=REPLY_LOST)
    pipeline.finish(owner)
    pipeline.aws.ses.events.clear()
    return pipeline


def test_campaign_is_not_done_while_as_many_are_pending_as_unknown() -> None:
    pipeline = an_unknown(*people(4))

    assert shown(pipeline)["states"] | {"pending": 2, "unknown": 2} == shown(pipeline)["states"]
    assert shown(pipeline)["state"] == "sending"


def test_only_who_waits_for_a_person_is_left_to_one() -> None:
    pipeline = a_planned(*people(4), UNKNOWN_POLICY="at_most_once")
    sender = pipeline.receive()
    pipeline.step(sender, 3, REPLY_LOST)
    pipeline.finish(sender)

    left = pipeline.commands.count_left_to_person(pipeline.control, campaign_of(pipeline))

    assert left == 2


def test_settling_whose_reply_was_lost_counts_whom_it_settled() -> None:
    pipeline = an_unknown(*EVERYBODY)

    settling = pipeline.let("settle", campaign_of(pipeline), "sent", calls=3, fault=REPLY_LOST)
    pipeline.finish(settling)

    assert settling.result == (2, 0)


def test_settling_one_address_leaves_everybody_else_as_they_are() -> None:
    pipeline = an_unknown(*people(4))
    sender = pipeline.receive()
    pipeline.step(sender, 3, REPLY_LOST)
    pipeline.finish(sender)
    pipeline.aws.ses.events.clear()

    settle = pipeline.commands.settle
    settled = settle(pipeline.control, campaign_of(pipeline), "sent", to="r3@example.com")

    assert settled == (1, 0)
    assert states(pipeline) == dict.fromkeys(people(4), "unknown") | {"r3@example.com": "sent"}


def test_who_turns_out_to_have_the_mail_while_a_person_settles_is_not_sent_another() -> None:
    pipeline = an_unknown(*EVERYBODY)
    settling = pipeline.let("settle", campaign_of(pipeline), "pending", calls=2)
    tell(pipeline, event_of(pipeline, "Send"))
    has_it = pipeline.aws.ses.sent[0].email

    pipeline.finish(settling)

    assert settling.result == (1, 0)
    assert states(pipeline) == dict.fromkeys(EVERYBODY, "pending") | {has_it: "sent"}


def test_lease_that_has_run_out_with_nobody_pending_keeps_no_person_from_settling() -> None:
    pipeline = an_unknown(*EVERYBODY)
    settle = pipeline.commands.settle
    settle(pipeline.control, campaign_of(pipeline), "pending", to=EVERYBODY[0])
    pipeline.finish(pipeline.sweep())
    pipeline.step(pipeline.receive(), 3, DIES_AFTER)
    tell(pipeline, event_of(pipeline, "Send", 2))
    assert sorted(states(pipeline).values()) == ["sent", "unknown"]

    assert settle(pipeline.control, campaign_of(pipeline), "sent") == (0, 1)
    pipeline.pass_time(HOUR)
    assert settle(pipeline.control, campaign_of(pipeline), "sent") == (1, 0)


def test_decision_that_is_no_state_of_a_settled_recipient_is_an_input_error() -> None:
    pipeline = a_planned(*EVERYBODY)

    with pytest.raises(InputError, match="'lost' settles nothing"):
        pipeline.commands.settle(pipeline.control, campaign_of(pipeline), "lost")


@pytest.mark.parametrize("command", ["pause", "resume"])
def test_cancelled_campaign_stays_so(command: str) -> None:
    pipeline = a_planned(*EVERYBODY)
    pipeline.let("cancel", campaign_of(pipeline))

    with pytest.raises(InputError, match="cancelled, which is for good"):
        getattr(pipeline.commands, command)(pipeline.control, campaign_of(pipeline))


@pytest.mark.parametrize("campaign", ["x", "x" * 3000, "", "\udcff", 5])
@pytest.mark.parametrize("command", ["status", "report", "pause", "resume", "cancel", "settle"])
def test_unknown_campaign_is_an_input_error(command: str, campaign: object) -> None:
    pipeline = a_planned(*EVERYBODY)
    more = ["sent"] if command == "settle" else []

    with pytest.raises(InputError, match=re.escape(f"There is no campaign {campaign!r}")):
        list(getattr(pipeline.commands, command)(pipeline.control, campaign, *more))


@pytest.mark.parametrize("command", [["pause"], ["resume"], ["cancel"], ["settle", "sent"]])
def test_command_has_the_sweep_called_at_once_for_its_campaign(command: list[str]) -> None:
    pipeline = a_planned(*EVERYBODY)
    campaign, (name, *more) = campaign_of(pipeline), command

    pipeline.let(name, campaign, *more)

    assert pipeline.events == [("sweepCampaigns", {"campaign": campaign}, 0)]


def test_cancel_sends_to_nobody_more() -> None:
    pipeline = a_planned(*EVERYBODY, "r2@example.com")
    pipeline.finish(pipeline.receive())

    pipeline.let("cancel", campaign_of(pipeline))
    work_off(pipeline, seconds=HOUR)

    assert sorted(states(pipeline).values()) == ["cancelled", "sent", "sent"]
    assert sum(mailed(pipeline).values()) == 2
