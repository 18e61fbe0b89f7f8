"""Without its step, each test of what earlier drafts did wrong fails."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import pytest

from reliable import test_danger as danger
from reliable import test_feedback as feedback
from reliable import test_planning as planning
from reliable import test_sending as sending
from reliable import test_settling as settling
from reliable import test_sweeping as sweeping
from support.reliable.loading import mutated

pytestmark = pytest.mark.slow

PLANNER, SENDER = "sendQueue", "readMessageAndSendMail"
FEEDBACK, SWEEP = "recordFeedback", "sweepCampaigns"
LEDGER, BULK_MAIL, NOTICES = "ledger", "bulk_mail", "notices"
CONTROL, REDRIVE = "control", "dead_letters"


class Step(NamedTuple):
    """A test, and the place without which it fails: where that is, its text, and other text."""

    test: Callable[[], None]
    where: str
    old: str
    new: str


STEPS = [
    Step(
        planning.test_pause_while_planning_does_not_lose_the_rest_of_the_plan,
        CONTROL,
        "UpdateExpression=update,",
        'UpdateExpression=update + ", #plan = gate", ExpressionAttributeNames={"#plan": "plan"},',
    ),
    Step(
        planning.test_page_of_more_chunks_than_a_transaction_takes_is_planned_in_several,
        PLANNER,
        "MAX_CHUNKS = 80",
        "MAX_CHUNKS = 180",
    ),
    Step(
        planning.test_plan_goes_on_inside_a_page_after_the_last_address_that_was_planned,
        PLANNER,
        'cursor = {"S": emails[-1]}',
        'cursor = {"S": emails[0]}',
    ),
    Step(
        planning.test_chunks_that_the_planner_wrote_before_it_died_are_sent,
        SWEEP,
        "        if waiting:\n",
        "        if False:\n",
    ),
    Step(
        planning.test_planner_that_is_out_of_time_ends_and_the_sweep_has_it_go_on,
        SWEEP,
        "if has_stopped(campaign, last):",
        "if False:",
    ),
    Step(
        partial(danger.test_of_two_sweeps_at_once_one_tells, 6),
        NOTICES,
        "AND told <> :reason ",
        "",
    ),
    Step(
        partial(
            sweeping.test_chunk_that_ses_throttled_does_not_wait_for_the_messages_of_others,
            "call throttled",
        ),
        SWEEP,
        "(is_used_up or is_idle)",
        "is_idle",
    ),
    Step(
        partial(
            danger.test_whoever_cannot_be_told_of_a_pause_is_told_later_though_the_campaign_is_over,
            "NotFound",
        ),
        SWEEP,
        "if is_over and not is_untold(campaign):",
        "if is_over:",
    ),
    Step(
        danger.test_pause_while_the_sweep_closes_the_campaign_is_told,
        SWEEP,
        '"gate = :gate AND reason = :reason"',
        '":gate <> :reason"',
    ),
    Step(
        danger.test_too_many_bounces_pause_the_campaign_and_tell_a_person,
        FEEDBACK,
        ', {"Update": place}]',
        "]",
    ),
    Step(
        settling.test_lease_that_has_run_out_is_settled_though_the_campaign_waits_for_the_quota,
        SWEEP,
        ' and event.get("campaign") != campaign["campaign"]["S"]',
        "",
    ),
    Step(
        sending.test_a_quota_that_returns_bit_by_bit_is_told_once_until_a_person_resumes,
        CONTROL,
        " REMOVE told, telling_until",
        "",
    ),
    Step(
        sending.test_chunk_whose_only_message_went_while_its_owner_died_is_sent,
        SWEEP,
        'if is_free and "lease_owner" in item:',
        "if False:",
    ),
    Step(
        sending.test_message_of_a_paused_campaign_is_done_with,
        SENDER,
        'return {"outcome": "released"',
        'raise Unsendable("later")\n        return {"outcome": "released"',
    ),
    Step(
        sending.test_waiting_for_the_daily_quota_makes_no_dead_letter,
        SWEEP,
        "        open_if_room(campaign)\n",
        "",
    ),
    Step(
        planning.test_function_never_sends_to_the_queue_or_function_that_started_it,
        PLANNER,
        'return log(outcome="out of time", campaign=campaign)',
        'return boto3.client("lambda").invoke(FunctionName="sendQueue", InvocationType="Event", '
        'Payload=json.dumps({"campaign": campaign}).encode())',
    ),
    Step(
        settling.test_nothing_settles_while_feedback_is_down,
        SWEEP,
        "empty = all([is_empty(url) for url in FEEDBACK_QUEUE_URLS])",
        "empty = True",
    ),
    Step(
        settling.test_nothing_settles_while_events_lie_among_the_dead_letters,
        SWEEP,
        "for url in FEEDBACK_QUEUE_URLS",
        "for url in FEEDBACK_QUEUE_URLS[:1]",
    ),
    Step(
        sending.test_event_that_comes_before_the_record_is_kept,
        SENDER,
        'elif is_owner and entries[number]["state"] == "pending":',
        "elif is_owner:",
    ),
    Step(
        settling.test_event_later_than_settling_lists_a_double,
        LEDGER,
        'if ids.get(message_id) in (verdict, "rejected"):',
        'if entry["state"] == "sent" or ids.get(message_id) in (verdict, "rejected"):',
    ),
    Step(
        feedback.test_send_after_a_reject_does_not_make_a_mail_sent,
        LEDGER,
        'if ids.get(message_id) in (verdict, "rejected"):',
        "if ids.get(message_id) == verdict:",
    ),
    Step(
        feedback.test_bounce_that_comes_twice_counts_once,
        FEEDBACK,
        'told.problem and "bounced" not in entries[told.entry]:',
        "told.problem:",
    ),
    Step(
        settling.test_campaign_is_not_done_while_somebody_is_unknown,
        CONTROL,
        'not states["pending"] + states["unknown"]',
        'not states["pending"]',
    ),
    Step(
        settling.test_resume_that_dies_after_it_opened_the_gate_is_not_stuck,
        SWEEP,
        "        if waiting:\n",
        "        if False:\n",
    ),
    Step(
        settling.test_resume_does_not_skip_a_chunk_that_is_about_to_be_released,
        SWEEP,
        "        if waiting:\n",
        "        if False:\n",
    ),
    Step(
        settling.test_cancel_that_dies_after_it_closed_the_gate_is_not_stuck,
        SWEEP,
        'if entry["state"] == "pending" and campaign["gate"]["S"] == "cancelled":',
        "if False:",
    ),
    Step(
        sending.test_claim_whose_reply_was_lost_is_ones_own,
        SENDER,
        'chunk = read_item(key["campaign"], key["part"]) or {}',
        "chunk = {}",
    ),
    Step(
        sending.test_write_from_before_a_claim_does_not_erase_the_lease,
        SENDER,
        "rev = rev + :one",
        "tries = :one",
    ),
    Step(
        sending.test_crashing_sender_sends_three_mails_at_most_then_a_person_decides,
        LEDGER,
        "MAX_TRIES = 3",
        "MAX_TRIES = 30",
    ),
    Step(
        planning.test_upload_that_the_planner_gave_up_is_redriven_to_the_planner,
        REDRIVE,
        'return "upload" if',
        'return "simple" if',
    ),
    Step(
        planning.test_mail_that_was_replaced_before_it_was_planned_goes_to_nobody,
        PLANNER,
        'else {"IfMatch": f\'"{stored["eTag"]}"\'}',
        "else {}",
    ),
    Step(
        partial(
            sending.test_account_that_ses_refuses_pauses_the_campaign_and_fails_nobody,
            "sender not verified",
        ),
        BULK_MAIL,
        "if code in REFUSED_FOR_GOOD and ",
        "if code in REFUSED_FOR_GOOD or ",
    ),
    Step(
        partial(
            sending.test_account_that_ses_refuses_pauses_the_campaign_and_fails_nobody,
            "no configuration set",
        ),
        BULK_MAIL,
        "    return outcome_of_refusal(code, message)\n\n\ndef outcome_of_refusal",
        '    return Outcome("failed", code)\n\n\ndef outcome_of_refusal',
    ),
    Step(
        sending.test_entry_that_spoils_the_call_fails_alone,
        BULK_MAIL,
        '== "BadRequestException" and len(requests) > 1:',
        '== "BadRequestException" and not requests:',
    ),
    Step(
        partial(sending.test_whoever_may_not_be_mailed_any_more_is_suppressed, None, "deleted"),
        SENDER,
        "recipients.get(email), mail)",
        'recipients.setdefault(email, {"email": {"S": email}, "haserror": {"N": "0"}, '
        '"username": {"S": "r"}}), mail)',
    ),
    Step(
        feedback.test_bounce_of_a_deleted_recipient_does_not_bring_the_address_back,
        FEEDBACK,
        '            ConditionExpression="attribute_exists(email)",\n',
        "",
    ),
    Step(
        planning.test_upload_from_before_the_design_was_changed_goes_to_nobody,
        PLANNER,
        '        require_this_design(upload["time"])\n',
        "",
    ),
    Step(
        sending.test_lease_outlives_the_function_that_holds_it,
        SENDER,
        "until = time.time() + remaining_seconds(context) + LEASE_MARGIN_SECONDS",
        "until = time.time() + 10",
    ),
    Step(
        danger.test_resume_judges_the_campaign_by_what_comes_after_it,
        CONTROL,
        '":zero": {"N": "0"}',
        '":zero": {"N": "106"}',
    ),
    Step(
        sending.test_refusal_of_the_account_pauses_nothing_that_a_person_has_decided,
        SENDER,
        '"gate = :open", values)',
        '"gate <> :open OR gate = :open", values)',
    ),
    Step(
        danger.test_limits_do_not_replace_what_a_person_has_decided,
        FEEDBACK,
        '"ConditionExpression": "gate = :open OR (',
        '"ConditionExpression": "gate <> :open OR (',
    ),
    Step(
        settling.test_quota_that_returns_opens_what_waited_for_it_alone,
        SWEEP,
        '"gate = :paused AND reason = :quota"',
        '"gate = :paused OR reason = :quota"',
    ),
    Step(
        settling.test_sweep_reads_no_chunk_of_a_campaign_that_waits_for_the_daily_quota,
        SWEEP,
        "if waits_for_quota(campaign) and ",
        "if False and ",
    ),
    Step(
        settling.test_person_can_send_again_to_the_last_one_who_was_unknown,
        SWEEP,
        'not states & {"pending", "unknown"}',
        'not states & {"pending"}',
    ),
    Step(
        partial(feedback.test_feedback_that_dies_anywhere_still_sets_haserror_and_pauses, 6),
        FEEDBACK,
        "    for email in sorted({recipient_of",
        "    for key, those in group_by_chunk(events).items():\n"
        "        record_events(read_chunks([key])[key], those)\n"
        "    for email in sorted({recipient_of",
    ),
    Step(
        settling.test_two_looks_at_counts_that_lag_settle_nothing_whose_event_is_about_to_be_a_dead_letter,
        SWEEP,
        '"LOOK_SECONDS", "75"',
        '"LOOK_SECONDS", "5"',
    ),
]


def name_of(step: Step) -> str:
    test = step.test.func if isinstance(step.test, partial) else step.test
    return test.__name__.removeprefix("test_")


@pytest.mark.parametrize("step", STEPS, ids=name_of)
def test_without_its_step_fails(step: Step) -> None:
    with mutated(step.where, step.old, step.new), pytest.raises(Exception):  # noqa: B017
        step.test()
