"""The checks of exercises that change who is in the table."""

from __future__ import annotations

import pytest

from mailfanout import provision, recipients, workshop
from mailfanout.stack import Stack
from mailfanout.target import Target
from mailfanout.workshop.exercises import CHECKS, pipeline
from mailfanout.workshop.exercises.verdicts import CORRECT, NOT_ATTEMPTED
from support.parts.people import COMPLETE, NUMBER_0, put

pytestmark = pytest.mark.slow


class TestAddARecipient:
    @pytest.fixture
    def target(self, mailfanout_target: Target) -> Target:
        provision.create_table(mailfanout_target, Stack())
        recipients.seed(mailfanout_target, Stack(), recipients.example().recipients)
        return mailfanout_target

    def test_the_articles_recipients_are_no_attempt(self, target: Target) -> None:
        assert pipeline.add_a_recipient(target, Stack()) == NOT_ATTEMPTED

    def test_a_complete_item_is_correct(self, target: Target) -> None:
        put(target, COMPLETE)

        assert pipeline.add_a_recipient(target, Stack()) == CORRECT

    @pytest.mark.parametrize(
        ("missing", "because"), [("username", "no username"), ("haserror", "the Number 0")]
    )
    def test_what_an_item_lacks_is_named(self, target: Target, missing: str, because: str) -> None:
        put(target, {name: value for name, value in COMPLETE.items() if name != missing})

        assert because in pipeline.add_a_recipient(target, Stack()).because

    def test_who_has_opted_out_cannot_be_sent_to(self, target: Target) -> None:
        put(target, {**COMPLETE, "optedout": {"N": "1"}})

        assert "optedout" in pipeline.add_a_recipient(target, Stack()).because

    def test_what_is_no_address_is_named(self, target: Target) -> None:
        put(target, {**COMPLETE, "email": {"S": "not an address"}})

        assert "'not an address' is no" in pipeline.add_a_recipient(target, Stack()).because

    def test_an_earlier_try_does_not_stand_in_the_way(self, target: Target) -> None:
        put(target, {**COMPLETE, "email": {"S": "not an address"}})
        put(target, COMPLETE)

        assert pipeline.add_a_recipient(target, Stack()) == CORRECT

    def test_whom_the_lesson_invented_is_nobodys_own(self, target: Target) -> None:
        put(target, {**COMPLETE, "email": {"S": "user0999@example.com"}})

        assert pipeline.add_a_recipient(target, Stack()) == NOT_ATTEMPTED


@pytest.mark.parametrize("exercise", ["02-1", "02-2"])
def test_who_is_in_the_table_but_would_get_no_mail_is_not_added(
    mailfanout_target: Target, exercise: str
) -> None:
    provision.create_table(mailfanout_target, Stack())
    if exercise == "02-1":
        names = ["success", "bounce", "complaint"]
        people = [recipients.Recipient(f"{one}@simulator.amazonses.com", one) for one in names]
    else:
        people = [recipients.Recipient("takahashi@example.com", "高橋四郎")]
    for one in people:
        email, username = {"S": one.email}, {"S": one.username}
        put(mailfanout_target, {"email": email, "username": username})
    if exercise == "02-1":  # what an earlier try has left behind does no harm
        put(mailfanout_target, {"email": {"S": "bounce+1@simulator.amazonses.com"}})

    found = CHECKS[exercise](mailfanout_target, Stack())

    assert found.because == "haserror and issend have to be there, both the Number 0."
    recipients.seed(mailfanout_target, Stack(), people)
    assert CHECKS[exercise](mailfanout_target, Stack()) == CORRECT


def test_a_recipient_that_the_update_made_was_not_left_out(mailfanout_target: Target) -> None:
    stack = workshop.start("04").stack
    provision.create_function(mailfanout_target, stack, stack.send_queue_name)
    event = {"Records": [{"s3": {"bucket": {"name": "any"}, "object": {"key": "any.txt"}}}]}
    provision.invoke(mailfanout_target, stack.send_queue_name, event)

    put(mailfanout_target, {"email": {"S": "nobody@example.com"}, "haserror": {"N": "1"}})
    provision.invoke(mailfanout_target, stack.send_queue_name, event)
    found = pipeline.leave_out_a_recipient(mailfanout_target, stack)
    assert "sendQueue enqueues 3, as before" in found.because

    put(mailfanout_target, {**COMPLETE, "email": {"S": "sato@example.com"}, "haserror": {"N": "1"}})
    provision.invoke(mailfanout_target, stack.send_queue_name, event)
    assert pipeline.leave_out_a_recipient(mailfanout_target, stack) == CORRECT


def test_who_was_deleted_was_given_no_username(
    mailfanout_target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    provision.create_table(mailfanout_target, Stack())
    monkeypatch.setattr(pipeline, "read_depth", lambda target, name: (1, 0))
    office = workshop.crowd(mailfanout_target, pipeline.NAMELESS)[-1]
    recipients.seed(mailfanout_target, Stack(), [office])
    assert pipeline.give_everybody_a_username(mailfanout_target, Stack()) == CORRECT

    mailfanout_target.client("dynamodb").delete_item(
        TableName=Stack().table_name, Key={"email": {"S": office.email}}
    )
    found = pipeline.give_everybody_a_username(mailfanout_target, Stack())
    assert "info@branch38.example.com is not in the table any more" in found.because


def test_a_username_for_a_wrong_key_is_named(
    mailfanout_target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    provision.create_table(mailfanout_target, Stack())
    monkeypatch.setattr(pipeline, "read_depth", lambda target, name: (1, 0))
    put(mailfanout_target, {"email": {"S": "info@branch38"}, "haserror": NUMBER_0})
    put(mailfanout_target, {"email": {"S": "info@branch83"}, "username": {"S": "第38支店"}})

    found = pipeline.give_everybody_a_username(mailfanout_target, Stack())

    assert "the key 'info@branch83' was new" in found.because
